package bot

import (
	"fmt"
	"time"
)

// handOver asks for a person, once (rules 5): while the contact already waits
// or a person owns the conversation nothing is handed over again. A second
// call in one turn keeps the first reason and the higher priority.
func (t *turn) handOver(r Reason, priority string) {
	if t.in.Status == StatusWaiting || t.in.Status == StatusHuman {
		return
	}
	if priority == "" {
		priority = priorityOf(r)
	}
	if t.dec.Handoff != nil {
		t.dec.Handoff.Priority = higher(t.dec.Handoff.Priority, priority)
		return
	}
	t.dec.Handoff = &Handoff{Reason: r, Priority: priority}
	t.dec.Action = ActionEscalate
	t.dec.Status = StatusWaiting
}

// priorityOf is rules section 5.
func priorityOf(r Reason) string {
	switch r {
	case "FRAUD_SUSPECTED":
		return "urgent"
	case "RISK_HOLD", "RETRIEVAL", "DISPUTE", "MERCHANT_FROZEN", "OVERDUE", ReasonComplaint, ReasonAngry:
		return "high"
	}
	return "normal"
}

func higher(a, b string) string {
	rank := func(p string) int {
		switch p {
		case "urgent":
			return 2
		case "high":
			return 1
		}
		return 0
	}
	if rank(b) > rank(a) {
		return b
	}
	return a
}

// open gives a hand-over its case number and card.
func (t *turn) open() error {
	if t.dec.Handoff == nil {
		return nil
	}
	n, err := t.e.d.Cases.NextCase(t.ctx)
	if err != nil {
		return fmt.Errorf("case number: %w", err)
	}
	t.mem.CaseNumber = n
	t.mem.Misses, t.mem.Turns, t.mem.Asked, t.mem.AskedTimes = 0, 0, "", 0
	t.review()
	t.dec.Card = t.card()
	return nil
}

// handoffText is the one message of a hand-over: case number and expected
// time by business hours.
func (t *turn) handoffText() string {
	return handoffMessage(t.mem.CaseNumber, t.e.d.Settings.BusinessHours, t.in.Now)
}

func handoffMessage(number int64, h Hours, now time.Time) string {
	head := "已为您转人工"
	if number > 0 {
		head += "，工单号 " + caseNumber(number)
	}
	when := "预计" + expectedPhrase(h.Expected(now), now) + "回复您"
	if h.Open(now) {
		return head + "，工作时间" + h.String() + "，" + when + "。"
	}
	opening := h.NextOpening(now)
	return head + "，工作时间" + h.String() + "，现在不在工作时间，" +
		expectedOpening(opening, now) + "开始处理，" + when + "。"
}

func expectedOpening(at, now time.Time) string {
	p := []rune(expectedPhrase(at, now))
	return string(p[:len(p)-1]) // without 前
}

// queueText answers "人呢" while the contact waits.
func (t *turn) queueText() string {
	for _, c := range t.in.OpenCases {
		if c.Status == StatusWaiting {
			return "您已经在排队，不用重复申请。工单号 " + caseNumber(c.Number) + "：" + caseState(c, t) + "。"
		}
	}
	number := ""
	if t.mem.CaseNumber > 0 {
		number = "工单号 " + caseNumber(t.mem.CaseNumber) + "，"
	}
	h := t.e.d.Settings.BusinessHours
	return "您已经在排队，不用重复申请。" + number + "工作时间" + h.String() + "，人工会尽快回复您。"
}

// Failed is the decision after an error of a turn: a hand-over, never silence.
// It asks no port, so it works when everything else does not; it therefore has
// no case number (Engine.Failed gives one).
func Failed(in Input, err error) Decision { return failed(in, err, 0, Hours{}) }

// Failed is like the function Failed with the case number and the hours of
// the engine; without a number when even that cannot be had.
func (e *Engine) Failed(in Input, err error, number int64) Decision {
	return failed(in, err, number, e.d.Settings.BusinessHours)
}

func failed(in Input, err error, number int64, h Hours) Decision {
	status := in.Status
	if status == "" {
		status = StatusBot
	}
	dec := Decision{Action: ActionNone, Status: status, Intent: "other", Memory: in.Memory}
	dec.Query.Intent, dec.Query.Role, dec.Query.Urgency = "other", "unknown", "normal"
	if status == StatusHuman || status == StatusWaiting {
		return dec // a person sees the message anyway
	}
	dec.Action, dec.Status = ActionEscalate, StatusWaiting
	dec.Handoff = &Handoff{Reason: ReasonBotError, Priority: "normal"}
	if number > 0 {
		dec.Memory.CaseNumber = number
	}
	last := ""
	if err != nil {
		last = err.Error()
	}
	dec.Card = &Card{
		Reason: ReasonBotError, Priority: "normal", Identity: identity(in.Contact), Shops: in.Contact.MerchantNos(),
		Query: dec.Query, LastError: last, Summary: "机器人处理这条消息时出错，没有给出结论。\n请人工查看原话并答复。",
	}
	dec.Replies = []Reply{{Text: sentences("抱歉，我这边出了点问题，没能查完，不能给您结论。", handoffMessage(number, h, in.Now))}}
	return dec
}
