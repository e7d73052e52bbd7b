package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"daozhang/bot/desk"
	"daozhang/bot/understand"
	"daozhang/store"
	"daozhang/transactions/intake"
	"daozhang/transactions/ledgerfile"
)

// ledgerStore is the database as imports see it.
type ledgerStore struct{ store *store.Store }

// Store implements intake.Ledger.
func (l ledgerStore) Store(ctx context.Context, b ledgerfile.Batch) ([]intake.Result, error) {
	results, err := upsertBatch(ctx, l.store, b)
	if err != nil {
		return nil, err
	}
	out := make([]intake.Result, 0, len(results))
	for _, r := range results {
		out = append(out, intake.Result{Outcome: intake.Outcome(r.Outcome), Column: r.Column, Reason: r.Reason})
	}
	return out, nil
}

// cutSensitive takes card numbers and the like out of what is written down.
func cutSensitive(text string) string {
	clean, _ := understand.Redact(text)
	return clean
}

// importProfiles are those of the program and those of the configuration,
// which may replace one by its name. Every problem is in the error.
func importProfiles(files []string) ([]ledgerfile.Profile, error) {
	profiles := ledgerfile.Profiles()
	var problems []error
	for _, file := range files {
		p, err := profileFile(file)
		if err != nil {
			problems = append(problems, err)
			continue
		}
		profiles = slices.DeleteFunc(profiles, func(other ledgerfile.Profile) bool { return other.Name == p.Name })
		profiles = append(profiles, p)
	}
	return profiles, errors.Join(problems...)
}

func profileFile(file string) (ledgerfile.Profile, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return ledgerfile.Profile{}, fmt.Errorf("import profile: %w", err)
	}
	p, err := ledgerfile.ParseProfile(text)
	if err != nil {
		lines := strings.ReplaceAll(err.Error(), "\n", ";")
		return p, fmt.Errorf("import profile %s: %s", file, lines)
	}
	return p, nil
}

// buildImports watches ledger.import_dir.
func (a *app) buildImports() error {
	profiles, err := importProfiles(a.cfg.Ledger.Profiles)
	if err != nil {
		return err
	}
	if a.cfg.Ledger.ImportDir == "" {
		return nil
	}
	folder, err := intake.NewFolder(intake.FolderDeps{
		Dir: a.cfg.Ledger.ImportDir, Ledger: ledgerStore{a.store}, Profiles: profiles, Redact: cutSensitive, Log: a.log, Now: a.now,
		Done: func(ctx context.Context, f intake.FileReport) error {
			outcome := "done"
			if f.Failed != "" {
				outcome = "failed"
			}
			a.metrics.Import(outcome, f.Report.Inserted+f.Report.Updated+f.Report.Unchanged, f.Report.Rejected)
			return a.store.Record(ctx, importRecord("import_dir", f.Path, f.Kind, f.Report, f.Failed))
		},
	})
	if err != nil {
		return err
	}
	a.background = append(a.background, folder.Run)
	return nil
}

// importRecord is the audit record of one file. Names of files may hold what
// must not be stored.
func importRecord(actor, file string, kind ledgerfile.Kind, r intake.Report, failed string) desk.Audit {
	detail := fmt.Sprintf("%s rows %d inserted %d updated %d unchanged %d rejected %d", kind, r.Rows, r.Inserted, r.Updated, r.Unchanged, r.Rejected)
	if failed != "" {
		detail += " failed: " + failed
	}
	return desk.Audit{Actor: actor, Action: "ledger.import", Subject: "file:" + cutSensitive(file), Detail: cutSensitive(detail)}
}
