package intake_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"daozhang/transactions/intake"
	"daozhang/transactions/ledgerfile"
)

// watched is a folder with a ledger, looked at by hand.
type watched struct {
	t      *testing.T
	dir    string
	ledger *ledger
	folder *intake.Folder
	done   []intake.FileReport
	log    bytes.Buffer
	now    time.Time
}

func watch(t *testing.T, l *ledger, dir string) *watched {
	t.Helper()
	w := &watched{t: t, dir: dir, ledger: l, now: time.Date(2026, 11, 18, 10, 0, 0, 0, time.UTC)}
	folder, err := intake.NewFolder(intake.FolderDeps{
		Dir: dir, Ledger: l, Profiles: ledgerfile.Profiles(), Redact: func(s string) string { return s }, MaxBytes: 1 << 20,
		Log: slog.New(slog.NewTextHandler(&w.log, nil)), Now: func() time.Time { return w.now },
		Done: func(_ context.Context, f intake.FileReport) error { w.done = append(w.done, f); return nil },
	})
	if err != nil {
		t.Fatal(err)
	}
	w.folder = folder
	return w
}

func (w *watched) put(name, text string) {
	w.t.Helper()
	p := filepath.Join(w.dir, name)
	if err := errors.Join(os.MkdirAll(filepath.Dir(p), 0o750), os.WriteFile(p, []byte(text), 0o600)); err != nil {
		w.t.Fatal(err)
	}
}

func (w *watched) look(times int) {
	for range times {
		w.folder.Look(w.t.Context())
	}
}

// files lists what is in the folder, without folders.
func (w *watched) files() []string {
	w.t.Helper()
	var out []string
	err := filepath.WalkDir(w.dir, func(p string, d os.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			rel, _ := filepath.Rel(w.dir, p)
			out = append(out, filepath.ToSlash(rel))
		}
		return err
	})
	if err != nil {
		w.t.Fatal(err)
	}
	slices.Sort(out)
	return out
}

func (w *watched) want(files ...string) {
	w.t.Helper()
	if got := w.files(); !slices.Equal(got, files) {
		w.t.Errorf("files\n got %q\nwant %q\n%s", got, files, w.log.String())
	}
}

func TestFolderTakesWholeFilesAndPutsThemAway(t *testing.T) {
	t.Parallel()
	w := watch(t, newLedger(), t.TempDir())
	w.put("transactions/a.csv", header+line("T1", "SUCCESS"))
	w.look(1)
	w.want("transactions/a.csv") // seen for the first time: may still grow
	w.put("transactions/a.csv", header+line("T1", "SUCCESS")+line("T2", "SUCCESS"))
	w.look(1)
	w.want("transactions/a.csv") // it grew
	w.look(1)
	w.want("done/transactions/a.csv")
	if w.ledger.len() != 2 {
		t.Errorf("%d rows", w.ledger.len())
	}
	// The same name again does not overwrite the first; a name tells the kind too.
	w.put("transactions/a.csv", header+line("T3", "SUCCESS")+line("T4", "?"))
	w.put("transactions-20261118.csv", header+line("T5", "SUCCESS"))
	w.look(2)
	w.want("done/transactions-20261118.csv", "done/transactions/a-20261118-100000.000.csv", "done/transactions/a-20261118-100000.000.csv.errors.csv", "done/transactions/a.csv")
	if w.ledger.len() != 4 || len(w.done) != 3 || w.done[2].Report.Rejected != 1 || w.done[2].Kind != ledgerfile.Transactions {
		t.Errorf("%d rows, %+v", w.ledger.len(), w.done)
	}
}

