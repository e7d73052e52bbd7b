package console

import (
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"golang.org/x/text/transform"
)

func TestReplaceNUL(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		``:                            ``,
		`{"text":"a\u0000b"}`:         `{"text":"a\ufffdb"}`,
		`\u0000\u0000`:                `\ufffd\ufffd`,
		`\\u0000`:                     `\\u0000`, // a backslash, then letters
		`\\\u0000`:                    `\\\ufffd`,
		`\u00001`:                     `\ufffd1`,
		`\n\u4f60\u0001`:              `\n\u4f60\u0001`,
		`\`:                           `\`,
		`\u00`:                        `\u00`,
		strings.Repeat(`\u0000`, 3e3): strings.Repeat(`\ufffd`, 3e3),
	} {
		for name, r := range map[string]io.Reader{
			"whole":     strings.NewReader(in),
			"bytewise":  iotest.OneByteReader(strings.NewReader(in)),
			"with data": iotest.DataErrReader(strings.NewReader(in)),
		} {
			got, err := io.ReadAll(transform.NewReader(r, replaceNUL{}))
			if err != nil || string(got) != want {
				t.Errorf("%s %.40q: %.40q, %v", name, in, got, err)
			}
		}
	}
}
