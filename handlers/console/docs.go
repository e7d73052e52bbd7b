package console

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"fmt"
	"net/http"
	"reflect"
	"strings"
	"sync"

	"github.com/danielgtaylor/huma/v2"
	"github.com/gin-gonic/gin"
)

//go:embed docs.html
var docsPage []byte

//go:embed docs.js
var docsScript []byte

// docs serves the OpenAPI document and our own page that shows it.
func (s *server) docs(g *gin.RouterGroup) {
	document := sync.OnceValues(s.document)
	g.GET("/api/openapi.json", func(c *gin.Context) {
		doc, err := document()
		if err != nil {
			s.refuse(c, nil, err)
			return
		}
		c.Data(http.StatusOK, "application/openapi+json", doc)
	})
	g.GET("/api/docs", func(c *gin.Context) { c.Data(http.StatusOK, "text/html; charset=utf-8", docsPage) })
	g.GET("/api/docs.js", func(c *gin.Context) { c.Data(http.StatusOK, "text/javascript; charset=utf-8", docsScript) })
}

// document is the OpenAPI document, indented, with a newline at the end.
func (s *server) document() ([]byte, error) {
	raw, err := json.Marshal(s.api.OpenAPI())
	if err != nil {
		return nil, fmt.Errorf("encode OpenAPI: %w", err)
	}
	var b bytes.Buffer
	if err := json.Indent(&b, raw, "", "  "); err != nil {
		return nil, fmt.Errorf("indent OpenAPI: %w", err)
	}
	b.WriteByte('\n')
	return b.Bytes(), nil
}

// schemaName names our own types plainly and those of the core with their
// package: BotTrace, TransactionsAccount.
func schemaName(t reflect.Type, hint string) string {
	name := huma.DefaultSchemaNamer(t, hint)
	for t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice {
		t = t.Elem()
	}
	pkg := t.PkgPath()
	if t.Name() == "" || pkg == "" || pkg == reflect.TypeFor[Problem]().PkgPath() || !strings.HasPrefix(pkg, "daozhang/") {
		return name
	}
	last := pkg[strings.LastIndex(pkg, "/")+1:]
	return strings.ToUpper(last[:1]) + last[1:] + name
}

func (s *server) problemSchema() *huma.Schema {
	return s.api.OpenAPI().Components.Schemas.Schema(reflect.TypeFor[Problem](), true, "Problem")
}

// tidySchemas makes lists never null and drops huma's own error model, which
// is never sent.
func (s *server) tidySchemas() {
	all := s.api.OpenAPI().Components.Schemas.Map()
	delete(all, "ErrorModel")
	delete(all, "ErrorDetail")
	for _, schema := range all {
		for _, p := range schema.Properties {
			if p.Type == huma.TypeArray {
				p.Nullable = false
			}
		}
	}
}

// documentEvents describes the stream, which huma does not serve.
func (s *server) documentEvents() {
	event := s.api.OpenAPI().Components.Schemas.Schema(reflect.TypeFor[Event](), true, "Event")
	s.api.OpenAPI().AddOperation(&huma.Operation{
		OperationID: "get-events", Method: http.MethodGet, Path: "/api/v1/events", Tags: []string{"Live events"},
		Summary: "Server-sent events; the data of each is an Event (docs/api.md)", Description: "Permission: `conversation.read`",
		Security: []map[string][]string{{"session": {}}, {"token": {}}},
		Parameters: []*huma.Param{{
			Name: "Last-Event-ID", In: "header", Description: "replay begins a minute before it", Schema: &huma.Schema{Type: huma.TypeString},
		}},
		Responses: map[string]*huma.Response{
			"200":     {Description: "OK", Content: map[string]*huma.MediaType{"text/event-stream": {Schema: event}}},
			"default": {Description: "Error, see docs/api.md", Content: map[string]*huma.MediaType{"application/problem+json": {Schema: s.problemSchema()}}},
		},
	})
}

// operationID is method and path in one word: post-conversations-id-claim.
func operationID(method, path string) string {
	p := strings.TrimPrefix(path, "/api/v1/")
	return strings.ToLower(method) + "-" + strings.NewReplacer("/", "-", "{", "", "}", "", "_", "-").Replace(p)
}

// routes registers every operation.
func (s *server) routes() {
	s.authRoutes()
	s.conversationRoutes()
	s.caseRoutes()
	s.identityRoutes()
	s.articleRoutes()
	s.bulkRoutes()
	s.goldenRoutes()
	s.wordRoutes()
	s.lessonRoutes()
	s.contentRoutes()
	s.incidentRoutes()
	s.adminRoutes()
	s.pushRoutes()
	s.documentEvents()
	s.tidySchemas()
}
