package console

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"

	"daozhang/bot/desk"
	"daozhang/knowledge"
)

// Actions of a batch.
const (
	batchSubmit   = "submit"
	batchWithdraw = "withdraw"
	batchPublish  = "publish"
	batchArchive  = "archive"
	batchRestore  = "restore"
	batchRollback = "rollback"
	batchOwner    = "owner"
	batchReview   = "review_on"
)

// BatchInput is one action on several entries. There is no override here: what
// breaks golden questions is refused and has to be looked at by itself.
type BatchInput struct {
	Action string      `json:"action" enum:"submit,withdraw,publish,archive,restore,rollback,owner,review_on"`
	Items  []BatchItem `json:"items" minItems:"1" maxItems:"50"`
	Note   string      `json:"note,omitempty" maxLength:"500" doc:"kept with versions and audit records"`
	// At schedules publications.
	At time.Time `json:"at,omitempty,omitzero" doc:"publish: when it comes into force by itself; absent = at once"`
}

// BatchItem is an entry of a batch.
type BatchItem struct {
	ID string `json:"id" minLength:"1" maxLength:"64"`
	// Value is the owner, the day (YYYY-MM-DD), or the version to go back to.
	Value string `json:"value,omitempty" maxLength:"60" doc:"owner: the name; review_on: YYYY-MM-DD; rollback: the version"`
	// IfUpdatedAt refuses what a colleague saved in between (publish).
	IfUpdatedAt time.Time `json:"if_updated_at,omitempty,omitzero" doc:"publish: updated_at as the user saw it"`
}

// BatchReport says of every entry what became of it, in the order asked.
type BatchReport struct {
	Items   []BatchResult `json:"items"`
	Done    int           `json:"done"`
	Refused int           `json:"refused"`
}

// BatchResult is what became of one entry: done, or refused and untouched.
type BatchResult struct {
	ID       string         `json:"id"`
	Title    string         `json:"title"`
	Done     bool           `json:"done"`
	Code     Code           `json:"code" doc:"of the refusal; empty = done"`
	Detail   string         `json:"detail" doc:"Chinese: why it was refused and what to do; of what was done, what else changed"`
	Findings []Finding      `json:"findings" doc:"of the lint"`
	Golden   []GoldenChange `json:"golden" doc:"golden questions that it would break"`
	Undo     *BatchUndo     `json:"undo" doc:"what takes it back; null = nothing does"`
}

// BatchUndo is an action of a batch on the same entry.
type BatchUndo struct {
	Action string `json:"action"`
	Value  string `json:"value"`
}

// batch does one action on each entry in turn, each in a transaction of its own
// with its own audit record: what one is refused for does not stop the others,
// and each is judged with those before it in force.
func (s *server) batch(ctx context.Context, in *body[BatchInput]) (*body[BatchReport], error) {
	b := in.Body
	if b.Action != batchSubmit && b.Action != batchWithdraw && !who(ctx).can(desk.PublishKnowledge) {
		return nil, problem(http.StatusForbidden, codeForbidden, "发布、下架、改负责人和复审日期需要主管或管理员。")
	}
	j, err := s.judge(ctx)
	if err != nil {
		return nil, err
	}
	report := BatchReport{Items: make([]BatchResult, 0, len(b.Items))}
	for _, item := range b.Items {
		r := s.batchOne(ctx, &j, b, item)
		if r.Done {
			report.Done++
		} else {
			report.Refused++
		}
		report.Items = append(report.Items, r)
	}
	return answer(report), nil
}

func (s *server) batchOne(ctx context.Context, j *judge, b BatchInput, item BatchItem) BatchResult {
	r := BatchResult{ID: item.ID, Title: item.ID, Findings: []Finding{}, Golden: []GoldenChange{}}
	st, published, draft, err := s.Store.Article(ctx, item.ID)
	if err == nil {
		content := published
		if content == nil {
			content = draft
		}
		r.Title = content.Title
		r.Detail, r.Undo, err = s.batchDo(ctx, j, b, item, st, *content)
	}
	if err = s.edge(ctx, "batch "+b.Action, fromError(err, "知识条目")); err == nil {
		r.Done = true
		return r
	}
	var p *Problem
	errors.As(err, &p) // edge gives nothing else
	r.Code, r.Detail, r.Undo = p.Code, p.Detail, nil
	r.Findings, r.Golden = some(p.Findings), some(p.Golden)
	if p.Code == codeGoldenFailed {
		r.Detail = "会让 " + strconv.Itoa(len(p.Golden)) + " 个标准问题答错，已拦下。批量不能越过：请单独打开这一条，调整后再办，或写明理由。"
	}
	return r
}

