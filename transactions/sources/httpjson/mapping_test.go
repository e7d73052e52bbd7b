package httpjson

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"daozhang/transactions"
	"daozhang/transactions/ledgerfile"
	"daozhang/transactions/sources"
)

func TestPath(t *testing.T) {
	t.Parallel()
	const doc = `{"code":0,"data":{"list":[{"no":"T1","tags":["a","b"],"deep":[[{"x":1}],[{"x":2}]]},{"no":"T2"}],"inner":"{\"n\":7,\"l\":[1,2]}","null":null,"big":12345678901234567890.10}}`
	root, err := decode([]byte(doc))
	if err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string][]string{
		"code": {"0"}, "data.list[].no": {"T1", "T2"}, "data.list[1].no": {"T2"}, "data.list[7].no": nil, "data.list[0].tags[]": {"a", "b"},
		"data.list[0].deep[][].x": {"1", "2"}, "data.list[0].deep[1][0].x": {"2"}, "data.inner!.n": {"7"}, "data.inner!.l[]": {"1", "2"},
		"data.null": nil, "data.missing.x": nil, "data.list.no": nil, "code.x": nil, "data.big": {"12345678901234567890.10"}, "code!.x": nil,
	} {
		steps, err := parsePath(path)
		if err != nil {
			t.Errorf("%s: %v", path, err)
			continue
		}
		nodes, err := walk(root, steps)
		if err != nil {
			t.Errorf("%s: %v", path, err)
		}
		var got []string
		for _, n := range nodes {
			if s, ok := scalar(n); ok {
				got = append(got, s)
			}
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("%s: %s", path, d)
		}
	}
	for _, wrong := range []string{"a.", ".a", "a..b", "a[", "a]", "a[x]", "a[-1]", "a[01]", "a[]b", "a!b", "a[99999]", strings.Repeat("a.", 30) + "a"} {
		if _, err := parsePath(wrong); err == nil {
			t.Errorf("%q is taken for a path", wrong)
		}
	}
}

func TestExpand(t *testing.T) {
	t.Parallel()
	value := func(name string) (string, bool) { return `a"b/c`, name == "x" }
	for text, want := range map[string]string{"": "", "${x}": `a"b/c`, "1$2": "1$2", "$$${x}$": `$a"b/c$`, "{${x}}": `{a"b/c}`} {
		if got, err := expand(text, value, raw); err != nil || got != want {
			t.Errorf("%q: %q %v", text, got, err)
		}
	}
	if got, _ := expand(`{"m":"${x}"}`, value, inJSON); got != `{"m":"a\"b/c"}` {
		t.Error(got)
	}
	if got, _ := expand(`/o/${x}`, func(string) (string, bool) { return "..", true }, inPath); got != "/o/%2E%2E" {
		t.Error(got)
	}
	for _, wrong := range []string{"${y}", "${x", "${}"} {
		if _, err := expand(wrong, value, raw); err == nil {
			t.Errorf("%q is taken", wrong)
		}
	}
}

func TestTimeLayout(t *testing.T) {
	t.Parallel()
	for pattern, want := range map[string]string{
		"": "2006-01-02 15:04:05", "yyyyMMddHHmmss": "20060102150405", "yyyy/MM/dd": "2006/01/02", "yyyy-MM-dd'T'HH:mm": "2006-01-02'T'15:04", "unix": "unix",
	} {
		if got, err := timeLayout(pattern); err != nil || got != want {
			t.Errorf("%q: %q %v", pattern, got, err)
		}
	}
	for _, wrong := range []string{"2006-01-02", "HH:mm", "yyyy", "seconds"} {
		if _, err := timeLayout(wrong); err == nil {
			t.Errorf("%q is taken", wrong)
		}
	}
}

func TestParts(t *testing.T) {
	t.Parallel()
	day := ymd(17)
	for days, want := range map[int]string{0: "15–18", 1: "17–18 16–17 15–16", 2: "16–18 15–16", 9: "15–18"} {
		p := &plan{Request: Request{Days: days}}
		var got []string
		for _, s := range p.parts(ymd(15), ymd(18)) {
			got = append(got, s.from.Format("02")+"–"+s.to.Format("02"))
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%d days: %v", days, got)
		}
	}
	if got := (&plan{Request: Request{Days: 1}}).parts(day, day); len(got) != 1 {
		t.Errorf("an empty span: %v", got)
	}
}

