package main

import (
	"database/sql"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// startProgram runs the program as a process of its own, which can be killed.
func startProgram(t *testing.T, dir string, env []string, args ...string) (demo, *exec.Cmd) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	d := demo{stdout: &output{}, stderr: &output{}}
	cmd := exec.CommandContext(t.Context(), self, args...)
	cmd.Dir, cmd.Stdout, cmd.Stderr = dir, d.stdout, d.stderr
	cmd.Env = append(append(os.Environ(), asProgram+"=1"), env...)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill() // gone already where the test has ended it
		_ = cmd.Wait()
	})
	d.base = d.ready(t)
	return d, cmd
}

// A power cut in the middle of conversations: one merchant has been answered
// and waits for a person, another one's message is stored but not answered.
func TestKilledDemoLosesNothing(t *testing.T) {
	t.Parallel()
	dir, address := t.TempDir(), freePort(t)
	args := []string{"demo", "-keep", "-listen", address, "-metrics-listen", "", "-now", "2026-11-18T16:00:00+08:00"}

	// A long wait for the rest of a fragment keeps its message unanswered.
	d, process := startProgram(t, dir, []string{"DAOZHANG_BOT_DEBOUNCE=3s"}, args...)
	first, second := phoneAPI{d.base, "demo-merchant-1"}, phoneAPI{d.base, "demo-merchant-2"}
	first.say(t, "昨天下午刷了一笔5000到现在没到账")
	first.hears(t, "5000.00元", "净额4970.00元")
	first.say(t, "转人工")
	first.hears(t, "工单号 000001")
	second.say(t, "在吗")
	database := filepath.Join(dir, "data", "demo", "daozhang.db")
	eventually(t, "the fragment is stored and waits", func() error { return waitsInInbox(database, 1) })
	before, err := first.chat()
	if err != nil {
		t.Fatal(err)
	}
	if err := process.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = process.Wait() // it was killed

	d, process = startProgram(t, dir, nil, args...)
	first.base, second.base = d.base, d.base
	agent := d.signIn(t, "xiaoli")
	// The case waits, with every word said before, each once and in order.
	waiting := agent.conversations(t, "waiting")
	if len(waiting) != 1 || waiting[0].Reason != "REQUESTED" || !slices.Equal(waiting[0].Shops, []string{"张记五金店"}) {
		t.Fatalf("waiting after the restart: %+v", waiting)
	}
	if got, want := agent.texts(t, waiting[0].ID), texts(before); !slices.Equal(got, want) {
		t.Errorf("the conversation after the restart:\n%q\nbefore it:\n%q", got, want)
	}
	// What was stored and not answered is answered, once.
	eventually(t, "the fragment is answered", func() error { return waitsInInbox(database, 0) })
	var id string
	for _, c := range agent.conversations(t, "bot") {
		if slices.Equal(c.Shops, []string{"鲜果时光水果店"}) {
			id = c.ID
		}
	}
	if id == "" {
		t.Fatalf("the second merchant's conversation is gone: %+v", agent.conversations(t, "all"))
	}
	record := agent.texts(t, id)
	if len(record) != 2 || record[0] != "在吗" {
		t.Fatalf("the record of the fragment: %q", record)
	}
	// WeChat allows nothing until the merchant writes (the simulated platform
	// forgot its windows): then the kept answer arrives with the new one.
	second.say(t, "昨天那笔1688什么时候到")
	second.hears(t, "1688.00元")
	second.hears(t, record[1])
	chat, err := second.chat()
	if err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(strings.Join(texts(chat), "\n"), record[1]); n != 1 {
		t.Errorf("the kept answer arrived %d times: %+v", n, chat)
	}
	if err := process.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	if err := process.Wait(); err != nil {
		t.Errorf("the end of the second start: %v\n%s", err, d.stderr)
	}
}

// waitsInInbox is nil when n stored messages are not answered yet.
func waitsInInbox(path string, n int) error {
	db, err := sql.Open("sqlite", "file:"+path+"?mode=ro&_pragma=busy_timeout(5000)")
	if err != nil {
		return err
	}
	defer db.Close()
	var waiting int
	if err := db.QueryRow(`SELECT count(*) FROM inbox WHERE handled_at = 0`).Scan(&waiting); err != nil {
		return err
	}
	if waiting != n {
		return fmt.Errorf("%d messages wait", waiting)
	}
	return nil
}

type listed struct {
	ID, Status, Reason string
	Shops              []string
}

func (c consoleAPI) conversations(t *testing.T, status string) []listed {
	t.Helper()
	var page struct{ Items []listed }
	if err := c.get("/conversations?status="+status, &page); err != nil {
		t.Fatal(err)
	}
	return page.Items
}

// texts of a conversation, without the remarks of the system.
func (c consoleAPI) texts(t *testing.T, id string) []string {
	t.Helper()
	var page struct {
		Messages []struct{ Author, Text string }
	}
	if err := c.get("/conversations/"+id, &page); err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, m := range page.Messages {
		if m.Author != "system" {
			out = append(out, m.Text)
		}
	}
	return out
}

// texts of a chat on the phone.
func texts(chat []said) []string {
	var out []string
	for _, m := range chat {
		if m.Kind != "notice" {
			out = append(out, m.Text)
		}
	}
	return out
}
