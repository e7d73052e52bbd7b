package wechat

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// Three independent clients send to our callback and open our reply. They need
// Node and a package registry, so this runs where make test says so.
func TestIndependentClients(t *testing.T) {
	t.Parallel()
	if os.Getenv("DAOZHANG_TEST_NPM") != "1" {
		t.Skip("needs Node and npm packages: set DAOZHANG_TEST_NPM=1, or run make test")
	}
	dir := t.TempDir()
	for _, name := range []string{"package.json", "package-lock.json", "roundtrip.js"} {
		raw, err := os.ReadFile(filepath.Join("testdata", "npm", name))
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), raw, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	run(t, dir, "npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund")

	const question, reply = "昨天刷了5000没到账 😀", "查到了\n第二行 <a href=\"https://example.com/?a=1&b=2\">说明</a>"
	r := newRig(t, newCore(answering(reply, 0)), rigOptions{timing: Timing{Verified: 2 * time.Second}})
	out := run(t, dir, "node", "roundtrip.js", r.url, testToken, testKey, testApp, question)
	lines := strings.Split(strings.TrimSpace(out), "\n")
	if len(lines) != 9 {
		t.Fatalf("%d of 9 pairs of clients:\n%s", len(lines), out)
	}
	for _, l := range lines {
		var got struct{ From, Opened, Content string }
		if err := json.Unmarshal([]byte(l), &got); err != nil || got.Content != reply {
			t.Errorf("%s, opened by %s: %q, %v", got.From, got.Opened, got.Content, err)
		}
	}
	seen := r.core.seen()
	if len(seen) != 3 {
		t.Fatalf("%d messages stored, want 3", len(seen))
	}
	for _, in := range seen {
		if in.Text != question || in.OpenID != "o_npm" {
			t.Errorf("stored %+v", in)
		}
	}
}

func run(t *testing.T, dir, name string, args ...string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir = dir
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); err != nil {
		t.Fatalf("%s %s: %v\n%s%s", name, args[0], err, out.String(), errs.String())
	}
	return out.String()
}