// Every mistake is named, all at once, and no secret with it.
func TestSettingsAreCheckedAllAtOnce(t *testing.T) {
	t.Parallel()
	bad := Settings{
		BaseURL: "http://pay.example.com/?a=1", Headers: map[string]string{"Authorization": "Bearer s3cret", "X Y": "1", "X-A": "${nonsense}"},
		Sign:   Sign{Type: "rsa-sha256", PrivateKey: "s3cret", Encoding: "octal", Header: "Bad Header"},
		Verify: Verify{Type: "hmac-sha256", Text: "${status}", TimestampHeader: "X-Time", Tolerance: -1},
		Answer: Answer{Code: "a..b"},
		Transactions: Request{
			Method: "PUT", Path: "v1?x", Body: "{}", Form: map[string]string{"a": "${b}"}, Time: "soon", RowTime: "later", Until: "maybe", MaxCalls: 500, Rows: "x[",
			Fields: map[string]string{"idd": "a", "state": "", "amount": "a", "amount_fen": "b"}, Values: map[string]map[string]string{"channel": {}},
		},
		Order:    Request{Path: "/one", Query: map[string]string{"m": "${merchant_no}"}, Rows: "row", Fields: map[string]string{"id": "a", "state": "b", "amount": "c", "time": "d"}},
		MaxBytes: -1,
	}.check()
	var all []string
	for _, e := range bad {
		all = append(all, e.Error())
	}
	text := strings.Join(all, "\n")
	for _, want := range []string{
		"base_url:", "headers.Authorization:", "headers.X Y:", "headers.X-A:", "sign.private_key:", "sign.text:", "sign.header:", "sign.encoding:",
		"verify.secret:", "verify.header:", "verify.text: what", "verify.text: must contain ${header.X-Time}", "verify.tolerance:", "answer.code:", "answer.ok:",
		"transactions.method:", "transactions.path:", "transactions.body:", "transactions.form.a:", "transactions.time:", "transactions.row_time:", "transactions.until:",
		"transactions.days:", "transactions.rows:", "transactions.query: send ${merchant_no}", "order.fields.merchant_no:", "transactions.fields.idd:", "transactions.fields.state:", "transactions.fields.id:", "transactions.fields.time:",
		"transactions.fields.amount:", "transactions.values.channel:", "max_bytes:",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("%s is not named in\n%s", want, text)
		}
	}
	if strings.Contains(text, "s3cret") {
		t.Error("a secret is told")
	}
	if got := (Settings{BaseURL: "https://a.example"}).check(); len(got) != 1 || !strings.Contains(got[0].Error(), "at least one") {
		t.Error(got)
	}
}

func salesPlan(t testing.TB) *plan {
	t.Helper()
	p, err := newPlan(Request{
		Path: "/x", Rows: "list[]", Fields: map[string]string{
			"id": "id", "state": "st", "amount": "amt", "time": "at", "rrn": "r.rrn", "orig_id": "$.orig", "dispute_state": "d", "channel": "=CARD",
		},
		Values: map[string]map[string]string{"state": {"S": "SUCCESS", "F": "FAILED"}},
	}, ledgerfile.Transactions)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func payoutPlan(t testing.TB) *plan {
	t.Helper()
	p, err := newPlan(Request{
		Path: "/x", Rows: "list[]", RowTime: "unix_ms", Fields: map[string]string{
			"id": "id", "state": "st", "net_fen": "amt", "paid_at": "at", "transaction_ids": "ids[]", "merchant_no": "m",
		},
	}, ledgerfile.Settlements)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// FuzzRows: whatever is answered, it is either garbage or rows that the router
// may take, and an error tells nothing of the answer.
func FuzzRows(f *testing.F) {
	for _, seed := range []string{
		`{"list":[{"id":"T1","st":"S","amt":"5,000.00","at":"2026-11-17 15:20:00","r":{"rrn":1}}],"orig":"T0"}`,
		`{"list":[{"id":1,"st":"PAID","amt":497000,"at":1795246800000,"ids":["T1",2,{}],"m":"X"}]}`,
		`{"list":[{"id":"T1","st":"S","amt":"0.001","at":"昨天"}]}`, `{"list":[]}`, `[]`, `null`, `{"list":[null]}`, `{"list":{"id":1}}`,
	} {
		f.Add([]byte(seed))
	}
	plans := []*plan{salesPlan(f), payoutPlan(f)}
	f.Fuzz(func(t *testing.T, doc []byte) {
		root, err := decode(doc)
		if err != nil {
			return
		}
		for _, p := range plans {
			b, err := p.rows(root, "M1")
			var e *sources.Error
			if err != nil && (!errors.As(err, &e) || e.Kind != sources.KindGarbage) {
				t.Fatalf("%v", err)
			}
			for _, row := range b.Transactions {
				if row.ID == "" || row.Time.IsZero() || row.State == "" || row.MerchantNo != "M1" {
					t.Fatalf("%+v", row)
				}
			}
			for _, row := range b.Settlements {
				if row.ID == "" || row.State == "" {
					t.Fatalf("%+v", row)
				}
			}
		}
	})
}

// FuzzPath: every path is refused or walked, and never yields more than the
// document holds.
func FuzzPath(f *testing.F) {
	f.Add("a.b[].c", `{"a":{"b":[{"c":1}]}}`)
	f.Add("a!.b[0]", `{"a":"{\"b\":[1]}"}`)
	f.Add("[][]", `[[1],[2]]`)
	f.Fuzz(func(t *testing.T, path, doc string) {
		steps, err := parsePath(path)
		if err != nil {
			return
		}
		root, err := decode([]byte(doc))
		if err != nil {
			return
		}
		nodes, err := walk(root, steps)
		if err == nil && len(nodes) > len(doc) {
			t.Fatalf("%d values of %d bytes", len(nodes), len(doc))
		}
	})
}

func ymd(day int) time.Time {
	return transactions.Date{Year: 2026, Month: 11, Day: day}.Start()
}
