package scenario_test

import (
	"strings"
	"testing"
)

// everyCause is the enumeration of the contract, section 8.
const everyCause = `TXN_DECLINED TXN_UNKNOWN TXN_REVERSED SINGLE_SIDED NOT_UPLOADED PREAUTH_NOT_COMPLETED VOIDED REFUNDED REFUND_IN_PROGRESS
	CYCLE_NOT_DUE AFTER_CUTOFF HOLIDAY_DEFERRED SETTLE_PROCESSING OVERDUE D0_DOWNGRADED BELOW_MINIMUM MANUAL_WITHDRAW MERGED_PAYOUT FEE_NET
	OFFSET PAYOUT_REJECTED_ACCOUNT PAYOUT_LIMIT_CLASS2 PAYOUT_LIMIT_CLASS3 PAYOUT_RETURNED ACCOUNT_CHANGED PAID_NOT_NOTICED RISK_HOLD RETRIEVAL
	DISPUTE MERCHANT_FROZEN DOCS_INCOMPLETE DUPLICATE FRAUD_SUSPECTED OUTAGE NOT_FOUND NOT_OWNED NOT_BOUND AMBIGUOUS LEDGER_UNAVAILABLE
	INCONSISTENT POLICY`

// TestGoldenScenariosCoverTheRules: at least 150, three a cause, 30 with
// several turns.
func TestGoldenScenariosCoverTheRules(t *testing.T) {
	t.Parallel()
	all := readScenarios(t, "../../testdata/scenarios/*.jsonl")
	causes, several := map[string]int{}, 0
	for _, s := range all {
		if len(s.Turns) > 1 {
			several++
		}
		judged := map[string]bool{}
		if s.Expect != nil {
			if s.Expect.Cause != nil {
				judged[*s.Expect.Cause] = true
			}
			for _, w := range s.Expect.Turns {
				if w != nil && w.Cause != nil {
					judged[*w.Cause] = true
				}
			}
		}
		for c := range judged {
			causes[c]++
		}
	}
	if len(all) < 150 || several < 30 {
		t.Errorf("%d scenarios, %d with several turns", len(all), several)
	}
	for _, c := range strings.Fields(everyCause) {
		if causes[c] < 3 {
			t.Errorf("%s is judged in %d scenarios", c, causes[c])
		}
	}
}
