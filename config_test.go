package main

import (
	"bytes"
	"errors"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"daozhang/bot/understand"
)

func source(yamlText string, environ map[string]string) configSource {
	files := map[string]string{"daozhang.yaml": yamlText, "/run/secret": "s3cret-from-file\n"}
	return configSource{path: "daozhang.yaml", environ: environ, readFile: func(p string) ([]byte, error) {
		s, ok := files[p]
		if !ok || s == "" {
			return nil, os.ErrNotExist
		}
		return []byte(s), nil
	}}
}

func TestConfigDefaultsStart(t *testing.T) {
	t.Parallel()
	c, warnings, err := loadConfig(source("", nil))
	if err != nil || len(warnings) > 0 {
		t.Fatalf("zero configuration: %v %v", err, warnings)
	}
	if c.Listen != "127.0.0.1:8080" || c.MetricsListen != "127.0.0.1:9090" || c.database() != "sqlite://data/daozhang.db" ||
		c.Bot.Debounce != 800*time.Millisecond || c.Bot.TurnCap != 6 || c.Bot.UnknownAfter != 30*time.Minute {
		t.Fatalf("defaults differ from the contract: %+v", c)
	}
	if len(c.accounts()) != 0 {
		t.Fatal("an account without app_id")
	}
}

func TestConfigOrderYAMLThenEnvironment(t *testing.T) {
	t.Parallel()
	c, _, err := loadConfig(source("listen: :1\npublic_url: https://a.example\nbot:\n  debounce: 100ms\n", map[string]string{
		"DAOZHANG_LISTEN": ":2", "DAOZHANG_OPENAI_API_KEY_FILE": "/run/secret", "DAOZHANG_BOT_HIGH_VALUE_FEN": "500", "PATH": "x",
	}))
	if err != nil {
		t.Fatal(err)
	}
	if c.Listen != ":2" || c.PublicURL != "https://a.example" || c.Bot.Debounce != 100*time.Millisecond ||
		c.OpenAI.APIKey != "s3cret-from-file" || c.Bot.HighValueFen != 500 {
		t.Fatalf("%+v", c)
	}
}

func TestConfigProblemsAllAtOnce(t *testing.T) {
	t.Parallel()
	_, _, err := loadConfig(source("bot:\n  turn_cap: 0\n  business_hours: 9 bis 5\nwechat:\n  app_id: wx1\n  mode: open\n", map[string]string{
		"DAOZHANG_BOT_DEBOUNCE": "soon", "DAOZHANG_ADMIN_PASSWORD": "short",
	}))
	if err == nil {
		t.Fatal("accepted")
	}
	for _, want := range []string{"turn_cap", "business_hours", "mode", "token", "DAOZHANG_BOT_DEBOUNCE", "admin_password"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q is not named in:\n%v", want, err)
		}
	}
	if strings.Contains(err.Error(), "short\n") {
		t.Error("a secret in the error")
	}
}

func TestConfigUnknownKeyIsAnErrorUnknownVariableAWarning(t *testing.T) {
	t.Parallel()
	if _, _, err := loadConfig(source("lissten: :1\n", nil)); err == nil || !strings.Contains(err.Error(), "lissten") {
		t.Fatalf("unknown key: %v", err)
	}
	_, warnings, err := loadConfig(source("", map[string]string{"DAOZHANG_PORT_8080_TCP": "x"}))
	if err != nil || len(warnings) != 1 {
		t.Fatalf("%v %v", warnings, err)
	}
}

func TestConfigSeveralAccounts(t *testing.T) {
	t.Parallel()
	key := strings.Repeat("a", 43)
	c, _, err := loadConfig(source("wechat:\n  accounts:\n  - {app_id: wx1, token: t, encoding_aes_key: "+key+"}\n  - {app_id: wx2, token: t, mode: plain, verified: \"false\"}\n", nil))
	if err != nil {
		t.Fatal(err)
	}
	got := c.accounts()
	if len(got) != 2 || got[0].Mode != "safe" || got[0].Verified != "auto" || got[1].Mode != "plain" || got[1].Verified != "false" {
		t.Fatalf("%+v", got)
	}
}

