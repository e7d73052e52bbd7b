package console

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"daozhang/bot"
	"daozhang/bot/desk"
	"daozhang/knowledge"
)

// Code is what a program reads of an error.
type Code string

// The closed list of codes (docs/api.md).
const (
	codeBadRequest       Code = "BAD_REQUEST"
	codeBadCursor        Code = "BAD_CURSOR"
	codeNotSignedIn      Code = "NOT_SIGNED_IN"
	codeLoginFailed      Code = "LOGIN_FAILED"
	codeCSRF             Code = "CSRF"
	codeForbidden        Code = "FORBIDDEN"
	codePasswordChange   Code = "PASSWORD_CHANGE_REQUIRED"
	codeNotYours         Code = "NOT_YOURS"
	codeSecondPerson     Code = "SECOND_PERSON"
	codeNotFound         Code = "NOT_FOUND"
	codeMethod           Code = "METHOD_NOT_ALLOWED"
	codeClaimed          Code = "ALREADY_CLAIMED"
	codeNotClaimed       Code = "NOT_CLAIMED"
	codeWrongStatus      Code = "WRONG_STATUS"
	codeArticleChanged   Code = "ARTICLE_CHANGED"
	codeNoDraft          Code = "NO_DRAFT"
	codeScheduled        Code = "SCHEDULED"
	codeArticleExists    Code = "ARTICLE_EXISTS"
	codeDecided          Code = "ALREADY_DECIDED"
	codeNameTaken        Code = "NAME_TAKEN"
	codeLastAdmin        Code = "LAST_ADMIN"
	codeSetupDone        Code = "SETUP_DONE"
	codeSetupExpired     Code = "SETUP_EXPIRED"
	codeTooLarge         Code = "BODY_TOO_LARGE"
	codeInvalid          Code = "INVALID"
	codePasswordWeak     Code = "PASSWORD_WEAK"
	codeArticleLint      Code = "ARTICLE_LINT"
	codeGoldenFailed     Code = "GOLDEN_FAILED"
	codeNeedsConfirm     Code = "NEEDS_CONFIRMATION"
	codeLoginLocked      Code = "LOGIN_LOCKED"
	codeTooMany          Code = "TOO_MANY"
	codeInternal         Code = "INTERNAL"
	codeWeChat           Code = "WECHAT_UNAVAILABLE"
	codeLedger           Code = "LEDGER_UNAVAILABLE"
	codeBusy             Code = "BUSY"
	codeUnsupportedMedia Code = "UNSUPPORTED_MEDIA_TYPE"
)

// Problem is every error answer (RFC 9457).
type Problem struct {
	Type   string `json:"type"`
	Title  string `json:"title"`
	Status int    `json:"status"`
	Code   Code   `json:"code" doc:"for programs, see docs/api.md"`
	Detail string `json:"detail" doc:"Chinese: what is wrong and what to do"`
	// Errors name the fields of a request that were refused.
	Errors   []FieldError `json:"errors,omitempty"`
	Findings []Finding    `json:"findings,omitempty"`
	// Golden are the golden questions that a publication would break.
	Golden []GoldenChange `json:"golden,omitempty"`

	retryAfter time.Duration
}

// FieldError is one refused field.
type FieldError struct {
	Location string `json:"location" doc:"body.text, query.limit …"`
	Message  string `json:"message" doc:"Chinese"`
}

// Error implements error.
func (p *Problem) Error() string { return string(p.Code) + ": " + p.Detail }

// GetStatus implements huma.StatusError.
func (p *Problem) GetStatus() int { return p.Status }

// GetHeaders implements huma.HeadersError.
func (p *Problem) GetHeaders() http.Header {
	h := http.Header{}
	if p.retryAfter > 0 {
		h.Set("Retry-After", strconv.Itoa(int((p.retryAfter+time.Second-1)/time.Second)))
	}
	return h
}

// ContentType implements huma.ContentTypeFilter.
func (p *Problem) ContentType(string) string { return "application/problem+json" }

var (
	_ huma.StatusError       = (*Problem)(nil)
	_ huma.HeadersError      = (*Problem)(nil)
	_ huma.ContentTypeFilter = (*Problem)(nil)
)

