// Package wiretest is what the tests of connectors share: keys that are used
// nowhere else, and the troubles that every remote system has.
package wiretest

import (
	"context"
	"crypto/rsa"
	"embed"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"daozhang/transactions"
	"daozhang/transactions/sources"
)

// Keys of the stand-ins; they open nothing.
//
//go:embed testdata
var keys embed.FS

// PEM is the text of a file of testdata: ours.key, theirs.pub, theirs.crt, strangers.key …
func PEM(t testing.TB, name string) string {
	t.Helper()
	b, err := keys.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// Private is a private key of testdata.
func Private(t testing.TB, name string) *rsa.PrivateKey {
	t.Helper()
	k, err := sources.ParsePrivateKey(PEM(t, name))
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// Public is a public key of testdata.
func Public(t testing.TB, name string) *rsa.PublicKey {
	t.Helper()
	k, err := sources.ParsePublicKey(PEM(t, name))
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// Deps of a connector under test. The clock is the given one; the nonce counts.
func Deps(now time.Time) sources.Deps {
	return sources.Deps{
		Name: "under-test", Now: func() time.Time { return now }, Timeout: 5 * time.Second,
		Nonce: func(n int) string { return strings.Repeat("n", n) },
	}
}

// Case is what a connector's test gives to Troubles.
type Case struct {
	// New makes the connector with the system at url.
	New func(t *testing.T, url string) sources.Connector
	// Query finds something when all is well.
	Query sources.Query
	// Secrets are texts that no error may hold.
	Secrets []string
}

// Troubles checks that every way a remote system can fail ends in the right
// kind of error, soon, and with nothing secret in its text: neither ours nor
// what the remote echoes.
func Troubles(t *testing.T, c Case) {
	t.Helper()
	const echo = "ECHO-OF-THE-REMOTE"
	say := func(status int, body string) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(io.Discard, r.Body)
			w.WriteHeader(status)
			_, _ = io.WriteString(w, body)
		}
	}
	cut := func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		w.Header().Set("Content-Length", "1000")
		_, _ = io.WriteString(w, `{"code":`)
		panic(http.ErrAbortHandler)
	}
	huge := func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		block := strings.Repeat("x", 1<<16)
		for sent := 0; sent < sources.MaxBody+1<<20; sent += len(block) {
			if _, err := io.WriteString(w, block); err != nil {
				return
			}
		}
	}
	slow := func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		<-r.Context().Done()
	}
	for name, trouble := range map[string]struct {
		serve http.HandlerFunc
		kinds []sources.FailureKind
	}{
		"HTTP 500":       {say(500, echo), []sources.FailureKind{sources.KindDown}},
		"HTTP 502 page":  {say(502, "<html>"+echo+"</html>"), []sources.FailureKind{sources.KindDown}},
		"HTTP 429":       {say(429, echo), []sources.FailureKind{sources.KindLimited}},
		"HTTP 401":       {say(401, echo), []sources.FailureKind{sources.KindRefused}},
		"HTTP 403":       {say(403, echo), []sources.FailureKind{sources.KindRefused}},
		"redirect":       {say(302, echo), []sources.FailureKind{sources.KindGarbage}},
		"nothing":        {say(200, ""), []sources.FailureKind{sources.KindGarbage, sources.KindSignature}},
		"a page":         {say(200, "<html>"+echo+"</html>"), []sources.FailureKind{sources.KindGarbage, sources.KindSignature}},
		"an empty list":  {say(200, "[]"), []sources.FailureKind{sources.KindGarbage, sources.KindSignature}},
		"an empty thing": {say(200, "{}"), []sources.FailureKind{sources.KindGarbage, sources.KindSignature}},
		"null":           {say(200, "null"), []sources.FailureKind{sources.KindGarbage, sources.KindSignature}},
		"not UTF-8":      {say(200, "\xff\xfe{"), []sources.FailureKind{sources.KindGarbage, sources.KindSignature}},
		"half an answer": {cut, []sources.FailureKind{sources.KindDown, sources.KindGarbage}},
		"too big":        {huge, []sources.FailureKind{sources.KindGarbage}},
		"slow":           {slow, []sources.FailureKind{sources.KindTimeout}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			srv := httptest.NewServer(trouble.serve)
			defer srv.Close()
			for what, call := range calls(c.New(t, srv.URL), c.Query) {
				limit := 20 * time.Second
				if name == "slow" {
					limit = 50 * time.Millisecond
				}
				ctx, cancel := context.WithTimeout(t.Context(), limit)
				err := call(ctx)
				cancel()
				Failed(t, what, err, append(c.Secrets, echo), trouble.kinds...)
			}
		})
	}
	if _, ok := c.New(t, "https://localhost").(interface{ Close() }); !ok {
		t.Error("the connector does not close its connections")
	}
	t.Run("nobody there", func(t *testing.T) {
		t.Parallel()
		srv := httptest.NewServer(http.NotFoundHandler())
		url := srv.URL
		srv.Close()
		for what, call := range calls(c.New(t, url), c.Query) {
			Failed(t, what, call(t.Context()), c.Secrets, sources.KindDown)
		}
	})
}

func calls(c sources.Connector, q sources.Query) map[string]func(context.Context) error {
	return map[string]func(context.Context) error{
		"Fetch": func(ctx context.Context) error { _, err := c.Fetch(ctx, q); return err },
		"Check": func(ctx context.Context) error { _, err := c.Check(ctx); return err },
	}
}

// Failed checks an error: one of the kinds, and none of the secrets in its text.
func Failed(t *testing.T, what string, err error, secrets []string, kinds ...sources.FailureKind) {
	t.Helper()
	var e *sources.Error
	if !errors.As(err, &e) {
		t.Errorf("%s: %v, want a *sources.Error", what, err)
		return
	}
	Clean(t, what, err, secrets)
	for _, k := range kinds {
		if e.Kind == k {
			return
		}
	}
	t.Errorf("%s: %v is of kind %s, want %v", what, err, e.Kind, kinds)
}

// Clean checks that a text shown to people holds nothing secret. A key is
// looked for by its lines.
func Clean(t *testing.T, what string, err error, secrets []string) {
	t.Helper()
	for _, s := range secrets {
		for line := range strings.Lines(s) {
			line = strings.TrimSpace(line)
			if len(line) >= 6 && !strings.HasPrefix(line, "-----") && strings.Contains(err.Error(), line) {
				t.Errorf("%s: the error shows something secret", what)
			}
		}
	}
}

// Rows finds the sale with an id; fatal when it is not there.
func Rows(t *testing.T, rows sources.Rows, id string) transactions.Transaction {
	t.Helper()
	for _, r := range rows.Transactions {
		if r.ID == id {
			return r
		}
	}
	t.Fatalf("no row %q in %+v", id, rows.Transactions)
	return transactions.Transaction{}
}
