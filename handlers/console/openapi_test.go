package console_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"strings"
	"testing"

	"github.com/gin-gonic/gin"

	"daozhang/handlers/console"
)

var update = flag.Bool("update", false, "write deploy/openapi.json anew") //nolint:gochecknoglobals // test flag

const openAPIFile = "../../deploy/openapi.json"

// The document in deploy/ is what programs are built against: it must be what
// the code serves. Run with -update after a change of the API.
func TestOpenAPIDocumentIsCurrent(t *testing.T) {
	t.Parallel()
	c := console.Mount(gin.New(), console.Deps{})
	got, err := c.OpenAPI()
	if err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.WriteFile(openAPIFile, got, 0o644); err != nil { //nolint:gosec // a public document
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(openAPIFile)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s differs from the API: run go test ./handlers/console -run OpenAPI -update", openAPIFile)
	}
}

// Ids are strings everywhere, every operation says who may call it, and every
// route of docs/api.md exists and the other way round.
func TestOpenAPIKeepsItsPromises(t *testing.T) {
	t.Parallel()
	raw, err := console.Mount(gin.New(), console.Deps{}).OpenAPI()
	if err != nil {
		t.Fatal(err)
	}
	var doc struct {
		OpenAPI string
		Paths   map[string]map[string]struct {
			Summary  string
			Security []map[string][]string
		}
		Components struct {
			Schemas map[string]struct {
				Properties map[string]struct {
					Ref  string `json:"$ref"`
					Type any
				}
			}
		}
	}
	if err := json.Unmarshal(raw, &doc); err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(doc.OpenAPI, "3.1") {
		t.Errorf("OpenAPI %s, want 3.1", doc.OpenAPI)
	}
	for name, s := range doc.Components.Schemas {
		for p, v := range s.Properties {
			isID := p == "id" || strings.HasSuffix(p, "_id")
			if isID && name != "Tap" && name != "Choice" && strings.Contains(string(mustJSON(t, v.Type)), "integer") {
				t.Errorf("%s.%s is a number: ids are strings", name, p)
			}
		}
	}
	text, err := os.ReadFile("../../docs/api.md")
	if err != nil {
		t.Fatal(err)
	}
	open := map[string]bool{"get /api/v1/auth/state": true, "post /api/v1/auth/login": true, "post /api/v1/auth/setup": true}
	for path, ops := range doc.Paths {
		for method, op := range ops {
			if op.Summary == "" {
				t.Errorf("%s %s has no summary", method, path)
			}
			if (len(op.Security) == 0) != open[method+" "+path] {
				t.Errorf("%s %s: security %v", method, path, op.Security)
			}
			short := strings.TrimPrefix(path, "/api/v1")
			if !strings.Contains(string(text), strings.ToUpper(method)+" "+short) && !strings.Contains(string(text), "`"+short+"`") &&
				!strings.Contains(string(text), strings.ToUpper(method)+" /api/v1"+short) {
				t.Errorf("docs/api.md does not name %s %s", method, short)
			}
		}
	}
}

func mustJSON(t *testing.T, v any) []byte {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return b
}
