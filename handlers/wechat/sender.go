package wechat

import (
	"context"
	"errors"
	"log/slog"
	"strconv"
	"strings"
	"time"

	"daozhang/bot/delivery"
)

const pathSend = "/cgi-bin/message/custom/send"

// customMessage is the body of a customer message.
type customMessage struct {
	ToUser  string       `json:"touser"`
	MsgType string       `json:"msgtype"`
	Text    *textBody    `json:"text,omitempty"`
	Image   *mediaBody   `json:"image,omitempty"`
	Menu    *menuBody    `json:"msgmenu,omitempty"`
	Service *serviceBody `json:"customservice,omitempty"`
}

type textBody struct {
	Content string `json:"content"`
}

type mediaBody struct {
	MediaID string `json:"media_id"`
}

type serviceBody struct {
	KfAccount string `json:"kf_account"`
}

type menuBody struct {
	Head string     `json:"head_content"`
	List []menuItem `json:"list"`
	Tail string     `json:"tail_content"`
}

// menuItem ids are numeric text (wechat.md A1).
type menuItem struct {
	ID      string `json:"id"`
	Content string `json:"content"`
}

// Send delivers one row as a customer or template message. Errors are
// *delivery.Error; when a long text broke off in the middle, a
// *delivery.Partial around one. The caller keeps the quota ledger. Whether a
// call that timed out arrived is not known: it is reported as ClassRetry.
func (c *Channel) Send(ctx context.Context, out delivery.Outbound) error {
	acc, err := c.sendable(out.AppID)
	if err != nil {
		return err
	}
	if out.Template != nil {
		return c.sendTemplate(ctx, acc, out)
	}
	if strings.TrimSpace(out.Text) == "" {
		return &delivery.Error{Class: delivery.ClassPermanent, Msg: "empty message"}
	}
	return c.sendText(ctx, acc, out, delivery.MaxChars, delivery.MaxBytes)
}

// sendText sends a text in parts, the choices with the last one. Should the
// platform still find a part too long, it is cut smaller.
func (c *Channel) sendText(ctx context.Context, acc *account, out delivery.Outbound, chars, bytes int) error {
	parts := delivery.Split(out.Text, chars, bytes)
	for i, part := range parts {
		var choices []delivery.Choice
		if i == len(parts)-1 {
			choices = out.Choices
		}
		err := c.sendPart(ctx, acc, out, part, choices)
		if err == nil {
			continue
		}
		rest := strings.Join(parts[i:], "\n\n")
		var e *delivery.Error
		if errors.As(err, &e) && e.Class == delivery.ClassTooLong && chars > 100 {
			smaller := out
			smaller.Text = rest
			err = c.sendText(ctx, acc, smaller, chars/2, bytes/2)
			var p *delivery.Partial
			if err == nil || errors.As(err, &p) {
				return err
			}
		}
		if i > 0 {
			return &delivery.Partial{Rest: rest, Err: err}
		}
		return err
	}
	return nil
}

// sendPart sends one message: a msgmenu where the account has them, else text
// with tap links.
func (c *Channel) sendPart(ctx context.Context, acc *account, out delivery.Outbound, text string, choices []delivery.Choice) error {
	if len(choices) > 0 && acc.mayMenu(c.now()) {
		err := c.post(ctx, acc, out, menuMessage(text, choices))
		var e *delivery.Error
		if !errors.As(err, &e) || e.Class != delivery.ClassMenu {
			return err
		}
		acc.menuUntil.Store(c.now().Add(relearn).UnixMilli())
		c.log.Info("wechat: the account has no menu messages, using links", slog.String("app_id", acc.AppID))
	}
	linked := withLinks(text, choices)
	if !delivery.Fits(linked) {
		linked = text // the numbered lines are in the text
	}
	return c.post(ctx, acc, out, customMessage{MsgType: "text", Text: &textBody{Content: linked}})
}

func menuMessage(text string, choices []delivery.Choice) customMessage {
	m := &menuBody{}
	m.Head, m.Tail = aroundChoices(text, choices)
	for _, ch := range choices {
		m.List = append(m.List, menuItem{ID: strconv.FormatInt(ch.ID, 10), Content: strings.TrimSpace(ch.Text)})
	}
	return customMessage{MsgType: "msgmenu", Menu: m}
}