var errBadID = errors.New("编号应为数字") //nolint:gochecknoglobals // sentinel error

func problem(status int, code Code, format string, args ...any) *Problem {
	detail := format
	if len(args) > 0 {
		detail = fmt.Sprintf(format, args...)
	}
	return &Problem{Type: "about:blank", Title: http.StatusText(status), Status: status, Code: code, Detail: detail}
}

func notFound(what string) *Problem {
	return problem(http.StatusNotFound, codeNotFound, "没有找到这个%s：它可能已被删除，请刷新后再试。", what)
}

// fromError turns an error of the layers below into an answer. what names the
// thing in Chinese. nil stays nil; what is not known becomes a 500 at the
// edge, where it is logged.
func fromError(err error, what string) error {
	var refusal *desk.Refusal
	switch {
	case err == nil:
		return nil
	case errors.As(err, &refusal):
		return refused(refusal)
	case errors.Is(err, knowledge.ErrExpired):
		return problem(http.StatusUnprocessableEntity, codeInvalid, "有效期已过，请先改“失效”日期。")
	case errors.Is(err, knowledge.ErrTooLate):
		return problem(http.StatusUnprocessableEntity, codeInvalid, "定时发布的时间晚于“失效”日期，请改其中一个。")
	case errors.Is(err, desk.ErrNotFound), errors.Is(err, bot.ErrNotFound):
		return notFound(what)
	case errors.Is(err, bot.ErrTaken):
		return problem(http.StatusConflict, codeClaimed, "这个会话刚被同事接手了，请刷新列表。")
	case errors.Is(err, bot.ErrConflict):
		return problem(http.StatusConflict, codeWrongStatus, "这个会话刚刚有变化，请刷新后再试一次。")
	case errors.Is(err, bot.ErrDecided):
		return problem(http.StatusConflict, codeDecided, "这条申请已被同事处理，请刷新列表。")
	}
	return err
}

func refused(r *desk.Refusal) *Problem {
	owner := r.Owner
	if owner == "" {
		owner = "同事"
	}
	switch r.Kind {
	case desk.Claimed:
		return problem(http.StatusConflict, codeClaimed, "这个会话已由 %s 接手。需要处理请让对方转交，或刷新列表。", owner)
	case desk.NotOwner:
		return problem(http.StatusForbidden, codeNotYours, "这个会话在 %s 手上，只有本人或主管能操作。", owner)
	case desk.WrongStatus:
		return wrongStatus(r.State)
	case desk.Decided:
		return problem(http.StatusConflict, codeDecided, "这条申请已被同事处理，请刷新列表。")
	case desk.Changed:
		return problem(http.StatusConflict, codeArticleChanged, "%s 刚刚保存过这个条目。请先重新打开，再把改动补上，以免覆盖。", owner)
	case desk.NoDraft:
		return problem(http.StatusConflict, codeNoDraft, "没有未发布的改动，无需这一步。")
	case desk.Exists:
		return problem(http.StatusConflict, codeNameTaken, "这个名字已被使用，请换一个。")
	case desk.LastOne:
		return problem(http.StatusConflict, codeLastAdmin, "至少要保留一个可用的管理员：请先指定另一个管理员。")
	case desk.Expired:
		return problem(http.StatusGone, codeSetupExpired, "链接已用过或已过期：请重新启动程序，使用新打印的链接。")
	case desk.NotInReview:
		return problem(http.StatusConflict, codeNoDraft, "这条没有在等待审核，无需撤回。")
	case desk.Waiting:
		return problem(http.StatusConflict, codeScheduled, "有一个定时版本还没生效：请先取消定时，或等它生效后再改。")
	case desk.Second:
		return problem(http.StatusForbidden, codeSecondPerson, "写草稿的人不能自己发布：请另一位主管或管理员核对后发布。")
	}
	return problem(http.StatusConflict, codeWrongStatus, "当前状态不允许这个操作，请刷新后再试。")
}

func wrongStatus(s bot.Status) *Problem {
	what := map[bot.Status]string{
		bot.StatusBot: "由机器人接待", bot.StatusWaiting: "在等待人工", bot.StatusHuman: "已由客服接手", bot.StatusClosed: "已结束",
	}[s]
	code := codeWrongStatus
	if s == bot.StatusBot || s == bot.StatusWaiting {
		code = codeNotClaimed
	}
	if what == "" {
		what = "的状态已变"
	}
	return problem(http.StatusConflict, code, "会话目前%s，不能这样操作。请刷新；要处理请先接手。", what)
}