func TestFolderBadFilesNeverBlockOthers(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	w := watch(t, newLedger(), dir)
	secret := filepath.Join(t.TempDir(), "secret.csv")
	if err := os.WriteFile(secret, []byte(header+line("SECRET", "SUCCESS")), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, target := range map[string]string{"transactions/link.csv": secret, "transactions/outside": filepath.Dir(secret), "merchants/relative.csv": "../../secret.csv"} {
		if err := os.Symlink(target, filepath.Join(dir, name)); err != nil {
			t.Skip(err)
		}
	}
	w.put("what.csv", "merchant_no\n1\n")
	w.put("transactions/header.csv", "id,merchant_no\nT1,1\n")
	w.put("transactions/allbad.csv", header+line("T1", "?"))
	w.put("transactions/empty.csv", "")
	w.put("transactions/big.csv", header+strings.Repeat(line("T1", "SUCCESS"), 40_000))
	w.put("transactions/zip.xlsx", "PK\x03\x04 no zip")
	w.put("transactions/nosuch/x.csv", header+line("T1", "SUCCESS"))
	w.put("transactions/shuabei/x.csv", header+line("T1", "SUCCESS"))
	w.put("transactions/z.csv", header+line("GOOD", "SUCCESS"))
	w.put("transactions/half.csv.tmp", header)
	w.put("transactions/.hidden", header)
	w.put("unknown-folder/x.csv", header)
	w.look(3)
	var want []string
	for _, f := range []string{"transactions/allbad.csv", "transactions/big.csv", "transactions/empty.csv", "transactions/header.csv", "transactions/nosuch/x.csv", "transactions/shuabei/x.csv", "transactions/zip.xlsx", "what.csv"} {
		want = append(want, "failed/"+f, "failed/"+f+".errors.csv")
	}
	want = append(want, "done/transactions/z.csv", "merchants/relative.csv", "transactions/.hidden", "transactions/half.csv.tmp", "transactions/link.csv", "transactions/outside", "unknown-folder/x.csv")
	slices.Sort(want)
	w.want(want...)
	if w.ledger.len() != 1 || w.ledger.rows["GOOD"] == "" {
		t.Errorf("%v", w.ledger.rows)
	}
	for name, says := range map[string]string{
		"what.csv": "看不出", "transactions/header.csv": "缺少必需的列", "transactions/big.csv": "超过 1 MB", "transactions/nosuch/x.csv": "nosuch",
		"transactions/shuabei/x.csv": "订单编号", "transactions/allbad.csv": "不认识的值", "transactions/zip.xlsx": "XLSX", "transactions/empty.csv": "空的",
	} {
		b, err := os.ReadFile(filepath.Join(dir, "failed", name+".errors.csv"))
		if err != nil || !strings.Contains(string(b), says) {
			t.Errorf("%s: %v %s", name, err, b)
		}
	}
}

func TestFolderKeepsFilesWhileTheLedgerIsDown(t *testing.T) {
	t.Parallel()
	l := newLedger()
	l.fail = errors.New("down")
	w := watch(t, l, t.TempDir())
	w.put("transactions/a.csv", header+line("T1", "SUCCESS"))
	w.look(2)
	w.want("transactions/a.csv")
	l.fail = nil
	batches := l.batches
	w.look(3) // still resting
	if l.batches != batches {
		t.Error("tried again at once")
	}
	w.now = w.now.Add(2 * time.Minute)
	w.look(2)
	w.want("done/transactions/a.csv")
}

func TestFolderTakenUpAfterACrash(t *testing.T) {
	t.Parallel()
	l, dir := newLedger(), t.TempDir()
	w := watch(t, l, dir)
	w.put("transactions/a.csv", header+line("T1", "SUCCESS")+line("T2", "?"))
	// A run that stored the rows and died before it moved the file away.
	ctx, cancel := context.WithCancel(t.Context())
	l.hold = func(context.Context) { cancel() }
	w.look(1)
	w.folder.Look(ctx)
	w.put("failed/.transactions+a.csv.errors.tmp", "half") // as a kill leaves it
	l.hold, l.rows = nil, map[string]string{"T1": "SUCCESS"}
	again := watch(t, l, dir)
	again.look(2)
	again.want("done/transactions/a.csv", "done/transactions/a.csv.errors.csv")
	if r := again.done[0].Report; r.Unchanged != 1 || r.Rejected != 1 || l.len() != 1 {
		t.Errorf("%+v", r)
	}
}

func TestFolderRunStops(t *testing.T) {
	t.Parallel()
	w := watch(t, newLedger(), t.TempDir())
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error)
	go func() { ended <- w.folder.Run(ctx) }()
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := intake.NewFolder(intake.FolderDeps{Dir: file}); err == nil || !strings.Contains(err.Error(), "import_dir") {
		t.Errorf("a file in the folder's place: %v", err)
	}
}
