-- One text for SQLite and PostgreSQL. Ids are time-ordered int64 made by the
-- application; times are BIGINT ms UTC, 0 = unknown; money is BIGINT fen, NULL
-- = unknown; dates are TEXT YYYY-MM-DD, '' = unknown; lists and structures are
-- JSON in TEXT; booleans are SMALLINT 0/1, NULL = unknown.

-- Ledger ---------------------------------------------------------------------

CREATE TABLE merchants (
  merchant_no TEXT PRIMARY KEY,
  acquirer TEXT NOT NULL DEFAULT '', brand TEXT NOT NULL DEFAULT '', name TEXT NOT NULL DEFAULT '',
  status TEXT NOT NULL DEFAULT '', status_reason TEXT NOT NULL DEFAULT '',
  cycle TEXT NOT NULL DEFAULT '', fallback_cycle TEXT NOT NULL DEFAULT '',
  cutoff TEXT NOT NULL DEFAULT '', payout_by TEXT NOT NULL DEFAULT '', min_settle_fen BIGINT,
  credit_bp BIGINT, debit_bp BIGINT, debit_cap_fen BIGINT, qr_bp BIGINT, d0_extra_fen BIGINT,
  account_bank TEXT NOT NULL DEFAULT '', account_last4 TEXT NOT NULL DEFAULT '',
  account_kind TEXT NOT NULL DEFAULT '', account_class TEXT NOT NULL DEFAULT '',
  account_state TEXT NOT NULL DEFAULT '', account_changed_at BIGINT NOT NULL DEFAULT 0,
  account_prev_last4 TEXT NOT NULL DEFAULT '',
  docs_required TEXT NOT NULL DEFAULT '[]', docs_due TEXT NOT NULL DEFAULT '',
  phone TEXT NOT NULL DEFAULT '', onboarded_at BIGINT NOT NULL DEFAULT 0,
  seen_at BIGINT NOT NULL DEFAULT 0
);

CREATE TABLE terminals (
  terminal TEXT NOT NULL, merchant_no TEXT NOT NULL, model TEXT NOT NULL DEFAULT '',
  last_seen BIGINT NOT NULL DEFAULT 0, signed_in SMALLINT, unsent_offline BIGINT NOT NULL DEFAULT 0,
  seen_at BIGINT NOT NULL DEFAULT 0,
  PRIMARY KEY (merchant_no, terminal)
);

CREATE TABLE transactions (
  merchant_no TEXT NOT NULL, source TEXT NOT NULL, id TEXT NOT NULL,
  terminal TEXT NOT NULL DEFAULT '', channel TEXT NOT NULL DEFAULT '', kind TEXT NOT NULL DEFAULT '',
  state TEXT NOT NULL, resp_code TEXT NOT NULL DEFAULT '', amount_fen BIGINT NOT NULL,
  card_kind TEXT NOT NULL DEFAULT '', card_last4 TEXT NOT NULL DEFAULT '',
  rrn TEXT NOT NULL DEFAULT '', stan TEXT NOT NULL DEFAULT '', batch_no TEXT NOT NULL DEFAULT '',
  auth_code TEXT NOT NULL DEFAULT '', time BIGINT NOT NULL, clearing_date TEXT NOT NULL DEFAULT '',
  orig_id TEXT NOT NULL DEFAULT '', settle_id TEXT NOT NULL DEFAULT '', risk TEXT NOT NULL DEFAULT '',
  refund_state TEXT NOT NULL DEFAULT '',
  reversal_state TEXT NOT NULL DEFAULT '', reversal_reason TEXT NOT NULL DEFAULT '', reversal_time BIGINT NOT NULL DEFAULT 0,
  dispute_state TEXT NOT NULL DEFAULT '', dispute_reason TEXT NOT NULL DEFAULT '', dispute_due TEXT NOT NULL DEFAULT '',
  payer_ref TEXT NOT NULL DEFAULT '', seen_at BIGINT NOT NULL DEFAULT 0,
  PRIMARY KEY (merchant_no, id, source)
);
CREATE INDEX transactions_by_time ON transactions (merchant_no, time);
CREATE INDEX transactions_by_orig ON transactions (merchant_no, orig_id) WHERE orig_id <> '';
CREATE INDEX transactions_by_rrn ON transactions (merchant_no, rrn) WHERE rrn <> '';
CREATE INDEX transactions_by_stan ON transactions (merchant_no, stan) WHERE stan <> '';
CREATE INDEX transactions_by_auth_code ON transactions (merchant_no, auth_code) WHERE auth_code <> '';

