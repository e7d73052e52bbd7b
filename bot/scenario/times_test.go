package scenario_test

import (
	"testing"

	"daozhang/bot/scenario"
	"daozhang/transactions"
)

// TestTimesByHand: files written by hand mix instants and days.
func TestTimesByHand(t *testing.T) {
	t.Parallel()
	s, err := scenario.Parse([]byte(`{"id":"A","now":"2026-11-18T15:00:00","contact":{"merchant_no":"M"},
		"merchants":[{"merchant_no":"M","account":{"last4":"1234","changed_at":"2026-11-16"},"docs_due":"2026-11-25T00:00:00+08:00"}],
		"transactions":[{"id":"T1","merchant_no":"M","time":"2026-11-17 11:20","state":"SUCCESS","amount_fen":900719925474099301}],
		"settlements":[{"id":"B1","transaction_ids":["T9"],"state":"WAITING","paid_at":"","due_date":"2026-11-18"}],
		"turns":[{"say":"2026-11-18"},{"ledger":{"transactions":[{"id":"T2","merchant_no":"N","time":"2026-11-17T12:00:00+08:00","state":"SUCCESS","amount_fen":1}]}},
			{"ledger":{"settlements":[{"id":"B2","transaction_ids":["T2"],"state":"WAITING"}]}}],
		"expect":{"due":"2026-11-18"}}`))
	if err != nil {
		t.Fatal(err)
	}
	day := func(n int) transactions.Date { return transactions.Date{Year: 2026, Month: 11, Day: n} }
	switch {
	case s.Now.Format("15:04 -0700") != "15:00 +0800",
		transactions.DateOf(s.Merchants[0].Account.ChangedAt) != day(16), s.Merchants[0].DocsDue != day(25),
		s.Transactions[0].Time.Format("02 15:04") != "17 11:20", s.Transactions[0].AmountFen != 900719925474099301,
		!s.Settlements[0].PaidAt.IsZero(), s.Settlements[0].DueDate != day(18):
		t.Errorf("%+v", s)
	}
	if s.Turns[0].Say != "2026-11-18" || s.Expect.Due == nil || *s.Expect.Due != "2026-11-18" {
		t.Errorf("words were rewritten: %q", s.Turns[0].Say)
	}
	if s.Settlements[0].MerchantNo != "M" || s.Turns[2].Ledger.Settlements[0].MerchantNo != "N" {
		t.Errorf("shops %q %q", s.Settlements[0].MerchantNo, s.Turns[2].Ledger.Settlements[0].MerchantNo)
	}
	for _, bad := range []string{`{"id":"A","now":"tomorrow","turns":[{"say":"x"}]}`, `{"id":"A"} {}`, `[]`} {
		if _, err := scenario.Parse([]byte(bad)); err == nil {
			t.Errorf("%s was accepted", bad)
		}
	}
}
