package main

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gin-gonic/gin"
)

// An orchestrator signs in as soon as /readyz answers: nothing may be answered
// before the first start is through.
func TestNothingIsAnsweredBeforeTheFirstStart(t *testing.T) {
	t.Parallel()
	var started atomic.Bool
	router := gin.New()
	router.GET("/readyz", func(c *gin.Context) { c.String(http.StatusOK, "%t", started.Load()) })
	a := &app{cfg: Config{Listen: "127.0.0.1:0"}, log: slog.New(slog.DiscardHandler), router: router}
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	answer := make(chan string, 1)
	err := a.serve(ctx, func(addr net.Addr) error {
		go func() {
			defer stop()
			res, err := http.Get("http://" + addr.String() + "/readyz") //nolint:noctx // ends with the server
			if err != nil {
				answer <- err.Error()
				return
			}
			defer res.Body.Close()
			b, _ := io.ReadAll(res.Body)
			answer <- string(b)
		}()
		time.Sleep(100 * time.Millisecond)
		started.Store(true)
		return nil
	})
	if got := <-answer; got != "true" || err != nil {
		t.Errorf("answered %q, %v", got, err)
	}
}

// A first start that fails ends the server and frees the address.
func TestFailedFirstStartStopsTheServer(t *testing.T) {
	t.Parallel()
	a := &app{cfg: Config{Listen: "127.0.0.1:0"}, log: slog.New(slog.DiscardHandler), router: gin.New()}
	refused := errors.New("refused")
	var at string
	err := a.serve(t.Context(), func(addr net.Addr) error {
		at = addr.String()
		return refused
	})
	if !errors.Is(err, refused) {
		t.Fatal(err)
	}
	if c, err := net.DialTimeout("tcp", at, time.Second); err == nil {
		_ = c.Close()
		t.Error("still listening")
	}
}
