package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// startBrowser starts the browser that DAOZHANG_TEST_BROWSER names, with a
// profile of its own.
func startBrowser(t *testing.T) context.Context {
	t.Helper()
	path := os.Getenv("DAOZHANG_TEST_BROWSER")
	if path == "" {
		t.Skip("DAOZHANG_TEST_BROWSER names no browser; make test sets it")
	}
	profile, err := os.MkdirTemp("", "daozhang-browser")
	if err != nil {
		t.Fatal(err)
	}
	allocator, stop := chromedp.NewExecAllocator(context.Background(),
		chromedp.ExecPath(path), chromedp.UserDataDir(profile), chromedp.Headless, chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.NoFirstRun, chromedp.NoDefaultBrowserCheck,
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-background-networking", true),
		chromedp.Flag("disable-component-update", true), chromedp.Flag("disable-sync", true),
		chromedp.Flag("disable-dev-shm-usage", true), chromedp.Flag("lang", "zh-CN"),
	)
	browser, closeBrowser := chromedp.NewContext(allocator)
	if err := chromedp.Do(browser); err != nil {
		t.Fatalf("start %s: %v", path, err)
	}
	t.Cleanup(func() {
		_ = chromedp.Cancel(browser) // waits for the browser's end
		closeBrowser()
		stop()
		_ = os.RemoveAll(profile) // in the temporary folder
	})
	return browser
}

// page is one tab with cookies of its own. Whatever the browser complains
// about fails the test at its end.
type page struct {
	t     *testing.T
	name  string
	ctx   context.Context
	shots string

	mu         sync.Mutex
	urls       map[network.RequestID]string
	complaints []string
}

func openPage(browser context.Context, t *testing.T, name, url, shots string) *page {
	t.Helper()
	p := &page{t: t, name: name, shots: shots, urls: map[network.RequestID]string{}}
	ctx, closeTab := chromedp.NewContext(browser, chromedp.WithNewBrowserContext(), chromedp.WithListener(p.watch))
	p.ctx = ctx
	if err := chromedp.Do(ctx); err != nil { // the tab lives as long as the context of its first run
		t.Fatalf("open a tab: %v", err)
	}
	p.run(chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := cdp.Call(ctx, t, network.Enable, network.EnableParams{})
		return err
	}), chromedp.EmulateViewport(1440, 900), chromedp.Navigate(url))
	t.Cleanup(func() {
		if t.Failed() {
			p.shoot("failed-" + strings.ReplaceAll(name, " ", "-"))
		}
		p.mu.Lock()
		for _, c := range p.complaints {
			t.Errorf("the browser complains on the page of %s: %s", name, c)
		}
		p.mu.Unlock()
		closeTab()
	})
	return p
}

// watch notes console errors, exceptions, and requests that failed. The one
// refusals that belong there are the first question who is signed in, and the
// publication that golden questions stop.
func (p *page) watch(event any) {
	expected := func(url string) bool {
		return strings.HasSuffix(url, "/api/v1/auth/me") || strings.HasSuffix(url, "/api/v1/articles/after-cutoff/publish")
	}
	complain := func(format string, args ...any) {
		p.complaints = append(p.complaints, fmt.Sprintf(format, args...))
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	switch e := event.(type) {
	case *network.EventRequestWillBeSent:
		p.urls[e.RequestID] = e.Request.URL
	case *network.EventResponseReceived:
		if e.Response.Status >= 400 && (e.Response.Status != 401 && e.Response.Status != 409 || !expected(e.Response.URL)) {
			complain("%d of %s", e.Response.Status, e.Response.URL)
		}
	case *network.EventLoadingFailed:
		if !e.Canceled {
			complain("%s: %s", p.urls[e.RequestID], e.ErrorText)
		}
	case *runtime.EventExceptionThrown:
		complain("exception: %s", e.ExceptionDetails.Text)
	case *runtime.EventConsoleAPICalled:
		if e.Type == runtime.ConsoleAPICalledTypeError || e.Type == runtime.ConsoleAPICalledTypeWarning {
			complain("console: %s", consoleText(e.Args))
		}
	case *log.EventEntryAdded:
		if e.Entry.Level == log.EntryLevelError && !expected(e.Entry.URL) {
			complain("%s (%s)", e.Entry.Text, e.Entry.URL)
		}
	}
}

func consoleText(args []*runtime.RemoteObject) string {
	words := make([]string, 0, len(args))
	for _, a := range args {
		words = append(words, string(a.Value)+a.Description)
	}
	return strings.Join(words, " ")
}

// run does actions, each waiting for what it needs.
func (p *page) run(actions ...chromedp.Action[chromedp.Void]) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	if err := chromedp.Do(ctx, actions...); err != nil {
		p.t.Fatalf("page of %s: %v; it shows:\n%s", p.name, err, p.text("body"))
	}
}

