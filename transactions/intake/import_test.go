package intake_test

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"daozhang/transactions/intake"
	"daozhang/transactions/ledgerfile"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const header = "id,merchant_no,状态,amount,time\n"

func line(id, state string) string { return id + ",8221," + state + ",1.00,2026-11-17 10:00:00\n" }

// ledger remembers rows by id; a state that was SUCCESS does not go back.
type ledger struct {
	mu      sync.Mutex
	rows    map[string]string
	batches int
	fail    error // of the next batches
	hold    func(ctx context.Context)
}

func newLedger() *ledger { return &ledger{rows: map[string]string{}} }

func (l *ledger) Store(ctx context.Context, b ledgerfile.Batch) ([]intake.Result, error) {
	if l.hold != nil {
		l.hold(ctx)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.batches++
	if err := errors.Join(l.fail, ctx.Err()); err != nil {
		return nil, err
	}
	out := make([]intake.Result, 0, b.Len())
	for _, r := range b.Transactions {
		was, ok := l.rows[r.ID]
		switch {
		case ok && was == r.State:
			out = append(out, intake.Result{Outcome: intake.Unchanged})
		case ok && was == "SUCCESS":
			out = append(out, intake.Result{Outcome: intake.Rejected, Column: "state", Reason: "不能改回"})
		case ok:
			l.rows[r.ID] = r.State
			out = append(out, intake.Result{Outcome: intake.Updated})
		default:
			l.rows[r.ID] = r.State
			out = append(out, intake.Result{Outcome: intake.Inserted})
		}
	}
	return out, nil
}

func (l *ledger) len() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.rows)
}

func TestImportCountsAndReportsInTheOrderOfTheFile(t *testing.T) {
	t.Parallel()
	l := newLedger()
	l.rows["T2"], l.rows["T3"], l.rows["T4"] = "SUCCESS", "SUCCESS", "PENDING"
	file := header + line("T1", "SUCCESS") + line("T2", "FAILED") + line("bad", "NOSUCH") + line("T3", "SUCCESS") + line("T4", "FAILED") + "x\n" + "合计,,,,\n"
	for _, size := range []int{1, 2, 1000} {
		l := &ledger{rows: map[string]string{"T2": "SUCCESS", "T3": "SUCCESS", "T4": "PENDING"}}
		var bad []ledgerfile.RowError
		last := 0
		rep, err := intake.Import(t.Context(), l, strings.NewReader(file), ledgerfile.Transactions, intake.Options{
			BatchRows: size, Bad: func(e ledgerfile.RowError) error { bad = append(bad, e); return nil },
			Progress: func(n int) {
				if n < last {
					t.Errorf("progress went from %d to %d", last, n)
				}
				last = n
			},
		})
		if err != nil {
			t.Fatal(err)
		}
		if rep.Rows != 6 || rep.Inserted != 1 || rep.Updated != 1 || rep.Unchanged != 1 || rep.Rejected != 3 || rep.Skipped != 1 || last != 6 {
			t.Errorf("size %d: %+v, progress %d", size, rep, last)
		}
		// A final state is refused under the header as the file spells it.
		want := []ledgerfile.RowError{{Line: 3, Column: "状态", Reason: "不能改回", Raw: strings.TrimSpace(line("T2", "FAILED"))}}
		if len(bad) != 3 || !cmp.Equal(bad[:1], want) || bad[1].Line != 4 || bad[2].Line != 7 || bad[2].Raw != "x" {
			t.Errorf("size %d: %+v", size, bad)
		}
		if len(rep.Errors) != 3 || rep.Errors[0].Raw != "" {
			t.Errorf("report: %+v", rep.Errors)
		}
	}
}

