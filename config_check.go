package main

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/goccy/go-yaml"
)

// check names everything that cannot work.
func (c Config) check() []error {
	bad := append(c.checkAddresses(), c.checkAccounts()...)
	if _, err := parseHours(c.Bot.BusinessHours); err != nil {
		bad = append(bad, err)
	}
	if c.Bot.TurnCap < 1 {
		bad = append(bad, fmt.Errorf("bot.turn_cap %d：至少为 1", c.Bot.TurnCap))
	}
	if c.Bot.Debounce < 0 || c.Bot.Debounce > 3*time.Second {
		bad = append(bad, fmt.Errorf("bot.debounce %s：应在 0s 到 3s 之间，微信只等 5 秒", c.Bot.Debounce))
	}
	if c.Bot.UnknownAfter <= 0 {
		bad = append(bad, fmt.Errorf("bot.unknown_after %s：应大于 0", c.Bot.UnknownAfter))
	}
	if c.Bot.HighValueFen < 0 {
		bad = append(bad, fmt.Errorf("bot.high_value_fen %d：应为 0（不用）或大于 0 的分数", c.Bot.HighValueFen))
	}
	for _, err := range c.Bot.Gazetteer.vocabulary().Check() {
		bad = append(bad, fmt.Errorf("bot.gazetteer：%w", err))
	}
	if p := c.AdminPassword; p != "" && len(p) < 10 {
		bad = append(bad, errors.New("admin_password：至少 10 个字符"))
	}
	if !slices.Contains([]string{"true", "false", "auto"}, c.Knowledge.SecondPerson) {
		bad = append(bad, fmt.Errorf("knowledge.second_person %q 不是 true、false、auto 之一", c.Knowledge.SecondPerson))
	}
	bad = append(bad, c.checkSMS()...)
	_, wrong := c.Ledger.sourceEntries()
	bad = append(bad, wrong...)
	if _, err := parseLevel(c.LogLevel); err != nil {
		bad = append(bad, err)
	}
	return bad
}

// minSMSSecret is the shortest secret of the gateway: the key of the codes'
// digests is made of it.
const minSMSSecret = 16

func (c Config) checkSMS() []error {
	var bad []error
	switch {
	case c.SMS.URL == "" && c.SMS.Secret != "":
		bad = append(bad, errors.New("sms.url：设了 sms.secret，却没有它"))
	case c.SMS.URL != "" && len(c.SMS.Secret) < minSMSSecret:
		bad = append(bad, fmt.Errorf("sms.secret：至少 %d 个字符，它用来给请求签名和保护验证码", minSMSSecret))
	}
	if t := c.SMS.Timeout; t < 100*time.Millisecond || t > 9*time.Second {
		bad = append(bad, fmt.Errorf("sms.timeout %s: between 100ms and 9s", t))
	}
	return bad
}

func (c Config) checkAddresses() []error {
	var bad []error
	if !listenable(c.Listen) {
		bad = append(bad, fmt.Errorf("listen %q：请写成 HOST:PORT，如 127.0.0.1:8080", c.Listen))
	}
	if c.MetricsListen != "" && !listenable(c.MetricsListen) {
		bad = append(bad, fmt.Errorf("metrics_listen %q：请写成 HOST:PORT，如 127.0.0.1:9090；留空则不提供指标", c.MetricsListen))
	}
	for _, a := range []struct{ key, value string }{
		{"public_url", c.PublicURL}, {"wechat.api_base_url", c.WeChat.APIBaseURL}, {"openai.base_url", c.OpenAI.BaseURL}, {"sms.url", c.SMS.URL},
	} {
		u, err := url.Parse(a.value)
		if a.value != "" && (err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https") {
			bad = append(bad, fmt.Errorf("%s %q：请写完整地址，如 https://pay.example.com", a.key, a.value))
		}
	}
	if u := c.DatabaseURL; u != "" && !slices.ContainsFunc([]string{"sqlite://", "postgres://", "postgresql://"}, func(p string) bool { return strings.HasPrefix(u, p) }) {
		bad = append(bad, errors.New("database_url：请写成 sqlite://PATH 或 postgres://USER:PASSWORD@HOST/NAME"))
	}
	if u := c.RedisURL; u != "" && !strings.HasPrefix(u, "redis://") && !strings.HasPrefix(u, "rediss://") {
		bad = append(bad, errors.New("redis_url：请写成 redis://HOST:PORT 或 rediss://…；只运行一个实例可留空"))
	}
	return bad
}

func listenable(address string) bool {
	_, port, err := net.SplitHostPort(address)
	if err != nil {
		return false
	}
	n, err := strconv.Atoi(port)
	return err == nil && n >= 0 && n <= 65535
}

