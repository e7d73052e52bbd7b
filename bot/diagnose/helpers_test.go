package diagnose_test

import (
	"testing"

	"daozhang/bot/diagnose"
	"daozhang/bot/understand"
	"daozhang/transactions"
)

// The clock of the tests: a Wednesday afternoon after payout_by.
var clock = at("2026-11-18 15:00") //nolint:gochecknoglobals // read-only

func fen(n int64) *int64 { return &n }

func shop() transactions.Merchant {
	return transactions.Merchant{
		MerchantNo: "M1", Brand: "拉卡拉", Name: "张记五金店", Status: "NORMAL", Cycle: "D1", FallbackCycle: "T1", Cutoff: "23:00", PayoutBy: "14:00",
		MinSettleFen: fen(1000),
		Rates:        transactions.Rates{CreditBP: fen(60), DebitBP: fen(50), DebitCapFen: fen(2000), QRBP: fen(38), D0ExtraFen: fen(300)},
		Account:      transactions.Account{Bank: "工商银行", Last4: "1234", Kind: "PERSONAL", Class: "I", State: "NORMAL"},
		Terminals:    []string{"A0000001", "A0000002"},
	}
}

type edit func(*transactions.Transaction)

// txn is a successful credit card sale of 1000.00 yuan, unless edited.
func txn(id, when string, edits ...edit) transactions.Transaction {
	t := transactions.Transaction{
		ID: id, MerchantNo: "M1", Terminal: "A0000001", Time: at(when), Channel: "CARD", CardKind: "CREDIT", CardLast4: "6688",
		Kind: "SALE", State: "SUCCESS", RespCode: "00", AmountFen: 100000,
	}
	for _, e := range edits {
		e(&t)
	}
	return t
}

func amount(n int64) edit { return func(t *transactions.Transaction) { t.AmountFen = n } }
func state(s, code string) edit {
	return func(t *transactions.Transaction) { t.State, t.RespCode = s, code }
}

func kind(k, orig string) edit {
	return func(t *transactions.Transaction) { t.Kind, t.OrigID = k, orig }
}
func tail(s string) edit     { return func(t *transactions.Transaction) { t.CardLast4 = s } }
func terminal(s string) edit { return func(t *transactions.Transaction) { t.Terminal = s } }
func risk(s string) edit     { return func(t *transactions.Transaction) { t.Risk = s } }
func refunds(s string) edit  { return func(t *transactions.Transaction) { t.RefundState = s } }
func qr(t *transactions.Transaction) {
	t.Channel, t.CardKind, t.CardLast4 = "WECHAT", "", ""
}

func disputed(s string) edit {
	return func(t *transactions.Transaction) {
		t.Dispute = &transactions.Dispute{State: s, DocsDue: day8("2026-11-25")}
	}
}

func day8(s string) transactions.Date {
	d, err := transactions.ParseDate(s)
	if err != nil {
		panic(err)
	}
	return d
}

type payEdit func(*transactions.Settlement)

// pay is a payout of one sale of 1000.00 yuan, fee 6.00, net 994.00.
func pay(id, state string, ids []string, edits ...payEdit) transactions.Settlement {
	s := transactions.Settlement{
		ID: id, MerchantNo: "M1", State: state, TransactionIDs: ids, GrossFen: fen(100000), FeeFen: fen(600), NetFen: fen(99400), AccountLast4: "1234",
	}
	if state == "PAID" {
		s.PaidAt = at("2026-11-18 11:20")
		s.BankRef = "R1"
	}
	for _, e := range edits {
		e(&s)
	}
	return s
}

func sums(gross, fee, net int64) payEdit {
	return func(s *transactions.Settlement) { s.GrossFen, s.FeeFen, s.NetFen = &gross, &fee, &net }
}

func next(id string) payEdit { return func(s *transactions.Settlement) { s.NextID = id } }

func failed(code, reason string) payEdit {
	return func(s *transactions.Settlement) { s.FailCode, s.FailReason = code, reason }
}

func one(id string) []string { return []string{id} }

// ask builds an Input for the one shop at the clock of the tests.
func ask(q understand.Query, txns []transactions.Transaction, pays ...transactions.Settlement) diagnose.Input {
	if q.Intent == "" {
		q.Intent = understand.MissingPayment
	}
	return diagnose.Input{
		Query: q, Now: clock, Calendar: transactions.DefaultCalendar(),
		Facts: transactions.Facts{Merchants: []transactions.Merchant{shop()}, Transactions: txns, Settlements: pays, AsOf: clock},
	}
}

func named(n float64) understand.Query {
	return understand.Query{Amounts: []understand.Amount{yuan(n)}}
}

func txns(t ...transactions.Transaction) []transactions.Transaction { return t }

// first is the first diagnosis, the headline.
func first(t *testing.T, r diagnose.Result) diagnose.Diagnosis {
	t.Helper()
	if len(r.Diagnoses) == 0 {
		t.Fatalf("no diagnosis: %s %+v", r.Cause, r.Evidence)
	}
	return r.Diagnoses[0]
}
