package wechat

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"runtime/debug"
	"strconv"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"daozhang/bot/delivery"
)

// maxBody is far above any message of the platform.
const maxBody = 64 << 10

// success is the acknowledgement without a reply, in both modes.
const success = "success"

// verifyURL answers the URL check of the developer settings.
func (c *Channel) verifyURL(g *gin.Context) {
	acc, ok := c.gate(g)
	if !ok {
		return
	}
	echo := g.Query("echostr")
	if echo == "" || len(echo) > 1024 {
		g.String(http.StatusBadRequest, "缺少 echostr")
		return
	}
	g.Header("X-Content-Type-Options", "nosniff")
	c.log.Info("wechat: callback URL verified", slog.String("app_id", acc.AppID))
	writeText(g, echo)
}

// gate lets only requests through that carry the account's signature and a
// current timestamp. It reads no body.
func (c *Channel) gate(g *gin.Context) (*account, bool) {
	acc := c.accounts[g.Param("app_id")]
	if acc == nil {
		g.String(http.StatusNotFound, "未配置的公众号")
		return nil, false
	}
	timestamp := g.Query("timestamp")
	if !signed(g.Query("signature"), acc.Token, timestamp, g.Query("nonce")) {
		c.refuse(g, acc, "signature", errForged)
		return nil, false
	}
	if !fresh(timestamp, c.now()) {
		c.refuse(g, acc, "timestamp outside the accepted 10 minutes: check the clock", errForged)
		return nil, false
	}
	return acc, true
}

// refuse logs why, without anything the caller sent, and answers.
func (c *Channel) refuse(g *gin.Context, acc *account, why string, err error) {
	status, word := http.StatusForbidden, "签名或时间不正确"
	var tooBig *http.MaxBytesError
	switch {
	case errors.As(err, &tooBig):
		status, word = http.StatusRequestEntityTooLarge, "消息过大"
	case errors.Is(err, errBroken):
		status, word = http.StatusBadRequest, "消息无法解析"
	case errors.Is(err, errMode):
		word = "本账号只接受安全模式的加密消息"
	}
	c.log.Warn("wechat: callback refused", slog.String("app_id", acc.AppID), slog.String("why", why), slog.Int("status", status))
	g.String(status, word)
}

// receive takes one message: gate, read, decrypt, store, then answer.
func (c *Channel) receive(g *gin.Context) {
	at := c.now()
	started := time.Now() // budgets are real time, whatever the clock says
	acc, ok := c.gate(g)
	if !ok {
		return
	}
	m, seal, err := c.read(g, acc)
	if err != nil {
		c.refuse(g, acc, err.Error(), err)
		return
	}
	stored := false
	defer func() {
		if p := recover(); p != nil {
			c.recovered(g, acc, p, stored)
		}
	}()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(g.Request.Context()), c.timing.Accept)
	in, id, duplicate, err := c.accept(ctx, acc, m, at)
	cancel()
	if err != nil {
		c.log.Error("wechat: message not stored, WeChat will send it again", slog.String("app_id", acc.AppID), slog.String("kind", string(in.Kind)), slog.Any("err", err))
		g.String(http.StatusInternalServerError, "暂时无法保存消息")
		return
	}
	stored = true
	in.ID = id
	c.log.Info("wechat: message stored", slog.String("app_id", acc.AppID), slog.Int64("id", id), slog.String("kind", string(in.Kind)), slog.String("event", in.Event), slog.Bool("again", duplicate))
	if in.Event == "unsubscribe" || !expectsAnswer(in) {
		writeText(g, success)
		return
	}
	c.answer(g, exchange{acc: acc, msg: m, seal: seal, in: in, duplicate: duplicate, started: started})
}

// read bounds, decrypts and parses the body. In safe mode nothing but an
// encrypted message is accepted: the plain signature does not cover the body.
func (c *Channel) read(g *gin.Context, acc *account) (incoming, *sealed, error) {
	encrypted := g.Query("encrypt_type") == "aes"
	if acc.Mode == Safe && !encrypted || encrypted && acc.EncodingAESKey == "" {
		return incoming{}, nil, fmt.Errorf("encrypted=%t on a %s-mode account: %w", encrypted, acc.Mode, errMode)
	}
	if g.Request.ContentLength > maxBody {
		return incoming{}, nil, fmt.Errorf("body: %w", &http.MaxBytesError{Limit: maxBody})
	}
	body, err := io.ReadAll(http.MaxBytesReader(g.Writer, g.Request.Body, maxBody))
	if err != nil {
		return incoming{}, nil, fmt.Errorf("body: %w", errors.Join(err, errBroken))
	}
	asJSON := strings.Contains(g.GetHeader("Content-Type"), "json")
	var seal *sealed
	if encrypted {
		body, seal, err = acc.open(body, asJSON, g.Query("timestamp"), g.Query("nonce"), g.Query("msg_signature"))
		if err != nil {
			return incoming{}, nil, err
		}
		asJSON = len(body) > 0 && body[0] == '{'
	}
	m, err := parse(body, asJSON)
	return m, seal, err
}

// recovered ends a request whose handling panicked. What is stored will be
// answered by the sender; what is not must come again. The panic value may
// hold customer data, so only its type and place are logged.
func (c *Channel) recovered(g *gin.Context, acc *account, p any, stored bool) {
	c.log.Error("wechat: panic in callback", slog.String("app_id", acc.AppID), slog.String("type", fmt.Sprintf("%T", p)), slog.Bool("stored", stored), slog.String("stack", string(debug.Stack())))
	switch {
	case g.Writer.Written():
	case stored:
		writeText(g, success)
	default:
		g.String(http.StatusInternalServerError, "暂时无法处理消息")
	}
}

// exchange is one callback request after its message was stored.
type exchange struct {
	acc       *account
	msg       incoming
	seal      *sealed
	in        delivery.Inbound
	duplicate bool
	started   time.Time
}

// left is what remains of a budget that began with the request.
func (x exchange) left(budget time.Duration) time.Duration { return budget - time.Since(x.started) }

// write sends a passive text reply; the error says that nobody read it.
func (c *Channel) write(g *gin.Context, x exchange, text string) error {
	body, err := x.acc.reply(x.msg, text, x.seal, c.now())
	if err != nil {
		return err
	}
	if err := g.Request.Context().Err(); err != nil {
		return fmt.Errorf("WeChat hung up before the reply: %w", err)
	}
	if err := writeBody(g, "application/xml; charset=utf-8", body); err != nil {
		return err
	}
	// A connection that closes now was closed by a reader that has read, unless
	// WeChat's patience was about to end.
	if err := g.Request.Context().Err(); err != nil && x.left(c.timing.Patience) <= 0 {
		return fmt.Errorf("WeChat hung up during the reply: %w", err)
	}
	return nil
}

// writeText writes a plain body; that nobody reads it does not matter.
func writeText(g *gin.Context, s string) {
	_ = writeBody(g, "text/plain; charset=utf-8", []byte(s))
}

// writeBody flushes, so that a connection already closed is noticed.
func writeBody(g *gin.Context, contentType string, body []byte) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = errors.New("connection closed while writing")
		}
	}()
	h := g.Writer.Header()
	h.Set("Content-Type", contentType)
	h.Set("Content-Length", strconv.Itoa(len(body)))
	g.Status(http.StatusOK)
	if _, err := g.Writer.Write(body); err != nil {
		return fmt.Errorf("write reply: %w", err)
	}
	err = http.NewResponseController(g.Writer).Flush()
	if err != nil && !errors.Is(err, http.ErrNotSupported) {
		return fmt.Errorf("flush reply: %w", err)
	}
	return nil
}
