package store_test

import (
	"errors"
	"testing"
	"time"

	"daozhang/bot"
	"daozhang/bot/desk"
	"daozhang/store"
	"daozhang/store/storetest"
)

// An owner ends the binding of a clerk, whose promises end with it; nobody
// else does, and no owner's.
func TestOwnerRemovesAPerson(t *testing.T) {
	t.Parallel()
	storetest.Each(t, queueNow, func(t *testing.T, s *store.Store) {
		ids := map[string]int64{}
		for who, role := range map[string]string{"owner": "owner", "second": "owner", "manager": "manager", "clerk": "clerk"} {
			id, _, err := s.EnsureContact(t.Context(), "wx1", who, who)
			succeed(t, err)
			ids[who] = id
			succeed(t, s.Bind(t.Context(), id, bot.Binding{MerchantNo: "A", Role: role, VerifiedBy: "file", BoundAt: queueStart}))
		}
		remove := func(by, whom, shop string) error {
			w := turnOf(t, s, by, queueStart)
			_, err := s.Commit(t.Context(), outcome(w, queueStart, func(d *bot.Decision) {
				d.Remove = &bot.Removal{MerchantNo: shop, ContactID: ids[whom]}
			}))
			if err != nil {
				succeed(t, s.ReleaseConversation(t.Context(), w, queueStart))
			}
			return err
		}
		w := turnOf(t, s, "clerk", queueStart)
		_, err := s.Commit(t.Context(), outcome(w, queueStart, func(d *bot.Decision) {
			d.Watches = []bot.Watch{{Kind: bot.WatchNotify, MerchantNo: "A", TransactionID: "T1", CheckAt: queueStart.Add(time.Hour), Deadline: queueStart.Add(time.Hour)}}
		}))
		succeed(t, err)
		for _, c := range [][3]string{{"clerk", "manager", "A"}, {"manager", "clerk", "A"}, {"owner", "second", "A"}, {"owner", "owner", "A"}, {"owner", "clerk", "B"}} {
			if err := remove(c[0], c[1], c[2]); !errors.Is(err, bot.ErrConflict) {
				t.Errorf("%v: %v", c, err)
			}
			for who := range ids { // what was tried again is out of the way
				if w, ok := lease(t, s, queueStart); ok {
					w.Input.Contact.OpenID = who
					_, _ = s.Commit(t.Context(), outcome(w, queueStart, func(*bot.Decision) {}))
				}
			}
		}
		people, err := s.People(t.Context(), []string{"A"})
		succeed(t, err)
		if len(people) != 4 {
			t.Fatalf("%+v", people)
		}
		succeed(t, remove("owner", "clerk", "A"))
		people, err = s.People(t.Context(), []string{"A"})
		succeed(t, err)
		for _, p := range people {
			if p.ContactID == ids["clerk"] {
				t.Error("still bound")
			}
		}
		open, err := s.OpenWatches(t.Context(), w.ConversationID)
		succeed(t, err)
		if len(people) != 3 || len(open) != 0 {
			t.Errorf("%d people, open promises %+v", len(people), open)
		}
		records, err := s.AuditRecords(t.Context(), desk.AuditFilter{Action: "binding.remove", Limit: 5})
		succeed(t, err)
		if len(records) != 1 || records[0].Subject != "merchant:A" {
			t.Errorf("audit %+v", records)
		}
	})
}
