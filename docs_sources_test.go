package main

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// Every example of docs/sources*.md is a configuration that starts, and every
// kind has one.
func TestExamplesOfSourcesStart(t *testing.T) {
	t.Parallel()
	pages, err := filepath.Glob("docs/sources*.md")
	if err != nil {
		t.Fatal(err)
	}
	var b []byte
	for _, page := range pages {
		text, err := os.ReadFile(page) //nolint:gosec // a page of the repository
		if err != nil {
			t.Fatal(err)
		}
		b = append(b, text...)
	}
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	private, _ := x509.MarshalPKCS8PrivateKey(key)
	public, _ := x509.MarshalPKIXPublicKey(&key.PublicKey)
	template := x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "stand-in"}, NotAfter: time.Now().Add(time.Hour)}
	cert, err := x509.CreateCertificate(rand.Reader, &template, &template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	shown := map[string]bool{}
	for _, m := range regexp.MustCompile("(?s)```yaml\n(.*?)```").FindAllStringSubmatch(string(b), -1) {
		src := configSource{path: "x.yaml", environ: map[string]string{}, readFile: func(path string) ([]byte, error) {
			switch {
			case path == "x.yaml":
				return []byte(m[1]), nil
			case regexp.MustCompile(`\.(crt|cer)$`).MatchString(path):
				return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: cert}), nil
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
			t.Errorf("docs/sources*.md has no page with an example of kind %s", k.Name)
		}
	}
}
