package wechat

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/silenceper/wechat/v2/officialaccount/message"

	"daozhang/bot/delivery"
)

// FetchText is what the tap of the "still working" notice sends. On accounts
// that may not send customer messages it is stored as an event (FetchEvent),
// not as a question: only the passive reply answers it.
const (
	FetchText  = "查看结果"
	FetchEvent = "FETCH"
)

// inbound makes the value the inbox stores once it is clean. The receipt time
// is ours.
func (c *Channel) inbound(acc *account, m incoming, at time.Time) delivery.Inbound {
	in := delivery.Inbound{
		AppID: acc.AppID, OpenID: string(m.FromUserName),
		Kind: kindOf(m), MediaID: string(m.MediaID), PicURL: string(m.PicURL),
		SentAt: unix(m.CreateTime), ReceivedAt: at,
	}
	if in.SentAt.IsZero() {
		in.SentAt = at
	}
	if m.MenuID != nil {
		in.Tapped = true
		if n, err := strconv.ParseInt(strings.TrimSpace(string(*m.MenuID)), 10, 64); err == nil && n > 0 {
			in.MenuID = n
		}
	}
	if in.Kind == delivery.KindEvent {
		eventOf(&in, m)
	}
	in.DedupeKey = dedupeKey(in, m)
	if strings.TrimSpace(in.Text) == "" && in.Kind != delivery.KindEvent {
		in.Text = textOf(m)
	}
	if in.Kind == delivery.KindText && !acc.maySend(at) && strings.TrimSpace(in.Text) == FetchText {
		in.Kind, in.Event, in.Text = delivery.KindEvent, FetchEvent, FetchText
	}
	return in
}

// clean takes what nobody may keep out of the text: first the answer to a
// one-time code, of which a proof stays, then everything sensitive.
func (c *Channel) clean(ctx context.Context, in *delivery.Inbound) error {
	if c.takeCode != nil && in.Kind != delivery.KindEvent {
		text, proof, err := c.takeCode(ctx, in.AppID, in.OpenID, in.Text)
		if err != nil {
			return fmt.Errorf("one-time code: %w", err)
		}
		in.Text, in.Proof = text, proof
	}
	in.Text, in.Sensitive = c.redact(in.Text)
	return nil
}

// accept stores a message.
func (c *Channel) accept(ctx context.Context, acc *account, m incoming, at time.Time) (in delivery.Inbound, id int64, duplicate bool, err error) {
	in = c.inbound(acc, m, at)
	if err := c.clean(ctx, &in); err != nil {
		return in, 0, false, err
	}
	id, duplicate, err = c.inbox.Accept(ctx, in)
	return in, id, duplicate, err //nolint:wrapcheck // logged by the caller
}

func kindOf(m incoming) delivery.InboundKind {
	switch message.MsgType(m.MsgType) {
	case message.MsgTypeText:
		return delivery.KindText
	case message.MsgTypeImage:
		return delivery.KindImage
	case message.MsgTypeVoice:
		return delivery.KindVoice
	case message.MsgTypeVideo, message.MsgTypeShortVideo:
		return delivery.KindVideo
	case message.MsgTypeLocation:
		return delivery.KindLocation
	case message.MsgTypeLink:
		return delivery.KindLink
	case message.MsgTypeEvent:
		return delivery.KindEvent
	}
	return delivery.KindUnsupported
}

// textOf is what a message says in words.
func textOf(m incoming) string {
	switch message.MsgType(m.MsgType) {
	case message.MsgTypeText:
		return string(m.Content)
	case message.MsgTypeVoice:
		return string(m.Recognition) // often empty (wechat.md B8)
	case message.MsgTypeLocation:
		return string(m.Label)
	case message.MsgTypeLink:
		return strings.TrimSpace(string(m.Title) + " " + string(m.URL))
	}
	return ""
}

// eventOf fills name, key and words of an event. The key of a template result
// is the id of the sent message and its text the status; that of a native
// customer-service session is the agent's account.
func eventOf(in *delivery.Inbound, m incoming) {
	in.Event, in.EventKey = string(m.Event), string(m.EventKey)
	switch {
	case m.Event == loose(message.EventSubscribe):
		in.EventKey = strings.TrimPrefix(in.EventKey, "qrscene_")
	case m.Event == loose(message.EventTemplateSendJobFinish):
		in.EventKey, in.Text = string(m.JobID), string(m.Status)
		if in.EventKey == "" {
			in.EventKey = string(m.MsgID)
		}
	case strings.HasPrefix(in.Event, "kf_"):
		in.EventKey = string(m.KfAccount) + string(m.ToKfAccount)
	}
}

// dedupeKey follows wechat.md B1: message ids were seen repeating across
// users, and event times collide within a second.
func dedupeKey(in delivery.Inbound, m incoming) string {
	if in.Kind != delivery.KindEvent && m.MsgID != "" {
		return in.OpenID + "|" + string(m.MsgID)
	}
	return strings.Join([]string{in.OpenID, string(m.CreateTime), string(m.MsgType), in.Event, in.EventKey}, "|")
}

// unix reads decimal Unix seconds; the zero time when it is none.
func unix(s loose) time.Time {
	sec, err := strconv.ParseInt(strings.TrimSpace(string(s)), 10, 64)
	if err != nil || sec <= 0 || sec > 1<<40 {
		return time.Time{}
	}
	return time.Unix(sec, 0)
}

// expectsAnswer reports inbound messages that somebody may answer at once; for
// the others the acknowledgement does not wait.
func expectsAnswer(in delivery.Inbound) bool {
	if in.Kind != delivery.KindEvent {
		return true
	}
	switch in.Event {
	case "subscribe", "SCAN", "CLICK", "scancode_waitmsg", FetchEvent:
		return true
	}
	return false
}
