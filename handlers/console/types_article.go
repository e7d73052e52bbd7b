package console

import "time"

// Article is the content of a knowledge entry.
type Article struct {
	ID         string   `json:"id" pattern:"^[a-z0-9]+(-[a-z0-9]+)*$" maxLength:"64"`
	Title      string   `json:"title" maxLength:"60"`
	Phrasings  []string `json:"phrasings"`
	Causes     []string `json:"causes"`
	Intents    []string `json:"intents"`
	Brands     []string `json:"brands"`
	Channels   []string `json:"channels"`
	Audience   string   `json:"audience" enum:"all,merchant,clerk,payer"`
	Owner      string   `json:"owner"`
	ReviewOn   string   `json:"review_on" doc:"YYYY-MM-DD or empty"`
	ValidFrom  string   `json:"valid_from" doc:"YYYY-MM-DD or empty"`
	ValidUntil string   `json:"valid_until" doc:"YYYY-MM-DD or empty"`
	Sources    []string `json:"sources"`
	GuideSteps []string `json:"guide_steps"`
	GuideThen  string   `json:"guide_then" doc:"article that goes on; empty = a human"`
	Body       string   `json:"body" maxLength:"4000"`
}

// ArticleRow is one line of the list.
type ArticleRow struct {
	ID       string `json:"id"`
	Title    string `json:"title"`
	Status   string `json:"status" enum:"draft,review,published,archived"`
	Version  int    `json:"version" doc:"published version; 0 = never"`
	HasDraft bool   `json:"has_draft" doc:"there are unpublished changes"`
	DraftBy  string `json:"draft_by"`
	ArticleFacts
	Causes    []string `json:"causes"`
	Brands    []string `json:"brands"`
	Owner     string   `json:"owner"`
	ReviewOn  string   `json:"review_on"`
	ReviewDue bool     `json:"review_due" doc:"review_on has passed"`
	Live      bool     `json:"live" doc:"told to merchants today"`
	// ScheduledAt is when a version waiting comes into force by itself.
	ScheduledAt time.Time `json:"scheduled_at,omitempty,omitzero"`
	UpdatedAt   time.Time `json:"updated_at"`
}

// ArticleFacts are the two facts behind the one status: what merchants are told
// now, and how far the unpublished text is.
type ArticleFacts struct {
	Told        string    `json:"told" enum:"in_force,not_yet,expired,archived,never" doc:"the published version: told now, from later on, no more, taken out, none"`
	DraftStatus string    `json:"draft_status" enum:",draft,review" doc:"of the unpublished text; empty = there is none"`
	SubmittedAt time.Time `json:"submitted_at,omitempty,omitzero" doc:"under review since"`
}

// ArticleList is all articles that match; there are hundreds, not thousands.
type ArticleList struct {
	Items []ArticleRow `json:"items"`
	Total int          `json:"total"`
}

// ArticleDetail is an article with draft and history.
type ArticleDetail struct {
	ID      string `json:"id"`
	Status  string `json:"status" enum:"draft,review,published,archived"`
	Version int    `json:"version" doc:"in force now; 0 = none ever was"`
	ArticleFacts
	// Scheduled is the version that comes into force at ScheduledAt; 0 = none.
	Scheduled   int              `json:"scheduled"`
	ScheduledAt time.Time        `json:"scheduled_at,omitempty,omitzero"`
	Published   *Article         `json:"published" doc:"null = never published"`
	Draft       *Article         `json:"draft" doc:"null = no unpublished changes"`
	DraftBy     string           `json:"draft_by"`
	UpdatedAt   time.Time        `json:"updated_at" doc:"send back as if_updated_at when saving"`
	Versions    []ArticleVersion `json:"versions" doc:"newest first, without content"`
	Findings    []Finding        `json:"findings" doc:"what the lint says of the draft, else of the published version"`
	Similar     []Similar        `json:"similar" doc:"other entries that answer the draft's questions"`
	CanSubmit   bool             `json:"can_submit"`
	// CanPublish is false with the reason in PublishHint.
	CanPublish  bool   `json:"can_publish"`
	PublishHint string `json:"publish_hint"`
}

// ArticleVersion is one publication.
type ArticleVersion struct {
	Version     int       `json:"version"`
	PublishedBy string    `json:"published_by"`
	PublishedAt time.Time `json:"published_at"`
	Note        string    `json:"note"`
	EffectiveAt time.Time `json:"effective_at,omitempty,omitzero" doc:"absent = when it was published"`
	Cancelled   bool      `json:"cancelled" doc:"was scheduled and taken back"`
	Article     *Article  `json:"article,omitempty"`
}

// Finding is one complaint of the lint.
type Finding struct {
	Line int `json:"line" doc:"in the article's file form, 1-based"`
	// Field is where an editor shows it: a name of Article; guide_steps for
	// the guide.
	Field   string `json:"field" doc:"the field of Article concerned"`
	Row     int    `json:"row" doc:"the line of the body, or the item of a list, 1-based; 0 = the field as a whole"`
	Message string `json:"message" doc:"Chinese: what is wrong"`
}

