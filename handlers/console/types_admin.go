package console

import (
	"encoding/json"
	"time"
)

// Channel is a verified way to reach somebody: the only source of telephone
// numbers, links and WeChat IDs in replies.
type Channel struct {
	ID         ID        `json:"id"`
	Brand      string    `json:"brand"`
	Kind       string    `json:"kind" enum:"phone,url,wechat"`
	Value      string    `json:"value"`
	Label      string    `json:"label"`
	Source     string    `json:"source" doc:"where it was verified"`
	VerifiedBy string    `json:"verified_by"`
	VerifiedAt time.Time `json:"verified_at,omitempty,omitzero"`
	ExpiresAt  time.Time `json:"expires_at,omitempty,omitzero"`
	Live       bool      `json:"live"`
}

// ChannelInput is a channel to save; saving verifies it in the user's name.
type ChannelInput struct {
	Brand     string    `json:"brand,omitempty" maxLength:"30"`
	Kind      string    `json:"kind" enum:"phone,url,wechat"`
	Value     string    `json:"value" minLength:"1" maxLength:"200"`
	Label     string    `json:"label" minLength:"1" maxLength:"60"`
	Source    string    `json:"source" minLength:"1" maxLength:"200"`
	ExpiresAt time.Time `json:"expires_at,omitempty,omitzero"`
}

// ChannelList is all channels.
type ChannelList struct {
	Items []Channel `json:"items"`
}

// Notice is a published announcement (outage, holiday).
type Notice struct {
	ID        ID        `json:"id"`
	Brand     string    `json:"brand" doc:"empty = every brand"`
	Title     string    `json:"title"`
	Text      string    `json:"text"`
	From      time.Time `json:"from"`
	Until     time.Time `json:"until"`
	Published bool      `json:"published"`
	Live      bool      `json:"live"`
	CreatedBy string    `json:"created_by"`
	CreatedAt time.Time `json:"created_at"`
}

// NoticeInput is a notice to save.
type NoticeInput struct {
	Brand     string    `json:"brand,omitempty" maxLength:"30"`
	Title     string    `json:"title" minLength:"1" maxLength:"60"`
	Text      string    `json:"text" minLength:"1" maxLength:"500"`
	From      time.Time `json:"from"`
	Until     time.Time `json:"until"`
	Published bool      `json:"published"`
}

// NoticeList is all notices, newest first.
type NoticeList struct {
	Items []Notice `json:"items"`
}

// Macro is a canned reply (快捷回复).
type Macro struct {
	ID        ID        `json:"id"`
	Title     string    `json:"title"`
	Text      string    `json:"text" doc:"{店铺} {工单号} {客服} are filled in by the console"`
	Shortcut  string    `json:"shortcut"`
	CreatedBy string    `json:"created_by"`
	UpdatedAt time.Time `json:"updated_at"`
}

// MacroInput is a macro to save.
type MacroInput struct {
	Title    string `json:"title" minLength:"1" maxLength:"40"`
	Text     string `json:"text" minLength:"1" maxLength:"1000"`
	Shortcut string `json:"shortcut,omitempty" maxLength:"20"`
}

// MacroList is all macros by title.
type MacroList struct {
	Items []Macro `json:"items"`
}

// UserList is all users.
type UserList struct {
	Items []User `json:"items"`
}

// Agent is a colleague one may hand over to.
type Agent struct {
	ID          ID     `json:"id"`
	DisplayName string `json:"display_name"`
	Role        string `json:"role"`
	Presence    string `json:"presence" enum:"online,away,offline"`
	Open        int64  `json:"open" doc:"conversations in hand"`
}

// AgentList is everybody who may own a conversation.
type AgentList struct {
	Items []Agent `json:"items"`
}

// UserCreate makes a user. Without a password a one-time one is made and
// returned once.
type UserCreate struct {
	Name        string `json:"name" minLength:"2" maxLength:"32" pattern:"^[a-z0-9][a-z0-9._-]*$" doc:"for signing in"`
	DisplayName string `json:"display_name" minLength:"1" maxLength:"32" doc:"seen by colleagues and merchants"`
	Role        string `json:"role" enum:"agent,supervisor,admin,auditor"`
	Password    string `json:"password,omitempty" maxLength:"256"`
}

// UserUpdate changes a user.
type UserUpdate struct {
	DisplayName string `json:"display_name" minLength:"1" maxLength:"32"`
	Role        string `json:"role" enum:"agent,supervisor,admin,auditor"`
	Disabled    bool   `json:"disabled"`
}

// UserSecret is a user with a one-time password, shown once.
type UserSecret struct {
	User     User   `json:"user"`
	Password string `json:"password" doc:"shown once; must be changed at the first sign-in; empty when one was given"`
}

