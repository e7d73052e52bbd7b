package main

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/caarlos0/env/v11"
	"github.com/goccy/go-yaml"

	"daozhang/bot/understand"
)

// envPrefix begins every environment variable of ours.
const envPrefix = "DAOZHANG_"

// Config is the whole configuration (deploy/daozhang.example.yaml explains each key).
// Order: defaults < YAML file < environment < flags.
type Config struct {
	Listen        string `yaml:"listen" env:"LISTEN"`
	PublicURL     string `yaml:"public_url" env:"PUBLIC_URL"`
	DataDir       string `yaml:"data_dir" env:"DATA_DIR"`
	DatabaseURL   string `yaml:"database_url" env:"DATABASE_URL" secret:"url"`
	RedisURL      string `yaml:"redis_url" env:"REDIS_URL" secret:"url"`
	MetricsListen string `yaml:"metrics_listen" env:"METRICS_LISTEN"`
	AdminPassword string `yaml:"admin_password" env:"ADMIN_PASSWORD" secret:"yes"`
	LogLevel      string `yaml:"log_level" env:"LOG_LEVEL"`
	// TrustedProxies may say who a client is (X-Forwarded-For).
	TrustedProxies []string        `yaml:"trusted_proxies" env:"-"`
	Simulator      bool            `yaml:"simulator" env:"SIMULATOR"`
	WeChat         WeChatConfig    `yaml:"wechat" envPrefix:"WECHAT_"`
	OpenAI         OpenAIConfig    `yaml:"openai" envPrefix:"OPENAI_"`
	Bot            BotConfig       `yaml:"bot" envPrefix:"BOT_"`
	Knowledge      KnowledgeConfig `yaml:"knowledge" envPrefix:"KNOWLEDGE_"`
	SMS            SMSConfig       `yaml:"sms" envPrefix:"SMS_"`
	Ledger         LedgerConfig    `yaml:"ledger" envPrefix:"LEDGER_"`
}

// KnowledgeConfig says how entries are published.
type KnowledgeConfig struct {
	// SecondPerson: true = who wrote a draft may not publish it, false = may,
	// auto = may not as soon as two people may publish.
	SecondPerson string `yaml:"second_person" env:"SECOND_PERSON"`
}

// WeChatConfig holds one account in place, or several in Accounts.
type WeChatConfig struct {
	AccountConfig `yaml:",inline"`
	Accounts      []AccountConfig `yaml:"accounts" env:"-"`
	APIBaseURL    string          `yaml:"api_base_url" env:"API_BASE_URL"`
	// TemplateID is the template message used outside the 48 h window; "" = none.
	TemplateID string `yaml:"template_id" env:"TEMPLATE_ID"`
}

// AccountConfig is one official account.
type AccountConfig struct {
	AppID                  string `yaml:"app_id" env:"APP_ID"`
	AppSecret              string `yaml:"app_secret" env:"APP_SECRET" secret:"yes"`
	Token                  string `yaml:"token" env:"TOKEN" secret:"yes"`
	EncodingAESKey         string `yaml:"encoding_aes_key" env:"ENCODING_AES_KEY" secret:"yes"`
	PreviousEncodingAESKey string `yaml:"previous_encoding_aes_key" env:"PREVIOUS_ENCODING_AES_KEY" secret:"yes"`
	Mode                   string `yaml:"mode" env:"MODE"`
	Verified               string `yaml:"verified" env:"VERIFIED"`
}

// OpenAIConfig is any OpenAI-compatible endpoint; off while Model is empty.
type OpenAIConfig struct {
	APIKey         string        `yaml:"api_key" env:"API_KEY" secret:"yes"`
	BaseURL        string        `yaml:"base_url" env:"BASE_URL"`
	Model          string        `yaml:"model" env:"MODEL"`
	EmbeddingModel string        `yaml:"embedding_model" env:"EMBEDDING_MODEL"`
	Timeout        time.Duration `yaml:"timeout" env:"TIMEOUT"`
}

// BotConfig is the operator's policy.
type BotConfig struct {
	Name          string        `yaml:"name" env:"NAME"`
	Brand         string        `yaml:"brand" env:"BRAND"`
	BusinessHours string        `yaml:"business_hours" env:"BUSINESS_HOURS"`
	TurnCap       int           `yaml:"turn_cap" env:"TURN_CAP"`
	UnknownAfter  time.Duration `yaml:"unknown_after" env:"UNKNOWN_AFTER"`
	HighValueFen  int64         `yaml:"high_value_fen" env:"HIGH_VALUE_FEN"`
	Debounce      time.Duration `yaml:"debounce" env:"DEBOUNCE"`
	// Gazetteer adds brands and words for channels to those built in.
	Gazetteer GazetteerConfig `yaml:"gazetteer" envPrefix:"GAZETTEER_"`
}

