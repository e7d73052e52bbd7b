package main

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"daozhang/handlers/console"
	"daozhang/store"
)

// A push is bounded, idempotent, and judges every row by itself.
func TestPushOfLedgerRows(t *testing.T) {
	t.Parallel()
	s, err := store.Open(t.Context(), "sqlite://:memory:", store.Options{Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	p := ledgerPush{s}
	body := func(n int) []byte {
		rows := make([]string, n)
		for i := range rows {
			rows[i] = fmt.Sprintf(`{"id":"T%d","merchant_no":8221,"state":"SUCCESS","amount_fen":%d,"time":"2026-11-17T10:00:00+08:00"}`, i, i)
		}
		return []byte(`{"rows":[` + strings.Join(rows, ",") + `]}`)
	}
	for range 2 {
		r, err := p.Push(t.Context(), "transactions", body(1000))
		if err != nil || len(r.Accepted) != 1000 || len(r.Rejected) != 0 || r.Accepted[999] != "T999" {
			t.Fatalf("%v %d %d", err, len(r.Accepted), len(r.Rejected))
		}
	}
	var refused *console.PushError
	for _, bad := range [][]byte{body(1001), []byte("{}"), []byte("[]"), []byte(`{"rows":1}`), []byte(`{"rows":[{}]} x`)} {
		if _, err := p.Push(t.Context(), "transactions", bad); !errors.As(err, &refused) {
			t.Errorf("%.20s: %v", bad, err)
		}
	}
	r, err := p.Push(t.Context(), "transactions", []byte(`{"rows":[
		{"id":"N1","merchant_no":"8221","state":"SUCCESS","amount":"1.00","time":"2026-11-17 10:00:00"},
		{"id":"N2","merchant_no":"8221","state":"SUCCESS","amount":1.234,"time":"2026-11-17 10:00:00"},
		{"id":"T1","merchant_no":"8221","state":"REVERSED","amount_fen":1,"time":"2026-11-17 10:00:00"},
		{"id":"T1","merchant_no":"8221","state":"SUCCESS","amount_fen":1,"time":"2026-11-17 10:00:00"},
		{"merchant_no":"8221"}]}`))
	if err != nil || len(r.Accepted) != 2 || len(r.Rejected) != 3 {
		t.Fatalf("%v %+v", err, r)
	}
	for i, want := range []console.RejectedRow{{Row: 2, ID: "N2", Column: "amount"}, {Row: 4, ID: "T1", Column: "state"}, {Row: 5, ID: "8221", Column: "id"}} {
		got := r.Rejected[i]
		if got.Reason == "" {
			t.Errorf("%+v has no reason", got)
		}
		if got.Reason = ""; got != want {
			t.Errorf("%+v, want %+v", got, want)
		}
	}
	r, err = p.Push(t.Context(), "merchants", []byte(`{"rows":[{"merchant_no":"8221","name":"张记","terminals":["A1","A2"]}]}`))
	if err != nil || len(r.Accepted) != 1 || r.Accepted[0] != "8221" {
		t.Errorf("%v %+v", err, r)
	}
}
