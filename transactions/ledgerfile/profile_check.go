package ledgerfile

import (
	"errors"
	"fmt"
	"maps"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/goccy/go-yaml"
)

// maxProfile bounds the text of a profile, in bytes.
const maxProfile = 256 << 10

// ParseProfile reads one profile from YAML. Every problem is in the error, one
// a line, in Chinese.
func ParseProfile(text []byte) (Profile, error) {
	var p Profile
	if len(text) > maxProfile {
		return p, errors.New("导入格式文件超过 256 KB")
	}
	var tree map[string]any
	if err := yaml.Unmarshal(text, &tree); err != nil {
		return p, fmt.Errorf("不是有效的 YAML:%s", strings.TrimSpace(yaml.FormatError(err, false, false)))
	}
	problems := unknownKeys(tree, reflect.TypeFor[Profile](), "")
	if err := yaml.Unmarshal(text, &p); err != nil {
		return p, errors.Join(append(problems, fmt.Errorf("不是有效的导入格式：%s", strings.TrimSpace(yaml.FormatError(err, false, false))))...)
	}
	return p, errors.Join(append(problems, p.check()...)...)
}

// unknownKeys finds keys that a struct does not have.
func unknownKeys(tree map[string]any, t reflect.Type, at string) []error {
	fields := map[string]reflect.Type{}
	var collect func(reflect.Type)
	collect = func(t reflect.Type) {
		for f := range t.Fields() {
			name, option, _ := strings.Cut(f.Tag.Get("yaml"), ",")
			if option == "inline" {
				collect(f.Type)
				continue
			}
			fields[name] = f.Type
		}
	}
	collect(t)
	var bad []error
	for _, name := range slices.Sorted(maps.Keys(tree)) {
		field, ok := fields[name]
		switch {
		case !ok:
			bad = append(bad, fmt.Errorf("%s%s：没有这个设置", at, name))
		case field.Kind() == reflect.Map && field.Elem().Kind() == reflect.Struct:
			branches, _ := tree[name].(map[string]any)
			for _, k := range slices.Sorted(maps.Keys(branches)) {
				branch, _ := branches[k].(map[string]any)
				bad = append(bad, unknownKeys(branch, field.Elem(), at+name+"."+k+".")...)
			}
		case field.Kind() == reflect.Slice && field.Elem().Kind() == reflect.Struct:
			items, _ := tree[name].([]any)
			for i, item := range items {
				branch, _ := item.(map[string]any)
				bad = append(bad, unknownKeys(branch, field.Elem(), fmt.Sprintf("%s%s[%d].", at, name, i))...)
			}
		}
	}
	return bad
}

func (p Profile) check() []error {
	var bad []error
	if p.Name == "" || strings.Trim(p.Name, "abcdefghijklmnopqrstuvwxyz0123456789-") != "" || len(p.Name) > 40 {
		bad = append(bad, fmt.Errorf("name %q：只用小写字母、数字和连字符，最多 40 个", p.Name))
	}
	if p.Title == "" {
		bad = append(bad, errors.New("title：请写上这种文件的中文名称"))
	}
	if len(p.Tables) == 0 {
		bad = append(bad, errors.New("tables：至少要有一种文件（merchants terminals transactions settlements bindings）"))
	}
	for _, kind := range slices.Sorted(maps.Keys(p.Tables)) {
		at := "tables." + string(kind)
		switch kind {
		case Merchants:
			bad = append(bad, checkTable(p.Tables[kind], merchantSchema(), at)...)
		case Terminals:
			bad = append(bad, checkTable(p.Tables[kind], terminalSchema(), at)...)
		case Transactions:
			bad = append(bad, checkTable(p.Tables[kind], transactionSchema(), at)...)
		case Settlements:
			bad = append(bad, checkTable(p.Tables[kind], settlementSchema(), at)...)
		case Bindings:
			bad = append(bad, checkTable(p.Tables[kind], bindingSchema(), at)...)
		default:
			bad = append(bad, fmt.Errorf("%s：%w", at, ErrKind))
		}
	}
	return bad
}

