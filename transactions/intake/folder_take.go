package intake

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path"
	"strings"
	"time"

	"daozhang/transactions/ledgerfile"
)

// take imports one file and moves it away. An error is the ledger's or the
// folder's: the file stays.
func (f *Folder) take(ctx context.Context, root *os.Root, c candidate) error {
	out := FileReport{Path: c.path, Kind: c.kind}
	errorsAt, bad, err := f.errorFile(root, c)
	if err != nil {
		return err
	}
	out.Report, out.Failed, err = f.load(ctx, root, c, bad.ErrorFile)
	if err != nil {
		return errors.Join(err, bad.drop(root))
	}
	if out.Failed != "" {
		if err := bad.Bad(ledgerfile.RowError{Reason: out.Failed}); err != nil {
			return errors.Join(err, bad.drop(root))
		}
	}
	keep := out.Failed != "" || out.Report.Rejected > 0
	if err := bad.end(root, keep); err != nil {
		return err
	}
	into := doneDir
	if out.Failed != "" {
		into = failedDir
	}
	if out.Moved, err = f.move(root, c.path, into, errorsAt, keep); err != nil {
		return err
	}
	r := out.Report
	f.Log.Info("ledger file imported", slog.String("file", out.Path), slog.String("to", out.Moved), slog.Int("rows", r.Rows), slog.Int("inserted", r.Inserted),
		slog.Int("updated", r.Updated), slog.Int("unchanged", r.Unchanged), slog.Int("rejected", r.Rejected), slog.Bool("failed", out.Failed != ""))
	if f.Done != nil {
		if err := f.Done(ctx, out); err != nil {
			f.Log.Error("a ledger file was imported but not recorded", slog.String("file", out.Path), slog.Any("error", err))
		}
	}
	return nil
}

// load imports a file; failed says why nothing of it could be taken.
func (f *Folder) load(ctx context.Context, root *os.Root, c candidate, bad *ErrorFile) (report Report, failed string, err error) {
	o := Options{Profiles: f.Profiles, Bad: bad.Bad, Rest: rest}
	switch {
	case c.kind == "":
		return report, "看不出是哪种文件：请放进 merchants、terminals、transactions、settlements 或 bindings 文件夹，或让文件名以它开头", nil
	case c.size.bytes > f.MaxBytes:
		return report, fmt.Sprintf("文件超过 %d MB，请拆成几份", f.MaxBytes>>20), nil
	case c.profile != "":
		p, ok := ledgerfile.ProfileNamed(f.Profiles, c.profile)
		if !ok {
			return report, "没有名为 " + c.profile + " 的导入格式，请核对文件夹名", nil
		}
		o.Profile = &p
	}
	file, err := root.Open(c.path)
	if errors.Is(err, fs.ErrNotExist) {
		return report, "", errMoved
	}
	if err != nil {
		return report, "文件打不开，请核对它的权限", nil
	}
	defer file.Close() //nolint:errcheck // only read
	if info, err := file.Stat(); err != nil || !info.Mode().IsRegular() || info.Size() != c.size.bytes {
		return report, "", errMoved
	}
	report, err = Import(ctx, f.Ledger, io.LimitReader(file, f.MaxBytes), c.kind, o)
	var store *StoreError
	switch {
	case ctx.Err() != nil:
		return report, "", ctx.Err()
	case errors.As(err, &store), errors.Is(err, errReport):
		return report, "", err
	case err != nil:
		return report, err.Error(), nil
	case report.Rows > 0 && report.Rejected == report.Rows:
		return report, "没有一行可以导入", nil
	}
	return report, "", nil
}

// errMoved says that a file is not what the look saw; the next look sees what
// it is now.
var errMoved = errors.New("the file was moved or replaced meanwhile")

// rest leaves as much time to others as the batch took, at most 200 ms.
func rest(took time.Duration) time.Duration { return min(took, 200*time.Millisecond) }

// badRows is an error file under a name of its own until it is whole.
type badRows struct {
	*ErrorFile
	file *os.File
	name string
}

// errorFile begins the file of bad rows; it is hidden in failed/ until it is
// known where it belongs.
func (f *Folder) errorFile(root *os.Root, c candidate) (string, *badRows, error) {
	name := path.Join(failedDir, "."+strings.ReplaceAll(c.path, "/", "+")+".errors.tmp")
	file, err := root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600) // rows of the ledger
	if err != nil {
		return "", nil, fmt.Errorf("error file: %w", err)
	}
	out, err := NewErrorCSV(file, f.Redact)
	if err != nil {
		return "", nil, errors.Join(fmt.Errorf("error file: %w", err), file.Close())
	}
	return name, &badRows{out, file, name}, nil
}

func (b *badRows) drop(root *os.Root) error { return errors.Join(b.file.Close(), root.Remove(b.name)) }

// end closes the file; it goes when nothing is in it that is worth keeping.
func (b *badRows) end(root *os.Root, keep bool) error {
	if err := errors.Join(b.Close(), b.file.Sync(), b.file.Close()); err != nil {
		return fmt.Errorf("error file: %w", err)
	}
	if keep {
		return nil
	}
	if err := root.Remove(b.name); err != nil {
		return fmt.Errorf("error file: %w", err)
	}
	return nil
}

// move puts the file and its bad rows away under a name that is free.
func (f *Folder) move(root *os.Root, from, into, errorsAt string, withErrors bool) (string, error) {
	dir := path.Join(into, path.Dir(from))
	if err := root.MkdirAll(dir, 0o750); err != nil {
		return "", fmt.Errorf("make %s: %w", dir, err)
	}
	to := path.Join(dir, path.Base(from))
	if _, err := root.Lstat(to); !errors.Is(err, fs.ErrNotExist) {
		ext := path.Ext(to)
		to = strings.TrimSuffix(to, ext) + f.Now().Format("-20060102-150405.000") + ext
	}
	if withErrors {
		if err := root.Rename(errorsAt, to+".errors.csv"); err != nil {
			return "", fmt.Errorf("error file: %w", err)
		}
	}
	if err := root.Rename(from, to); err != nil {
		return "", fmt.Errorf("move %s: %w", from, err)
	}
	return to, nil
}
