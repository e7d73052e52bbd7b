package wechat

import (
	"context"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"daozhang/bot/delivery"
)

// answer writes what the passive reply can carry. Whoever claims a row writes
// it; a request without a claim says nothing.
func (c *Channel) answer(g *gin.Context, x exchange) {
	if x.acc.maySend(c.now()) {
		c.answerOrAck(g, x)
		return
	}
	c.answerOrHold(g, x)
}

// answerOrAck is for accounts that may send customer messages: what is not
// ready in time is acknowledged, and the sender pushes it.
func (c *Channel) answerOrAck(g *gin.Context, x exchange) {
	ctx, cancel := context.WithTimeout(g.Request.Context(), x.left(c.timing.Verified))
	defer cancel()
	out, ok := c.replies.Await(ctx, x.in.ID)
	if ok && c.deliver(g, x, []delivery.Outbound{out}, "") {
		return
	}
	writeText(g, success)
}

// answerOrHold is for accounts that may not (wechat.md D): tries 1 and 2 hold
// until WeChat hangs up and sends again, try 3 ends with a notice. What an
// earlier reply could not carry goes first.
func (c *Channel) answerOrHold(g *gin.Context, x exchange) {
	try := c.tries.count(x.in.AppID+"|"+x.in.DedupeKey, x.duplicate, x.in.ReceivedAt.Sub(x.in.SentAt))
	ctx := g.Request.Context()
	if x.in.Event == FetchEvent {
		c.fetch(ctx, g, x)
		return
	}
	waiting := c.leftOver(ctx, x)
	budget := c.timing.Last
	if try < 3 && len(waiting) == 0 {
		budget = c.timing.Hold
	}
	wait, cancel := context.WithTimeout(ctx, x.left(budget))
	defer cancel()
	out, ok := c.replies.Await(wait, x.in.ID)
	rows := waiting
	if ok && !slices.ContainsFunc(rows, func(o delivery.Outbound) bool { return o.ID == out.ID }) {
		rows = append(rows, out)
	}
	late := ""
	if !ok && wait.Err() != nil {
		late = noticeText // still at work on this one
	}
	switch {
	case len(rows) > 0 && c.deliver(g, x, rows, late):
	case late == "":
		writeText(g, success) // the turn ended without a reply, or another request carried it
	case try < 3:
		// Not an acknowledgement: WeChat has hung up and must send again.
		g.Status(http.StatusServiceUnavailable)
		g.Writer.WriteHeaderNow()
	default:
		if err := c.write(g, x, noticeText); err != nil {
			c.log.Warn("wechat: notice not delivered", slog.String("app_id", x.acc.AppID), slog.Int64("id", x.in.ID))
		}
	}
}

// fetch answers the tap of the notice with whatever has become ready.
func (c *Channel) fetch(ctx context.Context, g *gin.Context, x exchange) {
	ctx, cancel := context.WithTimeout(ctx, x.left(c.timing.Last))
	defer cancel()
	tick := time.NewTicker(c.timing.Poll)
	defer tick.Stop()
	for {
		if rows := c.leftOver(ctx, x); len(rows) > 0 && c.deliver(g, x, rows, "") { //nolint:contextcheck // what was claimed is settled even when the wait is over
			return
		}
		select {
		case <-ctx.Done():
			if err := c.write(g, x, nothingYetText); err != nil {
				c.log.Warn("wechat: notice not delivered", slog.String("app_id", x.acc.AppID), slog.Int64("id", x.in.ID))
			}
			return
		case <-tick.C:
		}
	}
}

// leftOver lists rows that wait for this contact; none when it cannot be known.
func (c *Channel) leftOver(ctx context.Context, x exchange) []delivery.Outbound {
	if c.waiting == nil {
		return nil
	}
	rows, err := c.waiting.Waiting(ctx, x.in.AppID, x.in.OpenID)
	if err != nil {
		if ctx.Err() == nil {
			c.log.Error("wechat: look for waiting replies", slog.String("app_id", x.acc.AppID), slog.Any("err", err))
		}
		return nil
	}
	return rows
}

// deliver claims rows as long as one message can carry them, writes them and
// settles the claims. It is false when nothing was claimed; then nothing was
// written. Rows for templates are the sender's.
func (c *Channel) deliver(g *gin.Context, x exchange, rows []delivery.Outbound, suffix string) bool {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(g.Request.Context()), c.timing.Accept)
	defer cancel()
	load := cargo{suffix: suffix}
	for _, row := range rows {
		if row.Template != nil || strings.TrimSpace(row.Text) == "" || !load.room(row) {
			continue
		}
		mine, err := c.replies.Claim(ctx, row.ID)
		if err != nil {
			c.log.Error("wechat: claim reply", slog.String("app_id", x.acc.AppID), slog.Int64("outbound", row.ID), slog.Any("err", err))
		}
		if mine {
			load.add(row)
		}
	}
	if len(load.rows) == 0 {
		return false
	}
	settled := false
	defer func() { // a panic must not keep the claim
		if !settled {
			c.settle(ctx, x, load, context.Canceled)
		}
	}()
	err := c.write(g, x, load.text())
	settled = true
	c.settle(ctx, x, load, err)
	return true
}

// settle ends every claim of the load.
func (c *Channel) settle(ctx context.Context, x exchange, load cargo, err error) {
	for i, row := range load.rows {
		end := err
		if end == nil && i == len(load.rows)-1 && load.rest != "" {
			end = &delivery.Partial{Rest: load.rest}
		}
		if derr := c.replies.Delivered(ctx, row.ID, end); derr != nil {
			c.log.Error("wechat: settle reply", slog.String("app_id", x.acc.AppID), slog.Int64("outbound", row.ID), slog.Any("err", derr))
		}
	}
	c.log.Info("wechat: passive reply", slog.String("app_id", x.acc.AppID), slog.Int64("id", x.in.ID), slog.Int("rows", len(load.rows)), slog.Bool("delivered", err == nil))
}

// cargo is what one passive reply carries: whole rows, or the beginning of one.
type cargo struct {
	rows   []delivery.Outbound
	texts  []string
	rest   string // of the last row
	suffix string
}

// room reports whether a further row fits whole. The first row always has room:
// its beginning goes.
func (l *cargo) room(row delivery.Outbound) bool {
	if len(l.rows) == 0 {
		return true
	}
	return l.rest == "" && delivery.Fits(join(append(slices.Clone(l.texts), withLinks(row.Text, row.Choices), l.suffix)))
}

func (l *cargo) add(row delivery.Outbound) {
	linked := withLinks(row.Text, row.Choices)
	switch {
	case len(l.rows) > 0 || delivery.Fits(join([]string{linked, l.suffix})):
		l.texts = append(l.texts, linked)
	case delivery.Fits(row.Text): // links or suffix are too much: the answer goes without
		l.suffix = ""
		if !delivery.Fits(linked) {
			linked = row.Text
		}
		l.texts = append(l.texts, linked)
	default:
		l.suffix = ""
		parts := delivery.Split(row.Text, delivery.MaxChars, delivery.MaxBytes)
		l.texts = append(l.texts, parts[0])
		l.rest = strings.TrimSpace(strings.TrimPrefix(strings.TrimSpace(strings.ToValidUTF8(row.Text, "\uFFFD")), parts[0]))
	}
	l.rows = append(l.rows, row)
}

func (l *cargo) text() string { return join(append(slices.Clone(l.texts), l.suffix)) }

// join sets texts apart by a blank line and leaves empty ones out.
func join(texts []string) string {
	return strings.Join(slices.DeleteFunc(texts, func(s string) bool { return s == "" }), "\n\n")
}