// GazetteerConfig is the operator's vocabulary: what messages call brands and
// channels (CARD WECHAT ALIPAY UNIONPAY_QR).
type GazetteerConfig struct {
	Brands   []NameConfig `yaml:"brands" env:"-"`
	Channels []NameConfig `yaml:"channels" env:"-"`
}

// NameConfig is one canonical name with the other words for it.
type NameConfig struct {
	Name    string   `yaml:"name"`
	Aliases []string `yaml:"aliases"`
}

// vocabulary of the parser; entries of the same name are joined.
func (g GazetteerConfig) vocabulary() understand.Vocabulary {
	join := func(names []NameConfig) map[string][]string {
		m := make(map[string][]string, len(names))
		for _, n := range names {
			m[n.Name] = append(m[n.Name], n.Aliases...)
		}
		return m
	}
	return understand.Vocabulary{Brands: join(g.Brands), Channels: join(g.Channels)}
}

// LedgerConfig says how the ledger is fed.
type LedgerConfig struct {
	// PushSecret signs push bodies (X-Daozhang-Signature); "" = tokens only.
	PushSecret string `yaml:"push_secret" env:"PUSH_SECRET" secret:"yes"`
	// ImportDir is watched for ledger files; "" = none.
	ImportDir string `yaml:"import_dir" env:"IMPORT_DIR"`
	// Profiles are YAML files of import profiles, beside those of the program.
	Profiles []string `yaml:"profiles" env:"-"`
	// Sources are look-up connectors beside the local ledger, as written; read
	// them with sourceEntries.
	Sources []map[string]any `yaml:"sources" env:"-"`
}

// SMSConfig is the gateway that sends the one-time codes of bindings; off
// while URL is empty, and then agents confirm.
type SMSConfig struct {
	URL string `yaml:"url" env:"URL" secret:"url"`
	// Secret signs the requests, and codes are hashed with a key made of it.
	Secret  string        `yaml:"secret" env:"SECRET" secret:"yes"`
	Timeout time.Duration `yaml:"timeout" env:"TIMEOUT"`
}

// defaultConfig is what zero configuration means.
func defaultConfig() Config {
	return Config{
		Listen: "127.0.0.1:8080", MetricsListen: "127.0.0.1:9090", DataDir: "./data", LogLevel: "info", TrustedProxies: []string{"127.0.0.1", "::1"},
		WeChat: WeChatConfig{AccountConfig: AccountConfig{Mode: "safe", Verified: "auto"}, APIBaseURL: "https://api.weixin.qq.com"},
		OpenAI: OpenAIConfig{BaseURL: "https://api.openai.com/v1", Timeout: 3 * time.Second},
		Bot: BotConfig{
			Name: "到账助手", BusinessHours: "09:00–21:00", TurnCap: 6,
			UnknownAfter: 30 * time.Minute, Debounce: 800 * time.Millisecond,
		},
		Knowledge: KnowledgeConfig{SecondPerson: "auto"},
		SMS:       SMSConfig{Timeout: 5 * time.Second},
	}
}

// configSource is where configuration comes from; tests give their own.
type configSource struct {
	path     string            // YAML file
	explicit bool              // path was asked for: it must exist
	environ  map[string]string // all variables
	readFile func(string) ([]byte, error)
}

// loadConfig reads file and environment. Every problem is in the error, one a
// line; warnings are what is odd but harmless.
func loadConfig(src configSource) (c Config, warnings []string, err error) {
	c = defaultConfig()
	var problems []error
	if err := readYAML(src, &c); err != nil {
		problems = append(problems, flatten(err)...)
	}
	environ, known, errs := ownEnvironment(src)
	problems = append(problems, errs...)
	if err := env.ParseWithOptions(&c, env.Options{Prefix: envPrefix, Environment: environ}); err != nil {
		problems = append(problems, envProblems(err, environ)...)
	}
	clearEmpty(&c, environ)
	problems = append(problems, resolveSources(src, c.Ledger.Sources)...)
	for name := range environ {
		if !known[name] {
			warnings = append(warnings, fmt.Sprintf("环境变量 %s 不是 daozhang 的设置，已忽略", name))
		}
	}
	slices.Sort(warnings)
	problems = append(problems, c.check()...)
	return c, warnings, errors.Join(problems...)
}