// batchDo gives a remark on what else changed, and what takes it back.
func (s *server) batchDo(ctx context.Context, j *judge, b BatchInput, item BatchItem, st desk.ArticleState, a knowledge.Article) (detail string, undo *BatchUndo, err error) {
	subject := "article:" + item.ID
	archived := st.Status == string(knowledge.StatusArchived)
	switch b.Action {
	case batchSubmit:
		if !st.SubmittedAt.IsZero() {
			return "", nil, problem(http.StatusConflict, codeNoDraft, "这条已经在等待审核。")
		}
		return "", &BatchUndo{Action: batchWithdraw}, s.Store.SubmitDraft(ctx, item.ID, audit(ctx, "article.submit", subject, b.Note))
	case batchWithdraw:
		return "", &BatchUndo{Action: batchSubmit}, s.Store.WithdrawDraft(ctx, item.ID, audit(ctx, "article.withdraw", subject, b.Note))
	case batchPublish:
		undo := &BatchUndo{Action: batchArchive}
		if st.Version > 0 && !archived {
			undo = &BatchUndo{Action: batchRollback, Value: strconv.Itoa(st.Version)}
		}
		if b.At.After(j.now) {
			undo = nil // to be taken back where it is shown
		}
		return lost(st), undo, s.publishOne(ctx, j, item.ID, PublishInput{Note: b.Note, At: b.At}, item.IfUpdatedAt)
	case batchArchive:
		switch {
		case archived:
			return "", nil, problem(http.StatusConflict, codeWrongStatus, "这条已经下架。")
		case st.Version == 0 && st.Scheduled == 0:
			return "", nil, problem(http.StatusConflict, codeWrongStatus, "这条从未发布过，没有可下架的；不要它可放弃草稿。")
		}
		if st.Version > 0 {
			undo = &BatchUndo{Action: batchRestore}
		}
		return lost(st), undo, s.archiveOne(ctx, j, item.ID, ArchiveInput{Note: b.Note})
	case batchRestore:
		if !archived || st.Version == 0 {
			return "", nil, problem(http.StatusConflict, codeWrongStatus, "这条没有下架，无需恢复。")
		}
		return "", &BatchUndo{Action: batchArchive}, s.rollbackOne(ctx, j, item.ID, RollbackInput{Version: st.Version, Note: b.Note})
	case batchRollback:
		version, err := strconv.Atoi(item.Value)
		if err != nil || version < 1 {
			return "", nil, problem(http.StatusUnprocessableEntity, codeInvalid, "请写明回到哪个版本。")
		}
		return lost(st), nil, s.rollbackOne(ctx, j, item.ID, RollbackInput{Version: version, Note: b.Note})
	}
	return s.batchCare(ctx, j, b, item, a)
}

// lost says that a scheduled version goes when another is published or the
// entry is archived.
func lost(st desk.ArticleState) string {
	if st.Scheduled == 0 {
		return ""
	}
	return "原来定时的 v" + strconv.Itoa(st.Scheduled) + " 已取消。"
}

// batchCare sets owner or review date.
func (s *server) batchCare(ctx context.Context, j *judge, b BatchInput, item BatchItem, a knowledge.Article) (string, *BatchUndo, error) {
	value := strings.TrimSpace(item.Value)
	owner, day, before, note := "", knowledge.Day(""), a.Owner, ""
	if b.Action == batchOwner {
		if value == "" {
			return "", nil, problem(http.StatusUnprocessableEntity, codeInvalid, "请写明负责人。")
		}
		owner, note = value, "只改负责人："+orDash(a.Owner)+" → "+value
		a.Owner = value
	} else {
		var err error
		if day, err = knowledge.ParseDay(value); err != nil || day <= knowledge.DayOf(j.now) {
			return "", nil, problem(http.StatusUnprocessableEntity, codeInvalid, "下次复审应是今天以后的一天，写成 2026-11-18 这样的形式。")
		}
		before, note = string(a.ReviewOn), "只改复审日期："+orDash(string(a.ReviewOn))+" → "+value
		a.ReviewOn = day
	}
	if before == value {
		return "", nil, problem(http.StatusConflict, codeWrongStatus, "原来就是“%s”，无需修改。", value)
	}
	// The words told stay as they are, so only the new value is judged.
	for _, f := range j.lint(a) {
		if f.Field == b.Action {
			return "", nil, problem(http.StatusUnprocessableEntity, codeArticleLint, "%s", f.Message)
		}
	}
	if b.Note != "" {
		note += "；" + b.Note
	}
	var undo *BatchUndo
	if before != "" && (b.Action == batchOwner || before > string(knowledge.DayOf(j.now))) {
		undo = &BatchUndo{Action: b.Action, Value: before}
	}
	return "", undo, s.Store.SetCare(ctx, item.ID, owner, day, who(ctx).user.Actor(), note,
		audit(ctx, "article."+b.Action, "article:"+item.ID, joined(orDash(before)+" → "+value, b.Note)))
}

func orDash(s string) string {
	if s == "" {
		return "—"
	}
	return s
}