// chineseProblem turns the errors that huma makes itself into ours.
func chineseProblem(_ huma.Context, _ string, v any) (any, error) {
	m, ok := v.(*huma.ErrorModel)
	if !ok {
		return v, nil
	}
	p := humaProblem(m)
	for _, e := range m.Errors {
		if e != nil {
			p.Errors = append(p.Errors, FieldError{Location: e.Location, Message: chineseMessage(e.Message)})
		}
	}
	return p, nil
}

func humaProblem(m *huma.ErrorModel) *Problem {
	switch m.Status {
	case http.StatusBadRequest:
		return problem(m.Status, codeBadRequest, "请求内容无法读取：请检查 JSON 格式。")
	case http.StatusRequestEntityTooLarge:
		return problem(m.Status, codeTooLarge, "内容太大，请精简或分批提交。")
	case http.StatusUnsupportedMediaType:
		return problem(m.Status, codeUnsupportedMedia, "请用 Content-Type: application/json 提交。")
	case http.StatusRequestTimeout:
		return problem(m.Status, codeBadRequest, "请求发送得太慢，已中断，请重试。")
	case http.StatusUnprocessableEntity:
		return problem(m.Status, codeInvalid, "有内容没填对，请按提示修改。")
	case http.StatusInternalServerError:
		return problem(m.Status, codeInternal, "服务器出错了，请稍后再试。")
	}
	return problem(m.Status, codeBadRequest, "请求不被接受。")
}

// chineseMessage translates the validator's messages. What is not known stays
// readable: the location names the field.
func chineseMessage(msg string) string {
	for _, t := range []struct{ prefix, chinese string }{
		{"expected required property", "必填"},
		{"required ", "必填"},
		{"unexpected property", "没有这个字段"},
		{"expected length >= ", "太短，至少 %s 个字符"},
		{"expected length <= ", "太长，最多 %s 个字符"},
		{"expected number >= ", "不能小于 %s"},
		{"expected number <= ", "不能大于 %s"},
		{"expected value to be one of ", "只能是 %s 之一"},
		{"expected array length >= ", "至少 %s 项"},
		{"expected array length <= ", "最多 %s 项"},
		{"expected array items to be unique", "有重复项"},
		{"expected string to be RFC 3339", "应为 RFC 3339 时间，如 2026-11-18T16:00:00+08:00"},
		{"expected string to match pattern", "格式不对"},
		{"expected string", "应为文字"},
		{"expected integer", "应为整数"},
		{"invalid integer", "应为整数"},
		{"expected boolean", "应为 true 或 false"},
		{"expected array", "应为列表"},
		{"expected object", "应为对象"},
		{"unexpected end of JSON input", "JSON 不完整"},
		{"invalid character", "JSON 格式有误"},
		{"request body is required", "缺少请求内容"},
	} {
		if rest, ok := strings.CutPrefix(msg, t.prefix); ok {
			if strings.Contains(t.chinese, "%s") {
				return fmt.Sprintf(t.chinese, strings.Trim(rest, `" `))
			}
			return t.chinese
		}
	}
	return msg
}

// edge is the last stop of an error: what is not an answer yet is logged with
// a number that the answer quotes.
func (s *server) edge(ctx context.Context, op string, err error) error {
	var p *Problem
	switch {
	case err == nil:
		return nil
	case errors.As(err, &p):
		return p
	case errors.Is(err, context.Canceled):
		return problem(499, codeInternal, "请求已取消。") // the client is gone
	case errors.Is(err, context.DeadlineExceeded):
		return problem(http.StatusServiceUnavailable, codeBusy, "系统繁忙，请稍后再试。")
	}
	ref := randomToken(6)
	s.log.ErrorContext(ctx, "console request failed", slog.String("operation", op), slog.String("ref", ref), slog.Any("error", err))
	return problem(http.StatusInternalServerError, codeInternal, "服务器出错了，请稍后再试；若反复出现，请把编号 %s 告诉管理员。", ref)
}
