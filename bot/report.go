package bot

import (
	"daozhang/bot/diagnose"
	"daozhang/bot/understand"
)

// Report is one contact's trouble, reduced to what incidents are counted by.
// An empty field is unknown. It names no shop, no sale and no person.
type Report struct {
	// Cause as diagnosed; "" for trouble without a sale (机器没网).
	Cause diagnose.Cause
	Brand string
	// Bank is that of the settlement account.
	Bank string
	// Code is the response code of the sale or the fail code of its payout.
	Code string
	// Region is the four digits that a 15-digit merchant number of the card
	// network carries for the place (digits 4 to 7).
	Region string
}

// report says what trouble the contact met, nil for none. Ordinary waiting, a
// fee or a rule explained is no trouble, however many ask about it: otherwise
// every holiday would look like an outage.
func (t *turn) report() *Report {
	if t.unasked || t.dec.Action == ActionNone && t.dec.Handoff == nil {
		return nil
	}
	if !troubled(t.dec.Cause) && (t.dec.Cause != "" || !troubledWords(t.q)) {
		return nil
	}
	r := &Report{Cause: t.dec.Cause, Brand: t.q.Brand}
	shops := t.facts.Merchants
	if t.result != nil && t.dec.Cause == diagnose.LedgerUnavailable && len(t.result.Silent) > 0 {
		shops = t.result.Silent
	}
	if t.result != nil && len(t.result.Diagnoses) > 0 {
		d := t.result.Diagnoses[0]
		shops = shops[:0:0]
		r.Brand, r.Bank, r.Region, r.Code = d.Merchant.Brand, d.Merchant.Account.Bank, region(d.Merchant.MerchantNo), d.FailCode
		if r.Code == "" && len(d.Transactions) > 0 && d.Transactions[0].RespCode != "00" {
			r.Code = d.Transactions[0].RespCode
		}
	}
	if len(shops) == 1 {
		r.Brand, r.Bank = shops[0].Brand, shops[0].Account.Bank
	}
	if nos := t.in.Contact.MerchantNos(); r.Region == "" && len(nos) == 1 {
		r.Region = region(nos[0])
	}
	return r
}

func region(merchantNo string) string {
	if len(merchantNo) != 15 {
		return ""
	}
	return merchantNo[3:7]
}

// troubled are the causes that many contacts meet at once when something is
// broken.
func troubled(c diagnose.Cause) bool {
	switch c {
	case diagnose.TxnDeclined, diagnose.TxnUnknown, diagnose.TxnReversed, diagnose.SingleSided, diagnose.NotUploaded,
		diagnose.SettleProcessing, diagnose.Overdue, diagnose.PayoutRejectedAccount, diagnose.PayoutReturned,
		diagnose.Outage, diagnose.NotFound, diagnose.LedgerUnavailable, diagnose.PaidNotNoticed:
		return true
	}
	return false
}

func troubledWords(q understand.Query) bool {
	switch q.Intent {
	case understand.Network, understand.UnknownResult, understand.Declined:
		return true
	}
	return false
}
