// Package desk is the pure part of the agents' side: users, roles and
// permissions, password rules, views of conversations and cases, queue order,
// macros, notes and audit records. Values in, values out; no I/O, no clock.
package desk

import "slices"

// Role of a console user.
type Role string

// The closed list of roles.
const (
	Agent      Role = "agent"      // 客服
	Supervisor Role = "supervisor" // 主管
	Admin      Role = "admin"      // 管理员
	Auditor    Role = "auditor"    // 审计, reads only
)

// Roles are all roles, the least first.
func Roles() []Role { return []Role{Agent, Supervisor, Admin, Auditor} }

// Valid reports a known role.
func (r Role) Valid() bool { return slices.Contains(Roles(), r) }

// Chinese is the role's name as the console shows it.
func (r Role) Chinese() string {
	switch r {
	case Agent:
		return "客服"
	case Supervisor:
		return "主管"
	case Admin:
		return "管理员"
	case Auditor:
		return "审计"
	}
	return string(r)
}

// Permission is a right that a route asks for.
type Permission string

// The closed list of permissions.
const (
	ReadConversations  Permission = "conversation.read"
	ActOnConversations Permission = "conversation.act"
	// AssignConversations lets act on a conversation that another agent owns.
	AssignConversations Permission = "conversation.assign"
	ReadLedger          Permission = "ledger.read"
	DecideBindings      Permission = "bind.decide"
	CreateScenes        Permission = "scene.create"
	DeleteBindings      Permission = "binding.delete"
	ReadKnowledge       Permission = "knowledge.read"
	EditKnowledge       Permission = "knowledge.edit"
	PublishKnowledge    Permission = "knowledge.publish"
	WriteChannels       Permission = "channel.write"
	WriteNotices        Permission = "notice.write"
	ReadMacros          Permission = "macro.read"
	WriteMacros         Permission = "macro.write"
	ReadReports         Permission = "report.read"
	RetryDelivery       Permission = "delivery.retry"
	ReadAudit           Permission = "audit.read"
	WriteUsers          Permission = "user.write"
	WriteTokens         Permission = "token.write"
	// PushLedger is for programs only: no role has it.
	PushLedger Permission = "ledger.push"
)

//nolint:gochecknoglobals // read-only table
var permissions = map[Role][]Permission{
	Agent: {
		ReadConversations, ActOnConversations, ReadLedger, DecideBindings, CreateScenes,
		ReadKnowledge, EditKnowledge, ReadMacros,
	},
	Supervisor: {
		ReadConversations, ActOnConversations, AssignConversations, ReadLedger, DecideBindings, CreateScenes,
		DeleteBindings, ReadKnowledge, EditKnowledge, PublishKnowledge, WriteNotices, ReadMacros, WriteMacros,
		ReadReports, RetryDelivery,
	},
	Admin: {
		ReadConversations, ActOnConversations, AssignConversations, ReadLedger, DecideBindings, CreateScenes,
		DeleteBindings, ReadKnowledge, EditKnowledge, PublishKnowledge, WriteChannels, WriteNotices, ReadMacros,
		WriteMacros, ReadReports, RetryDelivery, ReadAudit, WriteUsers, WriteTokens,
	},
	Auditor: {ReadConversations, ReadLedger, ReadKnowledge, ReadMacros, ReadReports, ReadAudit},
}

// Can reports whether a role has a permission; an unknown role has none.
func (r Role) Can(p Permission) bool { return slices.Contains(permissions[r], p) }

// Permissions of a role, in the order of the table.
func (r Role) Permissions() []Permission { return slices.Clone(permissions[r]) }

// Scope bounds an API token.
type Scope string

// The closed list of scopes.
const (
	ScopeLedgerWrite       Scope = "ledger:write"
	ScopeConversationsRead Scope = "conversations:read"
	ScopeKnowledgeRead     Scope = "knowledge:read"
	ScopeReportsRead       Scope = "reports:read"
)

// Scopes are all scopes.
func Scopes() []Scope {
	return []Scope{ScopeLedgerWrite, ScopeConversationsRead, ScopeKnowledgeRead, ScopeReportsRead}
}

// Allows reports whether a scope carries a permission. No scope writes
// anything but the ledger, and none reads it.
func (s Scope) Allows(p Permission) bool {
	switch s {
	case ScopeLedgerWrite:
		return p == PushLedger
	case ScopeConversationsRead:
		return p == ReadConversations
	case ScopeKnowledgeRead:
		return p == ReadKnowledge
	case ScopeReportsRead:
		return p == ReadReports
	}
	return false
}
