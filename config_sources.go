package main

import (
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/goccy/go-yaml"

	"daozhang/transactions/sources"
	"daozhang/transactions/sources/alipay"
	"daozhang/transactions/sources/chinaums"
	"daozhang/transactions/sources/httpjson"
	"daozhang/transactions/sources/huifu"
	"daozhang/transactions/sources/lakala"
	"daozhang/transactions/sources/unionpay"
	"daozhang/transactions/sources/wechatpay"
)

// sourceKinds are the look-up connectors that ledger.sources may name.
func sourceKinds() []sources.Kind {
	return []sources.Kind{httpjson.Kind(), wechatpay.Kind(), alipay.Kind(), lakala.Kind(), huifu.Kind(), chinaums.Kind(), unionpay.Kind()}
}

// sourceCommon are the settings of every source, whatever its kind.
type sourceCommon struct {
	Name string `yaml:"name"`
	Kind string `yaml:"kind"`
	// Source of its rows, by which response codes are explained (wechatpay,
	// unionpay, …); "" = the kind.
	Source string `yaml:"source"`
	// Which merchants it is asked about; all when nothing is listed.
	Acquirers   []string          `yaml:"acquirers"`
	Brands      []string          `yaml:"brands"`
	Merchants   []string          `yaml:"merchants"`
	MerchantMap map[string]string `yaml:"merchant_map"`
	// Limits; zero is the default.
	Timeout         time.Duration `yaml:"timeout"`
	Attempts        int           `yaml:"attempts"`
	Concurrency     int           `yaml:"concurrency"`
	Cache           time.Duration `yaml:"cache"`
	BreakerFailures int           `yaml:"breaker_failures"`
	BreakerOpen     time.Duration `yaml:"breaker_open"`
	MaxDays         int           `yaml:"max_days"`
}

// sourceEntry is one entry of ledger.sources that has been read.
type sourceEntry struct {
	sourceCommon
	kind     sources.Kind
	settings any
}

func (e sourceEntry) route() sources.Route {
	return sources.Route{Acquirers: e.Acquirers, Brands: e.Brands, Merchants: e.Merchants, MerchantMap: e.MerchantMap}
}

func (e sourceEntry) limits() sources.Limits {
	return sources.Limits{
		Timeout: e.Timeout, Attempts: e.Attempts, Concurrency: e.Concurrency, Cache: e.Cache,
		BreakerFailures: e.BreakerFailures, BreakerOpen: e.BreakerOpen, MaxDays: e.MaxDays,
	}.OrDefaults()
}

// sourceEntries reads ledger.sources, whose secrets are in place already, and
// names everything that is wrong.
func (c LedgerConfig) sourceEntries() (entries []sourceEntry, bad []error) {
	names := map[string]bool{}
	for i, raw := range c.Sources {
		at := sourcePlace(i, raw)
		e, problems := readSource(raw)
		if e.Name != "" && names[e.Name] {
			problems = append(problems, errors.New("name：重名；指标和日志靠它区分来源"))
		}
		names[e.Name] = true
		for _, p := range problems {
			bad = append(bad, fmt.Errorf("%s%w", at, p))
		}
		if len(problems) == 0 {
			entries = append(entries, e)
		}
	}
	return entries, bad
}

func sourcePlace(i int, raw map[string]any) string {
	if name, ok := raw["name"].(string); ok && name != "" {
		return fmt.Sprintf("ledger.sources[%d] (%s).", i, name)
	}
	return fmt.Sprintf("ledger.sources[%d].", i)
}

func readSource(raw map[string]any) (e sourceEntry, bad []error) {
	common, own := splitSource(raw)
	bad = treeProblems(common, reflect.TypeFor[sourceCommon](), "")
	for k, v := range common { // a wrong value leaves the others
		_ = into(map[string]any{k: v}, &e.sourceCommon)
	}
	bad = append(bad, e.check()...)
	kinds := sourceKinds()
	i := slices.IndexFunc(kinds, func(k sources.Kind) bool { return k.Name == raw["kind"] })
	if i < 0 {
		var names []string
		for _, k := range kinds {
			names = append(names, k.Name)
		}
		return e, append(bad, fmt.Errorf("kind：应为 %s 之一", strings.Join(names, ", ")))
	}
	e.kind, e.settings = kinds[i], kinds[i].New()
	wrong := treeProblems(own, e.kind.Type(), "")
	bad = append(bad, wrong...)
	if unread := into(own, e.settings); len(unread) > 0 {
		if len(wrong) == 0 {
			bad = append(bad, unread...)
		}
		return e, bad
	}
	return e, append(bad, e.kind.Check(e.settings)...)
}

// splitSource parts the settings of every source from those of the kind.
func splitSource(raw map[string]any) (common, own map[string]any) {
	fields := map[string]reflect.Type{}
	yamlFields(reflect.TypeFor[sourceCommon](), fields)
	common, own = map[string]any{}, map[string]any{}
	for k, v := range raw {
		if _, ok := fields[k]; ok {
			common[k] = v
		} else {
			own[k] = v
		}
	}
	return common, own
}

