package console

import (
	"io"
	"net/http"
	"strings"
	"unicode/utf8"

	"github.com/gin-gonic/gin"
	"golang.org/x/text/transform"
)

// storable reports a text that both engines keep as it is: PostgreSQL stores
// neither NUL nor bytes that are no UTF-8.
func storable(s string) bool { return utf8.ValidString(s) && !strings.Contains(s, "\x00") }

// storableText keeps text that cannot be stored away from the routes: a path
// or query with it is refused, and an escaped NUL in a JSON body becomes
// U+FFFD, as the decoder does with every other damaged character. Ledger
// pushes are left alone: they are signed as they came, and every row of them
// is judged by itself.
func (s *server) storableText(c *gin.Context) {
	good := storable(c.Request.URL.Path)
	for k, values := range c.Request.URL.Query() {
		good = good && storable(k) && storable(strings.Join(values, ""))
	}
	if !good {
		s.refuse(c, problem(http.StatusBadRequest, codeBadRequest, "地址里有无法识别的字符：请检查后重试。"), nil)
		return
	}
	if c.Request.Body != nil && !strings.HasPrefix(c.Request.URL.Path, "/api/v1/ledger/") {
		c.Request.Body = rewritten{transform.NewReader(c.Request.Body, replaceNUL{}), c.Request.Body}
	}
}

// replaceNUL rewrites the escape \u0000 of a JSON text to \ufffd. It has no
// state, and the number of bytes stays the same.
type replaceNUL struct{ transform.NopResetter }

// Transform implements transform.Transformer.
func (replaceNUL) Transform(dst, src []byte, atEOF bool) (nDst, nSrc int, err error) {
	for nSrc < len(src) {
		piece := 1 // bytes that belong together
		switch rest := src[nSrc:]; {
		case rest[0] != '\\':
		case len(rest) == 1 || rest[1] == 'u' && len(rest) < 6:
			if !atEOF {
				return nDst, nSrc, transform.ErrShortSrc
			}
			piece = len(rest)
		case rest[1] == 'u':
			piece = 6
		default:
			piece = 2
		}
		if len(dst)-nDst < piece {
			return nDst, nSrc, transform.ErrShortDst
		}
		from := src[nSrc : nSrc+piece]
		if string(from) == `\u0000` {
			from = []byte(`\ufffd`)
		}
		nDst += copy(dst[nDst:], from)
		nSrc += piece
	}
	return nDst, nSrc, nil
}

// rewritten is a body read through a transformer.
type rewritten struct {
	io.Reader
	io.Closer
}