// post sends one customer message. An agent's account that WeChat does not
// know must not stop the agent's words: they go without the nickname.
func (c *Channel) post(ctx context.Context, acc *account, out delivery.Outbound, m customMessage) error {
	m.ToUser = out.OpenID
	if out.KfAccount != "" {
		m.Service = &serviceBody{KfAccount: out.KfAccount}
	}
	err := c.api.call(ctx, acc, pathSend, m, nil, out.OpenID)
	var e *delivery.Error
	if m.Service != nil && errors.As(err, &e) && e.Code >= 65400 && e.Code <= 65403 {
		c.log.Warn("wechat: kf_account refused, sending without it", slog.String("app_id", acc.AppID), slog.Int("code", e.Code))
		m.Service = nil
		err = c.api.call(ctx, acc, pathSend, m, nil, out.OpenID)
	}
	return c.learn(acc, err)
}

// SendImage sends an uploaded picture (see UploadImage) to a contact; kfAccount
// may be "".
func (c *Channel) SendImage(ctx context.Context, appID, openID, mediaID, kfAccount string) error {
	acc, err := c.sendable(appID)
	if err != nil {
		return err
	}
	out := delivery.Outbound{AppID: appID, OpenID: openID, KfAccount: kfAccount}
	return c.post(ctx, acc, out, customMessage{MsgType: "image", Image: &mediaBody{MediaID: mediaID}})
}

// Typing shows or hides "对方正在输入". It is best effort: refusals that only
// concern typing are no error.
func (c *Channel) Typing(ctx context.Context, appID, openID string, on bool) error {
	acc, err := c.sendable(appID)
	if err != nil {
		return err
	}
	command := "CancelTyping"
	if on {
		command = "Typing"
	}
	err = c.api.call(ctx, acc, "/cgi-bin/message/custom/typing", map[string]string{"touser": openID, "command": command}, nil, openID)
	var e *delivery.Error
	if errors.As(err, &e) && delivery.Classify(e.Code) == delivery.ClassOK && e.Code != 0 {
		return nil
	}
	return c.learn(acc, err)
}

// Probe learns whether the account may send customer messages, without a
// message: it asks to show typing to nobody. The error is nil when the
// platform gave either answer.
func (c *Channel) Probe(ctx context.Context, appID string) (maySend bool, err error) {
	acc := c.accounts[appID]
	if acc == nil {
		return false, unknownAccount()
	}
	if acc.Verified == VerifiedNo {
		return false, nil
	}
	err = c.api.call(ctx, acc, "/cgi-bin/message/custom/typing", map[string]string{"touser": "daozhang-probe", "command": "Typing"}, nil)
	var e *delivery.Error
	if !errors.As(err, &e) {
		return err == nil, err
	}
	switch e.Class {
	case delivery.ClassForbidden:
		_ = c.learn(acc, err)
		return false, nil
	case delivery.ClassRetry, delivery.ClassToken, delivery.ClassOperator:
		return false, err
	}
	acc.forbiddenUntil.Store(0)
	return true, nil // 40003, 45080 …: allowed, only that there is nobody
}

// sendable finds an account that may send customer messages.
func (c *Channel) sendable(appID string) (*account, error) {
	acc := c.accounts[appID]
	if acc == nil {
		return nil, unknownAccount()
	}
	if !acc.maySend(c.now()) {
		return nil, &delivery.Error{Class: delivery.ClassForbidden, Code: 48001, Msg: "该公众号不能发客服消息，等用户下次来信时随被动回复送达"}
	}
	return acc, nil
}

func unknownAccount() error {
	return &delivery.Error{Class: delivery.ClassPermanent, Msg: "wechat.accounts 里没有这个公众号"}
}

// learn remembers that an account may not send, and gives the error back.
func (c *Channel) learn(acc *account, err error) error {
	var e *delivery.Error
	if errors.As(err, &e) && e.Class == delivery.ClassForbidden {
		if acc.forbiddenUntil.Swap(c.now().Add(relearn).UnixMilli()) < c.now().Add(-time.Second).UnixMilli() {
			c.log.Warn("wechat: the account may not send customer messages, passive replies only", slog.String("app_id", acc.AppID), slog.String("configured", string(acc.Verified)))
		}
	}
	return err
}
