package main

import (
	"context"
	"crypto/rand"
	"crypto/sha1" //nolint:gosec // WeChat's signature
	"encoding/hex"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"daozhang/bot/delivery"
	"daozhang/handlers/wechat"
)

// maxSkew is how far this machine's clock may be off. WeChat's own requests
// are refused beyond ten minutes; cut-offs and promised dates suffer before.
const maxSkew = time.Minute

// publicURL: an address that WeChat and agents can reach, and that leads here.
func (d *doctor) publicURL(ctx context.Context) {
	const name = "公开地址"
	accounts := d.cfg.accounts()
	if d.cfg.PublicURL == "" {
		if len(accounts) == 0 {
			d.skip(name, "没有设 public_url，只在本机使用")
			return
		}
		d.bad(name, "没有设 public_url：设为微信和客服看到的地址，例如 https://pay.example.com")
		return
	}
	if problem := callbackProblem(d.cfg.PublicURL); problem != "" {
		d.bad(name, "%s：%s", d.cfg.PublicURL, problem)
		return
	}
	if len(accounts) == 0 {
		d.ok(name, "%s", d.cfg.PublicURL)
		return
	}
	for _, a := range accounts {
		d.callback(ctx, a)
	}
}

// callbackProblem says why WeChat could not call an address; "" when it could.
func callbackProblem(address string) string {
	u, err := url.Parse(address)
	switch {
	case err != nil || u.Host == "":
		return "写成完整的地址，例如 https://pay.example.com"
	case u.Scheme != "https":
		return "应以 https:// 开头，明文会泄露登录和消息；在前面放一个 TLS 反向代理"
	case u.Port() != "" && u.Port() != "443":
		return "微信只访问 443（https）端口，请去掉端口号"
	case strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.Fragment != "" || u.User != nil:
		return "只写到域名为止，后面不要带路径或参数"
	}
	host := strings.ToLower(u.Hostname())
	if ip, err := netip.ParseAddr(host); err == nil {
		if !ip.IsGlobalUnicast() || ip.IsPrivate() {
			return "是内网或本机地址，微信访问不到"
		}
		return ""
	}
	if !strings.Contains(host, ".") || slices.ContainsFunc([]string{".local", ".internal", ".localhost", ".lan"}, func(s string) bool { return strings.HasSuffix(host, s) }) {
		return "是内网或本机域名，微信访问不到"
	}
	return ""
}

// callback asks the public address the way WeChat verifies it.
func (d *doctor) callback(ctx context.Context, a AccountConfig) {
	name := "回调 " + a.AppID
	address := strings.TrimRight(d.cfg.PublicURL, "/") + "/wechat/" + url.PathEscape(a.AppID)
	nonce, echo := rand.Text()[:12], rand.Text()
	stamp := strconv.FormatInt(d.now().Unix(), 10)
	q := url.Values{"signature": {callbackSignature(a.Token, stamp, nonce)}, "timestamp": {stamp}, "nonce": {nonce}, "echostr": {echo}}
	resp, err := d.get(ctx, http.MethodGet, address+"?"+q.Encode())
	switch {
	case err != nil:
		d.skip(name, "从本机访问不到 %s（%v）。服务启动后在公众平台「服务器配置」里提交，由微信来验证", address, err)
	case resp.status == http.StatusOK && resp.body == echo:
		d.ok(name, "%s 验证通过", address)
	case resp.status >= http.StatusInternalServerError:
		d.bad(name, "%s 答 %d：反向代理通了，后面的服务没有运行，请先启动", address, resp.status)
	case resp.status == http.StatusForbidden:
		d.bad(name, "%s 拒绝了签名：运行中的服务用的是另一个 token，或它的时钟不准", address)
	default:
		d.bad(name, "%s 答 %d，不是本服务的应答：核对域名和反向代理，把 /wechat/ 转到 %s", address, resp.status, d.cfg.Listen)
	}
}

// callbackSignature is how WeChat signs the URL check.
func callbackSignature(token, stamp, nonce string) string {
	parts := []string{token, stamp, nonce}
	slices.Sort(parts)
	sum := sha1.Sum([]byte(strings.Join(parts, ""))) //nolint:gosec // WeChat's signature
	return hex.EncodeToString(sum[:])
}

