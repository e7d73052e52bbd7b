package main

import (
	"crypto/hmac"
	"crypto/sha256"
	"fmt"

	"daozhang/bot/runner"
	"daozhang/bot/sms"
)

// secondFactor sends one-time codes by SMS; off while sms.url is empty. Codes
// are hashed with a key made of the gateway's secret, which every replica has
// and the database has not.
func (c Config) secondFactor() (runner.SecondFactor, error) {
	if c.SMS.URL == "" {
		return runner.SecondFactor{}, nil
	}
	g, err := sms.New(sms.Config{URL: c.SMS.URL, Secret: c.SMS.Secret, Timeout: c.SMS.Timeout})
	if err != nil {
		return runner.SecondFactor{}, fmt.Errorf("sms gateway: %w", err)
	}
	m := hmac.New(sha256.New, []byte(c.SMS.Secret))
	m.Write([]byte("daozhang one-time codes"))
	return runner.SecondFactor{Texter: g, Key: m.Sum(nil)}, nil
}
