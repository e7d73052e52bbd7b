package console

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"

	"daozhang/bot/desk"
)

// Media fetches what a contact sent: a picture or voice message of a message
// id, with its content type. The wiring fulfils it with the channel and a
// cache; WeChat keeps media for three days only.
type Media interface {
	Media(ctx context.Context, appID, mediaID string) (data []byte, contentType string, err error)
}

// ErrMediaGone says that the platform no longer has it and no copy was kept.
var ErrMediaGone = errors.New("media is gone") //nolint:gochecknoglobals // sentinel error

// media answers GET /api/v1/conversations/{id}/messages/{message}/media: plain
// gin, because the body is not JSON. Only types that cannot run scripts are
// shown in place; everything else is a download.
func (s *server) media(c *gin.Context) {
	p, refusal, err := s.authenticate(c.Request, c.ClientIP())
	if err == nil && refusal == nil {
		refusal = s.authorise(c.Request, p, route{permission: desk.ReadConversations})
	}
	if err != nil || refusal != nil {
		s.refuse(c, refusal, err)
		return
	}
	conversation, err1 := strconv.ParseInt(c.Param("id"), 10, 64)
	message, err2 := strconv.ParseInt(c.Param("message"), 10, 64)
	if errors.Join(err1, err2) != nil || s.Media == nil {
		s.refuse(c, problem(http.StatusNotFound, codeNotFound, "没有这个附件。"), nil)
		return
	}
	ctx := context.WithValue(c.Request.Context(), principalKey{}, p)
	row, err := s.Store.DeskConversation(ctx, conversation)
	if err != nil {
		s.refuse(c, nil, fromError(err, "会话"))
		return
	}
	views, err := s.Store.DeskMessages(ctx, conversation, message+1, 1)
	if err != nil {
		s.refuse(c, nil, err)
		return
	}
	if len(views) == 0 || views[0].ID != message || views[0].MediaID == "" {
		s.refuse(c, problem(http.StatusNotFound, codeNotFound, "没有这个附件。"), nil)
		return
	}
	// The record comes first: nobody looks without leaving a trace.
	if err := s.Store.Record(ctx, audit(ctx, "media.view", "conversation:"+itoa(conversation), "message:"+itoa(message))); err != nil {
		s.refuse(c, nil, err)
		return
	}
	data, kind, err := s.Media.Media(ctx, row.AppID, views[0].MediaID)
	if errors.Is(err, ErrMediaGone) {
		s.refuse(c, problem(http.StatusGone, codeNotFound, "微信只保留附件三天，这个附件已经取不到了，请让商户重发。"), nil)
		return
	}
	if err != nil {
		s.log.WarnContext(ctx, "media", slog.Any("error", err))
		s.refuse(c, problem(http.StatusServiceUnavailable, codeWeChat, "暂时从微信取不到这个附件，请稍后再试。"), nil)
		return
	}
	disposition := "attachment"
	for _, shown := range []string{"image/jpeg", "image/png", "image/gif", "image/webp", "audio/amr", "audio/mpeg"} {
		if strings.HasPrefix(kind, shown) {
			disposition = "inline"
		}
	}
	h := c.Writer.Header()
	h.Set("Content-Disposition", disposition)
	h.Set("Cache-Control", "private, max-age=3600")
	c.Data(http.StatusOK, kind, data)
}
