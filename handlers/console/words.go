package console

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"time"
	"unicode/utf8"

	"daozhang/bot/desk"
	"daozhang/knowledge"
)

// Word is a synonym or a forbidden word of the admins.
type Word struct {
	ID        ID        `json:"id"`
	Kind      string    `json:"kind" enum:"synonym,forbidden"`
	Word      string    `json:"word"`
	Means     string    `json:"means" doc:"of a synonym: what it is read as"`
	CreatedBy string    `json:"created_by"`
	CreatedAt time.Time `json:"created_at"`
}

// WordList is all words by kind and word.
type WordList struct {
	Items []Word `json:"items"`
}

// WordInput is a word to add.
type WordInput struct {
	Kind     string `json:"kind" enum:"synonym,forbidden"`
	Word     string `json:"word" minLength:"1" maxLength:"30"`
	Means    string `json:"means,omitempty" maxLength:"30"`
	Override string `json:"override,omitempty" maxLength:"500" doc:"reason, when a synonym breaks golden questions; audited"`
}

func (s *server) wordRoutes() {
	const tag = "Knowledge"
	const base = "/api/v1/words"
	handle(s, route{method: http.MethodGet, path: base, tag: tag, summary: "Synonyms and forbidden words", permission: desk.ReadKnowledge}, s.listWords)
	handle(s, route{method: http.MethodPost, path: base, tag: tag, summary: "New word, in force with the next answer", permission: desk.WriteChannels}, s.addWord)
	handle(s, route{method: http.MethodDelete, path: base + "/{id}", tag: tag, summary: "Remove", permission: desk.WriteChannels, status: http.StatusNoContent}, s.deleteWord)
}

func wordView(w knowledge.Word) Word {
	return Word{ID: ID(w.ID), Kind: string(w.Kind), Word: w.Word, Means: w.Means, CreatedBy: w.By, CreatedAt: w.At}
}

func (s *server) listWords(ctx context.Context, _ *struct{}) (*body[WordList], error) {
	rows, err := s.Store.Words(ctx)
	return answer(WordList{Items: mapped(rows, wordView)}), err
}

func (s *server) addWord(ctx context.Context, in *body[WordInput]) (*body[Word], error) {
	w := knowledge.Word{Kind: knowledge.WordKind(in.Body.Kind), Word: strings.TrimSpace(in.Body.Word), Means: strings.TrimSpace(in.Body.Means), By: who(ctx).user.Name}
	if utf8.RuneCountInString(w.Word) < knowledge.MinWord {
		return nil, badWord("word", "太短，至少两个字：一个字会碰上太多别的词")
	}
	base, err := s.base(ctx)
	if err != nil {
		return nil, err
	}
	detail := ""
	switch w.Kind {
	case knowledge.Forbidden:
		w.Means = ""
		if used := holders(base.live, w.Word); len(used) > 0 {
			return nil, badWord("word", "生效的条目里正用着这个词，请先改掉：%s", strings.Join(used, "、"))
		}
	default:
		if utf8.RuneCountInString(w.Means) < knowledge.MinWord || knowledge.Fold(w.Means) == knowledge.Fold(w.Word) {
			return nil, badWord("means", "请写它等于什么词，至少两个字，且不与左边相同")
		}
		if detail, err = s.synonymGate(ctx, base, w, in.Body.Override); err != nil {
			return nil, err
		}
	}
	w, err = s.Store.AddWord(ctx, w, audit(ctx, "word.create", "word:"+in.Body.Kind, joined(w.Word, w.Means, detail)))
	var refusal *desk.Refusal
	if errors.As(err, &refusal) && refusal.Kind == desk.Exists {
		return nil, problem(http.StatusConflict, codeNameTaken, "词表里已经有“%s”了；要改，请先删掉原来的。", in.Body.Word)
	}
	if err != nil {
		return nil, fromError(err, "词")
	}
	return answer(wordView(w)), nil
}

func badWord(field, format string, args ...any) *Problem {
	p := problem(http.StatusUnprocessableEntity, codeInvalid, format+"。", args...)
	p.Errors = []FieldError{{Location: "body." + field, Message: strings.TrimSuffix(p.Detail, "。")}}
	return p
}

// holders are the titles of entries whose answers hold a word.
func holders(articles []knowledge.Article, word string) []string {
	var out []string
	for _, a := range articles {
		text := a.Title + "\n" + a.Body + "\n" + strings.Join(a.Guide.Steps, "\n")
		if len(knowledge.CheckForbidden(text, []string{word})) > 0 && len(out) < previewHits {
			out = append(out, a.Title)
		}
	}
	return out
}

// synonymGate asks the golden questions with the word added.
func (s *server) synonymGate(ctx context.Context, base knowledgeBase, w knowledge.Word, override string) (string, error) {
	rows, err := s.Store.Words(ctx)
	if err != nil {
		return "", err
	}
	with := base
	with.words = knowledge.NewWordbook(append(rows, w))
	return overridden(knowledge.GateGolden(base.index(base.live), with.index(base.live), base.golden), override)
}

func (s *server) deleteWord(ctx context.Context, in *byRow) (*none, error) {
	id := int64(in.ID.id())
	return nil, fromError(s.Store.DeleteWord(ctx, id, audit(ctx, "word.delete", "word:"+itoa(id), "")), "词")
}