CREATE TABLE settlements (
  merchant_no TEXT NOT NULL, id TEXT NOT NULL, cycle TEXT NOT NULL DEFAULT '', state TEXT NOT NULL,
  gross_fen BIGINT, fee_fen BIGINT, surcharge_fen BIGINT, refund_offset_fen BIGINT, dispute_offset_fen BIGINT,
  adjust_fen BIGINT, net_fen BIGINT,
  clearing_date TEXT NOT NULL DEFAULT '', due_date TEXT NOT NULL DEFAULT '',
  paid_at BIGINT NOT NULL DEFAULT 0, returned_at BIGINT NOT NULL DEFAULT 0,
  bank_ref TEXT NOT NULL DEFAULT '', account_last4 TEXT NOT NULL DEFAULT '',
  fail_code TEXT NOT NULL DEFAULT '', fail_reason TEXT NOT NULL DEFAULT '',
  transaction_ids TEXT NOT NULL DEFAULT '[]',
  risk TEXT NOT NULL DEFAULT '', docs TEXT NOT NULL DEFAULT '[]', docs_due TEXT NOT NULL DEFAULT '',
  attempt BIGINT NOT NULL DEFAULT 0, next_id TEXT NOT NULL DEFAULT '', seen_at BIGINT NOT NULL DEFAULT 0,
  PRIMARY KEY (merchant_no, id)
);
-- What left for the account in a span of time (今天到账多少钱).
CREATE INDEX settlements_by_paid ON settlements (merchant_no, paid_at) WHERE paid_at <> 0;
-- Which payout names which transaction; kept by the upsert of settlements.
CREATE TABLE settlement_items (
  merchant_no TEXT NOT NULL, transaction_id TEXT NOT NULL, settlement_id TEXT NOT NULL,
  PRIMARY KEY (merchant_no, transaction_id, settlement_id)
);
CREATE INDEX settlement_items_by_settlement ON settlement_items (merchant_no, settlement_id, transaction_id);

-- Days that differ from Monday–Friday, per year loaded; kind off | work.
CREATE TABLE calendar_days (day TEXT PRIMARY KEY, kind TEXT NOT NULL);
CREATE TABLE calendar_years (year BIGINT PRIMARY KEY, loaded_at BIGINT NOT NULL);

CREATE TABLE notices (
  id BIGINT PRIMARY KEY, brand TEXT NOT NULL DEFAULT '', title TEXT NOT NULL, text TEXT NOT NULL,
  from_at BIGINT NOT NULL, until_at BIGINT NOT NULL, published SMALLINT NOT NULL DEFAULT 1,
  created_by TEXT NOT NULL DEFAULT '', created_at BIGINT NOT NULL
);
CREATE INDEX notices_by_until ON notices (until_at);

-- Trouble that contacts met, without shop or sale; hour is that of the day in
-- Shanghai, by which what is usual is counted.
CREATE TABLE reports (
  id BIGINT PRIMARY KEY, contact_id BIGINT NOT NULL, cause TEXT NOT NULL DEFAULT '', brand TEXT NOT NULL DEFAULT '',
  bank TEXT NOT NULL DEFAULT '', code TEXT NOT NULL DEFAULT '', region TEXT NOT NULL DEFAULT '',
  hour BIGINT NOT NULL, at BIGINT NOT NULL
);
CREATE INDEX reports_by_at ON reports (at);
CREATE INDEX reports_by_hour ON reports (hour, at);

