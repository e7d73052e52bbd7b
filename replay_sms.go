package main

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"daozhang/bot"
	"daozhang/bot/runner"
	"daozhang/bot/scenario"
)

// secondFactor is the SMS gateway of a stage; off unless the scenario has one.
func (st *stage) secondFactor() runner.SecondFactor {
	if !st.settings.Codes {
		return runner.SecondFactor{}
	}
	return runner.SecondFactor{
		Texter: textFunc(st.text), Key: []byte("a scenario's key of codes"),
		NewCode: func() string { return scenario.Code(len(st.codes) + 1) },
	}
}

// text keeps what the registered telephone receives.
func (st *stage) text(_ context.Context, _, code, _ string, _ time.Duration) error {
	st.codes = append(st.codes, code)
	return nil
}

type textFunc func(ctx context.Context, phone, code, purpose string, ttl time.Duration) error

// Text implements runner.Texter.
func (f textFunc) Text(ctx context.Context, phone, code, purpose string, ttl time.Duration) error {
	return f(ctx, phone, code, purpose, ttl)
}

// bindOthers ties further WeChat users to the shops.
func (st *stage) bindOthers(ctx context.Context) error {
	for i, o := range st.s.Contact.Others {
		contact, _, err := st.store.EnsureContact(ctx, stageApp, fmt.Sprintf("other-%d", i+1), o.Name)
		if err == nil {
			err = st.store.Bind(ctx, contact, bot.Binding{
				MerchantNo: o.MerchantNo, Role: cmp.Or(o.Role, "clerk"), Name: o.Name, VerifiedBy: "scenario", BoundAt: st.now,
			})
		}
		if err != nil {
			return fmt.Errorf("other contact: %w", err)
		}
	}
	return nil
}
