package intake

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"daozhang/transactions/ledgerfile"
)

// FolderDeps are what a watched folder needs.
type FolderDeps struct {
	// Dir is the folder. Kinds and profiles are folders in it
	// (transactions/wechat-bill/…), or the kind begins the file's name
	// (settlements-20261118.csv). It is made when it is missing.
	Dir      string
	Ledger   Ledger
	Profiles []ledgerfile.Profile
	// Redact cuts what must not be stored out of a text.
	Redact func(string) string
	// Done is told every file that was moved away; its error is logged.
	Done func(ctx context.Context, f FileReport) error
	Log  *slog.Logger
	// Every is the time between two looks at the folder; 0 = 5 s. A file is taken
	// when two looks in a row find it unchanged.
	Every time.Duration
	// MaxBytes bounds a file; 0 = 2 GB.
	MaxBytes int64
	Now      func() time.Time // the clock
}

// FileReport is what became of one file of the folder.
type FileReport struct {
	// Path is the file's place in the folder, before it was moved.
	Path string
	Kind ledgerfile.Kind // "" when it could not be told
	// Moved is where it is now, in done/ or failed/.
	Moved string
	// Failed says in Chinese why nothing was taken; "" = done.
	Failed string
	Report Report
}

// Folder imports the files that appear in a folder, one at a time. A file that
// cannot be read goes to failed/, every other one to done/; the bad rows stand
// beside it. Create with NewFolder, then Run.
type Folder struct {
	FolderDeps
	seen   map[string]size // of the look before
	stuck  map[string]size // that could not be moved away
	pause  time.Time       // not before, after a failure of the ledger
	warned map[string]bool
}

// size tells whether a file still grows.
type size struct {
	bytes    int64
	modified time.Time
}

// Names of the folder's own folders, and bounds.
const (
	doneDir     = "done"
	failedDir   = "failed"
	maxEntries  = 10_000 // of one folder in one look
	retryAfter  = time.Minute
	folderEvery = 5 * time.Second
	folderBytes = 2 << 30
)

// NewFolder makes the folder and what belongs into it.
func NewFolder(d FolderDeps) (*Folder, error) {
	d.Every, d.MaxBytes = cmp.Or(d.Every, folderEvery), cmp.Or(d.MaxBytes, folderBytes)
	names := []string{doneDir, failedDir}
	for _, k := range ledgerfile.Kinds() {
		names = append(names, string(k))
	}
	for _, name := range names {
		if err := os.MkdirAll(filepath.Join(d.Dir, name), 0o750); err != nil {
			return nil, fmt.Errorf("ledger.import_dir: %w", err)
		}
	}
	return &Folder{FolderDeps: d, seen: map[string]size{}, stuck: map[string]size{}, warned: map[string]bool{}}, nil
}

// Run looks at the folder until ctx ends. What it was importing then stays and
// is taken again.
func (f *Folder) Run(ctx context.Context) error {
	for {
		f.Look(ctx)
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(f.Every):
		}
	}
}

// Look takes every file that has not changed since the look before.
func (f *Folder) Look(ctx context.Context) {
	if f.Now().Before(f.pause) {
		return
	}
	root, err := os.OpenRoot(f.Dir) // nothing outside can be reached through it
	if err != nil {
		f.once("open", "the import folder cannot be read", err)
		return
	}
	defer root.Close() //nolint:errcheck // only read
	now := map[string]size{}
	for _, c := range f.candidates(root) {
		if ctx.Err() != nil {
			return
		}
		now[c.path] = c.size
		if before, ok := f.seen[c.path]; !ok || before != c.size || f.stuck[c.path] == c.size {
			continue // new, still growing, or not to be moved away
		}
		err := f.take(ctx, root, c)
		var ledger *StoreError
		switch {
		case ctx.Err() != nil:
			return
		case err == nil || errors.Is(err, errMoved):
			delete(now, c.path)
		case errors.As(err, &ledger): // the other files would meet it too
			f.pause = f.Now().Add(retryAfter)
			f.Log.Error("a ledger file was not imported; it stays and is tried again", slog.String("file", c.path), slog.Any("error", err))
			return
		default:
			f.stuck[c.path] = c.size
			f.Log.Error("a ledger file cannot be taken; it stays until it changes or the server starts again", slog.String("file", c.path), slog.Any("error", err))
		}
	}
	f.seen = now
}

