// The shapes of the knowledge routes (docs/api.md).

export interface Article {
  id: string
  title: string
  phrasings: string[]
  causes: string[]
  intents: string[]
  brands: string[]
  channels: string[]
  audience: string
  owner: string
  review_on: string
  valid_from: string
  valid_until: string
  sources: string[]
  guide_steps: string[]
  guide_then: string
  body: string
}

/** What merchants are told, and how far the unpublished text is. */
export interface ArticleFacts {
  told: 'in_force' | 'not_yet' | 'expired' | 'archived' | 'never'
  draft_status: '' | 'draft' | 'review'
  submitted_at?: string
}

export interface BatchItem {
  id: string
  value?: string
  if_updated_at?: string
}

export interface BatchResult {
  id: string
  title: string
  done: boolean
  code: string
  detail: string
  findings: Finding[]
  golden: GoldenChange[]
  undo: null | { action: string; value: string }
}

export interface ArticleRow extends ArticleFacts {
  id: string
  title: string
  status: string
  version: number
  has_draft: boolean
  draft_by: string
  causes: string[]
  brands: string[]
  owner: string
  review_on: string
  review_due: boolean
  live: boolean
  scheduled_at?: string
  updated_at: string
}

export interface Finding {
  line: number
  field: string
  /** line of the body or item of a list; 0 = the field as a whole */
  row: number
  message: string
}

export interface ArticleVersion {
  version: number
  published_by: string
  published_at: string
  note: string
  effective_at?: string
  cancelled: boolean
  article?: Article
}

export interface ArticleDetail extends ArticleFacts {
  id: string
  status: string
  version: number
  scheduled: number
  scheduled_at?: string
  published: Article | null
  draft: Article | null
  draft_by: string
  updated_at: string
  versions: ArticleVersion[]
  findings: Finding[]
  similar: Similar[]
  can_submit: boolean
  can_publish: boolean
  publish_hint: string
}

export interface PreviewAnswer {
  hits: { id: string; title: string; score: number; draft: boolean; body: string }[]
  confident: boolean
  off_topic: boolean
}

export interface Preview extends PreviewAnswer {
  findings: Finding[]
  before: PreviewAnswer
  similar: Similar[]
  golden: GoldenChange[]
}

export interface Similar {
  id: string
  title: string
  mine: string
  theirs: string
  score: number
  pairs: number
  kind: 'duplicate' | 'conflict'
}

export interface GoldenChange {
  question: string
  expected: string[]
  before: string
  after: string
}

export interface Word {
  id: string
  kind: 'synonym' | 'forbidden'
  word: string
  means: string
  created_by: string
  created_at: string
}

export interface ImportReport {
  changes: { id: string; title: string; kind: 'new' | 'changed'; has_draft: boolean; lines: { op: string; text: string }[] }[]
  new: number
  changed: number
  same: number
  findings: { file: string; line: number; message: string }[]
  golden: GoldenChange[]
  done: boolean
  may_publish: boolean
}

export interface LessonGroup {
  text: string
  examples: string[]
  ids: string[]
  kinds: { unanswered?: number; unhelpful?: number; rated?: number }
  articles: { id: string; version: number; title: string }[]
  conversations: string[]
  last_at: string
  nearest: null | { id: string; version: number; title: string }
}

export interface Usage {
  id: string
  title: string
  version: number
  published_at?: string
  review_due: boolean
  hits: number
  solved: number
  handed: number
  last_hit: string
  versions: { version: number; hits: number; solved: number; handed: number }[]
}

export interface GoldenQuestion {
  id: string
  question: string
  expected: string[]
  created_by: string
  created_at: string
  passes: boolean
  got: string
}