// AuditRow is one record of an access or a change.
type AuditRow struct {
	ID      ID        `json:"id"`
	Actor   string    `json:"actor"`
	Action  string    `json:"action"`
	Subject string    `json:"subject"`
	Detail  string    `json:"detail"`
	Client  string    `json:"client"`
	At      time.Time `json:"at"`
}

// AuditList is a page of audit records, newest first.
type AuditList struct {
	Items      []AuditRow `json:"items"`
	NextCursor string     `json:"next_cursor"`
}

// Report is the summary of a span of days, Asia/Shanghai.
type Report struct {
	From string `json:"from" doc:"YYYY-MM-DD, inclusive"`
	To   string `json:"to" doc:"YYYY-MM-DD, inclusive"`
	// Totals of the span.
	Totals   ReportTotals  `json:"totals"`
	Days     []ReportDay   `json:"days"`
	Causes   []ReportCount `json:"causes" doc:"bot answers by cause"`
	Reasons  []ReportCount `json:"reasons" doc:"cases by hand-off reason"`
	Articles []ReportCount `json:"articles" doc:"bot answers by article"`
}

// ReportTotals are the headline numbers.
type ReportTotals struct {
	Conversations int64 `json:"conversations" doc:"conversations with at least one word of the contact"`
	Inbound       int64 `json:"inbound" doc:"messages of contacts"`
	BotReplies    int64 `json:"bot_replies"`
	AgentReplies  int64 `json:"agent_replies"`
	Cases         int64 `json:"cases"`
	Closed        int64 `json:"closed"`
	// Contained is the share of conversations without a case, 0–1; it counts
	// people who gave up, so read it with the rating.
	Contained      float64 `json:"contained"`
	FirstReplyMin  float64 `json:"first_reply_min" doc:"median minutes from hand-off to the first agent reply; 0 = none"`
	Rated          int64   `json:"rated"`
	RatingAverage  float64 `json:"rating_average" doc:"0 = none"`
	Unacknowledged int64   `json:"unacknowledged" doc:"cases waiting now past their expected time"`
}

// ReportDay is one day.
type ReportDay struct {
	Day        string `json:"day"`
	Inbound    int64  `json:"inbound"`
	BotReplies int64  `json:"bot_replies"`
	Cases      int64  `json:"cases"`
	Closed     int64  `json:"closed"`
}

// ReportCount is one bar.
type ReportCount struct {
	Name  string `json:"name"`
	Title string `json:"title,omitempty" doc:"of an article, as it was then"`
	Count int64  `json:"count"`
}

// DeadLetter is a message that could not be delivered.
type DeadLetter struct {
	ID             ID        `json:"id"`
	ConversationID ID        `json:"conversation_id"`
	ContactName    string    `json:"contact_name"`
	Author         string    `json:"author"`
	Text           string    `json:"text"`
	Attempts       int       `json:"attempts"`
	Error          string    `json:"error"`
	Hint           string    `json:"hint" doc:"what it means and what to do, in Chinese"`
	CreatedAt      time.Time `json:"created_at"`
}

// DeadLetterList is a page of dead letters, newest first.
type DeadLetterList struct {
	Items      []DeadLetter `json:"items"`
	NextCursor string       `json:"next_cursor"`
}

// Token is an API token without its secret.
type Token struct {
	ID         ID        `json:"id"`
	Name       string    `json:"name"`
	Scopes     []string  `json:"scopes"`
	CreatedBy  string    `json:"created_by"`
	CreatedAt  time.Time `json:"created_at"`
	LastUsedAt time.Time `json:"last_used_at,omitempty,omitzero"`
	Revoked    bool      `json:"revoked"`
}

// TokenList is all tokens.
type TokenList struct {
	Items []Token `json:"items"`
}

// TokenInput makes a token.
type TokenInput struct {
	Name   string   `json:"name" minLength:"1" maxLength:"60"`
	Scopes []string `json:"scopes" minItems:"1" uniqueItems:"true" enum:"ledger:write,conversations:read,knowledge:read,reports:read"`
}

// TokenSecret is a new token, shown once.
type TokenSecret struct {
	Token  Token  `json:"token"`
	Secret string `json:"secret" doc:"shown once"`
}

// PushReport says what became of pushed ledger rows.
type PushReport struct {
	Accepted []string      `json:"accepted" doc:"ids of the rows stored, in order"`
	Rejected []RejectedRow `json:"rejected"`
}

// RejectedRow is a row that was not stored.
type RejectedRow struct {
	Row    int    `json:"row" doc:"1-based"`
	ID     string `json:"id"`
	Column string `json:"column"`
	Reason string `json:"reason" doc:"Chinese"`
}

// Event is the data of one server-sent event.
type Event struct {
	ID        ID              `json:"id"`
	Type      string          `json:"type"`
	SubjectID string          `json:"subject_id" doc:"id, or 0"`
	Version   int64           `json:"version"`
	Data      json.RawMessage `json:"data"`
	At        time.Time       `json:"at"`
}
