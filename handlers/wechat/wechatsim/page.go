package wechatsim

import (
	"embed"
	"io/fs"
	"net/http"
)

//go:embed page
var pageFiles embed.FS

// pageRoutes serves the phone page from the binary; nothing is loaded from
// outside.
func (p *Platform) pageRoutes(m *http.ServeMux) {
	files, err := fs.Sub(pageFiles, "page")
	if err != nil {
		panic(err) // the folder is embedded: only a broken build gets here
	}
	static := http.StripPrefix("/simulator/", http.FileServerFS(files))
	m.HandleFunc("GET /simulator", func(w http.ResponseWriter, r *http.Request) {
		pageHeaders(w)
		http.ServeFileFS(w, r, files, "index.html")
	})
	m.HandleFunc("GET /simulator/{$}", func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "/simulator", http.StatusMovedPermanently)
	})
	m.HandleFunc("GET /simulator/{file}", func(w http.ResponseWriter, r *http.Request) {
		pageHeaders(w)
		static.ServeHTTP(w, r)
	})
}

func pageHeaders(w http.ResponseWriter) {
	w.Header().Set("Cache-Control", "no-cache")
	w.Header().Set("Content-Security-Policy", "default-src 'self'; img-src 'self' data: blob:; style-src 'self'; frame-ancestors 'none'")
	w.Header().Set("X-Content-Type-Options", "nosniff")
}