// once logs a lasting trouble once.
func (f *Folder) once(key, text string, err error) {
	if !f.warned[key] {
		f.warned[key] = true
		f.Log.Warn(text, slog.String("at", key), slog.Any("error", err))
	}
}

// candidate is a regular file that may be taken.
type candidate struct {
	path    string // slashes, from the folder
	kind    ledgerfile.Kind
	profile string // name; "" = by its header
	size    size
}

// candidates lists files: kinds in the order in which they are best imported,
// then by name.
func (f *Folder) candidates(root *os.Root) []candidate {
	var out []candidate
	add := func(dir string, kind ledgerfile.Kind, profile string) (folders []string) {
		for _, e := range f.entries(root, dir) {
			p := path.Join(dir, e.Name())
			switch {
			case hidden(e.Name()):
			case e.IsDir():
				folders = append(folders, e.Name())
			case !e.Type().IsRegular():
				f.once(p, "not a plain file: left alone", errors.New(e.Type().String()))
			default:
				info, err := e.Info()
				if err != nil {
					continue // gone meanwhile
				}
				k := kind
				if k == "" {
					k = kindOf(e.Name())
				}
				out = append(out, candidate{p, k, profile, size{info.Size(), info.ModTime()}})
			}
		}
		return folders
	}
	for _, dir := range add(".", "", "") {
		kind := ledgerfile.Kind(dir)
		if dir == doneDir || dir == failedDir {
			continue
		}
		if ledgerfile.Columns(kind) == nil {
			f.once(dir, "this folder is named after no kind of ledger file: left alone", nil)
			continue
		}
		for _, profile := range add(dir, kind, "") {
			for _, deep := range add(path.Join(dir, profile), kind, profile) {
				f.once(path.Join(dir, profile, deep), "folders this deep are left alone", nil)
			}
		}
	}
	rank := map[ledgerfile.Kind]int{}
	for i, k := range ledgerfile.Kinds() {
		rank[k] = i
	}
	slices.SortFunc(out, func(a, b candidate) int {
		return cmp.Or(cmp.Compare(rank[a.kind], rank[b.kind]), strings.Compare(a.path, b.path))
	})
	return out
}

func (f *Folder) entries(root *os.Root, dir string) []fs.DirEntry {
	d, err := root.Open(dir)
	if err != nil {
		f.once(dir, "this import folder cannot be read", err)
		return nil
	}
	defer d.Close() //nolint:errcheck // only read
	entries, err := d.ReadDir(maxEntries)
	if err != nil && len(entries) == 0 {
		return nil // io.EOF: empty
	}
	return entries
}

// hidden tells files that another program still writes, or that are none of
// ours.
func hidden(name string) bool {
	lower := strings.ToLower(name)
	for _, end := range []string{".tmp", ".part", ".partial", ".filepart", ".crdownload", ".swp", "~"} {
		if strings.HasSuffix(lower, end) {
			return true
		}
	}
	return strings.HasPrefix(name, ".") || strings.HasPrefix(name, "~$")
}

// kindOf reads the kind that begins a file's name; "" = none.
func kindOf(name string) ledgerfile.Kind {
	for _, k := range ledgerfile.Kinds() {
		if rest, ok := strings.CutPrefix(strings.ToLower(name), string(k)); ok && (rest == "" || strings.ContainsRune("-_. ", rune(rest[0]))) {
			return k
		}
	}
	return ""
}
