package main

import (
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// mayImport is the table of design section 2: which of our packages a room
// may import. A trailing /... covers the folders below.
func mayImport() map[string][]string {
	const (
		understand, diagnose, know, txn = "bot/understand", "bot/diagnose", "knowledge", "transactions"
	)
	return map[string][]string{
		"transactions":                  {},
		"transactions/ledgerfile":       {txn},
		"transactions/intake":           {txn, "transactions/ledgerfile"},
		"transactions/sample":           {txn},
		"transactions/sources":          {txn},
		"transactions/sources/httpjson": {txn, "transactions/sources", "transactions/ledgerfile"},
		"transactions/sources/...":      {txn, "transactions/sources", "transactions/sources/wire"},
		"bot/understand":                {},
		"bot/diagnose":                  {understand, txn},
		"knowledge":                     {understand},
		"knowledge/bulk":                {understand, know},
		"bot":                           {understand, diagnose, know, txn},
		"bot/scenario":                  {"bot", understand, diagnose, know, txn},
		"bot/desk":                      {"bot"},
		"bot/delivery":                  {},
		"bot/sms":                       {},
		"bot/llm":                       {"bot", understand, know},
		"bot/runner":                    {"bot", understand, diagnose, "bot/desk", "bot/delivery", know, txn},
		"store":                         {"bot", understand, diagnose, "bot/desk", "bot/delivery", know, txn},
		"store/redis":                   {},
		"store/storetest":               {"store"},
		"handlers/wechat":               {"bot/delivery"},
		"handlers/wechat/wechatsim":     {"bot/delivery"},
		"handlers/console":              {"bot", understand, diagnose, "bot/desk", "bot/delivery", know, "knowledge/bulk", txn, "web"},
		"handlers/pages":                {"bot", "bot/desk", know, txn, "web"},
		"handlers/ops":                  {},
		"web":                           {},
		"bench":                         {"*"},
		"bench/peers":                   {know}, // a module of its own
		".":                             {"*"},
	}
}

// pure rooms may import nothing that does I/O.
func pureRooms() []string {
	return []string{"transactions", "bot/understand", "bot/diagnose", "bot/delivery", "bot/desk", "knowledge", "knowledge/bulk", "bot", "bot/scenario"}
}

func forbiddenInPureRooms() []string {
	return []string{"net", "net/http", "os", "os/exec", "database/sql", "log", "log/slog", "math/rand", "math/rand/v2"}
}

func TestImportsFollowTheTable(t *testing.T) {
	t.Parallel()
	rules := mayImport()
	walkGoFiles(t, func(room, path string, imports []string) {
		allowed, known := lookUpRoom(rules, room)
		if !known {
			t.Errorf("%s: the room %q is not in the table of design section 2", path, room)
			return
		}
		// External tests may use what they test with.
		isTest := strings.HasSuffix(path, "_test.go")
		for _, imp := range imports {
			ours, isOurs := strings.CutPrefix(imp, "daozhang/")
			if isOurs && !isTest && ours != room && !slices.Contains(allowed, "*") && !slices.Contains(allowed, ours) {
				t.Errorf("%s imports %s; %s may import only %v", path, ours, room, allowed)
			}
			if !isTest && slices.Contains(pureRooms(), room) && slices.Contains(forbiddenInPureRooms(), imp) {
				t.Errorf("%s imports %s: %s is pure", path, imp, room)
			}
			if imp == "github.com/silenceper/wechat/v2" {
				t.Errorf("%s imports the SDK's root package, whose init logs customer messages: import /officialaccount", path)
			}
		}
	})
}

func lookUpRoom(rules map[string][]string, room string) ([]string, bool) {
	if allowed, ok := rules[room]; ok {
		return allowed, true
	}
	for pattern, allowed := range rules {
		if base, deep := strings.CutSuffix(pattern, "/..."); deep && strings.HasPrefix(room, base) {
			return allowed, true
		}
	}
	return nil, false
}

func TestFilesStayReadable(t *testing.T) {
	t.Parallel()
	walkGoFiles(t, func(_, path string, _ []string) {
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if n := strings.Count(string(b), "\n"); n > 500 && !strings.HasSuffix(path, "_test.go") {
			t.Errorf("%s has %d lines, more than 500: split it by concern", path, n)
		}
	})
	for _, banned := range []string{"utils", "common", "models", "manager", "service", "helpers"} {
		err := filepath.WalkDir(".", func(p string, d fs.DirEntry, err error) error {
			if err != nil {
				return err
			}
			if d.IsDir() && (d.Name() == "node_modules" || d.Name() == ".git") {
				return fs.SkipDir
			}
			if d.IsDir() && d.Name() == banned {
				t.Errorf("%s: a folder named %s says nothing about what is in it", p, banned)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

func walkGoFiles(t *testing.T, f func(room, path string, imports []string)) {
	t.Helper()
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && (d.Name() == ".git" || d.Name() == "node_modules" || d.Name() == "testdata") {
			return fs.SkipDir
		}
		if d.IsDir() || !strings.HasSuffix(path, ".go") {
			return nil
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		imports := make([]string, 0, len(parsed.Imports))
		for _, spec := range parsed.Imports {
			imp, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				return err
			}
			imports = append(imports, imp)
		}
		f(filepath.ToSlash(filepath.Dir(path)), path, imports)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// Every direct requirement is named in the README's table with its reason.
func TestReadmeNamesEveryDependency(t *testing.T) {
	t.Parallel()
	mod, err := os.ReadFile("go.mod")
	if err != nil {
		t.Fatal(err)
	}
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, table, _ := strings.Cut(string(readme), "## 第三方依赖")
	table, _, _ = strings.Cut(table, "\n## ")
	direct := 0
	for line := range strings.Lines(string(mod)) {
		path, version, _ := strings.Cut(strings.TrimSpace(line), " ")
		if !strings.HasPrefix(version, "v") || strings.HasSuffix(version, "// indirect") {
			continue
		}
		direct++
		name := path[strings.LastIndexByte(path, '/')+1:]
		if name[0] == 'v' && len(name) < 4 { // a major version: the name is before it
			name = strings.TrimSuffix(path, "/"+name)
			name = name[strings.LastIndexByte(name, '/')+1:]
		}
		if !strings.Contains(table, name) {
			t.Errorf("README.md, 第三方依赖: %s is missing", path)
		}
	}
	if direct < 10 {
		t.Errorf("only %d direct requirements were found in go.mod", direct)
	}
}