func (c Config) checkAccounts() []error {
	var bad []error
	if one := c.WeChat.AccountConfig; one.AppID == "" && one.AppSecret+one.Token+one.EncodingAESKey+one.PreviousEncodingAESKey != "" {
		bad = append(bad, errors.New("wechat：设了公众号的密钥，却没有 app_id"))
	}
	seen := map[string]bool{}
	for i, a := range c.accounts() {
		at := "wechat." + a.AppID
		if a.AppID == "" {
			at = fmt.Sprintf("wechat.accounts[%d]", i)
			bad = append(bad, fmt.Errorf("%s：缺少 app_id", at))
		}
		if seen[a.AppID] {
			bad = append(bad, fmt.Errorf("%s：这个公众号配置了两次", at))
		}
		seen[a.AppID] = true
		if a.Token == "" {
			bad = append(bad, fmt.Errorf("%s：缺少 token：请从公众号后台“开发 → 基本配置”复制", at))
		}
		switch a.Mode {
		case "safe":
			if len(a.EncodingAESKey) != 43 {
				bad = append(bad, fmt.Errorf("%s：安全模式下 encoding_aes_key 应为 43 个字符，现有 %d 个", at, len(a.EncodingAESKey)))
			}
		case "plain":
		default:
			bad = append(bad, fmt.Errorf("%s：mode %q 不是 safe 或 plain", at, a.Mode))
		}
		if n := len(a.PreviousEncodingAESKey); n != 0 && n != 43 {
			bad = append(bad, fmt.Errorf("%s：previous_encoding_aes_key 应为 43 个字符，现有 %d 个", at, n))
		}
		if !slices.Contains([]string{"true", "false", "auto"}, a.Verified) {
			bad = append(bad, fmt.Errorf("%s：verified %q 不是 true、false、auto 之一", at, a.Verified))
		}
	}
	return bad
}

// yamlProblems finds every unknown key and every value of the wrong kind,
// where the decoder stops at the first; nil when the text is no YAML mapping.
func yamlProblems(text []byte) []error {
	var tree map[string]any
	if yaml.Unmarshal(text, &tree) != nil {
		return nil
	}
	return treeProblems(tree, reflect.TypeFor[Config](), "")
}

func treeProblems(tree map[string]any, t reflect.Type, at string) []error {
	fields := map[string]reflect.Type{}
	yamlFields(t, fields)
	var bad []error
	names := make([]string, 0, len(tree))
	for name := range tree {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		value, path := tree[name], at+name
		field, known := fields[name]
		if !known {
			bad = append(bad, fmt.Errorf("不认识的配置项 %s", path))
			continue
		}
		branch, nested := value.(map[string]any)
		items, list := value.([]any)
		switch {
		case value == nil:
		case field.Kind() == reflect.Struct && nested:
			bad = append(bad, treeProblems(branch, field, path+".")...)
		case field.Kind() == reflect.Slice && field.Elem().Kind() == reflect.Struct && list:
			for i, item := range items {
				branch, nested := item.(map[string]any)
				if !nested {
					bad = append(bad, fmt.Errorf("%s[%d]：这里应是一行一项的设置", path, i))
					continue
				}
				bad = append(bad, treeProblems(branch, field.Elem(), fmt.Sprintf("%s[%d].", path, i))...)
			}
		default:
			text, err := yaml.Marshal(value)
			if err == nil {
				err = yaml.Unmarshal(text, reflect.New(field).Interface())
			}
			if err != nil {
				bad = append(bad, fmt.Errorf("%s：应为%s", path, kindName(field)))
			}
		}
	}
	return bad
}

// yamlFields are the keys of a struct, inlined ones too.
func yamlFields(t reflect.Type, into map[string]reflect.Type) {
	for f := range t.Fields() {
		name, opts, _ := strings.Cut(f.Tag.Get("yaml"), ",")
		if opts == "inline" {
			yamlFields(f.Type, into)
			continue
		}
		into[name] = f.Type
	}
}

func kindName(t reflect.Type) string {
	switch {
	case t == reflect.TypeFor[time.Duration]():
		return "时长，如 800ms 或 30m"
	case t.Kind() == reflect.Int, t.Kind() == reflect.Int64:
		return "整数"
	case t.Kind() == reflect.Bool:
		return "“true”或“false”"
	case t.Kind() == reflect.Slice:
		return "列表"
	case t.Kind() == reflect.Struct:
		return "一节，下面写设置"
	}
	return "文字"
}

// flatten gives the parts of a joined error.
func flatten(err error) []error {
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		return joined.Unwrap()
	}
	return []error{err}
}
