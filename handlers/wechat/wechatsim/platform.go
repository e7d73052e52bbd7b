// Package wechatsim is a simulated WeChat platform: access tokens, customer
// messages with their quotas, typing, templates, media, QR codes, menus, error
// injection, and callbacks signed, encrypted and repeated as the platform does
// it. It is used by tests and by the demo, whose phone page it serves. It
// shares no code with the channel it talks to.
package wechatsim

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"sync"
	"time"
)

// FaultNotice is what a user reads when the account's server did not answer
// properly.
const FaultNotice = "该公众号提供的服务出现故障，请稍后再试"

// Options describe the simulated account. AppID, AppSecret and Token are
// required, EncodingAESKey unless Plain.
type Options struct {
	AppID          string
	AppSecret      string
	Token          string
	EncodingAESKey string
	// Name is the account's name on the phone; "" is 到账助手.
	Name string
	// CallbackURL is where user messages go, such as
	// http://127.0.0.1:8080/wechat/wx1; it may be set later (SetCallbackURL).
	CallbackURL string
	// PublicURL is prefixed to picture addresses told to the callback.
	PublicURL  string
	Followers  []Follower
	Unverified bool // no customer messages, templates, QR codes
	Plain      bool // plain mode instead of safe mode
	// Menu is shown until menu/create replaces it; nil is DefaultMenu.
	Menu []Button
	// Agents names kf_accounts; nil accepts every account and shows what
	// stands before its @.
	Agents map[string]string
	// SMSSecret verifies what the SMS gateway at SMSPath is asked to send; "" =
	// there is none.
	SMSSecret string
	// Examples are offered on the phone page, unless the follower has own ones.
	Examples []string
	// Timeout of a callback (0: 5 s), which is tried three times.
	Timeout time.Duration
	Client  *http.Client     // nil: own client
	Now     func() time.Time // nil: time.Now
	Log     *slog.Logger     // nil: silent
	// OnVerified is told when the switch "verified" is moved; may be nil.
	OnVerified func(verified bool)
}

// Follower is a user who follows, or used to follow, the account.
type Follower struct {
	OpenID   string
	Nickname string
	Shop     string
	// Phone receives SMS; "" = none.
	Phone      string
	Unfollowed bool
	Examples   []string
}

// Button is an item of the account's menu.
type Button struct {
	Name string   `json:"name"`
	Type string   `json:"type,omitempty"` // click view
	Key  string   `json:"key,omitempty"`
	URL  string   `json:"url,omitempty"`
	Sub  []Button `json:"sub_button,omitempty"`
}

// DefaultMenu has the keys of the contract.
func DefaultMenu() []Button {
	return []Button{
		{Name: "查到账", Type: "click", Key: "QUERY"},
		{Name: "常见问题", Type: "click", Key: "FAQ"},
		{Name: "更多", Sub: []Button{
			{Name: "人工客服", Type: "click", Key: "HUMAN"},
			{Name: "我的工单", Type: "click", Key: "CASES"},
			{Name: "绑定商户", Type: "click", Key: "BIND"},
		}},
	}
}

// Platform is the simulated platform. It is safe for concurrent use.
type Platform struct {
	opt    Options
	key    []byte // AES key, nil without one
	client *http.Client
	now    func() time.Time
	log    *slog.Logger
	hub    *hub
	mux    *http.ServeMux

	ctx    context.Context //nolint:containedctx // ends the callbacks at Close
	cancel context.CancelFunc
	work   sync.WaitGroup

	mu         sync.Mutex
	callback   string
	verified   bool
	safe       bool
	order      []string // openids as given
	followers  map[string]*follower
	menu       []Button
	tokens     tokens
	media      mediaBox
	tickets    map[string]ticket
	injections []Injection
	msgID      int64
	localID    int64
	calls      map[string]int
}

