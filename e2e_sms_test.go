package main

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"net/http"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// A code travels through the real gateway request, callback, store and console,
// and is found nowhere: not in the database, not in a log.
func TestBindingBySMSLeavesNoCodeBehind(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	d := startDemo(t, "-now", "2026-11-18T16:00:00+08:00", "-keep", "-data-dir", dir, "-log-level", "debug")
	d.base = d.ready(t)
	const newPhone, stranger, owner = "demo-new-phone", "demo-stranger", "demo-merchant-1"
	bind := "绑定商户号822100000000001，结算卡尾号1234"

	// A stranger who has read number and tail on paper: the same words, and
	// the code is on the owner's phones only.
	words := d.chat(t, stranger, bind)
	code := d.smsCode(t, owner, 1)
	if other := d.smsCode(t, newPhone, 1); other != code {
		t.Errorf("two phones with one number got %s and %s", code, other)
	}
	if got := d.chat(t, newPhone, "绑定商户号822100000000001，结算卡尾号9999"); got != words {
		t.Errorf("a wrong tail reads %q, a right one %q", got, words)
	}
	for _, m := range d.messages(t, stranger) {
		if m.Kind == "sms" || strings.Contains(m.Text, "1990000") {
			t.Errorf("the stranger reads %q", m.Text)
		}
	}
	// The owner on a new WeChat.
	if got := d.chat(t, newPhone, bind); got != words {
		t.Errorf("%q", got)
	}
	mine := d.smsCode(t, newPhone, 2)
	if got := d.chat(t, stranger, mine); !strings.Contains(got, "验证码不对，还可以再试4次") {
		t.Errorf("somebody else's code: %q", got)
	}
	if got := d.chat(t, newPhone, "验证码"+mine); !strings.Contains(got, "绑定成功") || strings.Contains(got, "撤回") {
		t.Errorf("the right code: %q", got)
	}
	if got := d.chat(t, newPhone, "昨天下午刷了一笔5000到现在没到账"); !strings.Contains(got, "4970.00") {
		t.Errorf("bound, and the answer is %q", got)
	}
	if got := d.chat(t, newPhone, mine); !strings.Contains(got, "用过") {
		t.Errorf("the code again: %q", got)
	}
	found := 0
	for table, row := range rowsOf(t, filepath.Join(dir, "demo", "daozhang.db")) {
		found++
		for _, c := range []string{code, mine} {
			if hasNumber(row, c) {
				t.Errorf("%s holds the code: %s", table, row)
			}
		}
	}
	if found < 20 {
		t.Fatalf("only %d tables were read", found)
	}
	for _, c := range []string{code, mine, "19900000001", demoSMS} {
		if hasNumber(d.stderr.String(), c) {
			t.Errorf("%s is in the log:\n%s", c, d.stderr)
		}
	}
}

type phoneMessage struct {
	From string `json:"from"`
	Kind string `json:"kind"`
	Text string `json:"text"`
}

func (d demo) messages(t *testing.T, openID string) []phoneMessage {
	t.Helper()
	var list struct {
		Messages []phoneMessage `json:"messages"`
	}
	res, err := http.Get(d.base + "/simulator/api/followers/" + openID + "/messages") //nolint:noctx // the demo ends with the test
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if err := json.NewDecoder(res.Body).Decode(&list); err != nil {
		t.Fatal(err)
	}
	return list.Messages
}

// chat says something on a follower's phone and gives the account's answer.
func (d demo) chat(t *testing.T, openID, text string) string {
	t.Helper()
	answers := func() (all []string) {
		for _, m := range d.messages(t, openID) {
			if m.From == "account" {
				all = append(all, m.Text)
			}
		}
		return all
	}
	before := len(answers())
	body, err := json.Marshal(map[string]string{"text": text})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, d.base+"/simulator/api/followers/"+openID+"/text", bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	_ = res.Body.Close()
	got := ""
	eventually(t, "an answer to "+text, func() error {
		if all := answers(); len(all) > before {
			got = all[len(all)-1]
			return nil
		}
		return fmt.Errorf("%s hears nothing", openID)
	})
	return got
}

// smsCode is the code of the n-th SMS on a phone, from 1.
func (d demo) smsCode(t *testing.T, openID string, n int) string {
	t.Helper()
	code := ""
	eventually(t, "an SMS", func() error {
		seen := 0
		for _, m := range d.messages(t, openID) {
			if m.Kind == "sms" {
				if seen++; seen == n {
					code = regexp.MustCompile(`\d{6}`).FindString(m.Text)
					return nil
				}
			}
		}
		return fmt.Errorf("%s has %d SMS", openID, seen)
	})
	return code
}

// rowsOf reads every row of every table of a database as text.
func rowsOf(t *testing.T, path string) map[string]string {
	t.Helper()
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	out := map[string]string{}
	for _, table := range strings.Fields(dump(ctx, t, db, `SELECT name FROM sqlite_master WHERE type = 'table'`)) {
		out[table] = dump(ctx, t, db, "SELECT * FROM "+table)
	}
	return out
}

// dump is the answer to a query as text.
func dump(ctx context.Context, t *testing.T, db *sql.DB, query string) string {
	t.Helper()
	rows, err := db.QueryContext(ctx, query)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for rows.Next() {
		values, to := make([]any, len(columns)), make([]any, len(columns))
		for i := range values {
			to[i] = &values[i]
		}
		if err := rows.Scan(to...); err != nil {
			t.Fatal(err)
		}
		fmt.Fprintln(&b, values...)
	}
	if rows.Err() != nil {
		t.Fatal(rows.Err())
	}
	return b.String()
}

// hasNumber finds digits that are not part of a longer number or digest.
func hasNumber(text, digits string) bool {
	return regexp.MustCompile(`(?:^|[^0-9a-zA-Z])` + regexp.QuoteMeta(digits) + `(?:$|[^0-9a-zA-Z])`).MatchString(text)
}
