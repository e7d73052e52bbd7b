package ledgerfile

import (
	"embed"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
	"sync"
)

// Profile tells how one system writes its files: which header is which column,
// which words are which states. It is data (YAML, docs/ledger-files.md), so
// that an operator can add one without a new version.
type Profile struct {
	// Name is what -profile and a folder's name say: a–z, 0–9 and hyphens.
	Name string `yaml:"name"`
	// Title is what people call it, in Chinese.
	Title string `yaml:"title"`
	// Note says where the format comes from and what it is not.
	Note   string         `yaml:"note"`
	Tables map[Kind]Table `yaml:"tables"`
}

// Table is a profile's account of one kind of file.
type Table struct {
	// Detect are headers that give this format away: a file that has all of
	// them is read by this profile without being told. Empty: never.
	Detect  []string `yaml:"detect"`
	Mapping `yaml:",inline"`
	// Comments find columns in the lines above the header: a regular expression
	// with one group.
	Comments map[string]string `yaml:"comments"`
	// Ignore are headers that are known and mean nothing to the ledger.
	Ignore []string `yaml:"ignore"`
	// Unit of money headers that do not say theirs: yuan (also "") or fen.
	Unit string `yaml:"unit"`
	// TimeFormat of every time of day and date, as yyyy MM dd HH mm ss; "" takes
	// any usual spelling.
	TimeFormat string `yaml:"time_format"`
	// Unknown are texts that mean an empty cell, beside "". They do not apply to
	// money.
	Unknown []string `yaml:"unknown"`
	// Skip are rows to leave out: header → texts; all headers of one entry must
	// agree.
	Skip []map[string][]string `yaml:"skip"`
	// End are beginnings of a first cell from which on there is no data.
	End []string `yaml:"end"`
	// Variants are rows with other columns, the first that agrees counts.
	Variants []Variant `yaml:"variants"`
	// ContractNames lets headers that Columns does not claim be read by the
	// names of the contract too.
	ContractNames bool `yaml:"contract_names"`
}

// Mapping fills our columns.
type Mapping struct {
	// Columns: our column → a header; a list of headers, of which the first cell
	// with text counts; or {join: [headers], with: "-"}, all of which must have
	// text.
	Columns map[string]any `yaml:"columns"`
	// Values: our column → text of the file → our value. Other texts are read
	// as in a file without a profile.
	Values map[string]map[string]string `yaml:"values"`
	// Constants: our column → the value of every row.
	Constants map[string]string `yaml:"constants"`
	// IfAbsent: our column → the value of every row of a file that has none of
	// its headers. An empty cell stays unknown.
	IfAbsent map[string]string `yaml:"if_absent"`
}

// Variant is how rows of one sort differ from the table.
type Variant struct {
	When    map[string][]string `yaml:"when"` // like an entry of Table.Skip
	Mapping `yaml:",inline"`
	Drop    []string `yaml:"drop"` // our columns that these rows do not have
}

//go:embed profiles/*.yaml
var profileFiles embed.FS

// Profiles are the ones that come with the program, by name. What is inside them
// is shared: read it only.
func Profiles() []Profile { return slices.Clone(embedded()) }

//nolint:gochecknoglobals // read-only table, parsed once
var embedded = sync.OnceValue(func() []Profile {
	names, _ := fs.Glob(profileFiles, "profiles/*.yaml")
	out := make([]Profile, 0, len(names))
	for _, name := range names {
		text, err := profileFiles.ReadFile(name)
		if err != nil {
			panic("embedded profile: " + err.Error())
		}
		p, err := ParseProfile(text)
		if err != nil || p.Name+".yaml" != path.Base(name) {
			panic(fmt.Sprintf("embedded profile %s: %v", name, err)) // a test reads them all
		}
		out = append(out, p)
	}
	return out
})

// ProfileText is the YAML of a profile that comes with the program, to copy;
// false when it has none of that name.
func ProfileText(name string) (string, bool) {
	if strings.ContainsAny(name, "/\\*?[") {
		return "", false
	}
	text, err := profileFiles.ReadFile("profiles/" + name + ".yaml")
	return string(text), err == nil
}

// ProfileNamed finds a profile; false when none has the name.
func ProfileNamed(profiles []Profile, name string) (Profile, bool) {
	i := slices.IndexFunc(profiles, func(p Profile) bool { return p.Name == name })
	if i < 0 {
		return Profile{}, false
	}
	return profiles[i], true
}

// source is where a column comes from within a row.
type source struct {
	headers []string
	joined  bool
	with    string
}

// sourceOf reads the three spellings of a column's source.
func sourceOf(v any) (source, bool) {
	switch v := v.(type) {
	case string:
		return source{headers: []string{v}}, v != ""
	case []any:
		list, ok := texts(v)
		return source{headers: list}, ok
	case map[string]any:
		joined, _ := v["join"].([]any)
		list, ok := texts(joined)
		with, isText := v["with"].(string)
		for k := range v {
			ok = ok && (k == "join" || k == "with")
		}
		return source{headers: list, joined: true, with: with}, ok && (isText || v["with"] == nil)
	default:
		return source{}, false
	}
}

func texts(list []any) ([]string, bool) {
	out := make([]string, 0, len(list))
	for _, v := range list {
		s, ok := v.(string)
		if !ok || s == "" {
			return nil, false
		}
		out = append(out, s)
	}
	return out, len(out) > 0
}

// parts are the table's mapping and one for each variant, each complete: what
// the variant says on top of what the table says.
func (t Table) parts() []Variant {
	out := make([]Variant, 0, len(t.Variants)+1)
	for _, v := range t.Variants {
		out = append(out, Variant{When: v.When, Mapping: t.with(v.Mapping, v.Drop)})
	}
	return append(out, Variant{Mapping: t.Mapping})
}

func (m Mapping) with(over Mapping, drop []string) Mapping {
	out := Mapping{Columns: map[string]any{}, Values: map[string]map[string]string{}, Constants: map[string]string{}, IfAbsent: map[string]string{}}
	for _, layer := range []Mapping{m, over} {
		for k, v := range layer.Columns {
			out.Columns[k] = v
			delete(out.Constants, k)
		}
		for k, v := range layer.Constants {
			out.Constants[k] = v
			delete(out.Columns, k)
		}
		for k, v := range layer.Values {
			out.Values[k] = v
		}
		for k, v := range layer.IfAbsent {
			out.IfAbsent[k] = v
		}
	}
	for _, k := range drop {
		delete(out.Columns, k)
		delete(out.Constants, k)
		delete(out.IfAbsent, k)
	}
	return out
}

// timeLayout is a Go layout for yyyy MM dd HH mm ss; "" for "".
func timeLayout(format string) string {
	return strings.NewReplacer("yyyy", "2006", "MM", "01", "dd", "02", "HH", "15", "mm", "04", "ss", "05").Replace(format)
}
