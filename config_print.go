package main

import (
	"fmt"
	"io"
	"log/slog"
	"net/url"
	"reflect"
	"strings"
	"time"

	"daozhang/bot"
)

// configKey is one setting: its YAML path, its variable and how it is masked
// ("" not secret, "yes", or "url": only the password of the URL).
type configKey struct {
	path, env, secret string
	index             []int // of the field in Config
}

// value of the setting in a configuration.
func (k configKey) value(c Config) any {
	return reflect.ValueOf(c).FieldByIndex(k.index).Interface()
}

// configKeys lists every scalar setting in the order of the structs.
func configKeys() []configKey {
	var keys []configKey
	walkConfig(reflect.TypeFor[Config](), nil, "", envPrefix, &keys)
	return keys
}

func walkConfig(t reflect.Type, index []int, path, prefix string, keys *[]configKey) {
	for f := range t.Fields() {
		at := append(append([]int(nil), index...), f.Index...)
		name, opts, _ := strings.Cut(f.Tag.Get("yaml"), ",")
		switch {
		case f.Type.Kind() == reflect.Slice:
			continue // lists live in YAML only
		case opts == "inline":
			walkConfig(f.Type, at, path, prefix, keys)
		case f.Type.Kind() == reflect.Struct:
			walkConfig(f.Type, at, path+name+".", prefix+f.Tag.Get("envPrefix"), keys)
		default:
			*keys = append(*keys, configKey{
				path: path + name, env: prefix + f.Tag.Get("env"), secret: f.Tag.Get("secret"), index: at,
			})
		}
	}
}

// printConfig writes the effective configuration as YAML, secrets masked.
func printConfig(w io.Writer, c Config) error {
	accounts := c.accounts()
	if c.WeChat.AppID != "" {
		accounts = accounts[1:]
	}
	c.WeChat.Accounts = accounts // with their defaults
	var b strings.Builder
	printFields(&b, reflect.ValueOf(c), "")
	entries, _ := c.Ledger.sourceEntries()
	b.WriteString(printSources(entries)) // ledger is the last section
	if _, err := io.WriteString(w, b.String()); err != nil {
		return fmt.Errorf("print configuration: %w", err)
	}
	return nil
}

func printFields(b *strings.Builder, v reflect.Value, indent string) {
	for f, value := range v.Fields() {
		name, opts, _ := strings.Cut(f.Tag.Get("yaml"), ",")
		switch {
		case opts == "inline":
			printFields(b, value, indent)
		case f.Type.Kind() == reflect.Struct:
			fmt.Fprintf(b, "%s%s:\n", indent, name)
			printFields(b, value, indent+"  ")
		case f.Type == reflect.TypeFor[[]map[string]any](): // printSources
		case f.Type.Kind() == reflect.Slice && f.Type.Elem().Kind() == reflect.Struct && value.Len() > 0:
			fmt.Fprintf(b, "%s%s:\n", indent, name)
			for i := range value.Len() {
				var item strings.Builder
				printFields(&item, value.Index(i), indent+"    ")
				fmt.Fprintf(b, "%s  - %s", indent, strings.TrimPrefix(item.String(), indent+"    "))
			}
		case f.Type.Kind() == reflect.Slice:
			items := make([]string, value.Len())
			for i := range items {
				items[i] = yamlScalar(value.Index(i).Interface())
			}
			fmt.Fprintf(b, "%s%s: [%s]\n", indent, name, strings.Join(items, ", "))
		default:
			fmt.Fprintf(b, "%s%s: %s\n", indent, name, yamlScalar(mask(f.Tag.Get("secret"), value.Interface())))
		}
	}
}

func mask(kind string, v any) any {
	s, isText := v.(string)
	if !isText || s == "" {
		return v
	}
	switch kind {
	case "yes":
		return "******"
	case "url":
		u, err := url.Parse(s)
		if err != nil {
			return "******"
		}
		return u.Redacted()
	}
	return v
}

func yamlScalar(v any) string {
	switch v := v.(type) {
	case string:
		return fmt.Sprintf("%q", v)
	case time.Duration:
		return v.String()
	default:
		return fmt.Sprint(v)
	}
}

// parseHours reads "09:00–21:00"; a plain hyphen serves too.
func parseHours(s string) (bot.Hours, error) {
	from, to, ok := strings.Cut(strings.NewReplacer("—", "–", "-", "–", "~", "–").Replace(s), "–")
	h := bot.Hours{From: strings.TrimSpace(from), To: strings.TrimSpace(to)}
	f, errFrom := time.Parse("15:04", h.From)
	t, errTo := time.Parse("15:04", h.To)
	if !ok || errFrom != nil || errTo != nil || !f.Before(t) {
		return bot.Hours{}, fmt.Errorf("bot.business_hours %q：请写成 09:00–21:00", s)
	}
	return h, nil
}

func parseLevel(s string) (slog.Level, error) {
	var l slog.Level
	if err := l.UnmarshalText([]byte(s)); err != nil {
		return l, fmt.Errorf("log_level %q 不是 debug、info、warn、error 之一", s)
	}
	return l, nil
}
