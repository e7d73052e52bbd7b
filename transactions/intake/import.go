// Package intake brings ledger files in: one file with a report of every row,
// or whatever appears in a watched folder. Rows are read and stored at the same
// time, batch by batch; what was stored stays, and importing a file again after
// any interruption ends in the same ledger.
package intake

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"daozhang/transactions/ledgerfile"
)

// Ledger stores rows. A batch is durable when Store returns.
type Ledger interface {
	Store(ctx context.Context, b ledgerfile.Batch) ([]Result, error)
}

// Result is what became of one row of a batch.
type Result struct {
	Outcome Outcome
	// Column is ours and Reason in Chinese, for a rejected row; else "".
	Column, Reason string
}

// Outcome of a row.
type Outcome string

// The closed list of outcomes.
const (
	Inserted  Outcome = "inserted"
	Updated   Outcome = "updated"
	Unchanged Outcome = "unchanged"
	Rejected  Outcome = "rejected"
)

// Options of Import; the zero value is complete.
type Options struct {
	// Profile and Profiles as in ledgerfile.Options.
	Profile  *ledgerfile.Profile
	Profiles []ledgerfile.Profile
	// BatchRows as in ledgerfile.Options: what one crash can lose.
	BatchRows int
	// Progress is told the rows of the file that are done with, after each batch.
	Progress func(rows int)
	// Bad is told every bad row, in the order of the file within a batch, with
	// the row as it stands in the file. Its error ends the import.
	Bad func(ledgerfile.RowError) error
	// Rest is how long to leave the ledger to others after a batch that took
	// this long; nil: not at all.
	Rest func(took time.Duration) time.Duration
}

// Report is what an import did.
type Report struct {
	Rows      int    `json:"rows"`
	Inserted  int    `json:"inserted"`
	Updated   int    `json:"updated"`
	Unchanged int    `json:"unchanged"`
	Rejected  int    `json:"rejected"`
	Skipped   int    `json:"skipped"`
	Format    string `json:"format"`
	// Profile is the title of the profile by which the file was read.
	Profile  string   `json:"profile,omitempty"`
	Warnings []string `json:"warnings"`
	// Errors are the first bad rows, at most ledgerfile.MaxErrors, by line;
	// Rejected counts all.
	Errors []ledgerfile.RowError `json:"errors"`
}

// StoreError is a failure of the ledger, not of the file: trying again later
// may do.
type StoreError struct{ Err error }

// Error implements error.
func (e *StoreError) Error() string { return "账务没有写入：" + e.Err.Error() }

// Unwrap gives the cause.
func (e *StoreError) Unwrap() error { return e.Err }

// errReport says that the bad rows could not be written down: not the file's
// fault either.
var errReport = errors.New("坏行没有写下来")

// parcel is what the reader hands to the writer: a batch, the bad rows before
// it, and how far the file was read.
type parcel struct {
	batch ledgerfile.Batch
	bad   []ledgerfile.RowError
	rows  int
}

// maxBad bounds the bad rows held before they are handed over.
const maxBad = 1000

// Import reads a file and stores its rows. The report tells what was done also
// beside an error: *StoreError, one of ledgerfile, or of ctx.
func Import(ctx context.Context, ledger Ledger, r io.Reader, kind ledgerfile.Kind, o Options) (Report, error) {
	w := writer{ledger: ledger, options: o, report: Report{Warnings: []string{}, Errors: []ledgerfile.RowError{}}}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	parcels, stored := make(chan parcel), make(chan struct{})
	go func() { // ends when parcels closes or the first one fails
		defer close(stored)
		for p := range parcels {
			if err := w.take(ctx, p); err != nil {
				cancel(err)
				return
			}
		}
	}()
	send := func(p parcel) error {
		select {
		case parcels <- p:
			return nil
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
	read, err := readInto(r, kind, o, send)
	close(parcels)
	<-stored
	if cause := context.Cause(ctx); cause != nil {
		err = cause // the reader may have ended before it could notice
	}
	w.report.Rows, w.report.Skipped, w.report.Format, w.report.Profile = read.Rows, read.Skipped, read.Format, read.Profile
	w.report.Warnings = append(w.report.Warnings, read.Warnings...)
	return w.report, err
}

// readInto reads a file into parcels.
func readInto(r io.Reader, kind ledgerfile.Kind, o Options, send func(parcel) error) (ledgerfile.Report, error) {
	var bad []ledgerfile.RowError
	var failed error // of send while a bad row was handed over
	rows := 0
	read, err := ledgerfile.Read(r, kind, ledgerfile.Options{
		Profile: o.Profile, Profiles: o.Profiles, BatchRows: o.BatchRows, Raw: o.Bad != nil,
		Progress: func(n int) { rows = n },
		Bad: func(e ledgerfile.RowError) {
			if bad = append(bad, e); len(bad) == maxBad && failed == nil {
				failed = send(parcel{bad: bad, rows: rows})
				bad = nil
			}
		},
	}, func(b ledgerfile.Batch) error {
		if failed != nil {
			return failed
		}
		rows += b.Len() + len(bad)
		p := parcel{b, bad, rows}
		bad = nil
		return send(p)
	})
	if err == nil {
		err = failed
	}
	if err == nil && len(bad) > 0 {
		err = send(parcel{bad: bad, rows: read.Rows})
	}
	return read, err
}

// writer stores parcels and counts.
type writer struct {
	ledger  Ledger
	options Options
	report  Report
}

func (w *writer) take(ctx context.Context, p parcel) error {
	begin := time.Now()
	var results []Result
	if p.batch.Len() > 0 {
		var err error
		if results, err = w.ledger.Store(ctx, p.batch); err != nil {
			return &StoreError{err}
		}
	}
	took := time.Since(begin)
	bad := p.bad
	for i, r := range results {
		switch r.Outcome {
		case Inserted:
			w.report.Inserted++
		case Updated:
			w.report.Updated++
		case Unchanged:
			w.report.Unchanged++
		case Rejected:
			e := ledgerfile.RowError{Line: p.batch.Lines[i], Reason: r.Reason}
			if r.Column != "" {
				e.Column = p.batch.Title(r.Column)
			}
			if i < len(p.batch.Raw) {
				e.Raw = p.batch.Raw[i]
			}
			bad = append(bad, e)
		}
	}
	if err := w.reject(bad); err != nil {
		return err
	}
	if w.options.Progress != nil {
		w.options.Progress(p.rows)
	}
	if w.options.Rest == nil || len(results) == 0 {
		return nil
	}
	select {
	case <-time.After(w.options.Rest(took)):
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// reject reports bad rows.
func (w *writer) reject(bad []ledgerfile.RowError) error {
	slices.SortStableFunc(bad, func(a, b ledgerfile.RowError) int { return cmp.Compare(a.Line, b.Line) })
	w.report.Rejected += len(bad)
	for _, e := range bad {
		if w.options.Bad != nil {
			if err := w.options.Bad(e); err != nil {
				return fmt.Errorf("%w:%w", errReport, err)
			}
		}
		if e.Raw = ""; len(w.report.Errors) < ledgerfile.MaxErrors {
			w.report.Errors = append(w.report.Errors, e)
		}
	}
	return nil
}
