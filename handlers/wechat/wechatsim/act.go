package wechatsim

import (
	"errors"
	"strings"
)

// What a user can do on the phone. Each puts an entry into the chat and sends
// the callback in the background.

// Errors of the user's actions, as the phone page words them.
var (
	ErrNoFollower = errors.New("没有这个用户")                     //nolint:gochecknoglobals // sentinel
	ErrNotFollows = errors.New("还没有关注该公众号，请先点「关注」")          //nolint:gochecknoglobals // sentinel
	ErrEmpty      = errors.New("内容不能为空")                     //nolint:gochecknoglobals // sentinel
	ErrNoScene    = errors.New("二维码场景值应为 1–64 个字符，或该二维码已过期") //nolint:gochecknoglobals // sentinel
	ErrMedia      = errors.New("图片不能为空，且不超过 4 MB")           //nolint:gochecknoglobals // sentinel
)

// act finds a follower, opens the windows of a trigger and adds an entry.
func (p *Platform) act(openID, trigger string, needFollow bool, m *Message) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	f := p.followers[openID]
	if f == nil {
		return ErrNoFollower
	}
	if needFollow && !f.subscribed {
		return ErrNotFollows
	}
	now := p.now()
	if trigger != "" {
		f.quota.open(trigger, now)
		f.lastSpoke = now
	}
	if m != nil {
		*m = p.add(f, *m)
	}
	return nil
}

// Say sends a text.
func (p *Platform) Say(openID, text string) error {
	if strings.TrimSpace(text) == "" {
		return ErrEmpty
	}
	m := Message{From: "user", Kind: "text", Text: text, State: "sending"}
	if err := p.act(openID, "message", true, &m); err != nil {
		return err
	}
	p.push(openID, "text", []field{{"Content", text}}, m.ID, true)
	return nil
}

// Tap taps an item of a menu message or a bizmsgmenu link: it arrives as a
// text with an id, and counts as a click.
func (p *Platform) Tap(openID, content, id string) error {
	if strings.TrimSpace(content) == "" {
		return ErrEmpty
	}
	m := Message{From: "user", Kind: "text", Text: content, State: "sending"}
	if err := p.act(openID, "click", true, &m); err != nil {
		return err
	}
	p.push(openID, "text", []field{{"Content", content}, {"bizmsgmenuid", id}}, m.ID, true)
	return nil
}

// Click taps an item of the account's menu.
func (p *Platform) Click(openID, key string) error {
	if key == "" {
		return ErrEmpty
	}
	if err := p.act(openID, "click", true, nil); err != nil {
		return err
	}
	p.push(openID, "event", []field{{"Event", "CLICK"}, {"EventKey", key}}, 0, true)
	return nil
}

// Picture sends a picture.
func (p *Platform) Picture(openID string, data []byte) error {
	if len(data) == 0 || len(data) > mediaMax {
		return ErrMedia
	}
	p.mu.Lock()
	id := p.media.put(data)
	p.mu.Unlock()
	m := Message{From: "user", Kind: "image", Media: mediaPath + id, State: "sending"}
	if err := p.act(openID, "message", true, &m); err != nil {
		return err
	}
	p.push(openID, "image", []field{{"PicUrl", p.opt.PublicURL + mediaPath + id}, {"MediaId", id}}, m.ID, true)
	return nil
}

// Voice sends a voice message; recognition is what the platform understood,
// often nothing (wechat.md B8).
func (p *Platform) Voice(openID, recognition string, seconds int) error {
	seconds = min(max(seconds, 1), 60)
	p.mu.Lock()
	id := p.media.put([]byte("#!AMR\n" + strings.Repeat("\x3c", 32*seconds)))
	p.mu.Unlock()
	m := Message{From: "user", Kind: "voice", Seconds: seconds, Text: recognition, State: "sending"}
	if err := p.act(openID, "message", true, &m); err != nil {
		return err
	}
	p.push(openID, "voice", []field{{"MediaId", id}, {"Format", "amr"}, {"Recognition", recognition}}, m.ID, true)
	return nil
}

// Send delivers a message of any type, as a user's client would; it is for
// types the phone page has no button for. fields are name, value pairs.
func (p *Platform) Send(openID, msgType string, pairs ...string) error {
	m := Message{From: "user", Kind: "text", Text: "［" + msgType + "］", State: "sending"}
	if err := p.act(openID, "message", true, &m); err != nil {
		return err
	}
	var fields []field
	for i := 0; i+1 < len(pairs); i += 2 {
		fields = append(fields, field{pairs[i], pairs[i+1]})
	}
	p.push(openID, msgType, fields, m.ID, true)
	return nil
}

// Follow follows the account, by a QR code when scene is not "".
func (p *Platform) Follow(openID, scene string) error {
	m := Message{From: "system", Kind: "notice", Text: "已关注「" + p.opt.Name + "」"}
	if err := p.act(openID, "follow", false, &m); err != nil {
		return err
	}
	p.mu.Lock()
	f := p.followers[openID]
	f.subscribed, f.since, f.scene = true, p.now(), scene
	p.mu.Unlock()
	p.hub.send(event{Type: "state"})
	fields := []field{{"Event", "subscribe"}, {"EventKey", ""}}
	if scene != "" {
		fields = []field{{"Event", "subscribe"}, {"EventKey", "qrscene_" + scene}, {"Ticket", "T" + randomHex(24)}}
	}
	p.push(openID, "event", fields, 0, false)
	return nil
}

// Unfollow leaves the account; every window closes.
func (p *Platform) Unfollow(openID string) error {
	m := Message{From: "system", Kind: "notice", Text: "已取消关注"}
	if err := p.act(openID, "", true, &m); err != nil {
		return err
	}
	p.mu.Lock()
	f := p.followers[openID]
	f.subscribed, f.quota = false, nil
	p.mu.Unlock()
	p.hub.send(event{Type: "state"})
	p.push(openID, "event", []field{{"Event", "unsubscribe"}, {"EventKey", ""}}, 0, false)
	return nil
}

// Scan scans a QR code, given by its scene or by its ticket: a follower's scan
// is told to the account, anybody else follows with it.
func (p *Platform) Scan(openID, scene string) error {
	p.mu.Lock()
	if s, ok := p.sceneOf(scene); ok {
		scene = s
	} else if _, known := p.tickets[scene]; known {
		scene = "" // expired
	}
	f := p.followers[openID]
	follows := f != nil && f.subscribed
	p.mu.Unlock()
	if n := len(scene); n < 1 || n > 64 {
		return ErrNoScene
	}
	if !follows {
		return p.Follow(openID, scene)
	}
	m := Message{From: "system", Kind: "notice", Text: "扫描了二维码"}
	if err := p.act(openID, "scan", true, &m); err != nil {
		return err
	}
	p.push(openID, "event", []field{{"Event", "SCAN"}, {"EventKey", scene}, {"Ticket", "T" + randomHex(24)}}, 0, false)
	return nil
}

// Quota is what the open windows of a follower allow, by trigger, for tests and
// the phone page.
func (p *Platform) Quota(openID string) map[string]int {
	p.mu.Lock()
	defer p.mu.Unlock()
	left := map[string]int{}
	if f := p.followers[openID]; f != nil {
		for k, w := range f.quota {
			if p.now().Before(w.until) {
				left[k] = w.left
			}
		}
	}
	return left
}