func TestImportStopsWithWhatFailed(t *testing.T) {
	t.Parallel()
	boom := errors.New("boom")
	file := header
	for i := range 50 {
		file += line(fmt.Sprintf("T%d", i), "SUCCESS")
	}
	l := newLedger()
	l.fail = boom
	var store *intake.StoreError
	if _, err := intake.Import(t.Context(), l, strings.NewReader(file), ledgerfile.Transactions, intake.Options{BatchRows: 10}); !errors.As(err, &store) || !errors.Is(err, boom) {
		t.Errorf("ledger: %v", err)
	}
	if l.batches > 2 {
		t.Errorf("%d batches after the first failed", l.batches)
	}
	_, err := intake.Import(t.Context(), newLedger(), strings.NewReader(strings.ReplaceAll(file, "SUCCESS", "?")), ledgerfile.Transactions, intake.Options{
		Bad: func(ledgerfile.RowError) error { return boom },
	})
	if !errors.Is(err, boom) || errors.As(err, &store) {
		t.Errorf("bad rows: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	l = newLedger()
	l.hold = func(context.Context) { cancel() }
	if _, err := intake.Import(ctx, l, strings.NewReader(file), ledgerfile.Transactions, intake.Options{BatchRows: 10}); !errors.Is(err, context.Canceled) {
		t.Errorf("cancel: %v", err)
	}
	// The reader's own trouble comes back, and what was stored stays.
	l = newLedger()
	broken := io.MultiReader(strings.NewReader(file), errReader{boom})
	rep, err := intake.Import(t.Context(), l, broken, ledgerfile.Transactions, intake.Options{BatchRows: 10})
	if !errors.Is(err, boom) || l.len() < 40 || rep.Inserted != l.len() {
		t.Errorf("reader: %v, %d rows, %+v", err, l.len(), rep)
	}
}

type errReader struct{ err error }

func (r errReader) Read([]byte) (int, error) { return 0, r.err }

func TestImportHandsOverBadRowsThatNoBatchFollows(t *testing.T) {
	t.Parallel()
	n := 0
	rep, err := intake.Import(t.Context(), newLedger(), strings.NewReader(header+strings.Repeat(line("T", "?"), 5000)), ledgerfile.Transactions, intake.Options{
		Bad: func(ledgerfile.RowError) error { n++; return nil },
	})
	if err != nil || n != 5000 || rep.Rejected != 5000 || len(rep.Errors) != ledgerfile.MaxErrors {
		t.Errorf("%d of %d, %d listed, %v", n, rep.Rejected, len(rep.Errors), err)
	}
}

func TestImportRestsBetweenBatches(t *testing.T) {
	t.Parallel()
	rests := 0
	_, err := intake.Import(t.Context(), newLedger(), strings.NewReader(header+line("1", "SUCCESS")+line("2", "SUCCESS")+line("3", "SUCCESS")), ledgerfile.Transactions,
		intake.Options{BatchRows: 1, Rest: func(time.Duration) time.Duration { rests++; return time.Microsecond }})
	if err != nil || rests != 3 {
		t.Errorf("%d rests, %v", rests, err)
	}
}

func TestErrorFiles(t *testing.T) {
	t.Parallel()
	redact := func(s string) string { return strings.ReplaceAll(s, "6222020200112233445", "【卡号已隐藏】") }
	e := ledgerfile.RowError{Line: 7, Column: "=cmd()", Reason: "不认识的值「6222020200112233445」", Raw: `-1,"6222020200112233445",` + strings.Repeat("长", 5000)}
	var sheet, lines strings.Builder
	c, err := intake.NewErrorCSV(&sheet, redact)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range []*intake.ErrorFile{c, intake.NewErrorLines(&lines, redact)} {
		if err := errors.Join(f.Bad(e), f.Bad(ledgerfile.RowError{Reason: "整个文件"}), f.Close()); err != nil {
			t.Fatal(err)
		}
	}
	rows, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(sheet.String(), "\ufeff"))).ReadAll()
	if err != nil || len(rows) != 3 || rows[1][0] != "7" || rows[1][1] != "'=cmd()" || !strings.HasPrefix(rows[1][3], "'-1,") || !strings.HasSuffix(rows[1][3], "…") || rows[2][0] != "" {
		t.Errorf("%v\n%s", err, sheet.String())
	}
	var back ledgerfile.RowError
	if err := json.NewDecoder(strings.NewReader(lines.String())).Decode(&back); err != nil || back.Line != 7 {
		t.Errorf("%+v %v", back, err)
	}
	if text := sheet.String() + lines.String(); strings.Contains(text, "6222020200112233445") || !strings.Contains(text, "【卡号已隐藏】") {
		t.Error(text)
	}
}
