package ledgerfile_test

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"daozhang/transactions/ledgerfile"
)

// TestDocumentListsEveryAlias keeps docs/ledger-files.md the table of the code.
func TestDocumentListsEveryAlias(t *testing.T) {
	t.Parallel()
	b, err := os.ReadFile("../../docs/ledger-files.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, kind := range ledgerfile.Kinds() {
		_, section, ok := strings.Cut(string(b), "\n### "+string(kind)+"\n")
		if !ok {
			t.Errorf("no section of %s", kind)
			continue
		}
		section, _, _ = strings.Cut(section, "\n### ")
		rows := 0
		for _, c := range ledgerfile.Columns(kind) {
			rows++
			if line := tableLine(c); !strings.Contains(section, line) {
				t.Errorf("%s: the document lacks the line\n%s", kind, line)
			}
		}
		if got := strings.Count(section, "\n| `"); got != rows {
			t.Errorf("%s: %d lines in the document, %d columns", kind, got, rows)
		}
	}
}

func tableLine(c ledgerfile.Column) string {
	name := "`" + c.Name + "`"
	if c.Money {
		name = "`" + strings.TrimSuffix(c.Name, "_fen") + "` / " + name
	}
	required := ""
	if c.Required {
		required = "是"
	}
	return fmt.Sprintf("| %s | %s | %s |", name, required, strings.Join(c.Aliases, "、"))
}

// TestAliasesAreUnambiguous: no header may mean two columns of one kind.
func TestAliasesAreUnambiguous(t *testing.T) {
	t.Parallel()
	for _, kind := range ledgerfile.Kinds() {
		seen := map[string]string{"币种": "currency", "货币种类": "currency", "currency": "currency"}
		for _, c := range ledgerfile.Columns(kind) {
			for _, a := range append([]string{c.Name}, c.Aliases...) {
				a = strings.ToLower(a)
				if was, ok := seen[a]; ok {
					t.Errorf("%s: %s is both %s and %s", kind, a, was, c.Name)
				}
				seen[a] = c.Name
			}
		}
	}
}

// TestContractColumns holds the lists of docs/contract.md section 7.
func TestContractColumns(t *testing.T) {
	t.Parallel()
	for kind, want := range map[ledgerfile.Kind]string{
		ledgerfile.Merchants:    "merchant_no acquirer brand name status status_reason cycle fallback_cycle cutoff payout_by min_settle_fen credit_bp debit_bp debit_cap_fen qr_bp d0_extra_fen account_bank account_last4 account_kind account_class account_state account_changed_at account_prev_last4 docs_required docs_due terminals phone onboarded_at",
		ledgerfile.Transactions: "id source merchant_no terminal channel kind state resp_code amount_fen card_kind card_last4 rrn stan batch_no auth_code time clearing_date orig_id settle_id risk refund_state reversal_state reversal_reason reversal_time dispute_state dispute_reason dispute_due",
		ledgerfile.Settlements:  "id merchant_no cycle state gross_fen fee_fen surcharge_fen refund_offset_fen dispute_offset_fen adjust_fen net_fen clearing_date due_date paid_at returned_at bank_ref account_last4 fail_code fail_reason transaction_ids risk docs docs_due attempt next_id",
		ledgerfile.Terminals:    "terminal merchant_no model last_seen signed_in unsent_offline",
		ledgerfile.Bindings:     "app_id openid merchant_no role name",
	} {
		var got []string
		for _, c := range ledgerfile.Columns(kind) {
			if c.Name != "payer_ref" { // ours, beside the contract
				got = append(got, c.Name)
			}
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%s:\n got %s\nwant %s", kind, strings.Join(got, " "), want)
		}
	}
}
