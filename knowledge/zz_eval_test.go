package knowledge

import (
	"os"
	"strings"
	"testing"
)

func TestEval(t *testing.T) {
	for _, f := range strings.Fields(os.Getenv("EVAL")) {
		t.Run(f, func(t *testing.T) { checkLabelled(t, f, reach{0, 0, 0, 100}) })
	}
}
