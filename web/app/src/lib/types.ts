// The shapes of the API (docs/api.md; deploy/openapi.json is the full text).
export * from './types.knowledge'

export type Status = 'bot' | 'waiting' | 'human' | 'closed'
export type Priority = '' | 'normal' | 'high' | 'urgent'

export interface User {
  id: string
  name: string
  display_name: string
  role: string
  disabled: boolean
  must_change: boolean
  presence: string
  locked_until?: string
  created_at: string
}

export interface Session {
  user: User
  csrf: string
  permissions: string[]
  settings: {
    bot_name: string
    brand: string
    hours_from: string
    hours_to: string
    public_url: string
    accounts: { app_id: string; name: string; verified: boolean }[]
    demo: boolean
    version: string
    now: string
  }
}

export interface Conversation {
  id: string
  status: Status
  contact_id: string
  contact_name: string
  shops: string[]
  assignee_id: string | null
  assignee_name: string
  unread: number
  last_text: string
  last_kind: string
  last_author: string
  last_message_at?: string
  case_id: string | null
  case_number: number
  reason: string
  priority: Priority
  opened_at?: string
  expected_at?: string
  overdue: boolean
  held: number
  dead: number
  version: number
}

export interface Counts {
  waiting: number
  mine: number
  human: number
  bot: number
  closed: number
  bind_requests: number
  dead_letters: number
}

export interface Binding {
  merchant_no: string
  shop_name: string
  brand: string
  role: string
  verified_by: string
  bound_at: string
}

export interface Contact {
  id: string
  openid_tail: string
  name: string
  followed: boolean
  last_inbound_at?: string
  created_at: string
  bindings: Binding[]
}

export interface CardTransaction {
  id: string
  merchant_no: string
  time: string
  amount_fen: number
  channel: string
  card_last4?: string
  terminal?: string
  state: string
  settlement?: string
  net_fen?: number
  cause?: string
}

export interface Evidence {
  row: string
  field: string
  value: string
  rule: string
}

export interface Card {
  reason: string
  priority: string
  identity: string
  shops?: string[]
  query: Record<string, unknown>
  chosen?: CardTransaction[]
  as_of?: string
  cause?: string
  evidence?: Evidence[]
  doubt?: string[]
  schedule?: string[]
  promised?: string[]
  steps?: string[]
  last_error?: string
  summary: string
}

export interface CaseRow {
  id: string
  number: number
  conversation_id: string
  contact_name: string
  status: Status
  reason: string
  priority: Priority
  summary: string
  assignee_name: string
  opened_at: string
  expected_at?: string
  closed_at?: string
  outcome: string
  rating: number
  overdue: boolean
}

export interface Message {
  id: string
  author: 'contact' | 'bot' | 'agent' | 'system'
  author_name: string
  kind: string
  text: string
  choices: { id: number; text: string }[]
  media_id: string
  at: string
  delivery: null | { state: string; attempts: number; error: string; hint: string; sent_at?: string; outbox_id: string }
  trace: null | Trace
  articles: { id: string; version: number; title: string }[]
}

export interface Trace {
  at: string
  said?: string[]
  query: Record<string, unknown>
  candidates?: { id: string; score: number; agrees: boolean; reasons: string[] }[]
  rule: string
  cause?: string
  evidence?: Evidence[]
  schedule?: { steps?: string[] }
  facts?: {
    as_of?: string
    transactions?: { id: string; time: string; amount_fen: number; channel?: string; card_last4?: string; terminal?: string; state: string }[]
  }
  articles?: string[]
  hits?: { id: string; score: number }[]
  model?: string
  filtered?: string[]
  elapsed_us?: number
  error?: string
}

export interface ConversationDetail {
  conversation: Conversation
  contact: Contact
  case: null | (CaseRow & { card: Card })
  earlier_cases: CaseRow[]
  window: { open: boolean; end_at?: string; left: number; held: number; hint: string }
  messages: Message[]
  older_cursor: string
  notes: { id: string; author_name: string; text: string; at: string }[]
  changes: { from: Status; to: Status; actor: string; reason: string; at: string }[]
  actions: string[]
}