func checkTable[T any](t Table, s schema[T], at string) []error {
	var bad []error
	fail := func(format string, args ...any) { bad = append(bad, fmt.Errorf(at+"."+format, args...)) }
	if t.Unit != "" && t.Unit != "yuan" && t.Unit != "fen" {
		fail("unit %q：只能是 yuan（元）或 fen（分）", t.Unit)
	}
	if f := timeLayout(t.TimeFormat); f != "" {
		moment := time.Date(2026, 11, 17, 15, 4, 5, 0, time.UTC)
		back, err := time.Parse(f, moment.Format(f))
		if err != nil || back.Year() != 2026 || back.YearDay() != moment.YearDay() {
			fail("time_format %q：要写出 yyyy MM dd，时刻用 HH mm ss", t.TimeFormat)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(t.Comments)) {
		re, err := regexp.Compile(t.Comments[name])
		if err != nil || re.NumSubexp() != 1 {
			fail("comments.%s：应为恰有一个括号组的正则表达式", name)
		}
		if s.find(name) == nil {
			fail("comments.%s：%s", name, noColumn(s, name))
		}
	}
	for i, rule := range t.Skip {
		if len(rule) == 0 {
			fail("skip[%d]：没有条件，会跳过所有行", i)
		}
	}
	for i, v := range t.Variants {
		if len(v.When) == 0 {
			fail("variants[%d].when：没有条件", i)
		}
		for _, name := range v.Drop {
			if s.find(name) == nil {
				fail("variants[%d].drop:%s", i, noColumn(s, name))
			}
		}
	}
	for i, part := range t.parts() {
		where := ""
		if i < len(t.Variants) {
			where = fmt.Sprintf("variants[%d].", i)
		}
		own := t.Mapping
		if where != "" {
			own = t.Variants[i].Mapping
		}
		for _, p := range checkMapping(own, s) {
			fail("%s%s", where, p)
		}
		if t.ContractNames {
			continue
		}
		for _, name := range s.required {
			_, column := part.Columns[name]
			_, bare := part.Columns[strings.TrimSuffix(name, "_fen")]
			_, constant := part.Constants[name]
			_, comment := t.Comments[name]
			_, absent := part.IfAbsent[name]
			if !column && !bare && !constant && !comment && !absent {
				fail("%scolumns：缺少必需的列 %s", where, name)
			}
		}
	}
	return bad
}

// checkMapping judges names, sources and values.
func checkMapping[T any](m Mapping, s schema[T]) []string {
	var bad []string
	for _, name := range slices.Sorted(maps.Keys(m.Columns)) {
		if s.find(name) == nil && name != currencyColumn {
			bad = append(bad, "columns."+name+":"+noColumn(s, name))
		}
		if _, ok := sourceOf(m.Columns[name]); !ok {
			bad = append(bad, "columns."+name+`：应为表头、表头的列表，或 {join: [表头…], with: "-"}`)
		}
		if _, both := m.Constants[name]; both {
			bad = append(bad, "constants."+name+"：columns 里已有这一列，只留一处")
		}
	}
	try := func(where, name, value string) {
		sp := s.find(name)
		if sp == nil {
			bad = append(bad, where+":"+noColumn(s, name))
			return
		}
		var row T
		if err := sp.set(&row, cell{text: value, fen: strings.HasSuffix(name, "_fen")}); err != nil {
			bad = append(bad, fmt.Sprintf("%s：%v", where, err))
		}
	}
	for _, name := range slices.Sorted(maps.Keys(m.Constants)) {
		try("constants."+name, name, m.Constants[name])
	}
	for _, name := range slices.Sorted(maps.Keys(m.IfAbsent)) {
		try("if_absent."+name, name, m.IfAbsent[name])
	}
	for _, name := range slices.Sorted(maps.Keys(m.Values)) {
		for _, word := range slices.Sorted(maps.Keys(m.Values[name])) {
			try("values."+name+"."+word, name, m.Values[name][word])
		}
	}
	return bad
}

// find is the spec of a column under its name, with or without _fen.
func (s schema[T]) find(name string) *spec[T] {
	for i := range s.specs {
		if sp := &s.specs[i]; sp.name == name || sp.money() && sp.name == name+"_fen" {
			return sp
		}
	}
	return nil
}

func noColumn[T any](s schema[T], name string) string {
	names := make([]string, 0, len(s.specs))
	for _, sp := range s.specs {
		names = append(names, sp.name)
	}
	return fmt.Sprintf("没有列 %s，可用 %s", name, strings.Join(names, " "))
}
