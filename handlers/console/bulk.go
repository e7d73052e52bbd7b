package console

import (
	"context"
	"net/http"

	"daozhang/bot/desk"
	"daozhang/knowledge"
	"daozhang/knowledge/bulk"
)

// ImportInput is a file of entries: .md, .csv, .xlsx, or a .zip of them.
type ImportInput struct {
	Name   string `json:"name" minLength:"1" maxLength:"200"`
	Data   []byte `json:"data" doc:"the file, base64, at most 8 MiB"`
	DryRun bool   `json:"dry_run,omitempty" doc:"only says what would change"`
	// As: publish puts the entries into force at once; review makes them drafts
	// for somebody else to publish.
	As       string `json:"as,omitempty" enum:"publish,review" default:"review"`
	Override string `json:"override,omitempty" maxLength:"500" doc:"reason, when golden questions break; audited"`
}

// ImportReport is what an import changes. All or nothing: with a finding
// nothing is stored.
type ImportReport struct {
	Changes  []ImportChange  `json:"changes"`
	New      int             `json:"new"`
	Changed  int             `json:"changed"`
	Same     int             `json:"same"`
	Findings []ImportFinding `json:"findings"`
	Golden   []GoldenChange  `json:"golden" doc:"golden questions that would break"`
	Done     bool            `json:"done" doc:"stored; false = a dry run, or refused by findings"`
	// MayPublish: as=publish is open to this user.
	MayPublish bool `json:"may_publish"`
}

// ImportChange is what happens to one entry; Lines only of a changed one.
type ImportChange struct {
	ID       string     `json:"id"`
	Title    string     `json:"title"`
	Kind     string     `json:"kind" enum:"new,changed,same"`
	HasDraft bool       `json:"has_draft" doc:"an unpublished draft would be dropped"`
	Lines    []DiffLine `json:"lines"`
}

// DiffLine is one line of a comparison.
type DiffLine struct {
	Op   string `json:"op" enum:" ,-,+"`
	Text string `json:"text"`
}

// ImportFinding is one reason to refuse.
type ImportFinding struct {
	File    string `json:"file"`
	Line    int    `json:"line" doc:"of the file, or the row of a table"`
	Message string `json:"message"`
}

// exportFile is a download.
type exportFile struct {
	ContentType string `header:"Content-Type"`
	Disposition string `header:"Content-Disposition"`
	Body        []byte
}

func (s *server) bulkRoutes() {
	const tag = "Knowledge"
	handle(s, route{
		method: http.MethodPost, path: "/api/v1/articles/import", tag: tag, summary: "Entries out of a file, all or nothing",
		permission: desk.EditKnowledge, bodyLimit: bulk.MaxUpload*4/3 + 4096,
	}, s.importArticles)
	handle(s, route{method: http.MethodGet, path: "/api/v1/articles/export", tag: tag, summary: "Every entry in force as a file", permission: desk.ReadKnowledge}, s.exportArticles)
}

func (s *server) importArticles(ctx context.Context, in *body[ImportInput]) (*body[ImportReport], error) {
	base, err := s.base(ctx)
	if err != nil {
		return nil, err
	}
	second, err := s.secondPerson(ctx)
	if err != nil {
		return nil, err
	}
	r := ImportReport{Changes: []ImportChange{}, Findings: []ImportFinding{}, Golden: []GoldenChange{}, MayPublish: !second && who(ctx).can(desk.PublishKnowledge)}
	if in.Body.As == "publish" && !r.MayPublish {
		if !who(ctx).can(desk.PublishKnowledge) {
			return nil, problem(http.StatusForbidden, codeForbidden, "发布需要主管或管理员：请改为导入成待审草稿。")
		}
		return nil, problem(http.StatusForbidden, codeSecondPerson, "导入的内容须由另一个人发布：请改为导入成待审草稿。")
	}
	articles, findings := bulk.Read([]knowledge.File{{Name: in.Body.Name, Data: in.Body.Data}}, bulk.Options{
		Current: base.inForce, Channels: base.channels, Forbidden: base.words.Forbidden(), Now: base.now,
	})
	for _, f := range findings {
		r.Findings = append(r.Findings, ImportFinding{File: f.File, Line: f.Line, Message: f.Reason})
	}
	changed, err := s.plan(ctx, &r, base, articles)
	if err != nil || len(findings) > 0 {
		return answer(r), err
	}
	broken := base.gate(base.with(published(changed)...))
	r.Golden = append(r.Golden, goldenChanges(broken)...)
	if in.Body.DryRun || len(changed) == 0 {
		return answer(r), nil
	}
	if in.Body.As != "publish" {
		err = s.Store.ImportDrafts(ctx, changed, who(ctx).user.Actor(), audit(ctx, "article.import", "articles", itoa(int64(len(changed)))+" as drafts"))
	} else {
		var detail string
		if detail, err = overridden(broken, in.Body.Override); err != nil {
			return nil, err
		}
		_, err = s.Store.ImportArticles(ctx, changed, who(ctx).user.Actor(), audit(ctx, "article.import", "articles", joined(itoa(int64(len(changed)))+" published", detail)))
	}
	if err != nil {
		return nil, fromError(err, "知识条目")
	}
	r.Done = true
	return answer(r), nil
}

// published are entries as they are told once in force, whatever day that is.
func published(in []knowledge.Article) []knowledge.Article {
	return mapped(in, func(a knowledge.Article) knowledge.Article {
		a.Status, a.ValidFrom = knowledge.StatusPublished, ""
		return a
	})
}

// plan fills in what would change and gives the entries that do.
func (s *server) plan(ctx context.Context, r *ImportReport, base knowledgeBase, articles []knowledge.Article) ([]knowledge.Article, error) {
	drafts, err := s.Store.Drafts(ctx)
	if err != nil {
		return nil, err
	}
	open := map[string]bool{}
	for _, d := range drafts {
		open[d.ID] = true
	}
	var changed []knowledge.Article
	for i, c := range bulk.Plan(base.inForce, articles) {
		switch c.Kind {
		case bulk.Same:
			r.Same++
			continue
		case bulk.New:
			r.New++
		case bulk.Changed:
			r.Changed++
		}
		changed = append(changed, articles[i])
		r.Changes = append(r.Changes, ImportChange{
			ID: c.ID, Title: c.Title, Kind: string(c.Kind), HasDraft: open[c.ID],
			Lines: mapped(c.Lines, func(l knowledge.DiffLine) DiffLine { return DiffLine{Op: string(l.Op), Text: l.Text} }),
		})
	}
	return changed, nil
}

func (s *server) exportArticles(ctx context.Context, in *struct {
	Format string `query:"format" enum:"md,csv,xlsx" default:"md" doc:"md = a zip of Markdown files"`
},
) (*exportFile, error) {
	articles, _, err := s.Store.PublishedArticles(ctx)
	if err != nil {
		return nil, err
	}
	data, err := bulk.Write(in.Format, articles)
	if err != nil {
		return nil, err
	}
	out := &exportFile{Body: data}
	name := "knowledge-" + string(knowledge.DayOf(s.now()))
	switch in.Format {
	case "csv":
		out.ContentType, name = "text/csv; charset=utf-8", name+".csv"
	case "xlsx":
		out.ContentType, name = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", name+".xlsx"
	default:
		out.ContentType, name = "application/zip", name+".zip"
	}
	out.Disposition = `attachment; filename="` + name + `"`
	return out, nil
}