// New builds a platform. Close ends its callbacks.
func New(opt Options) (*Platform, error) {
	if opt.AppID == "" || opt.AppSecret == "" || opt.Token == "" {
		return nil, errors.New("wechatsim: AppID, AppSecret and Token are required")
	}
	p := &Platform{
		opt: opt, client: opt.Client, now: opt.Now, log: opt.Log, hub: newHub(),
		callback: opt.CallbackURL, verified: !opt.Unverified, safe: !opt.Plain,
		followers: map[string]*follower{}, menu: opt.Menu, tickets: map[string]ticket{},
		calls: map[string]int{}, msgID: firstMsgID, media: newMediaBox(),
	}
	if opt.EncodingAESKey != "" || !opt.Plain {
		key, err := decodeKey(opt.EncodingAESKey)
		if err != nil {
			return nil, fmt.Errorf("wechatsim: %w", err)
		}
		p.key = key
	}
	if p.opt.Name == "" {
		p.opt.Name = "到账助手"
	}
	if p.opt.Timeout <= 0 {
		p.opt.Timeout = 5 * time.Second
	}
	if p.menu == nil {
		p.menu = DefaultMenu()
	}
	if p.now == nil {
		p.now = time.Now
	}
	if p.log == nil {
		p.log = slog.New(slog.DiscardHandler)
	}
	if p.client == nil {
		p.client = &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 16, IdleConnTimeout: 30 * time.Second}}
	}
	for _, f := range opt.Followers {
		p.addFollower(f)
	}
	p.ctx, p.cancel = context.WithCancel(context.Background())
	p.mux = p.routes()
	return p, nil
}

// firstMsgID is in the range of real message ids and counts up.
const firstMsgID = 24_600_000_000_000_000

// Close stops the callbacks under way, waits for them and ends event streams.
func (p *Platform) Close() {
	p.cancel()
	p.hub.close()
	p.work.Wait()
	if t, ok := p.client.Transport.(*http.Transport); ok && p.opt.Client == nil {
		t.CloseIdleConnections()
	}
}

// Handler serves the API (/cgi-bin/…, also below /simulator/weixin), the phone
// page (/simulator) and what it needs (/simulator/…).
func (p *Platform) Handler() http.Handler { return p.mux }

// APIPath is where the platform's API lives when only /simulator is mounted:
// wechat.api_base_url is the server's address plus this.
const APIPath = "/simulator/weixin"

func (p *Platform) routes() *http.ServeMux {
	m := http.NewServeMux()
	cgi := p.cgi()
	m.Handle("/cgi-bin/", cgi)
	m.Handle(APIPath+"/cgi-bin/", http.StripPrefix(APIPath, cgi))
	if p.opt.SMSSecret != "" {
		m.HandleFunc("POST "+SMSPath, p.sms)
	}
	p.phoneRoutes(m)
	p.pageRoutes(m)
	return m
}

// SetCallbackURL says where user messages go.
func (p *Platform) SetCallbackURL(u string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.callback = u
}

// SetVerified moves the switch between an account that may send customer
// messages and one that may not.
func (p *Platform) SetVerified(on bool) {
	p.mu.Lock()
	changed := p.verified != on
	p.verified = on
	p.mu.Unlock()
	if changed && p.opt.OnVerified != nil {
		p.opt.OnVerified(on)
	}
	p.hub.send(event{Type: "state"})
}

// SetSafe moves the switch between safe and plain mode of the callback.
func (p *Platform) SetSafe(on bool) error {
	if on && p.key == nil {
		return errors.New("没有 EncodingAESKey，不能用安全模式")
	}
	p.mu.Lock()
	p.safe = on
	p.mu.Unlock()
	p.hub.send(event{Type: "state"})
	return nil
}

// AddFollower adds a user, or changes name and shop of a known one.
func (p *Platform) AddFollower(f Follower) {
	p.mu.Lock()
	p.addFollower(f)
	p.mu.Unlock()
	p.hub.send(event{Type: "state"})
}

func (p *Platform) addFollower(f Follower) {
	if old := p.followers[f.OpenID]; old != nil {
		old.Follower = f
		return
	}
	p.order = append(p.order, f.OpenID)
	p.followers[f.OpenID] = &follower{Follower: f, subscribed: !f.Unfollowed, since: p.now()}
}

// Calls counts the API calls of one path so far, refused ones included; the
// path is without /cgi-bin/, such as message/custom/send.
func (p *Platform) Calls(api string) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.calls[api]
}

// original is the account's gh_ id.
func (p *Platform) original() string { return "gh_" + p.opt.AppID }
