package runner

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"daozhang/bot"
)

// DeskStore commits what agents do; store.Store fulfils it.
type DeskStore interface {
	Act(ctx context.Context, a bot.DeskAct) (bot.Committed, error)
	AddNote(ctx context.Context, conversation int64, actor bot.Actor, text string) error
	DecideBinding(ctx context.Context, d bot.BindDecision) (bot.Committed, error)
}

// Desk is what agents may do with a conversation. Every action is one
// transaction; a turn that runs meanwhile is dropped and run again under the
// new owner.
type Desk struct {
	store DeskStore
	now   func() time.Time
	bus   Bus
	wake  func()
}

// NewDesk makes a desk beside a runner: what agents say goes out through it.
func NewDesk(store DeskStore, r *Runner) *Desk {
	return &Desk{store: store, now: r.now, bus: r.bus, wake: r.Wake}
}

// Words of the desk to the merchant.
const (
	textGivenBack = "人工客服已处理完您的问题，后面有事直接发给我就行，我接着为您查。需要人工请回复“转人工”。"
	textRate      = "本次人工服务结束了，请给这次服务打个分：\n1. 非常满意\n2. 满意\n3. 一般\n4. 不满意\n5. 很不满意"
	textBound     = "绑定成功，以后可以直接问我这家店的到账情况了。"
	textNotBound  = "您的绑定申请没有通过。请核对商户号和结算卡尾号后重新申请，或联系您的服务商索取绑定二维码。"
)

// Limits of what an agent writes.
const maxReply = 2000 // characters

// Errors of what an agent writes.
var (
	ErrEmptyText = errors.New("内容不能为空")
	ErrLongText  = errors.New("内容太长，请控制在2000字以内")
)

// Claim takes a conversation: waiting, with the bot, or closed. ErrTaken when
// another agent has it; one's own stays.
func (d *Desk) Claim(ctx context.Context, conversation int64, agent bot.Actor) error {
	_, err := d.act(ctx, bot.DeskAct{ConversationID: conversation, Actor: agent, Move: bot.MoveClaim, ByOwner: true})
	return err
}

// TakeOver is Claim for supervisors: it also takes from another agent.
func (d *Desk) TakeOver(ctx context.Context, conversation int64, agent bot.Actor) error {
	_, err := d.act(ctx, bot.DeskAct{ConversationID: conversation, Actor: agent, Move: bot.MoveClaim})
	return err
}

// Reply says something to the merchant; the first reply claims. held is true
// when WeChat would refuse it now (48 h window or quota): it waits, visibly,
// for the merchant's next message.
func (d *Desk) Reply(ctx context.Context, conversation int64, agent bot.Actor, text string) (held bool, err error) {
	text = strings.TrimSpace(text)
	if err := checkText(text); err != nil {
		return false, err
	}
	done, err := d.act(ctx, bot.DeskAct{
		ConversationID: conversation, Actor: agent, Move: bot.MoveClaim, ByOwner: true, Text: text, Author: "agent",
	})
	return len(done.Held) > 0, err
}

// GiveBack ends the human part: the merchant is told, and the bot goes on with
// a fresh context.
func (d *Desk) GiveBack(ctx context.Context, conversation int64, agent bot.Actor) error {
	_, err := d.act(ctx, bot.DeskAct{
		ConversationID: conversation, Actor: agent, Move: bot.MoveGiveBack, ByOwner: true,
		Text: textGivenBack, Author: "system", Memory: &bot.Memory{}, Outcome: "given_back",
	})
	return err
}

// Close ends the case and asks for a rating.
func (d *Desk) Close(ctx context.Context, conversation int64, agent bot.Actor) error {
	choices := ratings()
	_, err := d.act(ctx, bot.DeskAct{
		ConversationID: conversation, Actor: agent, Move: bot.MoveClose, ByOwner: true,
		Text: textRate, Choices: choices, Author: "system",
		Memory: &bot.Memory{AskRating: true, Choices: choices}, Outcome: "solved",
	})
	return err
}

// ratings are the taps of textRate: five is best.
func ratings() []bot.Choice {
	words := []string{"非常满意", "满意", "一般", "不满意", "很不满意"}
	out := make([]bot.Choice, len(words))
	for i, w := range words {
		out[i] = bot.Choice{ID: int64(i + 1), Text: w, Means: fmt.Sprintf("rate:%d", len(words)-i)}
	}
	return out
}

// Note keeps something for colleagues; the merchant never sees it.
func (d *Desk) Note(ctx context.Context, conversation int64, agent bot.Actor, text string) error {
	text = strings.TrimSpace(text)
	if err := checkText(text); err != nil {
		return err
	}
	if err := d.store.AddNote(ctx, conversation, agent, text); err != nil {
		return fmt.Errorf("note: %w", err)
	}
	d.bus.Publish(TopicEvents, "")
	return nil
}

// DecideBinding confirms or refuses a bind request and tells the merchant,
// without a word about what did not agree. reason is for the record only.
func (d *Desk) DecideBinding(ctx context.Context, request int64, agent bot.Actor, approve bool, role, reason string) (held bool, err error) {
	text := textNotBound
	if approve {
		text = textBound
	}
	done, err := d.store.DecideBinding(ctx, bot.BindDecision{
		RequestID: request, Actor: agent, At: d.now(), Approve: approve, Role: role, Reason: reason, Text: text,
	})
	if err != nil {
		return false, fmt.Errorf("decide binding: %w", err)
	}
	d.tell()
	return len(done.Held) > 0, nil
}

func (d *Desk) act(ctx context.Context, a bot.DeskAct) (bot.Committed, error) {
	a.At = d.now()
	done, err := d.store.Act(ctx, a)
	if err != nil {
		return done, fmt.Errorf("conversation %d: %w", a.ConversationID, err)
	}
	d.tell()
	return done, nil
}

func (d *Desk) tell() {
	d.wake()
	d.bus.Publish(TopicWork, "")
	d.bus.Publish(TopicEvents, "")
}

func checkText(text string) error {
	switch {
	case text == "":
		return ErrEmptyText
	case utf8.RuneCountInString(text) > maxReply:
		return ErrLongText
	}
	return nil
}
