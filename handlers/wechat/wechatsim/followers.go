package wechatsim

import (
	"slices"
	"time"
)

// follower is a user with their chat.
type follower struct {
	Follower
	subscribed  bool
	since       time.Time
	scene       string // of the QR code followed with
	quota       pools
	chat        []Message
	unread      int
	lastSpoke   time.Time // last exchange in either direction
	typingUntil time.Time
}

// Message is one entry of a chat, as the phone shows it.
type Message struct {
	ID   int64  `json:"id,string"`
	From string `json:"from"` // user account system
	Kind string `json:"kind"` // text image voice menu template notice sms
	Text string `json:"text,omitempty"`
	// Items are the taps of a menu message; Text is its head.
	Items []Item `json:"items,omitempty"`
	Tail  string `json:"tail,omitempty"`
	// Media is the address of a picture; Seconds the length of a voice message.
	Media   string `json:"media,omitempty"`
	Seconds int    `json:"seconds,omitempty"`
	Agent   string `json:"agent,omitempty"` // nickname of the human who wrote it
	// Passive marks a reply that came with the callback.
	Passive bool   `json:"passive,omitempty"`
	URL     string `json:"url,omitempty"`
	AtMS    int64  `json:"at"`
	// State of a user message: sending, then delivered or failed.
	State string `json:"state,omitempty"`
}

// Item is one tap of a menu message.
type Item struct {
	ID      string `json:"id"`
	Content string `json:"content"`
}

const chatMax = 500 // per follower, oldest dropped

// add appends to the chat of f and tells the phones. p.mu is held.
func (p *Platform) add(f *follower, m Message) Message {
	p.localID++
	m.ID, m.AtMS = p.localID, p.now().UnixMilli()
	f.chat = append(f.chat, m)
	if len(f.chat) > chatMax {
		f.chat = slices.Delete(f.chat, 0, len(f.chat)-chatMax)
	}
	if m.From == "account" {
		f.unread++
		f.typingUntil = time.Time{}
	}
	p.hub.send(event{Type: "message", OpenID: f.OpenID, Message: &m, Unread: f.unread})
	return m
}

// mark changes the state of a user message and tells the phones.
func (p *Platform) mark(openID string, id int64, state string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	f := p.followers[openID]
	if f == nil {
		return
	}
	for i := range f.chat {
		if f.chat[i].ID == id {
			f.chat[i].State = state
			m := f.chat[i]
			p.hub.send(event{Type: "message", OpenID: openID, Message: &m, Unread: f.unread})
			return
		}
	}
}

// Messages is the chat of a follower, oldest first.
func (p *Platform) Messages(openID string) []Message {
	p.mu.Lock()
	defer p.mu.Unlock()
	if f := p.followers[openID]; f != nil {
		return slices.Clone(f.chat)
	}
	return nil
}

// pool is one window of customer messages.
type pool struct {
	left  int
	until time.Time
}

// pools are the windows of one follower by trigger: message, click, follow,
// scan. They refill to their size, never add up; a send counts in every open
// one (wechat.md B3).
type pools map[string]pool

func (q *pools) open(trigger string, now time.Time) {
	if *q == nil {
		*q = pools{}
	}
	if trigger == "message" {
		(*q)[trigger] = pool{5, now.Add(48 * time.Hour)}
		return
	}
	(*q)[trigger] = pool{3, now.Add(time.Minute)}
}

// spend counts one customer message; the result is 0, 45015 (no window) or
// 45047 (used up).
func (q pools) spend(now time.Time) int {
	any, left := false, false
	for _, w := range q {
		if now.Before(w.until) {
			any = true
			left = left || w.left > 0
		}
	}
	switch {
	case !any:
		return 45015
	case !left:
		return 45047
	}
	for k, w := range q {
		if now.Before(w.until) && w.left > 0 {
			q[k] = pool{w.left - 1, w.until}
		}
	}
	return 0
}
