package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

// server is one daozhang process under test.
type server struct {
	cmd  *exec.Cmd
	base string
	log  *strings.Builder
}

// startServer starts the binary and waits until it is ready.
func startServer(ctx context.Context, binary, dir string, env []string, args ...string) (*server, time.Duration, error) {
	port, err := freePort(ctx)
	if err != nil {
		return nil, 0, err
	}
	listen := "127.0.0.1:" + strconv.Itoa(port)
	s := &server{base: "http://" + listen, log: &strings.Builder{}}
	s.cmd = exec.CommandContext(ctx, binary, append(args, "-listen", listen, "-metrics-listen", "", "-data-dir", dir)...)
	s.cmd.Env = append(os.Environ(), env...)
	s.cmd.Stdout, s.cmd.Stderr = s.log, s.log
	begin := time.Now()
	if err := s.cmd.Start(); err != nil {
		return nil, 0, fmt.Errorf("start: %w", err)
	}
	for time.Since(begin) < 30*time.Second {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, s.base+"/readyz", nil)
		if err != nil {
			return nil, 0, fmt.Errorf("readyz: %w", err)
		}
		res, err := http.DefaultClient.Do(req)
		if err == nil {
			_ = res.Body.Close()
			if res.StatusCode == http.StatusOK {
				return s, time.Since(begin), nil
			}
		}
		time.Sleep(2 * time.Millisecond)
	}
	s.stop()
	return nil, 0, errors.New("not ready within 30 s:\n" + s.log.String())
}

func (s *server) stop() {
	_ = s.cmd.Process.Signal(os.Interrupt)
	_ = s.cmd.Wait() // its exit code is not what is measured
}

// resident is VmRSS in MB (Linux), 0 where it cannot be read.
func (s *server) resident() float64 {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", s.cmd.Process.Pid))
	if err != nil {
		return 0
	}
	for line := range strings.SplitSeq(string(b), "\n") {
		if kb, ok := strings.CutPrefix(line, "VmRSS:"); ok {
			n, err := strconv.Atoi(strings.Fields(kb)[0])
			if err != nil {
				return 0
			}
			return float64(n) / 1024
		}
	}
	return 0
}

func freePort(ctx context.Context) (int, error) {
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return 0, fmt.Errorf("find a port: %w", err)
	}
	defer l.Close() //nolint:errcheck // only its number is wanted
	addr, ok := l.Addr().(*net.TCPAddr)
	if !ok {
		return 0, errors.New("no TCP address")
	}
	return addr.Port, nil
}

// benchStart: start to ready and resident memory of the demo, against the cost
// of starting the same binary to print its version.
func benchStart(ctx context.Context, binary, dir string) ([]figure, error) {
	const rounds = 5
	var ready, plain []time.Duration
	var rss float64
	for i := range rounds {
		begin := time.Now()
		if err := exec.CommandContext(ctx, binary, "version").Run(); err != nil {
			return nil, fmt.Errorf("version: %w", err)
		}
		plain = append(plain, time.Since(begin))
		s, took, err := startServer(ctx, binary, filepath.Join(dir, "start"+strconv.Itoa(i)), nil, "demo")
		if err != nil {
			return nil, err
		}
		ready = append(ready, took)
		time.Sleep(2 * time.Second) // let it settle
		rss = max(rss, s.resident())
		s.stop()
	}
	slices.Sort(ready)
	slices.Sort(plain)
	r, p := ready[rounds/2], plain[rounds/2]
	return []figure{
		{"demo: start to ready (median of 5)", r.Round(time.Millisecond).String(), "≤ 1 s", fmt.Sprintf("%.0f × printing the version (%s)", float64(r)/float64(p), p.Round(time.Millisecond))},
		{"demo: resident memory, 2 s after ready (max)", fmt.Sprintf("%.1f MB", rss), "≤ 60 MB", ""},
	}, nil
}
