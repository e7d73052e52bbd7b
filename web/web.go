// Package web holds the console's committed build, so that the server needs
// no Node to serve it. The source is in app/; `make web` rebuilds dist/.
package web

import (
	"embed"
	"fmt"
	"io/fs"
)

//go:embed all:dist
var dist embed.FS

// Dist is the root of the built console: index.html and assets/.
func Dist() (fs.FS, error) {
	sub, err := fs.Sub(dist, "dist")
	if err != nil {
		return nil, fmt.Errorf("open the console build: %w", err)
	}
	return sub, nil
}
