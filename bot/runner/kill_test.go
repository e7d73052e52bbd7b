package runner_test

import (
	"bufio"
	"context"
	"database/sql"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"daozhang/bot/delivery"
	"daozhang/bot/runner"
	"daozhang/store"
)

// What the victim process is told.
const (
	childDB    = "DAOZHANG_RUNNER_TEST_DB"
	childPoint = "DAOZHANG_RUNNER_TEST_POINT" // kill yourself here …
	childAfter = "DAOZHANG_RUNNER_TEST_AFTER" // … at the n-th time
	childSent  = "DAOZHANG_RUNNER_TEST_SENT"  // what "WeChat" got, a line each
)

const killMessages = 6

// runAsChild is a whole server in small: it accepts the messages that are not
// stored yet, answers, delivers into a file, and may kill itself.
func runAsChild() {
	db := os.Getenv(childDB)
	if db == "" {
		return
	}
	if err := child(db); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0)
}

func child(db string) error {
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	s, err := store.Open(ctx, "sqlite://"+db, store.Options{})
	if err != nil {
		return err
	}
	defer s.Close()
	after, _ := strconv.ParseInt(os.Getenv(childAfter), 10, 64)
	var seen atomic.Int64
	point := os.Getenv(childPoint)
	fault := func(at string) {
		if at == point && seen.Add(1) == after {
			_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
			time.Sleep(time.Minute)
		}
	}
	passive := 50 * time.Millisecond
	if point == "claimed" {
		passive = 2 * time.Second // the callback must be in time, also on a slow machine
	}
	r, err := runner.New(runner.Deps{
		Store: s, Engine: &engine{}, Sender: fileSender(os.Getenv(childSent)), Log: quiet(), Fault: fault,
		// Short leases, so that what the dead process held is due again soon.
		Timing: runner.Timing{
			Lease: 300 * time.Millisecond, SendLease: 300 * time.Millisecond, PassiveLease: 300 * time.Millisecond,
			Passive: passive, Poll: 50 * time.Millisecond, TurnsPerMinute: -1,
			// Kills count as attempts: with the default a conversation that every
			// kill hits would go to a human, as it should, and not be answered.
			Attempts: 20,
		},
	})
	if err != nil {
		return err
	}
	done := make(chan error, 1)
	run, stop := context.WithCancel(ctx)
	defer stop()
	go func() { done <- r.Run(run) }()
	for n := range killMessages {
		// WeChat sends again what was not acknowledged: all of it, each time.
		id, _, err := r.Accept(ctx, text2(fmt.Sprintf("u%d", n%3), fmt.Sprintf("m%d", n), n, time.Now()))
		if err != nil {
			return err
		}
		if n%2 == 0 {
			callback(ctx, r, id, passive)
		}
	}
	for settled := 0; settled < 3 && ctx.Err() == nil; time.Sleep(50 * time.Millisecond) {
		next, err := s.NextDue(ctx)
		if err != nil {
			return err
		}
		settled++
		if !next.IsZero() {
			settled = 0
		}
	}
	stop()
	return <-done
}

// callback carries the passive reply like the channel does.
func callback(ctx context.Context, r *runner.Runner, inbound int64, passive time.Duration) {
	wait, cancel := context.WithTimeout(ctx, 2*passive)
	defer cancel()
	row, ok := r.Await(wait, inbound)
	if !ok {
		return
	}
	if mine, err := r.Claim(ctx, row.ID); err == nil && mine {
		_ = r.Delivered(ctx, row.ID, fileSender(os.Getenv(childSent)).Send(ctx, row))
	}
}

// fileSender appends what WeChat would have got.
type fileSender string

func (f fileSender) Send(_ context.Context, o delivery.Outbound) error {
	w, err := os.OpenFile(string(f), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer w.Close()
	_, err = fmt.Fprintf(w, "%d\n", o.ID)
	return err
}

// TestKilledBetweenSteps kills the process between every two steps, several
// times at each, and starts it again until it ends by itself: every message
// is answered exactly once in the outbox, and everything was sent.
func TestKilledBetweenSteps(t *testing.T) {
	if testing.Short() {
		t.Skip("starts processes")
	}
	t.Parallel()
	points := []string{"accepted", "leased", "decided", "committed", "claimed", "sending", "sent", "settled"}
	for _, point := range points {
		t.Run(point, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			killed := 0
			for after := 1; after <= 3; after++ {
				if killChild(t, dir, point, after) {
					killed++
				}
			}
			if killed == 0 {
				t.Fatalf("%s was never reached", point)
			}
			if killChild(t, dir, "", 0) {
				t.Fatal("the last run was killed")
			}
			checkAnswers(t, dir)
		})
	}
}

// killChild runs the victim once and reports whether it was killed.
func killChild(t *testing.T, dir, point string, after int) bool {
	t.Helper()
	cmd := exec.Command(os.Args[0], "-test.run=^$")
	cmd.Env = append(os.Environ(), childDB+"="+dir+"/x.db", childSent+"="+dir+"/sent",
		childPoint+"="+point, childAfter+"="+strconv.Itoa(after))
	out, err := cmd.CombinedOutput()
	if err == nil {
		return false
	}
	if status, ok := cmd.ProcessState.Sys().(syscall.WaitStatus); ok && status.Signal() == syscall.SIGKILL {
		return true
	}
	t.Fatalf("the victim failed: %v\n%s", err, out)
	return false
}

func checkAnswers(t *testing.T, dir string) {
	t.Helper()
	db, err := sql.Open("sqlite", dir+"/x.db")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	answered := map[string]int{}
	var bodies []string
	rows, err := db.Query(`SELECT id, body, state FROM outbox`)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	ids := map[string]bool{}
	for rows.Next() {
		var id int64
		var body, state string
		if err := rows.Scan(&id, &body, &state); err != nil {
			t.Fatal(err)
		}
		if state != string(delivery.Sent) {
			t.Errorf("outbound %d is %s", id, state)
		}
		ids[strconv.FormatInt(id, 10)] = true
		bodies = append(bodies, body)
		for n := range killMessages {
			answered[fmt.Sprintf("m%d", n)] += strings.Count(body, fmt.Sprintf("m%d", n))
		}
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	for n := range killMessages {
		if got := answered[fmt.Sprintf("m%d", n)]; got != 1 {
			t.Errorf("m%d is answered %d times in %q", n, got, bodies)
		}
	}
	sent, err := os.Open(dir + "/sent")
	if err != nil {
		t.Fatal(err)
	}
	defer sent.Close()
	for lines := bufio.NewScanner(sent); lines.Scan(); {
		delete(ids, lines.Text())
	}
	if len(ids) != 0 {
		t.Errorf("marked sent but never given to WeChat: %v", ids)
	}
}
