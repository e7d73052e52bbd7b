package ledgerfile

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"

	"daozhang/transactions"
)

// plan is a header, matched: how rows of this file become ours.
type plan[T any] struct {
	profile string // title; "" = none
	parts   []part[T]
	skip    [][]condition
	end     []string
	titles  []string // the header, clean
}

// part is one sort of row; the last of a plan takes all that no other did.
type part[T any] struct {
	when     []condition
	bindings []binding[T]
	columns  []string
	shown    []string // titles of columns
}

// condition holds when a cell is one of the texts.
type condition struct {
	cell  int
	texts []string
}

func (c condition) holds(cells []string) bool {
	return c.cell < len(cells) && slices.Contains(c.texts, fold(cells[c.cell]))
}

func holdAll(list []condition, cells []string) bool {
	return !slices.ContainsFunc(list, func(c condition) bool { return !c.holds(cells) })
}

// fold is a cell's text for comparing.
func fold(s string) string { return strings.ToUpper(strings.TrimSpace(narrow(clean(s)))) }

// binding is one of our columns, tied to cells of the file.
type binding[T any] struct {
	spec  *spec[T] // nil: the currency, which is checked and not stored
	title string
	// cells: the first with text counts, or all of them joined.
	cells    []int
	joined   bool
	with     string
	constant string // with no cells
	fen      bool
	values   map[string]string // folded text → value
	unknown  []string          // folded
	layout   string            // Go layout of times; "" = any usual spelling
	spelled  string            // the layout as its profile spells it
}

// text is the binding's cell of a row, clean.
func (b *binding[T]) text(cells []string) string {
	if b.cells == nil {
		return b.constant
	}
	if !b.joined {
		for _, i := range b.cells {
			if i < len(cells) {
				if s := b.known(cells[i]); s != "" {
					return s
				}
			}
		}
		return ""
	}
	out := make([]string, 0, len(b.cells))
	for _, i := range b.cells {
		if i >= len(cells) {
			return ""
		}
		s := b.known(cells[i])
		if s == "" {
			return ""
		}
		out = append(out, s)
	}
	return strings.Join(out, b.with)
}

// known is a cell without what only says that nothing is known.
func (b *binding[T]) known(raw string) string {
	s := clean(raw)
	if len(b.unknown) > 0 && b.spec != nil && !b.spec.money() && slices.Contains(b.unknown, fold(s)) {
		return ""
	}
	return s
}

// moment brings a time of the profile's layout into the usual spelling.
func (b *binding[T]) moment(s string) (string, error) {
	t, err := time.ParseInLocation(b.layout, narrow(s), transactions.Shanghai)
	if err != nil {
		return "", fmt.Errorf("不是时间，这种文件应写成 %s", b.spelled)
	}
	if strings.Contains(b.layout, "15") {
		return t.Format("2006-01-02 15:04:05"), nil
	}
	return t.Format("2006-01-02"), nil
}

// headerError gathers what is wrong with a header.
type headerProblems struct {
	bad      HeaderError
	warnings []string
}

func (p *headerProblems) err() error {
	if p.bad.Missing != nil || p.bad.Duplicate != nil {
		return &p.bad
	}
	return nil
}

// planHeader matches a header by the names of the contract and its aliases.
func planHeader[T any](s schema[T], cells []string, extra map[string]string) (*plan[T], headerProblems) {
	var problems headerProblems
	p := &plan[T]{}
	var main part[T]
	known := s.headers(extra)
	seen := map[string]string{}
	for i, raw := range cells {
		title, key := clean(raw), headerKey(raw)
		p.titles = append(p.titles, title)
		m, ok := known[key]
		switch {
		case !ok && key == "":
			continue
		case !ok:
			problems.warnings = append(problems.warnings, ignored(title))
			continue
		case m.spec != nil:
			if _, twice := seen[m.spec.name]; twice {
				problems.bad.Duplicate = append(problems.bad.Duplicate, m.spec.name+"（"+short(title)+"）")
			}
			seen[m.spec.name] = title
		}
		main.bindings = append(main.bindings, binding[T]{spec: m.spec, title: title, cells: []int{i}, fen: m.fen})
	}
	for _, name := range s.required {
		if _, ok := seen[name]; !ok {
			problems.bad.Missing = append(problems.bad.Missing, name)
		}
	}
	main.finish(s)
	p.parts = []part[T]{main}
	return p, problems
}

