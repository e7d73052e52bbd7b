package wechatsim

import (
	"encoding/json"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// sendBody is a customer message as the API takes it.
type sendBody struct {
	ToUser  string `json:"touser"`
	MsgType string `json:"msgtype"`
	Text    struct {
		Content string `json:"content"`
	} `json:"text"`
	Image struct {
		MediaID string `json:"media_id"`
	} `json:"image"`
	Menu struct {
		Head string `json:"head_content"`
		List []Item `json:"list"`
		Tail string `json:"tail_content"`
	} `json:"msgmenu"`
	Service struct {
		KfAccount string `json:"kf_account"`
	} `json:"customservice"`
}

// customSend checks in the platform's order: permission, shape, user, window.
func (p *Platform) customSend(r *http.Request) (any, int, string) {
	var b sendBody
	err := json.NewDecoder(r.Body).Decode(&b)
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.verified {
		return nil, 48001, ""
	}
	if err != nil {
		return nil, 47001, ""
	}
	f := p.followers[b.ToUser]
	if f == nil {
		return nil, 40003, ""
	}
	m, code := p.customMessage(b)
	if code != 0 {
		return nil, code, ""
	}
	if m.Agent, code = p.agent(b.Service.KfAccount); code != 0 {
		return nil, code, ""
	}
	if !f.subscribed {
		return nil, 45015, ""
	}
	if code := f.quota.spend(p.now()); code != 0 {
		return nil, code, ""
	}
	f.lastSpoke = p.now()
	p.add(f, m)
	return nil, 0, ""
}

// customMessage turns a body into a chat entry, or says what is wrong with it.
func (p *Platform) customMessage(b sendBody) (Message, int) {
	m := Message{From: "account", Kind: b.MsgType}
	switch b.MsgType {
	case "text":
		if b.Text.Content == "" {
			return m, 44004
		}
		if len(b.Text.Content) > 2048 {
			return m, 45002
		}
		m.Text = b.Text.Content
	case "msgmenu":
		m.Kind, m.Text, m.Tail, m.Items = "menu", b.Menu.Head, b.Menu.Tail, b.Menu.List
		if len(m.Items) == 0 || slices.ContainsFunc(m.Items, func(i Item) bool { return i.Content == "" }) {
			return m, 47001
		}
		if len(m.Text)+len(m.Tail) > 2048 {
			return m, 45002
		}
	case "image":
		if !p.media.has(b.Image.MediaID) {
			return m, 40007
		}
		m.Media = mediaPath + b.Image.MediaID
	default:
		return m, 40008
	}
	return m, 0
}

// agent is the nickname shown for a kf_account, "" for none.
func (p *Platform) agent(kf string) (string, int) {
	if kf == "" {
		return "", 0
	}
	if p.opt.Agents == nil {
		name, _, _ := strings.Cut(kf, "@")
		return name, 0
	}
	if name, ok := p.opt.Agents[kf]; ok {
		return name, 0
	}
	return "", 65401
}

func (p *Platform) kfList(*http.Request) (any, int, string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.verified {
		return nil, 48001, ""
	}
	list := []map[string]string{}
	for kf, name := range p.opt.Agents {
		list = append(list, map[string]string{"kf_account": kf, "kf_nick": name})
	}
	return map[string]any{"kf_list": list}, 0, ""
}

// typing lasts 15 s, is not repeated meanwhile, and needs an exchange within
// 30 s (wechat.md B3).
func (p *Platform) typing(r *http.Request) (any, int, string) {
	var b struct {
		ToUser  string `json:"touser"`
		Command string `json:"command"`
	}
	err := json.NewDecoder(r.Body).Decode(&b)
	p.mu.Lock()
	defer p.mu.Unlock()
	f, now := p.followers[b.ToUser], p.now()
	switch {
	case !p.verified:
		return nil, 48001, ""
	case err != nil || b.Command != "Typing" && b.Command != "CancelTyping":
		return nil, 47001, ""
	case f == nil:
		return nil, 40003, ""
	case now.Sub(f.lastSpoke) > 30*time.Second:
		return nil, 45080, ""
	}
	on := b.Command == "Typing"
	if on && now.Before(f.typingUntil) {
		return nil, 45081, ""
	}
	f.typingUntil = time.Time{}
	if on {
		f.typingUntil = now.Add(15 * time.Second)
	}
	p.hub.send(event{Type: "typing", OpenID: f.OpenID, On: on, Unread: f.unread})
	return nil, 0, ""
}

var templateField = regexp.MustCompile(`^([a-z_]+?)\d*$`) //nolint:gochecknoglobals // read-only

// fieldOK checks a typed template value as strictly as the platform.
func fieldOK(name, v string) bool {
	n := utf8.RuneCountInString(v)
	kind := name
	if m := templateField.FindStringSubmatch(name); m != nil {
		kind = m[1]
	}
	switch kind {
	case "thing":
		return n > 0 && n <= 20
	case "phrase":
		return n > 0 && n <= 5 && !strings.ContainsFunc(v, func(r rune) bool { return r < 0x4E00 || r > 0x9FFF })
	case "character_string":
		return n > 0 && n <= 32 && !strings.ContainsFunc(v, func(r rune) bool { return r >= 0x80 })
	}
	return n > 0
}

func (p *Platform) templateSend(r *http.Request) (any, int, string) {
	var b struct {
		ToUser string `json:"touser"`
		ID     string `json:"template_id"`
		URL    string `json:"url"`
		Data   map[string]struct {
			Value string `json:"value"`
		} `json:"data"`
	}
	err := json.NewDecoder(r.Body).Decode(&b)
	p.mu.Lock()
	f := p.followers[b.ToUser]
	code := 0
	switch {
	case !p.verified:
		code = 48001
	case err != nil:
		code = 47001
	case f == nil:
		code = 40003
	case b.ID == "":
		code = 40037
	case !f.subscribed:
		code = 43004
	}
	lines := make([]string, 0, len(b.Data))
	for name, v := range b.Data {
		if code == 0 && !fieldOK(name, v.Value) {
			code = 47003
		}
		lines = append(lines, name+"："+v.Value)
	}
	if code != 0 {
		p.mu.Unlock()
		return nil, code, ""
	}
	slices.Sort(lines)
	p.msgID++
	id := p.msgID
	p.add(f, Message{From: "account", Kind: "template", Text: strings.Join(lines, "\n"), URL: b.URL})
	p.mu.Unlock()
	p.push(b.ToUser, "event", []field{
		{"Event", "TEMPLATESENDJOBFINISH"}, {"MsgID", strconv.FormatInt(id, 10)}, {"Status", "success"},
	}, 0, false)
	return map[string]any{"errcode": 0, "errmsg": "ok", "msgid": id}, 0, ""
}