// DraftInput saves a draft.
type DraftInput struct {
	Article Article `json:"article"`
	// IfUpdatedAt is updated_at as loaded; 409 ARTICLE_CHANGED when somebody
	// saved in between. Empty skips the check.
	IfUpdatedAt time.Time `json:"if_updated_at,omitempty,omitzero"`
}

// PublishInput publishes the draft.
type PublishInput struct {
	Note string `json:"note,omitempty" maxLength:"500"`
	// At schedules it; the first day of its validity does so too.
	At time.Time `json:"at,omitempty,omitzero" doc:"when it comes into force by itself; absent = at once"`
	// Override publishes although golden questions fail (409 GOLDEN_FAILED).
	Override string `json:"override,omitempty" maxLength:"500" doc:"reason, audited"`
}

// ArchiveInput takes an entry out of force.
type ArchiveInput struct {
	Note     string `json:"note,omitempty" maxLength:"500"`
	Override string `json:"override,omitempty" maxLength:"500" doc:"reason, audited"`
}

// RollbackInput publishes an old version again, under a new number.
type RollbackInput struct {
	Version int    `json:"version" minimum:"1"`
	Note    string `json:"note,omitempty" maxLength:"500"`
	// Override publishes although golden questions fail (409 GOLDEN_FAILED).
	Override string `json:"override,omitempty" maxLength:"500" doc:"reason, audited"`
}

// GoldenChange is a golden question that a publication would break.
type GoldenChange struct {
	Question string   `json:"question"`
	Expected []string `json:"expected" doc:"ids; empty = must be refused as off topic"`
	Before   string   `json:"before" doc:"id answering now; empty = refused"`
	After    string   `json:"after" doc:"id that would answer; empty = refused"`
}

// GoldenQuestion guards publications.
type GoldenQuestion struct {
	ID        ID        `json:"id"`
	Question  string    `json:"question"`
	Expected  []string  `json:"expected" doc:"ids, the first is meant; empty = must be refused as off topic"`
	CreatedBy string    `json:"created_by"`
	CreatedAt time.Time `json:"created_at"`
	Passes    bool      `json:"passes" doc:"answered rightly by what is in force"`
	Got       string    `json:"got" doc:"id that answers now; empty = refused"`
}

// GoldenList is all golden questions.
type GoldenList struct {
	Items  []GoldenQuestion `json:"items"`
	Failed int              `json:"failed"`
}

// GoldenInput is a golden question to add.
type GoldenInput struct {
	Question string   `json:"question" minLength:"2" maxLength:"200"`
	Expected []string `json:"expected" maxItems:"5" doc:"ids of entries; empty = must be refused"`
}

// Similar is another entry that answers questions of the draft.
type Similar struct {
	ID     string  `json:"id"`
	Title  string  `json:"title"`
	Mine   string  `json:"mine" doc:"the draft's question most alike"`
	Theirs string  `json:"theirs"`
	Score  float64 `json:"score" doc:"0–1"`
	Pairs  int     `json:"pairs" doc:"questions in common"`
	// Kind: duplicate = much the same answer, conflict = another answer to the
	// same question.
	Kind string `json:"kind" enum:"duplicate,conflict"`
}

// PreviewInput asks a question as a merchant would, with a draft in force.
type PreviewInput struct {
	Question string   `json:"question" minLength:"1" maxLength:"500"`
	Article  *Article `json:"article,omitempty" doc:"the draft on the screen; null = the saved drafts of draft_id"`
	DraftID  string   `json:"draft_id,omitempty" maxLength:"64"`
}

// Preview is what would be found.
type Preview struct {
	Hits      []PreviewHit `json:"hits"`
	Confident bool         `json:"confident" doc:"the first hit is told at once; else the merchant gets a list to tap"`
	Findings  []Finding    `json:"findings"`
	OffTopic  bool         `json:"off_topic" doc:"refused: the base has nothing on it"`
	// Before is the same question asked without the draft.
	Before  PreviewAnswer `json:"before"`
	Similar []Similar     `json:"similar"`
	// Golden are the golden questions that the draft would break.
	Golden []GoldenChange `json:"golden"`
}

// PreviewAnswer is what a merchant would get.
type PreviewAnswer struct {
	Hits      []PreviewHit `json:"hits"`
	Confident bool         `json:"confident"`
	OffTopic  bool         `json:"off_topic"`
}

// PreviewHit is one hit.
type PreviewHit struct {
	ID    string  `json:"id"`
	Title string  `json:"title"`
	Score float64 `json:"score"`
	Draft bool    `json:"draft" doc:"this hit is the draft"`
	Body  string  `json:"body"`
}
