package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/cookiejar"
	"os"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// asProgram in the environment turns this test binary into the program itself:
// tests that kill a process start it from here, race detector included.
const asProgram = "DAOZHANG_TEST_AS_PROGRAM"

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) != "" {
		main()
		return
	}
	os.Exit(m.Run())
}

// patience is for a busy machine with the race detector; nothing waits for it
// that has come sooner.
const patience = 60 * time.Second

// output collects what a program prints while it is read.
type output struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.b.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.b.String()
}

// demo is a running demo as a new user meets it: only what it printed is known.
type demo struct {
	base   string
	stdout *output
	stderr *output
}

// startDemo runs the demo in this process until the test ends.
func startDemo(t *testing.T, args ...string) demo {
	t.Helper()
	d := demo{stdout: &output{}, stderr: &output{}}
	ctx, stop := context.WithCancel(t.Context())
	code := make(chan int, 1)
	args = append([]string{"demo", "-listen", "127.0.0.1:0", "-metrics-listen", "", "-data-dir", t.TempDir()}, args...)
	go func() {
		code <- dispatch(ctx, terminal{stdin: strings.NewReader(""), stdout: d.stdout, stderr: d.stderr}, args)
	}()
	t.Cleanup(func() {
		stop()
		select {
		case c := <-code:
			if c != exitDone {
				t.Errorf("the demo ended with code %d:\n%s", c, d.stderr)
			}
		case <-time.After(patience):
			t.Error("the demo does not stop")
		}
		if strings.Contains(d.stderr.String(), "level=ERROR") {
			t.Errorf("the demo logged errors:\n%s", d.stderr)
		}
	})
	d.base = d.ready(t)
	return d
}

// ready waits for the addresses and gives the one of the server.
func (d demo) ready(t *testing.T) string {
	t.Helper()
	address := regexp.MustCompile(`(http://\S+)/simulator`)
	eventually(t, "the demo prints its addresses", func() error {
		if address.MatchString(d.stdout.String()) && strings.Contains(d.stdout.String(), "Ctrl+C") {
			return nil
		}
		return fmt.Errorf("so far: %s%s", d.stdout, d.stderr)
	})
	return address.FindStringSubmatch(d.stdout.String())[1]
}

// password is the printed one-time password of a console user.
func (d demo) password(t *testing.T, name string) string {
	t.Helper()
	m := regexp.MustCompile(`(?m)^\s+` + name + `\s+(\S+)`).FindStringSubmatch(d.stdout.String())
	if m == nil {
		t.Fatalf("no password of %s was printed:\n%s", name, d.stdout)
	}
	return m[1]
}

// eventually asks until check is content.
func eventually(t *testing.T, what string, check func() error) {
	t.Helper()
	var last error
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		if last = check(); last == nil {
			return
		}
	}
	t.Fatalf("%s: %v", what, last)
}

// freePort is an address that nobody listens on.
func freePort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// said is a message on the simulated phone.
type said struct {
	From, Kind, Text, Agent, State string
}

// phoneAPI speaks for a follower through the simulated platform.
type phoneAPI struct{ base, openID string }

func (p phoneAPI) say(t *testing.T, text string) {
	t.Helper()
	body, err := json.Marshal(map[string]string{"text": text})
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.Post(p.base+"/simulator/api/followers/"+p.openID+"/text", "application/json", bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		t.Fatalf("%q: HTTP %d", text, resp.StatusCode)
	}
}

func (p phoneAPI) chat() ([]said, error) {
	resp, err := http.Get(p.base + "/simulator/api/followers/" + p.openID + "/messages")
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	var page struct{ Messages []said }
	return page.Messages, json.NewDecoder(resp.Body).Decode(&page)
}

// hears waits until the account said something that holds all of words.
func (p phoneAPI) hears(t *testing.T, words ...string) {
	t.Helper()
	eventually(t, fmt.Sprintf("%s hears %q", p.openID, words), func() error {
		chat, err := p.chat()
		if err != nil {
			return err
		}
		if slices.ContainsFunc(chat, func(m said) bool { return m.From == "account" && holdsAll(m.Text, words) }) {
			return nil
		}
		return fmt.Errorf("the chat is %+v", chat)
	})
}

func holdsAll(text string, words []string) bool {
	for _, w := range words {
		if !strings.Contains(text, w) {
			return false
		}
	}
	return true
}

// consoleAPI is a console user who has signed in.
type consoleAPI struct {
	base string
	http *http.Client
}

func (d demo) signIn(t *testing.T, name string) consoleAPI {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	c := consoleAPI{base: d.base, http: &http.Client{Jar: jar, Timeout: patience}}
	body, err := json.Marshal(map[string]string{"name": name, "password": d.password(t, name)})
	if err != nil {
		t.Fatal(err)
	}
	resp, err := c.http.Post(d.base+"/api/v1/auth/login", "application/json", bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		answer, _ := io.ReadAll(resp.Body)
		t.Fatalf("sign in as %s: HTTP %d %s", name, resp.StatusCode, answer)
	}
	return c
}

func (c consoleAPI) get(path string, into any) error {
	resp, err := c.http.Get(c.base + "/api/v1" + path)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		answer, err := io.ReadAll(resp.Body)
		return errors.Join(fmt.Errorf("%s: HTTP %d %s", path, resp.StatusCode, answer), err)
	}
	return json.NewDecoder(resp.Body).Decode(into)
}