func ignored(title string) string {
	return fmt.Sprintf("不认识的列「%s」，已忽略", short(title))
}

// finish lists the columns in the order of the schema.
func (p *part[T]) finish(s schema[T]) {
	for i := range s.specs {
		for _, b := range p.bindings {
			if b.spec != nil && b.spec.name == s.specs[i].name {
				p.columns, p.shown = append(p.columns, b.spec.name), append(p.shown, b.title)
			}
		}
	}
}

// profiled matches a header by a profile.
type profiled[T any] struct {
	schema   schema[T]
	table    Table
	index    map[string]int // folded header → cell
	titles   []string
	used     map[string]bool
	comments []string
	problems headerProblems
}

// planProfile matches a header by a profile. above are the lines before it.
func planProfile[T any](s schema[T], profile Profile, cells, above []string) (*plan[T], headerProblems) {
	m := profiled[T]{schema: s, table: profile.Tables[s.kind], index: map[string]int{}, used: map[string]bool{}, comments: above}
	m.problems.bad.Profile = profile.Title
	twice := map[string]bool{}
	for i, raw := range cells {
		m.titles = append(m.titles, clean(raw))
		key := headerKey(raw)
		if _, ok := m.index[key]; ok {
			twice[key] = true
			continue
		}
		m.index[key] = i
	}
	p := &plan[T]{profile: profile.Title, titles: m.titles, end: m.table.End}
	for _, rule := range m.table.Skip {
		if list, ok := m.conditions(rule); ok {
			p.skip = append(p.skip, list)
		}
	}
	parts := m.table.parts()
	for i, v := range parts {
		when, ok := m.conditions(v.When)
		if !ok && i < len(parts)-1 {
			continue // a header of the condition is missing: no row is of this sort
		}
		pt := m.part(v.Mapping)
		pt.when = when
		p.parts = append(p.parts, pt)
	}
	for key := range maps.Keys(twice) {
		if m.used[key] {
			m.problems.bad.Duplicate = append(m.problems.bad.Duplicate, m.titles[m.index[key]])
		}
	}
	slices.Sort(m.problems.bad.Duplicate)
	slices.Sort(m.problems.bad.Missing)
	m.problems.bad.Missing = slices.Compact(m.problems.bad.Missing)
	for _, name := range m.table.Ignore {
		m.used[headerKey(name)] = true
	}
	for i, title := range m.titles {
		if key := headerKey(title); key != "" && !m.used[key] && m.index[key] == i {
			m.problems.warnings = append(m.problems.warnings, ignored(title))
		}
	}
	return p, m.problems
}

// conditions are the rule's, by cell; false when the file lacks a header.
func (m *profiled[T]) conditions(rule map[string][]string) ([]condition, bool) {
	var out []condition
	for _, header := range slices.Sorted(maps.Keys(rule)) {
		i, ok := m.index[headerKey(header)]
		if !ok {
			return nil, false
		}
		m.used[headerKey(header)] = true
		c := condition{cell: i}
		for _, text := range rule[header] {
			c.texts = append(c.texts, fold(text))
		}
		out = append(out, c)
	}
	return out, true
}

func (m *profiled[T]) part(from Mapping) part[T] {
	var out part[T]
	bound := map[string]bool{}
	for i := range m.schema.specs {
		sp := &m.schema.specs[i]
		b, ok := m.bind(sp, from)
		if !ok {
			continue
		}
		bound[sp.name] = true
		out.bindings = append(out.bindings, b)
	}
	known := m.schema.headers(nil)
	for i, title := range m.titles {
		key := headerKey(title)
		h, ok := known[key]
		switch {
		case !ok || m.index[key] != i:
		case h.currency: // other currencies are refused, whatever the profile says
			m.used[key] = true
			out.bindings = append(out.bindings, binding[T]{title: title, cells: []int{i}})
		case m.table.ContractNames && h.spec != nil && !m.used[key] && !bound[h.spec.name]:
			m.used[key], bound[h.spec.name] = true, true
			out.bindings = append(out.bindings, m.refine(binding[T]{spec: h.spec, title: title, cells: []int{i}, fen: h.fen}, from))
		}
	}
	for _, name := range m.schema.required {
		if !bound[name] {
			m.problems.bad.Missing = append(m.problems.bad.Missing, m.wanted(name, from))
		}
	}
	out.finish(m.schema)
	return out
}

