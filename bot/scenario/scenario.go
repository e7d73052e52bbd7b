// Package scenario reads scenario files (contract section 4), serves their
// rows as a ledger, and checks what came out against what was expected. It is
// pure; who runs the conversation is the caller's business.
package scenario

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"daozhang/bot"
	"daozhang/transactions"
)

// Scenario is one line of a scenario file.
type Scenario struct {
	ID      string
	Now     time.Time
	Contact Contact
	Rows
	Notices []transactions.Notice
	// CalendarUntil ends the calendar earlier; the zero date = as loaded.
	CalendarUntil transactions.Date
	// LedgerError makes every look-up fail: timeout down garbage; "" = none.
	LedgerError string
	// LedgerErrorShops are the only shops that it is about (ours); none: all.
	LedgerErrorShops []string
	History          []string
	// SMS is true when one-time codes can be sent (ours).
	SMS   bool
	Turns []Step
	// Expect is what must come out; nil when the line has none.
	Expect *Expect
}

// Contact of a scenario; "" = this WeChat user is not bound.
type Contact struct {
	MerchantNo string
	// More shops bound to the same contact (ours).
	MerchantNos []string
	// Role at all of them (ours); "" = owner.
	Role string
	// Others are further WeChat users bound to a shop (ours).
	Others []Other
}

// Other is another WeChat user of a shop.
type Other struct {
	MerchantNo string `json:"merchant_no"`
	Role       string `json:"role"`
	Name       string `json:"name"`
}

// Bound are all merchant numbers of the contact.
func (c Contact) Bound() []string {
	if c.MerchantNo == "" {
		return c.MerchantNos
	}
	return append([]string{c.MerchantNo}, c.MerchantNos...)
}

// Rows of the ledger.
type Rows struct {
	Merchants    []transactions.Merchant    `json:"merchants"`
	Transactions []transactions.Transaction `json:"transactions"`
	Settlements  []transactions.Settlement  `json:"settlements"`
}

// Step is one thing that happens.
type Step struct {
	// At is when; the zero time = at once after the step before.
	At    time.Time
	Say   string
	Event string
	Key   string
	// Kind of a message that is no text: image voice video … (ours).
	Kind   string
	Ledger *Change
	// Agent does claim, reply, give_back or close; Text is what is said.
	Agent string
	Text  string
}

// Change is a ledger step: whole rows, changed or new.
type Change struct {
	Rows
	// LedgerError replaces the scenario's when present (ours).
	LedgerError *string `json:"ledger_error"`
	// LedgerErrorShops replace the scenario's when present (ours).
	LedgerErrorShops *[]string `json:"ledger_error_shops"`
	// Notices replace the scenario's when present (ours).
	Notices *[]transactions.Notice `json:"notices"`
}

// Output is what a run writes for one scenario.
type Output struct {
	ID    string       `json:"id"`
	Turns []TurnOutput `json:"turns"`
}

// TurnOutput is one step of an Output. Decision is nil where no turn ran.
type TurnOutput struct {
	Say      string        `json:"say"`
	Replies  []string      `json:"replies"`
	Decision *bot.Decision `json:"decision"`
}

// MarshalJSON keeps the lists from being null.
func (t TurnOutput) MarshalJSON() ([]byte, error) {
	type plain TurnOutput
	if t.Replies == nil {
		t.Replies = []string{}
	}
	return marshal(plain(t))
}

// MarshalJSON keeps the lists from being null.
func (o Output) MarshalJSON() ([]byte, error) {
	type plain Output
	if o.Turns == nil {
		o.Turns = []TurnOutput{}
	}
	return marshal(plain(o))
}

// ErrorOutput is what a run writes for a line that cannot be run.
type ErrorOutput struct {
	ID    string `json:"id"`
	Error string `json:"error"`
}

// Line writes an output as one JSON line without HTML escapes.
func Line(v any) ([]byte, error) { return marshal(v) }

func marshal(v any) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return nil, fmt.Errorf("encode: %w", err)
	}
	return bytes.TrimRight(b.Bytes(), "\n"), nil
}

// line is the file's form of a scenario.
type line struct {
	ID      string     `json:"id"`
	Now     *time.Time `json:"now"`
	Contact *struct {
		MerchantNo  *string  `json:"merchant_no"`
		MerchantNos []string `json:"merchant_nos"`
		Role        string   `json:"role"`
		Others      []Other  `json:"others"`
	} `json:"contact"`
	Rows
	Notices       []transactions.Notice `json:"notices"`
	CalendarUntil transactions.Date     `json:"calendar_until"`
	LedgerError   string                `json:"ledger_error"`
	ErrorShops    []string              `json:"ledger_error_shops"`
	History       []string              `json:"history"`
	SMS           bool                  `json:"sms"`
	Turns         []step                `json:"turns"`
	Expect        json.RawMessage       `json:"expect"`
}

type step struct {
	At     *time.Time `json:"at"`
	Say    *string    `json:"say"`
	Event  string     `json:"event"`
	Key    string     `json:"key"`
	Kind   string     `json:"kind"`
	Ledger *Change    `json:"ledger"`
	Agent  string     `json:"agent"`
	Text   string     `json:"text"`
}

// ID reads no more than the id of a line, for the report of a bad one.
func ID(data []byte) string {
	var l struct {
		ID any `json:"id"`
	}
	if json.Unmarshal(data, &l) != nil || l.ID == nil {
		return ""
	}
	return fmt.Sprint(l.ID)
}

