package console

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"strings"
	"sync"

	"github.com/gin-gonic/gin"
)

// pages serves the built console: hashed assets for ever, index.html never
// from a cache, every path of the application as index.html, and a plain 404
// for an asset that is not there.
func (s *server) pages(dist fs.FS) gin.HandlerFunc {
	site := &site{dist: dist, ready: map[string]*asset{}}
	return func(c *gin.Context) {
		p := c.Request.URL.Path
		switch {
		case strings.HasPrefix(p, "/api/"):
			c.Header("Cache-Control", "no-store")
			s.refuse(c, problem(http.StatusNotFound, codeNotFound, "没有这个接口：请对照 /api/docs 检查地址和方法。"), nil)
		case c.Request.Method != http.MethodGet && c.Request.Method != http.MethodHead:
			s.refuse(c, problem(http.StatusMethodNotAllowed, codeMethod, "这个地址只能用 GET 打开。"), nil)
		default:
			site.serve(c, p)
		}
	}
}

// site keeps assets ready to be sent; there are as many as files in dist.
type site struct {
	dist  fs.FS
	mu    sync.Mutex
	ready map[string]*asset
}

type asset struct {
	plain, zipped []byte
	kind, tag     string
}

const noPages = `<!doctype html><html lang="zh-CN"><meta charset="utf-8"><title>到账</title>` +
	`<p>控制台页面还没有构建。开发时请运行 <code>make web</code>；接口在 <a href="/api/docs">/api/docs</a>。`

func (t *site) serve(c *gin.Context, urlPath string) {
	name := strings.TrimPrefix(path.Clean("/"+urlPath), "/")
	a := t.load(name)
	isAsset := path.Ext(name) != ""
	switch {
	case a == nil && isAsset:
		c.Header("Cache-Control", "no-store")
		c.String(http.StatusNotFound, "404 没有这个文件\n")
		return
	case a == nil:
		name = "index.html"
		if a = t.load(name); a == nil {
			c.Data(http.StatusOK, "text/html; charset=utf-8", []byte(noPages))
			return
		}
	}
	h := c.Writer.Header()
	if strings.HasPrefix(name, "assets/") { // the build puts a hash into their names
		h.Set("Cache-Control", "public, max-age=31536000, immutable")
	} else {
		h.Set("Cache-Control", "no-cache")
	}
	h.Set("ETag", a.tag)
	h.Set("Content-Type", a.kind)
	if a.zipped != nil {
		h.Set("Vary", "Accept-Encoding")
	}
	if c.GetHeader("If-None-Match") == a.tag {
		c.Status(http.StatusNotModified)
		c.Writer.WriteHeaderNow()
		return
	}
	data := a.plain
	if a.zipped != nil && strings.Contains(c.GetHeader("Accept-Encoding"), "gzip") {
		h.Set("Content-Encoding", "gzip")
		data = a.zipped
	}
	c.Data(http.StatusOK, a.kind, data)
}

// load reads a file once; nil when there is none.
func (t *site) load(name string) *asset {
	if t.dist == nil || !fs.ValidPath(name) || name == "." {
		return nil
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if a := t.ready[name]; a != nil {
		return a
	}
	data, err := fs.ReadFile(t.dist, name)
	if err != nil {
		return nil
	}
	sum := sha256.Sum256(data)
	a := &asset{plain: data, kind: contentType(name), tag: `"` + hex.EncodeToString(sum[:8]) + `"`}
	if compressible(a.kind) && len(data) > 1024 {
		a.zipped = zip(data)
	}
	t.ready[name] = a
	return a
}

// contentType does not ask the machine: its table differs from host to host.
func contentType(name string) string {
	switch path.Ext(name) {
	case ".html":
		return "text/html; charset=utf-8"
	case ".js", ".mjs":
		return "text/javascript; charset=utf-8"
	case ".css":
		return "text/css; charset=utf-8"
	case ".svg":
		return "image/svg+xml"
	case ".json", ".map":
		return "application/json"
	case ".webmanifest":
		return "application/manifest+json"
	case ".woff2":
		return "font/woff2"
	case ".png":
		return "image/png"
	case ".ico":
		return "image/x-icon"
	case ".mp3":
		return "audio/mpeg"
	}
	if t := mime.TypeByExtension(path.Ext(name)); t != "" {
		return t
	}
	return "application/octet-stream"
}

func compressible(kind string) bool {
	return strings.HasPrefix(kind, "text/") || strings.HasPrefix(kind, "application/json") || kind == "image/svg+xml" || kind == "application/manifest+json"
}

// zip compresses; nil when it does not help.
func zip(data []byte) []byte {
	var b bytes.Buffer
	w, err := gzip.NewWriterLevel(&b, gzip.BestCompression)
	if err != nil {
		return nil
	}
	if _, err := w.Write(data); err != nil {
		return nil
	}
	if err := w.Close(); err != nil || b.Len() >= len(data) {
		return nil
	}
	return b.Bytes()
}
