// Every call of the console, by the routes of docs/api.md.
import { api, url, useCsrf } from './api'
import type * as T from './types'

export const server = {
  state: () => api.get<{ signed_in: boolean; setup_needed: boolean }>('/auth/state'),
  async login(name: string, password: string) {
    return keep(await api.post<T.Session>('/auth/login', { name, password }))
  },
  async setup(token: string, password: string) {
    return keep(await api.post<T.Session>('/auth/setup', { token, password }))
  },
  async me() {
    return keep(await api.get<T.Session>('/auth/me'))
  },
  logout: () => api.post<void>('/auth/logout'),
  password: (old_password: string, new_password: string) => api.post<void>('/auth/password', { old_password, new_password }),
  presence: (presence: string) => api.post<void>('/auth/presence', { presence }),

  conversations: (q: { status: string; q?: string; cursor?: string; limit?: number }) =>
    api.get<{ items: T.Conversation[]; next_cursor: string; counts: T.Counts }>('/conversations', q),
  conversation: (id: string) => api.get<T.ConversationDetail>(`/conversations/${id}`),
  older: (id: string, cursor: string) =>
    api.get<{ messages: T.Message[]; older_cursor: string }>(`/conversations/${id}/messages`, { cursor }),
  claim: (id: string) => api.post<T.Conversation>(`/conversations/${id}/claim`),
  reply: (id: string, text: string) =>
    api.post<{ message_id: string; held: boolean; conversation: T.Conversation }>(`/conversations/${id}/reply`, { text }),
  giveBack: (id: string, note: string) => api.post<T.Conversation>(`/conversations/${id}/give-back`, { note }),
  close: (id: string, outcome: string, note: string) => api.post<T.Conversation>(`/conversations/${id}/close`, { outcome, note }),
  handover: (id: string, to_user_id: string, note: string) =>
    api.post<T.Conversation>(`/conversations/${id}/handover`, { to_user_id, note }),
  note: (id: string, text: string) => api.post<void>(`/conversations/${id}/note`, { text }),
  read: (id: string) => api.post<void>(`/conversations/${id}/read`),
  ledger: (id: string, q: { from?: string; to?: string; reference?: string }) =>
    api.get<T.LedgerView>(`/conversations/${id}/ledger`, q),
  agents: () => api.get<{ items: T.Agent[] }>('/agents'),

  bindRequests: (state: string) => api.get<{ items: T.BindRequest[] }>('/bind-requests', { state }),
  bindCodes: (cursor?: string) => api.get<{ items: T.BindCode[]; next_cursor: string }>('/bind-codes', { cursor }),
  bindLocks: () => api.get<{ items: T.BindLock[] }>('/bind-locks'),
  liftLock: (kind: string, subject: string, reason: string) => api.post<void>('/bind-locks/lift', { kind, subject, reason }),
  approve: (id: string, body: { reason?: string; role?: string; confirmed?: boolean }) =>
    api.post<T.BindRequest>(`/bind-requests/${id}/approve`, body),
  refuse: (id: string, reason: string) => api.post<T.BindRequest>(`/bind-requests/${id}/refuse`, { reason }),
  merchants: (q: string) => api.get<{ items: Required<T.Merchant>[] }>('/merchants', { q }),
  scene: (merchant_no: string, role: string) => api.post<T.Scene>('/scenes', { merchant_no, role }),
  unbind: (contact: string, merchantNo: string) => api.del<void>(`/contacts/${contact}/bindings/${encodeURIComponent(merchantNo)}`),

  articles: (q: { status?: string; q?: string; cause?: string; filter?: string }) =>
    api.get<{ items: T.ArticleRow[]; total: number }>('/articles', q),
  article: (id: string) => api.get<T.ArticleDetail>(`/articles/${id}`),
  articleVersion: (id: string, version: number) => api.get<T.ArticleVersion>(`/articles/${id}/versions/${version}`),
  createArticle: (article: T.Article) => api.post<T.ArticleDetail>('/articles', { article }),
  saveDraft: (article: T.Article, if_updated_at?: string) =>
    api.put<T.ArticleDetail>(`/articles/${article.id}/draft`, { article, if_updated_at }),
  discardDraft: (id: string) => api.del<T.ArticleDetail>(`/articles/${id}/draft`),
  submit: (id: string) => api.post<T.ArticleDetail>(`/articles/${id}/submit`),
  withdraw: (id: string) => api.post<T.ArticleDetail>(`/articles/${id}/withdraw`),
  batch: (ask: { action: string; items: T.BatchItem[]; note?: string; at?: string }) =>
    api.post<{ items: T.BatchResult[]; done: number; refused: number }>('/articles/batch', ask),
  publish: (id: string, body: { note: string; at?: string; override?: string }) => api.post<T.ArticleDetail>(`/articles/${id}/publish`, body),
  rollback: (id: string, body: { version: number; note: string; override?: string }) =>
    api.post<T.ArticleDetail>(`/articles/${id}/rollback`, { version: body.version, note: body.note, override: body.override }),
  archive: (id: string, body: { note: string; override?: string }) => api.post<T.ArticleDetail>(`/articles/${id}/archive`, { note: body.note, override: body.override }),
  unschedule: (id: string) => api.post<T.ArticleDetail>(`/articles/${id}/unschedule`),
  words: () => api.get<{ items: T.Word[] }>('/words'),
  addWord: (body: { kind: string; word: string; means: string; override?: string }) =>
    api.post<T.Word>('/words', { kind: body.kind, word: body.word, means: body.means, override: body.override }),
  deleteWord: (id: string) => api.del<void>(`/words/${id}`),
  importArticles: (body: { name: string; data: string; dry_run?: boolean; as?: string; override?: string }) =>
    api.post<T.ImportReport>('/articles/import', body),
  lessons: () => api.get<{ items: T.LessonGroup[]; elsewhere: T.LessonGroup[]; total: number }>('/lessons'),
  closeLessons: (ids: string[], state: string) => api.post<void>('/lessons/close', { ids, state }),
  addPhrasing: (article: string, phrasings: string[], ids: string[]) => api.post<T.ArticleDetail>('/lessons/phrasing', { article, phrasings, ids }),
  usage: (days: number) => api.get<{ items: T.Usage[]; from: string }>('/articles/usage', { days }),
  golden: () => api.get<{ items: T.GoldenQuestion[]; failed: number }>('/golden'),
  addGolden: (question: string, expected: string[]) => api.post<T.GoldenQuestion>('/golden', { question, expected }),
  deleteGolden: (id: string) => api.del<void>(`/golden/${id}`),
  preview: (question: string, article?: T.Article) => api.post<T.Preview>('/articles/preview', { question, article }),

  channels: () => api.get<{ items: T.Channel[] }>('/channels'),
  saveChannel: (id: string, body: Partial<T.Channel>) =>
    id ? api.put<T.Channel>(`/channels/${id}`, body) : api.post<T.Channel>('/channels', body),
  deleteChannel: (id: string) => api.del<void>(`/channels/${id}`),
  notices: () => api.get<{ items: T.Notice[] }>('/notices'),
  saveNotice: (id: string, body: Partial<T.Notice>) =>
    id ? api.put<T.Notice>(`/notices/${id}`, body) : api.post<T.Notice>('/notices', body),
  incidents: () => api.get<{ items: T.Incident[] }>('/incidents'),
  dismissIncident: (id: string) => api.post<void>(`/incidents/${id}/dismiss`, {}),
  deleteNotice: (id: string) => api.del<void>(`/notices/${id}`),
  macros: () => api.get<{ items: T.Macro[] }>('/macros'),
  saveMacro: (id: string, body: Partial<T.Macro>) => (id ? api.put<T.Macro>(`/macros/${id}`, body) : api.post<T.Macro>('/macros', body)),
  deleteMacro: (id: string) => api.del<void>(`/macros/${id}`),

  users: () => api.get<{ items: T.User[] }>('/users'),
  createUser: (body: { name: string; display_name: string; role: string }) =>
    api.post<{ user: T.User; password: string }>('/users', body),
  updateUser: (id: string, body: { display_name: string; role: string; disabled: boolean }) => api.put<T.User>(`/users/${id}`, body),
  resetPassword: (id: string) => api.post<{ user: T.User; password: string }>(`/users/${id}/password`),
  audit: (q: { actor?: string; action?: string; subject?: string; cursor?: string }) =>
    api.get<{ items: T.AuditRow[]; next_cursor: string }>('/audit', q),
  report: (from: string, to: string) => api.get<T.Report>('/reports/summary', { from, to }),
  deadLetters: () => api.get<{ items: T.DeadLetter[]; next_cursor: string }>('/dead-letters'),
  retry: (id: string) => api.post<void>(`/dead-letters/${id}/retry`),
  tokens: () => api.get<{ items: T.Token[] }>('/tokens'),
  createToken: (name: string, scopes: string[]) => api.post<{ token: T.Token; secret: string }>('/tokens', { name, scopes }),
  revokeToken: (id: string) => api.del<void>(`/tokens/${id}`),

  eventsUrl: () => url('/events'),
}

/** Where the picture of a message is shown from. */
export function mediaUrl(conversation: string, message: string): string {
  return url(`/conversations/${conversation}/messages/${message}/media`)
}

function keep(s: T.Session): T.Session {
  useCsrf(s.csrf)
  return s
}