// eval gives the value of an expression in the page.
func eval[T any](p *page, expression string) (T, error) {
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	return chromedp.Run(ctx, chromedp.Evaluate[T](expression))
}

// text is what a reader sees in all elements of a selector.
func (p *page) text(selector string) string {
	s, err := eval[string](p, fmt.Sprintf(`[...document.querySelectorAll(%s)].map(e => e.innerText).join('\n')`, quote(selector)))
	if err != nil {
		return err.Error()
	}
	return s
}

// count is the number of elements of a selector.
func (p *page) count(selector string) int {
	p.t.Helper()
	n, err := eval[int](p, fmt.Sprintf(`document.querySelectorAll(%s).length`, quote(selector)))
	if err != nil {
		p.t.Fatal(err)
	}
	return n
}

// sees waits until the elements of a selector show all words.
func (p *page) sees(selector string, words ...string) {
	p.t.Helper()
	eventually(p.t, fmt.Sprintf("%s sees %q in %s", p.name, words, selector), func() error {
		if got := p.text(selector); !holdsAll(got, words) {
			return fmt.Errorf("it shows %q", got)
		}
		return nil
	})
}

// press clicks what an XPath finds, as a finger would.
func (p *page) press(xpath string) {
	p.t.Helper()
	p.run(chromedp.Click(chromedp.Search(xpath), chromedp.NodeVisible, chromedp.NodeEnabled))
}

// gone waits until nothing of a selector is on screen: what fades out still
// takes clicks.
func (p *page) gone(selector string) {
	p.t.Helper()
	eventually(p.t, selector+" to go away", func() error {
		shown, err := eval[bool](p, fmt.Sprintf(`[...document.querySelectorAll(%s)].some(e => e.checkVisibility())`, quote(selector)))
		if err == nil && shown {
			err = fmt.Errorf("%s is still there", selector)
		}
		return err
	})
}

// write puts text into a field in place of what it holds, as an input method
// does, and enter presses the key behind it.
func (p *page) write(selector, text string) {
	p.t.Helper()
	p.run(chromedp.Focus(chromedp.CSS(selector), chromedp.NodeEnabled))
	if _, err := eval[bool](p, fmt.Sprintf(`(document.querySelector(%s).select(), true)`, quote(selector))); err != nil {
		p.t.Fatal(err)
	}
	p.run(chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := cdp.Call(ctx, t, input.InsertText, input.InsertTextParams{Text: text})
		return err
	}))
}

func (p *page) enter() {
	p.t.Helper()
	// One event with its text, as a keyboard makes it: a separate character
	// event would put a line break into a field that was just emptied.
	key := input.DispatchKeyEventParams{Type: "keyDown", Key: "Enter", Code: "Enter", Text: "\r", UnmodifiedText: "\r", WindowsVirtualKeyCode: 13}
	p.run(chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := cdp.Call(ctx, t, input.DispatchKeyEvent, key)
		return err
	}), chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := cdp.Call(ctx, t, input.DispatchKeyEvent, input.DispatchKeyEventParams{Type: "keyUp", Key: "Enter", Code: "Enter", WindowsVirtualKeyCode: 13})
		return err
	}))
}

// fits fails when the page is wider than its window.
func (p *page) fits() {
	p.t.Helper()
	over, err := eval[int](p, `document.documentElement.scrollWidth - window.innerWidth`)
	if err != nil {
		p.t.Fatal(err)
	}
	if over > 0 {
		p.t.Errorf("the page of %s is %d pixels wider than its window", p.name, over)
	}
}

// shoot saves what is seen.
func (p *page) shoot(name string) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	time.Sleep(400 * time.Millisecond) // animations end
	png, err := chromedp.Run(ctx, chromedp.CaptureScreenshot())
	if err = errors.Join(err, os.WriteFile(filepath.Join(p.shots, name+".png"), png, 0o600)); err != nil {
		p.t.Errorf("screenshot %s: %v", name, err)
	}
}

// shootPhone opens the page at the size of a phone, where it must show the
// same and fit as well, and saves it.
func (p *page) shootPhone(name, shows string) {
	p.t.Helper()
	p.run(chromedp.EmulateViewport(390, 844, chromedp.EmulateMobile, chromedp.EmulateScale(2)), chromedp.Reload())
	p.sees("body", shows)
	p.fits()
	p.shoot(name)
	p.run(chromedp.EmulateViewport(1440, 900), chromedp.Reload())
	p.sees("body", shows)
}

func quote(s string) string {
	b, err := json.Marshal(s)
	if err != nil {
		panic(err) // strings always marshal
	}
	return string(b)
}