export interface Merchant {
  merchant_no: string
  name?: string
  brand?: string
  status?: string
  bound_contacts?: number
}

export interface LedgerView {
  merchants: { merchant_no: string; name?: string; brand?: string; cycle?: string; status?: string; account?: { bank?: string; last4?: string; class?: string; state?: string } }[]
  sales: {
    transaction: {
      id: string
      time: string
      amount_fen: number
      channel?: string
      kind?: string
      state: string
      card_last4?: string
      terminal?: string
      resp_code?: string
      rrn?: string
    }
    settle_ids: string[]
    diagnosis: null | {
      cause: string
      due: string
      net_fen: number | null
      fee_fen: number | null
      schedule: string[]
      evidence: Evidence[]
      doubt: string[]
      human: boolean
    }
  }[]
  payouts: { id: string; state: string; net_fen?: number; paid_at?: string; account_last4?: string }[]
  /** numbers of the shops whose source could not be asked just now */
  silent: string[]
  as_of?: string
  truncated: boolean
  from: string
  to: string
}

export interface BindCode {
  id: string
  contact_id: string
  contact_name: string
  conversation_id: string | null
  merchant_no: string
  shop_name: string
  account_last4: string
  phone: string
  matches: boolean
  state: string
  why: string
  wrong: number
  sent_at?: string
  ended_at?: string
  created_at: string
}

export interface BindLock {
  kind: 'contact' | 'merchant'
  subject: string
  name: string
  codes: number
  wrong: number
  until: string
}

export interface BindRequest {
  id: string
  contact_id: string
  contact_name: string
  conversation_id: string | null
  merchant_no: string
  shop_name: string
  account_last4: string
  matches: boolean
  bound_contacts: number
  recent: number
  state: string
  decided_by: string
  decided_at?: string
  reason: string
  created_at: string
}

export interface Scene {
  token: string
  merchant_no: string
  shop_name: string
  role: string
  url: string
  picture_url: string
  expires_at: string
}

export interface Channel {
  id: string
  brand: string
  kind: string
  value: string
  label: string
  source: string
  verified_by: string
  verified_at?: string
  expires_at?: string
  live: boolean
}

export interface Notice {
  id: string
  brand: string
  title: string
  text: string
  from: string
  until: string
  published: boolean
  live: boolean
  created_by: string
}

export interface Incident {
  id: string
  dimension: string
  value: string
  label: string
  state: 'open' | 'over' | 'dismissed'
  started_at: string
  found_at: string
  closed_at?: string
  contacts: number
  usual: number
  window_min: number
  causes: { cause: string; contacts: number }[]
  notice_id: string
  closed_by?: string
}

export interface Macro {
  id: string
  title: string
  text: string
  shortcut: string
}

export interface Agent {
  id: string
  display_name: string
  role: string
  presence: string
  open: number
}

export interface AuditRow {
  id: string
  actor: string
  action: string
  subject: string
  detail: string
  client: string
  at: string
}

export interface DeadLetter {
  id: string
  conversation_id: string
  contact_name: string
  author: string
  text: string
  attempts: number
  error: string
  hint: string
  created_at: string
}

export interface Report {
  from: string
  to: string
  totals: {
    conversations: number
    inbound: number
    bot_replies: number
    agent_replies: number
    cases: number
    closed: number
    contained: number
    first_reply_min: number
    rated: number
    rating_average: number
    unacknowledged: number
  }
  days: { day: string; inbound: number; bot_replies: number; cases: number; closed: number }[]
  causes: { name: string; count: number }[]
  reasons: { name: string; count: number }[]
  articles: { name: string; title?: string; count: number }[]
}

export interface Token {
  id: string
  name: string
  scopes: string[]
  created_by: string
  created_at: string
  last_used_at?: string
  revoked: boolean
}

export interface LiveEvent {
  id: string
  type: string
  subject_id: string
  version: number
  data: Record<string, unknown>
  at: string
}
