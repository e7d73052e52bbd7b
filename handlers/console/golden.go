package console

import (
	"context"
	"errors"
	"net/http"
	"strings"

	"daozhang/bot/desk"
	"daozhang/knowledge"
)

func (s *server) goldenRoutes() {
	const tag = "Knowledge"
	const base = "/api/v1/golden"
	handle(s, route{method: http.MethodGet, path: base, tag: tag, summary: "Golden questions, with what answers them now", permission: desk.ReadKnowledge}, s.listGolden)
	handle(s, route{method: http.MethodPost, path: base, tag: tag, summary: "New golden question", permission: desk.PublishKnowledge}, s.addGolden)
	handle(s, route{method: http.MethodDelete, path: base + "/{id}", tag: tag, summary: "Remove", permission: desk.PublishKnowledge, status: http.StatusNoContent}, s.deleteGolden)
}

func (s *server) listGolden(ctx context.Context, _ *struct{}) (*body[GoldenList], error) {
	rows, err := s.Store.GoldenQuestions(ctx)
	if err != nil {
		return nil, err
	}
	base, err := s.base(ctx)
	if err != nil {
		return nil, err
	}
	ix := base.index(base.live)
	out := GoldenList{Items: make([]GoldenQuestion, 0, len(rows))}
	for _, g := range rows {
		v := goldenView(ix, g)
		if !v.Passes {
			out.Failed++
		}
		out.Items = append(out.Items, v)
	}
	return answer(out), nil
}

func goldenView(ix *knowledge.Index, g knowledge.GoldenRow) GoldenQuestion {
	v := GoldenQuestion{ID: ID(g.RowID), Question: g.Question, Expected: expected(g.Golden), CreatedBy: g.CreatedBy, CreatedAt: g.CreatedAt, Passes: true}
	if failed := knowledge.CheckGolden(ix, []knowledge.Golden{g.Golden}); len(failed) > 0 {
		v.Passes, v.Got = false, failed[0].Got
		return v
	}
	v.Got = g.ID
	return v
}

func (s *server) addGolden(ctx context.Context, in *body[GoldenInput]) (*body[GoldenQuestion], error) {
	base, err := s.base(ctx)
	if err != nil {
		return nil, err
	}
	ix := base.index(base.live)
	ids := trimmed(in.Body.Expected)
	for _, id := range ids {
		if _, ok := ix.Article(id); !ok {
			p := problem(http.StatusUnprocessableEntity, codeInvalid, "没有生效的条目 %s，请填已发布条目的编号。", id)
			p.Errors = []FieldError{{Location: "body.expected", Message: "没有这个条目"}}
			return nil, p
		}
	}
	g := knowledge.GoldenRow{Golden: knowledge.Golden{Question: strings.TrimSpace(in.Body.Question)}, CreatedBy: who(ctx).user.Name}
	if len(ids) > 0 {
		g.ID, g.IDs = ids[0], ids[1:]
	}
	g, err = s.Store.AddGolden(ctx, g, audit(ctx, "golden.create", "golden:"+g.ID, g.Question))
	var refusal *desk.Refusal
	if errors.As(err, &refusal) && refusal.Kind == desk.Exists {
		return nil, problem(http.StatusConflict, codeNameTaken, "已经有这个标准问题了；要改预期的条目，请先删掉原来的。")
	}
	if err != nil {
		return nil, fromError(err, "标准问题")
	}
	return answer(goldenView(ix, g)), nil
}

func (s *server) deleteGolden(ctx context.Context, in *byRow) (*none, error) {
	id := int64(in.ID.id())
	return nil, fromError(s.Store.DeleteGolden(ctx, id, audit(ctx, "golden.delete", "golden:"+itoa(id), "")), "标准问题")
}