// Parse reads one line. Errors name what is wrong with it.
func Parse(data []byte) (Scenario, error) {
	data = bytes.TrimPrefix(bytes.TrimSpace(data), []byte("\ufeff"))
	data, err := exactTimes(data)
	if err != nil {
		return Scenario{}, fmt.Errorf("scenario is not valid JSON: %w", err)
	}
	var l line
	if err := json.Unmarshal(data, &l); err != nil {
		return Scenario{}, fmt.Errorf("scenario is not valid JSON: %w", err)
	}
	switch {
	case l.ID == "":
		return Scenario{}, errors.New("scenario has no id")
	case l.Now == nil || l.Now.IsZero():
		return Scenario{}, errors.New("scenario has no now")
	case len(l.Turns) == 0:
		return Scenario{}, errors.New("scenario has no turns")
	}
	switch l.LedgerError {
	case "", "timeout", "down", "garbage":
	default:
		return Scenario{}, fmt.Errorf("ledger_error %q is none of timeout, down, garbage", l.LedgerError)
	}
	s := Scenario{
		ID: l.ID, Now: l.Now.In(transactions.Shanghai), Rows: l.Rows, Notices: local(l.Notices),
		CalendarUntil: l.CalendarUntil, LedgerError: l.LedgerError, LedgerErrorShops: l.ErrorShops, History: l.History, SMS: l.SMS,
	}
	if l.Contact != nil {
		s.Contact.MerchantNos, s.Contact.Role, s.Contact.Others = l.Contact.MerchantNos, l.Contact.Role, l.Contact.Others
		if l.Contact.MerchantNo != nil {
			s.Contact.MerchantNo = *l.Contact.MerchantNo
		}
	}
	if err := s.complete(s.Transactions, s.Contact.MerchantNo); err != nil {
		return Scenario{}, err
	}
	known := append([]transactions.Transaction(nil), s.Transactions...)
	for i, st := range l.Turns {
		if st.Ledger != nil {
			known = append(known, st.Ledger.Transactions...)
		}
		out, err := st.read(known, s.Contact.MerchantNo)
		if err != nil {
			return Scenario{}, fmt.Errorf("step %d: %w", i+1, err)
		}
		s.Turns = append(s.Turns, out)
	}
	if len(l.Expect) > 0 && string(l.Expect) != "null" {
		e, err := readExpect(l.Expect)
		if err != nil {
			return Scenario{}, fmt.Errorf("expect: %w", err)
		}
		s.Expect = &e
	}
	return s, nil
}

func local(in []transactions.Notice) []transactions.Notice {
	for i := range in {
		in[i].From, in[i].Until = in[i].From.In(transactions.Shanghai), in[i].Until.In(transactions.Shanghai)
	}
	return in
}

// read checks one step; known are the transactions up to it, bound the shop
// of the contact.
func (st step) read(known []transactions.Transaction, bound string) (Step, error) {
	out := Step{Event: st.Event, Key: st.Key, Kind: st.Kind, Agent: st.Agent, Text: st.Text, Ledger: st.Ledger}
	if st.At != nil {
		out.At = st.At.In(transactions.Shanghai)
	}
	if st.Say != nil {
		out.Say = *st.Say
		if out.Kind == "" {
			out.Kind = "text"
		}
	}
	switch st.Agent {
	case "", "claim", "reply", "give_back", "close":
	default:
		return out, fmt.Errorf("agent %q is none of claim, reply, give_back, close", st.Agent)
	}
	if out.Kind == "" && out.Event == "" && out.Ledger == nil && out.Agent == "" && out.At.IsZero() {
		return out, errors.New("has none of say, event, ledger, agent, at")
	}
	if out.Ledger != nil {
		if err := out.Ledger.complete(known, bound); err != nil {
			return out, err
		}
		if out.Ledger.Notices != nil {
			n := local(*out.Ledger.Notices)
			out.Ledger.Notices = &n
		}
	}
	return out, nil
}

// complete takes a settlement's shop from its transactions (else the bound
// one), gives rows their source and puts every time into Shanghai.
func (r *Rows) complete(known []transactions.Transaction, bound string) error {
	shop := map[string]string{}
	for _, t := range known {
		shop[t.ID] = t.MerchantNo
	}
	for i := range r.Transactions {
		t := &r.Transactions[i]
		if t.ID == "" || t.Time.IsZero() {
			return fmt.Errorf("transaction %q: id and time are required", t.ID)
		}
		if t.Source == "" {
			t.Source = "file"
		}
		t.Time = t.Time.In(transactions.Shanghai)
		if t.Reversal != nil && !t.Reversal.Time.IsZero() {
			t.Reversal.Time = t.Reversal.Time.In(transactions.Shanghai)
		}
	}
	for i := range r.Settlements {
		s := &r.Settlements[i]
		if s.ID == "" {
			return errors.New("settlement without id")
		}
		for _, id := range s.TransactionIDs {
			if s.MerchantNo == "" {
				s.MerchantNo = shop[id]
			}
		}
		if s.MerchantNo == "" {
			s.MerchantNo = bound
		}
		s.PaidAt, s.ReturnedAt = inShanghai(s.PaidAt), inShanghai(s.ReturnedAt)
	}
	for i := range r.Merchants {
		m := &r.Merchants[i]
		if m.MerchantNo == "" {
			return errors.New("merchant without merchant_no")
		}
		m.Account.ChangedAt = inShanghai(m.Account.ChangedAt)
	}
	return nil
}

func inShanghai(t time.Time) time.Time {
	if t.IsZero() {
		return t
	}
	return t.In(transactions.Shanghai)
}