// clock compares this machine's clock with the WeChat interface's Date header.
func (d *doctor) clock(ctx context.Context) {
	const name = "时钟"
	if len(d.cfg.accounts()) == 0 {
		d.skip(name, "没有配置公众号，不访问微信")
		return
	}
	began := d.now()
	resp, err := d.get(ctx, http.MethodHead, d.cfg.WeChat.APIBaseURL)
	if err != nil {
		d.bad(name, "访问不到 %s：%v。检查 DNS、防火墙和出口网络", d.cfg.WeChat.APIBaseURL, err)
		return
	}
	theirs, err := http.ParseTime(resp.header.Get("Date"))
	if err != nil {
		d.skip(name, "%s 没有报时", d.cfg.WeChat.APIBaseURL)
		return
	}
	// The header has whole seconds and was written between asking and reading.
	ours := began.Add(d.now().Sub(began) / 2)
	skew := ours.Sub(theirs.Add(500 * time.Millisecond))
	if skew.Abs() > maxSkew {
		side := "快"
		if skew < 0 {
			side = "慢"
		}
		d.bad(name, "本机比微信%s %s：开启时间同步（NTP），否则消息会被拒绝，日期会算错", side, skew.Abs().Round(time.Second))
		return
	}
	d.ok(name, "与微信相差不到 %d 秒", int(skew.Abs()/time.Second)+1)
}

// accounts: each one's token and permission.
func (d *doctor) accounts(ctx context.Context) {
	accounts := d.cfg.accounts()
	if len(accounts) == 0 {
		d.skip("公众号", "没有配置，控制台可用，微信不通；见 docs/wechat-setup.md")
		return
	}
	for _, a := range accounts {
		d.account(ctx, a)
	}
}

func (d *doctor) account(ctx context.Context, a AccountConfig) {
	token, permission := "令牌 "+a.AppID, "权限 "+a.AppID
	if a.AppSecret == "" && a.Verified == string(wechat.VerifiedNo) {
		d.skip(token, "未认证账号没有填 app_secret，只用被动回复")
		return
	}
	account := wechat.Account{
		AppID: a.AppID, AppSecret: a.AppSecret, Token: a.Token, EncodingAESKey: a.EncodingAESKey,
		PreviousEncodingAESKey: a.PreviousEncodingAESKey, Mode: wechat.Mode(a.Mode), Verified: wechat.VerifiedAuto,
	}
	channel, err := wechat.New(wechat.Deps{
		Accounts: []wechat.Account{account}, Inbox: nobody{}, Replies: nobody{}, APIBaseURL: d.cfg.WeChat.APIBaseURL, Now: d.now,
		Redact: func(s string) (string, []string) { return s, nil }, Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		d.bad(token, "%v", err)
		return
	}
	bounded, cancel := context.WithTimeout(ctx, doctorTimeout)
	defer cancel()
	maySend, err := channel.Probe(bounded, a.AppID)
	var refused *delivery.Error
	switch {
	case err == nil && maySend:
		d.ok(token, "取得成功，IP 白名单已放行")
		d.ok(permission, "可以发客服消息")
	case err == nil && a.Verified == string(wechat.VerifiedYes):
		d.ok(token, "取得成功，IP 白名单已放行")
		d.bad(permission, "48001：该公众号没有客服消息权限（未认证或个人主体）。先认证，或设 verified: false 只用被动回复")
	case err == nil:
		d.ok(token, "取得成功，IP 白名单已放行")
		d.ok(permission, "没有客服消息权限（48001），只用被动回复；认证后自动恢复")
	case errors.As(err, &refused) && refused.Code > 0 && !strings.Contains(refused.Msg, "stable_token") && refused.Code != 41004:
		d.ok(token, "取得成功")
		d.bad(permission, "%v", err)
	default:
		d.bad(token, "%v。%s", err, tokenAdvice(err))
		d.skip(permission, "要先取得令牌")
	}
}

// tokenAdvice adds what the channel's own words leave open.
func tokenAdvice(err error) string {
	var refused *delivery.Error
	if errors.As(err, &refused) {
		switch refused.Code {
		case 40164, 40013, 40125, 41002, 41004:
			return "改好后再运行一次"
		case 45009, 45011:
			return "明天或稍后再试；同一公众号不要有别的程序取令牌"
		}
	}
	var network net.Error
	if errors.As(err, &network) || errors.Is(err, context.DeadlineExceeded) || refused != nil && refused.Class == delivery.ClassRetry {
		return "检查 wechat.api_base_url 和出口网络"
	}
	return "核对 app_id 与 app_secret"
}

// nobody receives what the doctor's channel never gets.
type nobody struct{}

var errNobody = errors.New("the doctor takes no messages") //nolint:gochecknoglobals // sentinel

// Accept implements wechat.Inbox.
func (nobody) Accept(context.Context, delivery.Inbound) (int64, bool, error) {
	return 0, false, errNobody
}

// Await implements wechat.Replies.
func (nobody) Await(context.Context, int64) (delivery.Outbound, bool) {
	return delivery.Outbound{}, false
}

// Claim implements wechat.Replies.
func (nobody) Claim(context.Context, int64) (bool, error) { return false, errNobody }

// Delivered implements wechat.Replies.
func (nobody) Delivered(context.Context, int64, error) error { return errNobody }
