// Package wechat is the official-account channel: the callback in, customer
// messages out, tokens, media. It stores every message before it acknowledges
// it, and hands an answer over as the free passive reply whenever the answer
// is ready while WeChat waits.
//
// The SDK (silenceper/wechat v2, sub-packages only: the root package makes the
// global logger print customer messages) supplies signature, decryption and the
// shapes of passive replies. Its Server is not used: it takes the mode from the
// request instead of the configuration, reads bodies without limit and loses
// messages with odd menu ids (wechat.md A1).
package wechat

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"sync/atomic"
	"time"

	"github.com/gin-gonic/gin"

	"daozhang/bot/delivery"
)

// Inbox stores inbound messages. The unique index on (app_id, dedupe_key) is
// the deduplication: a repeated message gives the id of the first one and
// duplicate = true. After an error the message counts as not stored, and
// WeChat is asked to send it again.
type Inbox interface {
	Accept(ctx context.Context, m delivery.Inbound) (id int64, duplicate bool, err error)
}

// Replies lets a waiting callback carry an answer.
type Replies interface {
	// Await blocks until the turn that handled this inbound message has
	// committed its reply row; false when the turn ended without one or ctx
	// ended first.
	Await(ctx context.Context, inboundID int64) (delivery.Outbound, bool)
	// Claim moves the row from Pending (or Held) to Passive, atomically; false
	// when somebody else has it.
	Claim(ctx context.Context, outboundID int64) (bool, error)
	// Delivered ends a claim. nil: the row is Sent. *delivery.Partial: the row
	// goes back with the rest as its text. Any other error: the row goes back
	// unchanged, the caller had hung up.
	Delivered(ctx context.Context, outboundID int64, err error) error
}

// Waiting finds rows that an earlier passive reply could not carry (state Held
// or Pending and past their passive deadline), oldest first, a handful. It is
// asked only for accounts that may not send customer messages; nil means that
// nothing ever waits.
type Waiting interface {
	Waiting(ctx context.Context, appID, openID string) ([]delivery.Outbound, error)
}

// Mode of the callback as set in the account's developer settings.
type Mode string

// Safe is the default (""): encrypted only. Compatible mode of the platform is
// Safe here, the plaintext copy is ignored.
const (
	Safe  Mode = "safe"
	Plain Mode = "plain"
)

// Verified says whether the account may send customer messages.
type Verified string

// Auto ("" too) assumes that it may until the platform says 48001.
const (
	VerifiedAuto Verified = "auto"
	VerifiedYes  Verified = "true"
	VerifiedNo   Verified = "false"
)

// Account is one official account.
type Account struct {
	AppID     string
	AppSecret string
	Token     string
	// EncodingAESKey has 43 characters; needed in safe mode. The previous key
	// is accepted as well while a change of keys spreads.
	EncodingAESKey         string
	PreviousEncodingAESKey string
	Mode                   Mode
	Verified               Verified
}

// Timing holds the budgets of the passive reply; a zero field is its default.
type Timing struct {
	Verified time.Duration // wait before acknowledging, verified account: 4.3 s
	Hold     time.Duration // tries 1 and 2, unverified: 5.5 s, WeChat hangs up at 5
	Last     time.Duration // try 3, unverified: 4.2 s, then the notice
	Accept   time.Duration // storing the message: 4 s
	Poll     time.Duration // looking for a waiting answer again: 250 ms
	// Patience of WeChat, less some way: a reply written before was read, also
	// when the connection closes at once after it. 4.7 s
	Patience time.Duration
}

// Deps is what a Channel needs. Inbox, Replies, Redact and Log are required.
type Deps struct {
	Accounts []Account
	Inbox    Inbox
	Replies  Replies
	Waiting  Waiting // may be nil
	// Tokens shares access tokens between replicas; nil: within this process.
	Tokens TokenStore
	// Redact cuts sensitive spans out of a text and names their kinds.
	Redact func(string) (string, []string)
	// TakeCode cuts the answer to a one-time code out of a text and gives its
	// proof, before Redact; nil: there are no codes.
	TakeCode func(ctx context.Context, appID, openID, text string) (clean, proof string, err error)
	// APIBaseURL defaults to https://api.weixin.qq.com.
	APIBaseURL string
	// HTTPClient is for tests; nil: own client, 10 s per call.
	HTTPClient *http.Client
	Log        *slog.Logger
	Now        func() time.Time // nil: time.Now
	Timing     Timing
}

// Channel serves the callbacks of all accounts and sends to their contacts. It
// is safe for concurrent use.
type Channel struct {
	accounts map[string]*account
	inbox    Inbox
	replies  Replies
	waiting  Waiting
	redact   func(string) (string, []string)
	takeCode func(ctx context.Context, appID, openID, text string) (string, string, error)
	api      *api
	log      *slog.Logger
	now      func() time.Time
	timing   Timing
	tries    *tries
}

