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
		bad = append(bad, fmt.Errorf("bot.turn_cap %d: at least 1", c.Bot.TurnCap))
	}
	if c.Bot.Debounce < 0 || c.Bot.Debounce > 3*time.Second {
		bad = append(bad, fmt.Errorf("bot.debounce %s: between 0s and 3s, WeChat waits 5 s for an answer", c.Bot.Debounce))
	}
	if c.Bot.UnknownAfter <= 0 {
		bad = append(bad, fmt.Errorf("bot.unknown_after %s: must be positive", c.Bot.UnknownAfter))
	}
	if c.Bot.HighValueFen < 0 {
		bad = append(bad, fmt.Errorf("bot.high_value_fen %d: 0 (off) or a positive number of fen", c.Bot.HighValueFen))
	}
	for _, err := range c.Bot.Gazetteer.vocabulary().Check() {
		bad = append(bad, fmt.Errorf("bot.gazetteer: %w", err))
	}
	if p := c.AdminPassword; p != "" && len(p) < 10 {
		bad = append(bad, errors.New("admin_password: at least 10 characters"))
	}
	if !slices.Contains([]string{"true", "false", "auto"}, c.Knowledge.SecondPerson) {
		bad = append(bad, fmt.Errorf("knowledge.second_person %q is none of true, false, auto", c.Knowledge.SecondPerson))
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
		bad = append(bad, errors.New("sms.url: missing, although sms.secret is set"))
	case c.SMS.URL != "" && len(c.SMS.Secret) < minSMSSecret:
		bad = append(bad, fmt.Errorf("sms.secret: at least %d characters, it signs the requests and keys the codes", minSMSSecret))
	}
	if t := c.SMS.Timeout; t < 100*time.Millisecond || t > 9*time.Second {
		bad = append(bad, fmt.Errorf("sms.timeout %s: between 100ms and 9s", t))
	}
	return bad
}

func (c Config) checkAddresses() []error {
	var bad []error
	if !listenable(c.Listen) {
		bad = append(bad, fmt.Errorf("listen %q: write HOST:PORT, for example 127.0.0.1:8080", c.Listen))
	}
	if c.MetricsListen != "" && !listenable(c.MetricsListen) {
		bad = append(bad, fmt.Errorf("metrics_listen %q: write HOST:PORT, for example 127.0.0.1:9090, or nothing for no metrics", c.MetricsListen))
	}
	for _, a := range []struct{ key, value string }{
		{"public_url", c.PublicURL}, {"wechat.api_base_url", c.WeChat.APIBaseURL}, {"openai.base_url", c.OpenAI.BaseURL}, {"sms.url", c.SMS.URL},
	} {
		u, err := url.Parse(a.value)
		if a.value != "" && (err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https") {
			bad = append(bad, fmt.Errorf("%s %q: write a whole address, for example https://pay.example.com", a.key, a.value))
		}
	}
	if u := c.DatabaseURL; u != "" && !slices.ContainsFunc([]string{"sqlite://", "postgres://", "postgresql://"}, func(p string) bool { return strings.HasPrefix(u, p) }) {
		bad = append(bad, errors.New("database_url: write sqlite://PATH or postgres://USER:PASSWORD@HOST/NAME"))
	}
	if u := c.RedisURL; u != "" && !strings.HasPrefix(u, "redis://") && !strings.HasPrefix(u, "rediss://") {
		bad = append(bad, errors.New("redis_url: write redis://HOST:PORT or rediss://…, or nothing for a single replica"))
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
		bad = append(bad, errors.New("wechat: app_id is missing, although secrets of an account are set"))
	}
	seen := map[string]bool{}
	for i, a := range c.accounts() {
		at := "wechat." + a.AppID
		if a.AppID == "" {
			at = fmt.Sprintf("wechat.accounts[%d]", i)
			bad = append(bad, fmt.Errorf("%s: app_id is missing", at))
		}
		if seen[a.AppID] {
			bad = append(bad, fmt.Errorf("%s: the account is configured twice", at))
		}
		seen[a.AppID] = true
		if a.Token == "" {
			bad = append(bad, fmt.Errorf("%s: token is missing: copy it from 开发 → 基本配置 of the official account", at))
		}
		switch a.Mode {
		case "safe":
			if len(a.EncodingAESKey) != 43 {
				bad = append(bad, fmt.Errorf("%s: encoding_aes_key must have 43 characters in safe mode, it has %d", at, len(a.EncodingAESKey)))
			}
		case "plain":
		default:
			bad = append(bad, fmt.Errorf("%s: mode %q is neither safe nor plain", at, a.Mode))
		}
		if n := len(a.PreviousEncodingAESKey); n != 0 && n != 43 {
			bad = append(bad, fmt.Errorf("%s: previous_encoding_aes_key must have 43 characters, it has %d", at, n))
		}
		if !slices.Contains([]string{"true", "false", "auto"}, a.Verified) {
			bad = append(bad, fmt.Errorf("%s: verified %q is none of true, false, auto", at, a.Verified))
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
			bad = append(bad, fmt.Errorf("unknown key %s", path))
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
					bad = append(bad, fmt.Errorf("%s[%d]: settings are expected here, one a line", path, i))
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
				bad = append(bad, fmt.Errorf("%s: a %s is expected", path, kindName(field)))
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
		return "duration like 800ms or 30m"
	case t.Kind() == reflect.Int, t.Kind() == reflect.Int64:
		return "whole number"
	case t.Kind() == reflect.Bool:
		return "true or false"
	case t.Kind() == reflect.Slice:
		return "list"
	case t.Kind() == reflect.Struct:
		return "section with settings below it"
	}
	return "text"
}

// flatten gives the parts of a joined error.
func flatten(err error) []error {
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		return joined.Unwrap()
	}
	return []error{err}
}