// wanted names a missing column by the header that the profile expects.
func (m *profiled[T]) wanted(name string, from Mapping) string {
	v, ok := from.Columns[name]
	if !ok {
		v, ok = from.Columns[strings.TrimSuffix(name, "_fen")]
	}
	if src, read := sourceOf(v); ok && read {
		return strings.Join(src.headers, "/") + "（" + name + "）"
	}
	return name
}

// bind ties a column to its cells, its constant or a line above the header.
func (m *profiled[T]) bind(sp *spec[T], from Mapping) (binding[T], bool) {
	bare := strings.TrimSuffix(sp.name, "_fen")
	names := []string{sp.name, bare}
	if sp.name == bare {
		names = names[:1]
	}
	for _, name := range names {
		if v, ok := from.Columns[name]; ok {
			if b, found := m.cells(sp, v, name != bare, from); found {
				return b, true
			}
		}
		if text, ok := from.Constants[name]; ok {
			return m.refine(binding[T]{spec: sp, title: name, constant: text, fen: name != bare}, from), true
		}
		if pattern, ok := m.table.Comments[name]; ok {
			if text, found := firstGroup(pattern, m.comments); found {
				return m.refine(binding[T]{spec: sp, title: name, constant: text}, from), true
			}
		}
		if text, ok := from.IfAbsent[name]; ok {
			return m.refine(binding[T]{spec: sp, title: name, constant: text, fen: name != bare}, from), true
		}
	}
	return binding[T]{}, false
}

// cells ties a column to the headers of its source; false when the file lacks
// them.
func (m *profiled[T]) cells(sp *spec[T], v any, fen bool, from Mapping) (binding[T], bool) {
	src, _ := sourceOf(v)
	b := binding[T]{spec: sp, joined: src.joined, with: src.with, fen: m.table.Unit == "fen"}
	for _, header := range src.headers {
		key := headerKey(header)
		i, ok := m.index[key]
		if !ok && src.joined {
			return b, false
		}
		if !ok {
			continue
		}
		m.used[key] = true
		b.cells, b.title = append(b.cells, i), joinTitle(b.title, m.titles[i])
		b.fen = (b.fen || strings.HasSuffix(key, "(分)")) && !strings.HasSuffix(key, "(元)")
	}
	b.fen = b.fen || fen
	return m.refine(b, from), b.cells != nil
}

func joinTitle(a, b string) string {
	if a == "" {
		return b
	}
	return a + "/" + b
}

func firstGroup(pattern string, lines []string) (string, bool) {
	re, err := regexp.Compile(pattern)
	if err != nil || re.NumSubexp() != 1 { // ParseProfile has refused it
		return "", false
	}
	for _, line := range lines {
		if found := re.FindStringSubmatch(line); found != nil {
			return found[1], true
		}
	}
	return "", false
}

// refine adds what the table says about texts.
func (m *profiled[T]) refine(b binding[T], from Mapping) binding[T] {
	for _, name := range []string{b.spec.name, strings.TrimSuffix(b.spec.name, "_fen")} {
		for text, value := range from.Values[name] {
			if b.values == nil {
				b.values = map[string]string{}
			}
			b.values[fold(text)] = value
		}
	}
	for _, text := range m.table.Unknown {
		b.unknown = append(b.unknown, fold(text))
	}
	if b.cells != nil && b.spec.timely() && m.table.TimeFormat != "" {
		b.layout, b.spelled = timeLayout(m.table.TimeFormat), m.table.TimeFormat
	}
	return b
}