// into fills settings from a tree that treeProblems found good.
func into(tree map[string]any, settings any) []error {
	text, err := yaml.Marshal(tree)
	if err == nil {
		err = yaml.Unmarshal(text, settings)
	}
	if err != nil { // its text would repeat values
		return []error{errors.New("设置读不出来")}
	}
	return nil
}

// maxSourceTimeout keeps a look-up within the 3 s that the engine gives it.
const maxSourceTimeout = 2900 * time.Millisecond

func (e sourceCommon) check() []error {
	var bad []error
	if !plainName(e.Name) {
		bad = append(bad, errors.New("name：请用字母、数字、- 和 _ 给来源起名（指标和日志里会显示）"))
	}
	if e.Timeout != 0 && (e.Timeout < 100*time.Millisecond || e.Timeout > maxSourceTimeout) {
		bad = append(bad, fmt.Errorf("timeout %s：应在 100ms 到 %s 之间，一次查询须在 3 秒内结束", e.Timeout, maxSourceTimeout))
	}
	for _, n := range []struct {
		key      string
		v, until int
	}{{"attempts", e.Attempts, 5}, {"concurrency", e.Concurrency, 64}, {"breaker_failures", e.BreakerFailures, 1000}, {"max_days", e.MaxDays, 366}} {
		if n.v < 0 || n.v > n.until {
			bad = append(bad, fmt.Errorf("%s %d：最多 %d；0 表示用默认值", n.key, n.v, n.until))
		}
	}
	if e.Cache != 0 && (e.Cache < time.Second || e.Cache > 10*time.Minute) {
		bad = append(bad, fmt.Errorf("cache %s：应在 1s（一问一追问只查一次）到 10m（再旧就不是现况）之间", e.Cache))
	}
	if e.Source != "" && !plainName(e.Source) || e.Source == "file" {
		bad = append(bad, errors.New("source：只能用字母、数字、- 和 _；file 留给文件导入"))
	}
	if e.BreakerOpen < 0 {
		bad = append(bad, fmt.Errorf("breaker_open %s：不能为负", e.BreakerOpen))
	}
	remote := map[string]string{}
	for _, local := range slices.Sorted(maps.Keys(e.MerchantMap)) {
		number := e.MerchantMap[local]
		if other, twice := remote[number]; twice {
			bad = append(bad, fmt.Errorf("merchant_map：%s 和 %s 在对方是同一个商户，一家店会看到另一家的交易；请只留一个，另一个用文件导入", other, local))
		}
		remote[number] = local
	}
	for _, m := range e.Merchants {
		if m == "" || strings.Contains(strings.TrimSuffix(m, "*"), "*") {
			bad = append(bad, errors.New("merchants：写商户号，或开头几位加 *"))
		}
	}
	return bad
}

func plainName(s string) bool {
	return s != "" && len(s) <= 40 && strings.Trim(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_") == ""
}

// resolveSources replaces KEY_file and KEY_env of the sources by KEY. What has
// no known kind stays: readSource names it.
func resolveSources(src configSource, raw []map[string]any) (bad []error) {
	for i, entry := range raw {
		for _, k := range sourceKinds() {
			if k.Name != entry["kind"] {
				continue
			}
			for _, p := range resolveSecrets(src, entry, k.Type(), "") {
				bad = append(bad, fmt.Errorf("%s%w", sourcePlace(i, entry), p))
			}
		}
	}
	return bad
}

func resolveSecrets(src configSource, tree map[string]any, t reflect.Type, at string) (bad []error) {
	for f := range t.Fields() {
		name, _, _ := strings.Cut(f.Tag.Get("yaml"), ",")
		if below, ok := tree[name].(map[string]any); ok && f.Type.Kind() == reflect.Struct {
			bad = append(bad, resolveSecrets(src, below, f.Type, at+name+".")...)
			continue
		}
		ways := map[string]func(string) (string, error){}
		if f.Tag.Get("secret") != "" || f.Tag.Get("file") != "" {
			ways[name+"_file"] = func(path string) (string, error) {
				b, err := src.readFile(path)
				return strings.TrimRight(string(b), "\r\n"), err
			}
		}
		if f.Tag.Get("secret") != "" {
			ways[name+"_env"] = func(variable string) (string, error) {
				v, ok := src.environ[variable]
				if !ok || v == "" {
					return "", errors.New("环境变量 " + variable + " 是空的")
				}
				return v, nil
			}
		}
		for _, key := range slices.Sorted(maps.Keys(ways)) {
			given, ok := tree[key]
			if !ok {
				continue
			}
			delete(tree, key)
			where, isText := given.(string)
			_, twice := tree[name]
			switch {
			case !isText || where == "":
				bad = append(bad, fmt.Errorf("%s%s：应为文字", at, key))
			case twice:
				bad = append(bad, fmt.Errorf("%s%s：%s 也设了：只留一个", at, key, name))
			default:
				v, err := ways[key](where)
				if err != nil {
					bad = append(bad, fmt.Errorf("%s%s: %w", at, key, err))
					continue
				}
				tree[name] = v
			}
		}
	}
	return bad
}
