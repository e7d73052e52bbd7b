package sources

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"math/big"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"daozhang/transactions"
)

func get(t *testing.T, client *http.Client, address string) ([]byte, *Error) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := client.Do(req)
	if err != nil {
		return nil, Classify(t.Context(), err)
	}
	b, err := ReadBody(resp)
	if err != nil {
		return b, Classify(t.Context(), err)
	}
	return b, nil
}

func TestClientIsGuarded(t *testing.T) {
	t.Parallel()
	var reached []string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		reached = append(reached, r.URL.Path)
		switch r.URL.Path {
		case "/exact":
			_, _ = w.Write(bytes.Repeat([]byte("x"), 1000))
		case "/big":
			_, _ = w.Write(bytes.Repeat([]byte("x"), 1001))
		case "/bomb":
			w.Header().Set("Content-Encoding", "gzip")
			z := gzip.NewWriter(w)
			_, _ = z.Write(make([]byte, 10<<20))
			_ = z.Close()
		case "/away":
			http.Redirect(w, r, "/secret", http.StatusFound)
		}
	}))
	t.Cleanup(server.Close)
	client := NewClient(1000)
	t.Cleanup(client.CloseIdleConnections)
	if b, e := get(t, client, server.URL+"/exact"); e != nil || len(b) != 1000 {
		t.Errorf("%v %d", e, len(b))
	}
	for _, path := range []string{"/big", "/bomb"} {
		if _, e := get(t, client, server.URL+path); e == nil || e.Kind != KindGarbage || !errors.Is(e, ErrTooBig) {
			t.Errorf("%s: %v", path, e)
		}
	}
	if _, e := get(t, client, server.URL+"/away"); e == nil || e.Kind != KindGarbage || e.Status != http.StatusFound || strings.Contains(strings.Join(reached, " "), "/secret") {
		t.Errorf("%v, reached %v", e, reached)
	}
	if _, e := get(t, client, "http://pay.example.com/?key=abc"); e == nil || e.Kind != KindDown || strings.Contains(e.Error(), "abc") {
		t.Errorf("plain http: %v", e)
	}
}

func TestClientVerifiesCertificates(t *testing.T) {
	t.Parallel()
	server := httptest.NewTLSServer(http.NotFoundHandler())
	server.Config.ErrorLog = nil
	t.Cleanup(server.Close)
	client := NewClient(0)
	t.Cleanup(client.CloseIdleConnections)
	_, e := get(t, client, server.URL)
	if e == nil || e.Kind != KindDown || e.Retry || !strings.Contains(e.Error(), "certificate") {
		t.Error(e)
	}
}

func TestCheckURL(t *testing.T) {
	t.Parallel()
	for address, ok := range map[string]bool{
		"https://a.example": true, "http://127.0.0.1:8": true, "http://[::1]:8": true, "http://localhost": true,
		"http://a.example": false, "http://10.0.0.1": false, "http://127.0.0.1.example": false, "ftp://a": false, "a.example": false, "https://": false, "": false,
	} {
		u, err := url.Parse(address)
		if err != nil {
			t.Fatal(err)
		}
		if got := CheckURL(u) == nil; got != ok {
			t.Errorf("%q: %v", address, got)
		}
	}
}

func TestErrorsTellNoMoreThanTheyMay(t *testing.T) {
	t.Parallel()
	e := &Error{Kind: KindRefused, Status: 403, Code: "BAD\nlevel=ERROR 签名" + strings.Repeat("x", 100)}
	if got := e.Error(); strings.ContainsAny(got, "\n") || len(got) > 100 || !strings.Contains(got, "BADlevelERROR") {
		t.Error(got)
	}
	wrapped := &url.Error{Op: "Get", URL: "https://a.example/?secret=1", Err: errors.New("connection reset")}
	if got := Classify(t.Context(), wrapped); strings.Contains(got.Error(), "secret") || got.Kind != KindDown || !got.Retry {
		t.Error(got)
	}
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	if got := Classify(gone, &Error{Kind: KindTimeout}); got.Kind != KindCanceled {
		t.Error(got)
	}
	late, cancelLate := context.WithTimeout(t.Context(), -time.Second)
	defer cancelLate()
	if got := Classify(late, wrapped); got.Kind != KindTimeout || got.Retry {
		t.Error(got)
	}
	if Classify(t.Context(), nil) != nil {
		t.Error("no error is one")
	}
	var u *transactions.UnavailableError
	if err := error(e.unavailable("qt")); !errors.As(err, &u) || u.Kind != "down" || !errors.Is(err, e) {
		t.Error(err)
	}
}

func TestSkew(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 18, 8, 0, 0, 0, time.UTC)
	h := http.Header{"Date": {now.Add(5 * time.Minute).Format(http.TimeFormat)}}
	if d, ok := Skew(h, now); !ok || d != 5*time.Minute {
		t.Error(d, ok)
	}
	if _, ok := Skew(http.Header{"Date": {"yesterday"}}, now); ok {
		t.Error("a date that is none")
	}
}

func TestParseKeys(t *testing.T) {
	t.Parallel()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	weak, err := rsa.GenerateKey(rand.Reader, 1024)
	if err != nil {
		t.Fatal(err)
	}
	curve, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	der := func(b []byte, err error) []byte {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	forms := func(b []byte) []string {
		line := base64.StdEncoding.EncodeToString(b)
		return []string{string(pem.EncodeToMemory(&pem.Block{Type: "KEY", Bytes: b})), line, "\n " + line[:64] + "\n" + line[64:] + "\n"}
	}
	cert := der(x509.CreateCertificate(rand.Reader, &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "t"}},
		&x509.Certificate{SerialNumber: big.NewInt(1)}, &key.PublicKey, key))
	for _, b := range [][]byte{der(x509.MarshalPKCS8PrivateKey(key)), x509.MarshalPKCS1PrivateKey(key)} {
		for _, text := range forms(b) {
			if k, err := ParsePrivateKey(text); err != nil || !k.Equal(key) {
				t.Error(err)
			}
		}
	}
	for _, b := range [][]byte{der(x509.MarshalPKIXPublicKey(&key.PublicKey)), x509.MarshalPKCS1PublicKey(&key.PublicKey), cert} {
		for _, text := range forms(b) {
			if k, err := ParsePublicKey(text); err != nil || !k.Equal(&key.PublicKey) {
				t.Error(err)
			}
		}
	}
	bad := []string{"", "not a key at all", "-----BEGIN X-----\nAAAA\n-----END X-----\n", "AAAA"}
	bad = append(bad, forms(x509.MarshalPKCS1PrivateKey(weak))...)
	bad = append(bad, forms(der(x509.MarshalPKCS8PrivateKey(curve)))...)
	bad = append(bad, forms(x509.MarshalPKCS1PublicKey(&weak.PublicKey))...)
	bad = append(bad, forms(der(x509.MarshalPKIXPublicKey(&curve.PublicKey)))...)
	for _, text := range bad {
		if _, err := ParsePrivateKey(text); err == nil || text != "" && strings.Contains(err.Error(), text) {
			t.Errorf("private: %v", err)
		}
		if _, err := ParsePublicKey(text); err == nil {
			t.Error("public: accepted")
		}
	}
}