-- Alarms: more contacts report the same than usual. usual is contacts in the
-- window, which is in milliseconds; causes is JSON.
CREATE TABLE incidents (
  id BIGINT PRIMARY KEY, dimension TEXT NOT NULL, value TEXT NOT NULL, state TEXT NOT NULL,
  started_at BIGINT NOT NULL, found_at BIGINT NOT NULL, closed_at BIGINT NOT NULL DEFAULT 0,
  contacts BIGINT NOT NULL, usual DOUBLE PRECISION NOT NULL, window_ms BIGINT NOT NULL, causes TEXT NOT NULL DEFAULT '[]',
  notice_id BIGINT NOT NULL DEFAULT 0, closed_by TEXT NOT NULL DEFAULT ''
);
CREATE UNIQUE INDEX incidents_open ON incidents (dimension, value) WHERE state = 'open';
CREATE INDEX incidents_by_found ON incidents (found_at);

-- Contacts and identity --------------------------------------------------------

CREATE TABLE contacts (
  id BIGINT PRIMARY KEY, app_id TEXT NOT NULL, openid TEXT NOT NULL, nickname TEXT NOT NULL DEFAULT '',
  followed SMALLINT NOT NULL DEFAULT 1, quota TEXT NOT NULL DEFAULT '{}',
  last_inbound_at BIGINT NOT NULL DEFAULT 0, created_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX contacts_by_openid ON contacts (app_id, openid);

CREATE TABLE bindings (
  id BIGINT PRIMARY KEY, contact_id BIGINT NOT NULL, merchant_no TEXT NOT NULL,
  role TEXT NOT NULL DEFAULT 'owner', name TEXT NOT NULL DEFAULT '',
  verified_by TEXT NOT NULL DEFAULT '', bound_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX bindings_by_contact ON bindings (contact_id, merchant_no);
CREATE INDEX bindings_by_merchant ON bindings (merchant_no);

-- A request to bind by merchant number and account tail; an agent decides.
-- matches says whether number and tail agree with the ledger: agents see it,
-- the contact never does.
CREATE TABLE bind_requests (
  id BIGINT PRIMARY KEY, contact_id BIGINT NOT NULL, conversation_id BIGINT NOT NULL DEFAULT 0,
  merchant_no TEXT NOT NULL, account_last4 TEXT NOT NULL, matches SMALLINT NOT NULL DEFAULT 0,
  state TEXT NOT NULL DEFAULT 'waiting', decided_by TEXT NOT NULL DEFAULT '', decided_at BIGINT NOT NULL DEFAULT 0,
  reason TEXT NOT NULL DEFAULT '', created_at BIGINT NOT NULL
);
CREATE INDEX bind_requests_by_state ON bind_requests (state, created_at);
CREATE INDEX bind_requests_by_contact ON bind_requests (contact_id, created_at);
CREATE INDEX bind_requests_by_merchant ON bind_requests (merchant_no, created_at);

-- One-time scenes of binding QR codes. token is what the QR code carries.
CREATE TABLE scenes (
  token TEXT PRIMARY KEY, merchant_no TEXT NOT NULL, role TEXT NOT NULL DEFAULT 'owner',
  created_by TEXT NOT NULL DEFAULT '', created_at BIGINT NOT NULL, expires_at BIGINT NOT NULL,
  used_at BIGINT NOT NULL DEFAULT 0, used_by BIGINT NOT NULL DEFAULT 0
);

-- One-time codes (second factor). hash is keyed with a secret outside of the
-- database; the code itself is never stored. state: queued sent failed (the
-- SMS), silent (number and tail did not agree, or the shop is locked: nothing
-- is sent, and the contact cannot tell), then used locked replaced. why says it
-- to agents.
CREATE TABLE bind_codes (
  id BIGINT PRIMARY KEY, contact_id BIGINT NOT NULL, conversation_id BIGINT NOT NULL DEFAULT 0,
  merchant_no TEXT NOT NULL, account_last4 TEXT NOT NULL, hash TEXT NOT NULL DEFAULT '',
  state TEXT NOT NULL, why TEXT NOT NULL DEFAULT '', matches SMALLINT NOT NULL DEFAULT 0, wrong BIGINT NOT NULL DEFAULT 0,
  attempts BIGINT NOT NULL DEFAULT 0, due_at BIGINT NOT NULL DEFAULT 0, lease_until BIGINT NOT NULL DEFAULT 0,
  sent_at BIGINT NOT NULL DEFAULT 0, ended_at BIGINT NOT NULL DEFAULT 0, created_at BIGINT NOT NULL
);
CREATE INDEX bind_codes_by_contact ON bind_codes (contact_id, created_at);
CREATE INDEX bind_codes_by_merchant ON bind_codes (merchant_no, created_at);
CREATE INDEX bind_codes_by_due ON bind_codes (due_at) WHERE state = 'queued';
CREATE INDEX bind_codes_by_created ON bind_codes (created_at);

-- When an agent lifted the lock of a contact or a shop: attempts before count
-- no more. kind is contact (subject: its id) or merchant (its number).
CREATE TABLE bind_lifts (
  kind TEXT NOT NULL, subject TEXT NOT NULL, lifted_by TEXT NOT NULL DEFAULT '', lifted_at BIGINT NOT NULL,
  PRIMARY KEY (kind, subject)
);

-- Conversations and delivery ---------------------------------------------------

-- One conversation a contact; it is the unit that workers lease. due_at is
-- when it next wants a worker (0 = idle), version guards every commit.
CREATE TABLE conversations (
  id BIGINT PRIMARY KEY, contact_id BIGINT NOT NULL, app_id TEXT NOT NULL, openid TEXT NOT NULL,
  status TEXT NOT NULL DEFAULT 'bot', memory TEXT NOT NULL DEFAULT '{}',
  case_id BIGINT NOT NULL DEFAULT 0, assignee_id BIGINT NOT NULL DEFAULT 0,
  due_at BIGINT NOT NULL DEFAULT 0, lease_until BIGINT NOT NULL DEFAULT 0, lease_owner TEXT NOT NULL DEFAULT '',
  attempts BIGINT NOT NULL DEFAULT 0, version BIGINT NOT NULL DEFAULT 0,
  last_message_at BIGINT NOT NULL DEFAULT 0, unread BIGINT NOT NULL DEFAULT 0,
  created_at BIGINT NOT NULL, updated_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX conversations_by_contact ON conversations (contact_id);
CREATE INDEX conversations_by_due ON conversations (due_at) WHERE due_at > 0;
CREATE INDEX conversations_by_status ON conversations (status, last_message_at);
CREATE INDEX conversations_by_assignee ON conversations (assignee_id, last_message_at);

-- The durable inbox: written before the acknowledgement. handled_at = 0 until
-- the turn that answered it was committed.
CREATE TABLE inbox (
  id BIGINT PRIMARY KEY, conversation_id BIGINT NOT NULL, app_id TEXT NOT NULL, openid TEXT NOT NULL,
  dedupe_key TEXT NOT NULL, body TEXT NOT NULL, received_at BIGINT NOT NULL,
  handled_at BIGINT NOT NULL DEFAULT 0, turn_id BIGINT NOT NULL DEFAULT 0
);
CREATE UNIQUE INDEX inbox_dedupe ON inbox (app_id, dedupe_key);
CREATE INDEX inbox_waiting ON inbox (conversation_id, id) WHERE handled_at = 0;
CREATE INDEX inbox_by_age ON inbox (received_at);

CREATE TABLE outbox (
  id BIGINT PRIMARY KEY, conversation_id BIGINT NOT NULL, message_id BIGINT NOT NULL DEFAULT 0,
  app_id TEXT NOT NULL, openid TEXT NOT NULL, reply_to BIGINT NOT NULL DEFAULT 0,
  author TEXT NOT NULL, body TEXT NOT NULL, state TEXT NOT NULL,
  due_at BIGINT NOT NULL, lease_until BIGINT NOT NULL DEFAULT 0, attempts BIGINT NOT NULL DEFAULT 0,
  last_error TEXT NOT NULL DEFAULT '', created_at BIGINT NOT NULL, sent_at BIGINT NOT NULL DEFAULT 0
);
CREATE INDEX outbox_due ON outbox (due_at) WHERE state IN ('pending', 'passive', 'sending');
CREATE INDEX outbox_by_conversation ON outbox (conversation_id, id);
CREATE INDEX outbox_by_state ON outbox (state, id) WHERE state IN ('held', 'dead');
CREATE INDEX outbox_by_reply ON outbox (reply_to) WHERE reply_to > 0;

-- What was said by whom, as contact, agent and auditor see it. trace is the
-- JSON of bot.Trace for bot messages.
CREATE TABLE messages (
  id BIGINT PRIMARY KEY, conversation_id BIGINT NOT NULL, author TEXT NOT NULL,
  author_id BIGINT NOT NULL DEFAULT 0, author_name TEXT NOT NULL DEFAULT '',
  kind TEXT NOT NULL DEFAULT 'text', text TEXT NOT NULL DEFAULT '', choices TEXT NOT NULL DEFAULT '[]',
  media_id TEXT NOT NULL DEFAULT '', inbox_id BIGINT NOT NULL DEFAULT 0,
  trace TEXT NOT NULL DEFAULT '', created_at BIGINT NOT NULL
);
CREATE INDEX messages_by_conversation ON messages (conversation_id, id);

-- Han 2-grams of message texts: console search, the same text on both engines.
CREATE TABLE message_grams (
  gram TEXT NOT NULL, message_id BIGINT NOT NULL, conversation_id BIGINT NOT NULL,
  PRIMARY KEY (gram, message_id)
);

-- A hand-off. number is what merchant and agent read.
CREATE TABLE cases (
  id BIGINT PRIMARY KEY, number BIGINT NOT NULL, conversation_id BIGINT NOT NULL, contact_id BIGINT NOT NULL,
  status TEXT NOT NULL, reason TEXT NOT NULL, priority TEXT NOT NULL DEFAULT 'normal',
  card TEXT NOT NULL DEFAULT '{}', assignee_id BIGINT NOT NULL DEFAULT 0,
  opened_at BIGINT NOT NULL, expected_at BIGINT NOT NULL DEFAULT 0, claimed_at BIGINT NOT NULL DEFAULT 0,
  first_reply_at BIGINT NOT NULL DEFAULT 0, closed_at BIGINT NOT NULL DEFAULT 0,
  outcome TEXT NOT NULL DEFAULT '', rating BIGINT NOT NULL DEFAULT 0, notified_at BIGINT NOT NULL DEFAULT 0
);
CREATE UNIQUE INDEX cases_by_number ON cases (number);
CREATE INDEX cases_by_status ON cases (status, opened_at);
CREATE INDEX cases_by_conversation ON cases (conversation_id, opened_at);
CREATE INDEX cases_by_assignee ON cases (assignee_id, status);

-- Every change of ownership: one row with actor, reason and time.
CREATE TABLE status_changes (
  id BIGINT PRIMARY KEY, conversation_id BIGINT NOT NULL, case_id BIGINT NOT NULL DEFAULT 0,
  from_status TEXT NOT NULL, to_status TEXT NOT NULL, actor TEXT NOT NULL, reason TEXT NOT NULL DEFAULT '',
  at BIGINT NOT NULL
);
CREATE INDEX status_changes_by_conversation ON status_changes (conversation_id, id);

CREATE TABLE notes (
  id BIGINT PRIMARY KEY, conversation_id BIGINT NOT NULL, author_id BIGINT NOT NULL, author_name TEXT NOT NULL,
  text TEXT NOT NULL, created_at BIGINT NOT NULL
);
CREATE INDEX notes_by_conversation ON notes (conversation_id, id);

-- What the console is told: small events, replayed by Last-Event-ID.
CREATE TABLE events (
  id BIGINT PRIMARY KEY, type TEXT NOT NULL, subject_id BIGINT NOT NULL, version BIGINT NOT NULL DEFAULT 0,
  data TEXT NOT NULL DEFAULT '{}', at BIGINT NOT NULL
);
CREATE INDEX events_by_age ON events (at);

-- Promises kept in view. check_at is when the follow-up loop looks again.
CREATE TABLE watches (
  id BIGINT PRIMARY KEY, conversation_id BIGINT NOT NULL, contact_id BIGINT NOT NULL,
  merchant_no TEXT NOT NULL, transaction_id TEXT NOT NULL, kind TEXT NOT NULL,
  cause TEXT NOT NULL DEFAULT '', due TEXT NOT NULL DEFAULT '', deadline BIGINT NOT NULL DEFAULT 0,
  check_at BIGINT NOT NULL, attempts BIGINT NOT NULL DEFAULT 0, state TEXT NOT NULL DEFAULT 'open',
  outcome TEXT NOT NULL DEFAULT '', created_at BIGINT NOT NULL, closed_at BIGINT NOT NULL DEFAULT 0
);
CREATE INDEX watches_due ON watches (check_at) WHERE state = 'open';
CREATE INDEX watches_by_conversation ON watches (conversation_id, state);
CREATE INDEX watches_by_transaction ON watches (merchant_no, transaction_id, state);

CREATE TABLE sequences (name TEXT PRIMARY KEY, value BIGINT NOT NULL);

-- Knowledge ---------------------------------------------------------------------

-- article is the whole entry as JSON of knowledge.Article; a row is one version.
-- effective_at: 0 = in force since published_at, > 0 = from then on, -1 = was
-- scheduled and taken back. In force is the highest version whose time has
-- come: every replica sees that by its clock, nobody has to switch it.
CREATE TABLE articles (
  id TEXT PRIMARY KEY, status TEXT NOT NULL,
  draft TEXT NOT NULL DEFAULT '', draft_by TEXT NOT NULL DEFAULT '', reviewed_by TEXT NOT NULL DEFAULT '',
  submitted_at BIGINT NOT NULL DEFAULT 0, -- the draft is under review since; 0 = it is not
  updated_at BIGINT NOT NULL
);
CREATE TABLE article_versions (
  id TEXT NOT NULL, version BIGINT NOT NULL, article TEXT NOT NULL,
  published_by TEXT NOT NULL, published_at BIGINT NOT NULL, note TEXT NOT NULL DEFAULT '',
  effective_at BIGINT NOT NULL DEFAULT 0,
  PRIMARY KEY (id, version)
);
CREATE INDEX article_versions_scheduled ON article_versions (effective_at) WHERE effective_at > 0;
-- What is asked in vain or was no help; kind: unanswered, unhelpful, rated;
-- state: open, done (made into knowledge), dropped.
CREATE TABLE lessons (
  id BIGINT PRIMARY KEY, conversation_id BIGINT NOT NULL, kind TEXT NOT NULL, question TEXT NOT NULL,
  article TEXT NOT NULL DEFAULT '', at BIGINT NOT NULL,
  state TEXT NOT NULL DEFAULT 'open', done_by TEXT NOT NULL DEFAULT '', done_at BIGINT NOT NULL DEFAULT 0
);
CREATE INDEX lessons_open ON lessons (at) WHERE state = 'open';
CREATE INDEX lessons_elsewhere ON lessons (at) WHERE state = 'elsewhere';
-- What became of entries told, by version and Shanghai day.
CREATE TABLE article_uses (
  id TEXT NOT NULL, version BIGINT NOT NULL, day TEXT NOT NULL,
  hits BIGINT NOT NULL DEFAULT 0, solved BIGINT NOT NULL DEFAULT 0, handed BIGINT NOT NULL DEFAULT 0,
  PRIMARY KEY (id, version, day)
);
CREATE INDEX article_uses_by_day ON article_uses (day);
-- The admins' words: kind synonym (word is read as means) | forbidden.
CREATE TABLE words (
  id BIGINT PRIMARY KEY, kind TEXT NOT NULL, word TEXT NOT NULL, means TEXT NOT NULL DEFAULT '',
  created_by TEXT NOT NULL DEFAULT '', created_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX words_by_word ON words (kind, word);
-- Questions that a publication may not break; article_id '' = must be refused.
CREATE TABLE golden_questions (
  id BIGINT PRIMARY KEY, question TEXT NOT NULL, article_id TEXT NOT NULL DEFAULT '',
  others TEXT NOT NULL DEFAULT '[]', tags TEXT NOT NULL DEFAULT '{}', created_by TEXT NOT NULL DEFAULT '', created_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX golden_questions_by_text ON golden_questions (question);
-- revision grows with every publication: replicas rebuild their index when it moves.
CREATE TABLE knowledge_revision (name TEXT PRIMARY KEY, value BIGINT NOT NULL);
CREATE TABLE channels (
  id BIGINT PRIMARY KEY, brand TEXT NOT NULL DEFAULT '', kind TEXT NOT NULL, value TEXT NOT NULL,
  label TEXT NOT NULL DEFAULT '', source TEXT NOT NULL DEFAULT '', verified_by TEXT NOT NULL DEFAULT '',
  verified_at BIGINT NOT NULL DEFAULT 0, expires_at BIGINT NOT NULL DEFAULT 0
);

-- Console users -------------------------------------------------------------------

CREATE TABLE users (
  id BIGINT PRIMARY KEY, name TEXT NOT NULL, display_name TEXT NOT NULL DEFAULT '', role TEXT NOT NULL,
  password_hash TEXT NOT NULL DEFAULT '', totp_secret TEXT NOT NULL DEFAULT '',
  disabled SMALLINT NOT NULL DEFAULT 0, must_change SMALLINT NOT NULL DEFAULT 0,
  presence TEXT NOT NULL DEFAULT 'offline', presence_at BIGINT NOT NULL DEFAULT 0,
  failed_logins BIGINT NOT NULL DEFAULT 0, locked_until BIGINT NOT NULL DEFAULT 0,
  created_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX users_by_name ON users (name);

-- token_hash: only the SHA-256 of the cookie value is stored.
CREATE TABLE sessions (
  token_hash TEXT PRIMARY KEY, user_id BIGINT NOT NULL, csrf TEXT NOT NULL,
  created_at BIGINT NOT NULL, last_seen_at BIGINT NOT NULL, expires_at BIGINT NOT NULL,
  client TEXT NOT NULL DEFAULT ''
);
CREATE INDEX sessions_by_user ON sessions (user_id);

CREATE TABLE api_tokens (
  id BIGINT PRIMARY KEY, name TEXT NOT NULL, token_hash TEXT NOT NULL, scopes TEXT NOT NULL DEFAULT '[]',
  created_by TEXT NOT NULL DEFAULT '', created_at BIGINT NOT NULL, last_used_at BIGINT NOT NULL DEFAULT 0,
  revoked_at BIGINT NOT NULL DEFAULT 0
);
CREATE UNIQUE INDEX api_tokens_by_hash ON api_tokens (token_hash);

CREATE TABLE setup_links (token_hash TEXT PRIMARY KEY, expires_at BIGINT NOT NULL, used_at BIGINT NOT NULL DEFAULT 0);

CREATE TABLE macros (
  id BIGINT PRIMARY KEY, title TEXT NOT NULL, text TEXT NOT NULL, shortcut TEXT NOT NULL DEFAULT '',
  created_by TEXT NOT NULL DEFAULT '', updated_at BIGINT NOT NULL
);

CREATE TABLE audit (
  id BIGINT PRIMARY KEY, actor TEXT NOT NULL, action TEXT NOT NULL, subject TEXT NOT NULL DEFAULT '',
  detail TEXT NOT NULL DEFAULT '', client TEXT NOT NULL DEFAULT '', at BIGINT NOT NULL
);
CREATE INDEX audit_by_at ON audit (at);