// account is one configured account with what was learnt about it.
type account struct {
	Account
	forbiddenUntil atomic.Int64 // Unix ms: 48001 was seen, no customer messages until then
	menuUntil      atomic.Int64 // Unix ms: 40200 was seen, no msgmenu until then
}

// relearn is how long a refusal of the platform is believed before the account
// is tried again, so that a verification needs no restart.
const relearn = time.Hour

// maySend reports whether customer messages may be tried.
func (a *account) maySend(now time.Time) bool {
	return a.Verified != VerifiedNo && now.UnixMilli() >= a.forbiddenUntil.Load()
}

func (a *account) mayMenu(now time.Time) bool { return now.UnixMilli() >= a.menuUntil.Load() }

// New checks the accounts and builds the channel. All problems are reported at
// once, in words for the operator.
func New(d Deps) (*Channel, error) {
	if d.Inbox == nil || d.Replies == nil || d.Redact == nil || d.Log == nil {
		return nil, errors.New("wechat: Inbox, Replies, Redact and Log are required")
	}
	if d.Now == nil {
		d.Now = time.Now
	}
	if d.Tokens == nil {
		d.Tokens = NewMemoryTokens()
	}
	a, err := newAPI(d)
	if err != nil {
		return nil, err
	}
	c := &Channel{
		accounts: map[string]*account{},
		inbox:    d.Inbox, replies: d.Replies, waiting: d.Waiting, redact: d.Redact, takeCode: d.TakeCode,
		api: a, log: d.Log, now: d.Now, timing: d.Timing.orDefaults(), tries: newTries(d.Now),
	}
	var problems []error
	for i, acc := range d.Accounts {
		if err := acc.check(); err != nil {
			problems = append(problems, fmt.Errorf("wechat.accounts[%d]（%s）：%w", i, acc.AppID, err))
			continue
		}
		if _, twice := c.accounts[acc.AppID]; twice {
			problems = append(problems, fmt.Errorf("wechat.accounts[%d]：app_id %s 重复，请删除其中一个", i, acc.AppID))
			continue
		}
		if acc.Mode == "" {
			acc.Mode = Safe
		}
		c.accounts[acc.AppID] = &account{Account: acc}
	}
	if err := errors.Join(problems...); err != nil {
		return nil, err
	}
	return c, nil
}

// Register adds the callback routes. The router must not log query strings of
// these routes: a logged signature lets a reader of the log forge messages to a
// plain-mode account.
func (c *Channel) Register(r gin.IRoutes) {
	r.GET("/wechat/:app_id", c.verifyURL)
	r.POST("/wechat/:app_id", c.receive)
}

// MaySend reports whether the account is believed to be allowed customer
// messages now; false for unknown accounts.
func (c *Channel) MaySend(appID string) bool {
	acc := c.accounts[appID]
	return acc != nil && acc.maySend(c.now())
}

func (t Timing) orDefaults() Timing {
	set := func(d *time.Duration, def time.Duration) {
		if *d <= 0 {
			*d = def
		}
	}
	set(&t.Verified, 4300*time.Millisecond)
	set(&t.Hold, 5500*time.Millisecond)
	set(&t.Last, 4200*time.Millisecond)
	set(&t.Accept, 4*time.Second)
	set(&t.Poll, 250*time.Millisecond)
	set(&t.Patience, 4700*time.Millisecond)
	return t
}

func (a Account) check() error {
	var problems []error
	say := func(s string) { problems = append(problems, errors.New(s)) }
	if a.AppID == "" || strings.ContainsAny(a.AppID, "/? ") {
		say("缺少 app_id，请填写公众平台「基本配置」里的 AppID")
	}
	if a.Token == "" {
		say("缺少 token，请填写与公众平台「服务器配置」一致的令牌")
	}
	switch a.Mode {
	case "", Safe:
		if a.EncodingAESKey == "" {
			say("安全模式缺少 encoding_aes_key；测试号没有安全模式，请改 mode: plain")
		}
	case Plain:
	default:
		say("mode 只能是 safe 或 plain")
	}
	switch a.Verified {
	case "", VerifiedAuto, VerifiedYes, VerifiedNo:
	default:
		say("verified 只能是 true、false 或 auto")
	}
	if !validKey(a.EncodingAESKey) {
		say("encoding_aes_key 应为 43 位字母或数字")
	}
	if !validKey(a.PreviousEncodingAESKey) {
		say("previous_encoding_aes_key 应为 43 位字母或数字")
	}
	return errors.Join(problems...)
}

// validKey accepts no key at all.
func validKey(k string) bool {
	if k == "" {
		return true
	}
	b, err := base64.StdEncoding.DecodeString(k + "=")
	return len(k) == 43 && err == nil && len(b) == 32
}