func TestConfigPrintMasksEverySecretAndReadsBack(t *testing.T) {
	t.Parallel()
	c := defaultConfig()
	c.SMS = SMSConfig{URL: "https://gate:pw3@sms.example.com/send", Secret: "sms-secret-0123456789"}
	c.AdminPassword, c.OpenAI.APIKey, c.WeChat.AppSecret, c.WeChat.Token = "hunter2hunter2", "sk-1", "app-secret", "tok"
	c.DatabaseURL, c.RedisURL, c.Ledger.PushSecret = "postgres://u:pw1@h/db", "redis://:pw2@h", "push"
	var b bytes.Buffer
	if err := printConfig(&b, c); err != nil {
		t.Fatal(err)
	}
	for _, secret := range []string{"hunter2", "sk-1", "app-secret", "\"tok\"", "pw1", "pw2", "pw3", "sms-secret", "\"push\""} {
		if strings.Contains(b.String(), secret) {
			t.Errorf("%q is printed:\n%s", secret, b.String())
		}
	}
	// What is printed is a valid configuration file with the same keys.
	if _, _, err := loadConfig(source(b.String(), nil)); err != nil && strings.Contains(err.Error(), "unknown") {
		t.Fatalf("does not read back: %v\n%s", err, b.String())
	}
}

func TestEverySettingHasAPathAndAVariable(t *testing.T) {
	t.Parallel()
	keys := configKeys()
	if len(keys) < 30 {
		t.Fatalf("only %d settings found", len(keys))
	}
	seen := map[string]bool{}
	for _, k := range keys {
		want := envPrefix + strings.ToUpper(strings.ReplaceAll(k.path, ".", "_"))
		if k.env != want {
			t.Errorf("%s: variable %s, want %s", k.path, k.env, want)
		}
		if seen[k.path] {
			t.Errorf("%s twice", k.path)
		}
		seen[k.path] = true
	}
}

func TestExampleConfigurationIsTheDefaultAndExplainsEveryKey(t *testing.T) {
	t.Parallel()
	b, err := os.ReadFile("deploy/daozhang.example.yaml")
	if err != nil {
		t.Fatal(err)
	}
	c, _, err := loadConfig(source(string(b), nil))
	if err != nil {
		t.Fatal(err)
	}
	var got, want bytes.Buffer
	if err := errors.Join(printConfig(&got, c), printConfig(&want, defaultConfig())); err != nil {
		t.Fatal(err)
	}
	if got.String() != want.String() {
		t.Errorf("the example differs from the defaults:\n%s\nwant\n%s", got.String(), want.String())
	}
	for _, k := range configKeys() {
		name := k.path[strings.LastIndex(k.path, ".")+1:]
		if !regexp.MustCompile(`(?m)^\s*` + name + `:`).Match(b) {
			t.Errorf("%s is not in the example", k.path)
		}
	}
}

func TestConfigAVariableSetToNothingSwitchesOff(t *testing.T) {
	t.Parallel()
	c, _, err := loadConfig(source("public_url: https://a.example\n", map[string]string{"DAOZHANG_METRICS_LISTEN": "", "DAOZHANG_PUBLIC_URL": ""}))
	if err != nil || c.MetricsListen != "" || c.PublicURL != "" {
		t.Fatalf("%q %q %v", c.MetricsListen, c.PublicURL, err)
	}
}

func TestConfigEveryWrongKeyAndValueAtOnce(t *testing.T) {
	t.Parallel()
	_, _, err := loadConfig(source(`
lissten: x
bot: {turn_cap: many, debounce: soon, nosuch: 1}
openai: x
trusted_proxies: 5
wechat:
  accounts:
  - {app_id: wx1, tokn: a}
  - wx2
ledger: {sources: [{kind: http}]}
`, nil))
	if err == nil {
		t.Fatal("accepted")
	}
	for _, want := range []string{
		"不认识的配置项 lissten", "bot.turn_cap：应为整数", "bot.debounce：应为时长", "不认识的配置项 bot.nosuch", "openai：应为一节",
		"trusted_proxies：应为列表", "不认识的配置项 wechat.accounts[0].tokn", "wechat.accounts[1]：这里应是",
	} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q is not named in:\n%v", want, err)
		}
	}
}