// clearEmpty lets a variable or flag that is set to nothing switch a text
// setting off, where the parser would keep what was there.
func clearEmpty(c *Config, environ map[string]string) {
	for _, k := range configKeys() {
		if v, given := environ[k.env]; given && v == "" {
			if f := reflect.ValueOf(c).Elem().FieldByIndex(k.index); f.Kind() == reflect.String {
				f.SetString("")
			}
		}
	}
}

func readYAML(src configSource, c *Config) error {
	if src.path == "" {
		return nil
	}
	b, err := src.readFile(src.path)
	if errors.Is(err, os.ErrNotExist) && !src.explicit {
		return nil
	}
	if err != nil {
		return fmt.Errorf("configuration file: %w", err)
	}
	err = yaml.NewDecoder(bytes.NewReader(b), yaml.Strict()).Decode(c)
	if err == nil || errors.Is(err, io.EOF) {
		return nil
	}
	if whole := *c; yaml.Unmarshal(b, &whole) == nil {
		*c = whole // only unknown keys: the values of the known ones are checked as well
	}
	if all := yamlProblems(b); len(all) > 0 {
		for i, p := range all {
			all[i] = fmt.Errorf("配置文件 %s：%w", src.path, p)
		}
		return errors.Join(all...)
	}
	return fmt.Errorf("配置文件 %s：%s", src.path, yaml.FormatError(err, false, false))
}

// ownEnvironment picks the DAOZHANG_ variables and resolves NAME_FILE of
// secrets into NAME.
func ownEnvironment(src configSource) (environ map[string]string, known map[string]bool, problems []error) {
	environ, known = map[string]string{}, map[string]bool{}
	for k, v := range src.environ {
		// Test runs have variables of their own under the same prefix.
		if strings.HasPrefix(k, envPrefix) && !strings.HasPrefix(k, envPrefix+"TEST_") {
			environ[k] = v
		}
	}
	for _, f := range configKeys() {
		known[f.env] = true
		if f.secret == "" {
			continue
		}
		known[f.env+"_FILE"] = true
		path, ok := environ[f.env+"_FILE"]
		if !ok {
			continue
		}
		if _, both := environ[f.env]; both {
			problems = append(problems, fmt.Errorf("%s 和 %s_FILE 都设了：只留一个", f.env, f.env))
			continue
		}
		b, err := src.readFile(path)
		if err != nil {
			problems = append(problems, fmt.Errorf("%s_FILE: %w", f.env, err))
			continue
		}
		environ[f.env] = strings.TrimRight(string(b), "\r\n")
	}
	return environ, known, problems
}

// envProblems names the variables whose values cannot be read. The parser knows
// only Go fields, of which several have the same name.
func envProblems(err error, environ map[string]string) []error {
	var out []error
	for _, k := range configKeys() {
		text, given := environ[k.env]
		if !given || text == "" {
			continue
		}
		if want := k.misread(text); want != "" {
			out = append(out, fmt.Errorf("环境变量 %s：应为%s", k.env, want))
		}
	}
	if len(out) > 0 {
		return out
	}
	return []error{fmt.Errorf("environment: %w", err)}
}

// misread says what a variable's text should have been; empty: it is fine.
func (k configKey) misread(text string) string {
	switch k.value(Config{}).(type) {
	case time.Duration:
		if _, err := time.ParseDuration(text); err != nil {
			return "时长，如 800ms 或 30m"
		}
	case int, int64:
		if _, err := strconv.ParseInt(text, 10, 64); err != nil {
			return "整数"
		}
	case bool:
		if _, err := strconv.ParseBool(text); err != nil {
			return "“true”或“false”"
		}
	}
	return ""
}

// accounts are the official accounts configured, from either form.
func (c Config) accounts() []AccountConfig {
	var out []AccountConfig
	if c.WeChat.AppID != "" {
		out = append(out, c.WeChat.AccountConfig)
	}
	for _, a := range c.WeChat.Accounts {
		a.Mode = cmp.Or(a.Mode, "safe")
		a.Verified = cmp.Or(a.Verified, "auto")
		out = append(out, a)
	}
	return out
}

// database is the effective database URL.
func (c Config) database() string {
	if c.DatabaseURL != "" && c.DatabaseURL != "sqlite://" {
		return c.DatabaseURL
	}
	return "sqlite://" + filepath.Join(c.DataDir, "daozhang.db")
}
