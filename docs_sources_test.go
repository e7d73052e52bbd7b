package main

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"os"
	"regexp"
	"strings"
	"testing"
)

// Every example of docs/sources.md is a configuration that starts, and every
// kind has one.
func TestExamplesOfSourcesStart(t *testing.T) {
	t.Parallel()
	b, err := os.ReadFile("docs/sources.md")
	if err != nil {
		t.Fatal(err)
	}
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	private, _ := x509.MarshalPKCS8PrivateKey(key)
	public, _ := x509.MarshalPKIXPublicKey(&key.PublicKey)
	shown := map[string]bool{}
	for _, m := range regexp.MustCompile("(?s)```yaml\n(.*?)```").FindAllStringSubmatch(string(b), -1) {
		src := configSource{path: "x.yaml", environ: map[string]string{}, readFile: func(path string) ([]byte, error) {
			switch {
			case path == "x.yaml":
				return []byte(m[1]), nil
			case strings.Contains(path, "public"):
				return pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: public}), nil
			case strings.Contains(path, "private"):
				return pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private}), nil
			}
			return []byte("0123456789abcdef0123456789abcdef"), nil
		}}
		c, warnings, err := loadConfig(src)
		if err != nil || len(warnings) > 0 {
			t.Errorf("%v %v\n%s", err, warnings, m[1])
			continue
		}
		entries, _ := c.Ledger.sourceEntries()
		for _, e := range entries {
			shown[e.Kind] = true
			if _, err := e.connect(nil); err != nil {
				t.Errorf("%s: %v", e.Name, err)
			}
		}
	}
	for _, k := range sourceKinds() {
		if !shown[k.Name] {
			t.Errorf("docs/sources.md has no example of kind %s", k.Name)
		}
	}
}