func TestConfigChecksAddressesAndHalfAccounts(t *testing.T) {
	t.Parallel()
	_, _, err := loadConfig(source("", map[string]string{
		"DAOZHANG_LISTEN": "8080", "DAOZHANG_METRICS_LISTEN": "x:y", "DAOZHANG_PUBLIC_URL": "pay.example.com", "DAOZHANG_DATABASE_URL": "mysql://u:pw-1@h/x",
		"DAOZHANG_REDIS_URL": "h:6379", "DAOZHANG_WECHAT_TOKEN": "tok", "DAOZHANG_WECHAT_API_BASE_URL": "ftp://x",
	}))
	if err == nil || strings.Contains(err.Error(), "pw-1") {
		t.Fatalf("%v", err)
	}
	for _, want := range []string{"listen ", "metrics_listen", "public_url", "database_url", "redis_url", "app_id", "wechat.api_base_url"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q is not named in:\n%v", want, err)
		}
	}
	if _, _, err := loadConfig(source("ledger: {sources: []}\nwechat: {app_id: wx1, token: t, mode: plain, verified: false}\n", nil)); err != nil {
		t.Errorf("an empty list of sources, verified without quotes: %v", err)
	}
}

func TestGazetteerIsReadCheckedAndPrinted(t *testing.T) {
	t.Parallel()
	const text = "bot:\n  gazetteer:\n    brands:\n    - {name: 星驿付, aliases: [星驿, 小星机]}\n    - {name: 拉卡拉, aliases: [考拉机]}\n    channels:\n    - {name: WECHAT, aliases: [绿码]}\n"
	c, _, err := loadConfig(source(text, nil))
	if err != nil {
		t.Fatal(err)
	}
	p := understand.New(c.Bot.Gazetteer.vocabulary())
	for say, want := range map[string][2]string{
		"星驿的机器昨天5000没到": {"星驿付", ""}, "小星机刷的没到": {"星驿付", ""}, "考拉机没到账": {"拉卡拉", ""}, "绿码收的300没到": {"微信支付", "WECHAT"}, "拉卡拉没到": {"拉卡拉", ""},
	} {
		if q := p.Parse(say, understand.Context{}, time.Date(2026, 11, 18, 15, 0, 0, 0, time.UTC)); q.Brand != want[0] || q.Channel != want[1] {
			t.Errorf("%s: brand %q, channel %q, want %v", say, q.Brand, q.Channel, want)
		}
	}
	var first, second bytes.Buffer
	if err := printConfig(&first, c); err != nil {
		t.Fatal(err)
	}
	again, _, err := loadConfig(source(first.String(), nil))
	if err := errors.Join(err, printConfig(&second, again)); err != nil || first.String() != second.String() || !strings.Contains(first.String(), "小星机") {
		t.Errorf("does not read back: %v\n%s", err, first.String())
	}
	_, _, err = loadConfig(source("bot: {gazetteer: {brands: [{name: '', aliases: [星驿]}, {name: 甲付, aliases: [星驿]}, {name: 乙付, aliases: [星驿, 付]}], channels: [{name: CASH, aliases: [现金]}, {name: CARD, alias: [卡]}]}}\n", nil))
	if err == nil {
		t.Fatal("accepted")
	}
	for _, want := range []string{"不认识的配置项 bot.gazetteer.channels[1].alias"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q is not named in:\n%v", want, err)
		}
	}
	_, _, err = loadConfig(source("bot: {gazetteer: {brands: [{name: '', aliases: [星驿]}, {name: 甲付, aliases: [星驿]}, {name: 乙付, aliases: [星驿, 付]}], channels: [{name: CASH, aliases: [现金]}]}}\n", nil))
	for _, want := range []string{"a name is missing", `"星驿" already stands for`, `"付" is too short`, "CASH is none of"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q is not named in:\n%v", want, err)
		}
	}
}

// One unknown key does not hide what else is wrong in its section, and a
// variable is named as the operator wrote it.
func TestConfigNamesEveryProblemAtOnce(t *testing.T) {
	t.Parallel()
	_, _, err := loadConfig(source("bot: {turn_cap: -1, nonsense: 1, debounce: 9s}\n", map[string]string{
		"DAOZHANG_BOT_HIGH_VALUE_FEN": "many", "DAOZHANG_OPENAI_TIMEOUT": "3", "DAOZHANG_SIMULATOR": "perhaps", "DAOZHANG_SMS_TIMEOUT": "4s",
	}))
	for _, want := range []string{
		"不认识的配置项 bot.nonsense", "bot.turn_cap -1", "bot.debounce 9s", "DAOZHANG_BOT_HIGH_VALUE_FEN：应为整数",
		"DAOZHANG_OPENAI_TIMEOUT：应为时长", "DAOZHANG_SIMULATOR：应为“true”或“false”",
	} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q is not named in:\n%v", want, err)
		}
	}
	if strings.Contains(err.Error(), "strconv") || strings.Contains(err.Error(), "SMS_TIMEOUT") {
		t.Errorf("not the operator's words:\n%v", err)
	}
}
