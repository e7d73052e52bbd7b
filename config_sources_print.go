package main

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
)

// printSources is ledger.sources as YAML: effective limits, the settings that
// were made, secrets masked.
func printSources(entries []sourceEntry) string {
	if len(entries) == 0 {
		return "  sources: []\n"
	}
	var b strings.Builder
	b.WriteString("  sources:\n")
	const indent = "      "
	for _, e := range entries {
		l := e.limits()
		e.Timeout, e.Attempts, e.Concurrency, e.Cache = l.Timeout, l.Attempts, l.Concurrency, l.Cache
		e.BreakerFailures, e.BreakerOpen, e.MaxDays = l.BreakerFailures, l.BreakerOpen, l.MaxDays
		var item strings.Builder
		printMade(&item, reflect.ValueOf(e.sourceCommon), indent)
		printMade(&item, reflect.ValueOf(e.settings).Elem(), indent)
		b.WriteString("    - " + strings.TrimPrefix(item.String(), indent))
	}
	return b.String()
}

// printMade writes the fields that are not empty.
func printMade(b *strings.Builder, v reflect.Value, indent string) {
	for f, value := range v.Fields() {
		name, _, _ := strings.Cut(f.Tag.Get("yaml"), ",")
		if value.IsZero() {
			continue
		}
		if value.Kind() == reflect.String {
			value = reflect.ValueOf(mask(f.Tag.Get("secret"), value.Interface()))
		}
		printValue(b, name, value, indent)
	}
}

func printValue(b *strings.Builder, name string, v reflect.Value, indent string) {
	switch v.Kind() {
	case reflect.Struct:
		fmt.Fprintf(b, "%s%s:\n", indent, name)
		printMade(b, v, indent+"  ")
	case reflect.Map:
		fmt.Fprintf(b, "%s%s:\n", indent, name)
		keys := map[string]reflect.Value{}
		for _, k := range v.MapKeys() {
			keys[k.String()] = v.MapIndex(k)
		}
		for _, k := range slices.Sorted(maps.Keys(keys)) {
			printValue(b, fmt.Sprintf("%q", k), keys[k], indent+"  ")
		}
	case reflect.Slice:
		items := make([]string, v.Len())
		for i := range items {
			items[i] = yamlScalar(v.Index(i).Interface())
		}
		fmt.Fprintf(b, "%s%s: [%s]\n", indent, name, strings.Join(items, ", "))
	default:
		fmt.Fprintf(b, "%s%s: %s\n", indent, name, yamlScalar(v.Interface()))
	}
}

// sourceSecrets are the secrets among the settings of a source.
func sourceSecrets(e sourceEntry) []string {
	var out []string
	var walk func(v reflect.Value)
	walk = func(v reflect.Value) {
		for f, value := range v.Fields() {
			switch {
			case value.Kind() == reflect.Struct:
				walk(value)
			case value.Kind() == reflect.String && f.Tag.Get("secret") != "":
				out = append(out, value.String())
			}
		}
	}
	walk(reflect.ValueOf(e.settings).Elem())
	return out
}
