package console_test

import (
	"strings"
	"testing"

	"daozhang/bot/desk"
	"daozhang/handlers/console"
)

// Agents see what became of a code, never the code, its digest or a whole
// telephone number; they may lift a lock, with a reason.
func TestBindCodesAndLocks(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	b := e.as(desk.Agent)
	conversation := e.conversation("o1", false, "", "绑定")
	e.exec(`UPDATE merchants SET phone = '13800000001' WHERE merchant_no = '8221'`)
	var contact int64
	if err := e.db.QueryRowContext(t.Context(), `SELECT contact_id FROM conversations WHERE id = ?`, conversation).Scan(&contact); err != nil {
		t.Fatal(err)
	}
	now := e.clock.now().UnixMilli()
	add := func(no, state, why string, matches, wrong int) {
		e.exec(`INSERT INTO bind_codes (id, contact_id, conversation_id, merchant_no, account_last4, hash, state, why, matches, wrong, created_at)
			VALUES (?, ?, ?, ?, '6688', 'secret-digest', ?, ?, ?, ?, ?)`, e.store.NewID(), contact, conversation, no, state, why, matches, wrong, now)
	}
	add("0000", "silent", "no_match", 0, 1)
	add("8221", "locked", "", 1, 4)
	var codes console.BindCodeList
	b.call("GET", "/bind-codes?limit=1", nil, 200, &codes)
	if len(codes.Items) != 1 || codes.NextCursor == "" {
		t.Fatalf("%+v", codes)
	}
	if c := codes.Items[0]; c.Phone != "138****0001" || c.State != "locked" || c.Wrong != 4 || !c.Matches || c.ShopName == "" {
		t.Errorf("%+v", c)
	}
	b.call("GET", "/bind-codes?cursor="+codes.NextCursor, nil, 200, &codes)
	if len(codes.Items) != 1 || codes.Items[0].Why != "no_match" || codes.Items[0].Phone != "" {
		t.Errorf("%+v", codes)
	}
	if raw := string(b.do("GET", "/bind-codes", nil).body); strings.Contains(raw, "secret-digest") || strings.Contains(raw, "13800000001") {
		t.Errorf("told: %s", raw)
	}
	var locks console.BindLockList
	b.call("GET", "/bind-locks", nil, 200, &locks)
	if len(locks.Items) != 1 || locks.Items[0].Kind != "contact" || locks.Items[0].Subject != str(contact) || locks.Items[0].Wrong != 5 {
		t.Fatalf("%+v", locks)
	}
	lift := console.LiftInput{Kind: "contact", Subject: str(contact), Reason: "回拨登记电话"}
	e.as(desk.Auditor).refused("POST", "/bind-locks/lift", lift, 403, "FORBIDDEN")
	b.refused("POST", "/bind-locks/lift", console.LiftInput{Kind: "contact", Subject: str(contact), Reason: " "}, 422, "INVALID")
	b.refused("POST", "/bind-locks/lift", console.LiftInput{Kind: "merchant", Subject: "nobody", Reason: "x"}, 404, "NOT_FOUND")
	b.call("POST", "/bind-locks/lift", lift, 204, nil)
	e.audited("bind_lock.lift", "contact:"+str(contact))
	b.call("GET", "/bind-locks", nil, 200, &locks)
	if len(locks.Items) != 0 {
		t.Errorf("still locked: %+v", locks)
	}
}
