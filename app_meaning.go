package main

import (
	"cmp"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"daozhang/bot"
	"daozhang/bot/llm"
	"daozhang/knowledge"
)

// Embedding in the background: texts a request at most, and the waits between
// attempts while the endpoint fails.
const (
	embedBatch    = 64
	embedRetryMin = time.Second
	embedRetryMax = 5 * time.Minute
)

// embedder gives a vector of length 1 for each text; llm.Client fulfils it.
type embedder interface {
	Embed(ctx context.Context, texts []string) ([][]float32, error)
}

// textHash names the text that a vector belongs to.
type textHash [sha256.Size]byte

func hashOf(text string) textHash { return sha256.Sum256([]byte(text)) }

// vectors are the vectors of the entries' texts, in memory only: a restart
// embeds again. No more are kept than the newest edition has entries.
type vectors struct {
	embed    embedder
	log      *slog.Logger
	retryMin time.Duration
	changed  chan struct{} // 1: a new edition is up

	mu     sync.RWMutex
	byText map[textHash][]float32
}

func newVectors(e embedder, log *slog.Logger) *vectors {
	return &vectors{embed: e, log: log, retryMin: embedRetryMin, changed: make(chan struct{}, 1), byText: map[textHash][]float32{}}
}

// get is the vector of a text; nil while it has none.
func (v *vectors) get(text string) []float32 {
	v.mu.RLock()
	defer v.mu.RUnlock()
	return v.byText[hashOf(text)]
}

// moved wakes the loop; it never waits.
func (v *vectors) moved() {
	if v == nil {
		return
	}
	select {
	case v.changed <- struct{}{}:
	default:
	}
}

// put keeps vectors. All are of one dimension: others are refused.
func (v *vectors) put(texts []string, found [][]float32) error {
	v.mu.Lock()
	defer v.mu.Unlock()
	if len(found) != len(texts) {
		return fmt.Errorf("%d vectors for %d texts", len(found), len(texts))
	}
	for _, have := range v.byText {
		if len(have) != len(found[0]) {
			return fmt.Errorf("the embedding model gives %d numbers now and gave %d before: restart to embed everything again", len(found[0]), len(have))
		}
		break
	}
	for i, t := range texts {
		v.byText[hashOf(t)] = found[i]
	}
	return nil
}

// keep forgets the vectors of texts that are told no more.
func (v *vectors) keep(texts []string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	live := make(map[textHash]bool, len(texts))
	for _, t := range texts {
		live[hashOf(t)] = true
	}
	for h := range v.byText {
		if !live[h] {
			delete(v.byText, h)
		}
	}
}

// Run embeds what the editions of l bring that is new, until ctx ends. Without
// vectors the search goes by words; so a failing endpoint is told once until it
// answers again.
func (v *vectors) Run(ctx context.Context, l *library) error {
	attempt := embedding{batch: embedBatch, refused: map[textHash]int{}}
	wait := time.Duration(0) // 0 = nothing is left to do
	for {
		var retry <-chan time.Time
		if wait > 0 {
			retry = time.After(wait)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-v.changed:
		case <-retry:
		}
		switch err := v.complete(ctx, l, &attempt); {
		case errors.Is(err, context.Canceled): // the endpoint's own time limit is another error
			return ignoreCanceled(err)
		case err == nil:
			if wait > 0 {
				v.log.Info("the embedding endpoint answers again")
			}
			wait = 0
		case wait == 0 || attempt.progress:
			if wait == 0 {
				v.log.Warn("entries are not found by meaning: the embedding endpoint fails; the search goes by words and is tried again", slog.Any("error", err))
			}
			wait = v.retryMin
		default:
			wait = min(2*wait, embedRetryMax)
		}
	}
}

// embedding is what the loop remembers between attempts: the endpoint may be
// too slow for many texts at once, or refuse one of them.
type embedding struct {
	batch    int
	refused  map[textHash]int // how often alone; such texts come last
	progress bool             // the last attempt embedded something
}

// complete embeds what the edition up now misses, batch by batch; the first
// failure ends it. What was embedded until then is put up.
func (v *vectors) complete(ctx context.Context, l *library, a *embedding) error {
	defer l.addMeaning()
	a.progress = false
	texts := l.current.Load().Index.MeaningTexts()
	v.keep(texts)
	for missing := v.missing(texts, a); len(missing) > 0; {
		batch := missing[:min(a.batch, len(missing))]
		found, err := v.embed.Embed(ctx, batch)
		if err == nil {
			err = v.put(batch, found)
		}
		if err != nil {
			if len(batch) == 1 {
				a.refused[hashOf(batch[0])]++
			}
			a.batch = max(1, len(batch)/2)
			return err
		}
		missing = missing[len(batch):]
		a.progress = true
		a.batch = min(2*a.batch, embedBatch)
	}
	return nil
}

// missing are the texts without a vector, each once, those refused before last.
func (v *vectors) missing(texts []string, a *embedding) []string {
	var out []string
	seen := map[textHash]bool{}
	for _, t := range texts {
		if h := hashOf(t); !seen[h] && v.get(t) == nil {
			seen[h] = true
			out = append(out, t)
		}
	}
	for h := range a.refused {
		if !seen[h] {
			delete(a.refused, h)
		}
	}
	slices.SortStableFunc(out, func(x, y string) int { return cmp.Compare(a.refused[hashOf(x)], a.refused[hashOf(y)]) })
	return out
}

// addMeaning puts up the current edition again with the vectors known now. An
// edition that came up meanwhile stays: it has asked for them itself, and what
// it missed wakes the loop.
func (l *library) addMeaning() {
	old := l.current.Load()
	e := *old
	e.meaning = knowledge.NewMeaning(e.Index, l.vectors.get)
	if !l.current.CompareAndSwap(old, &e) {
		l.vectors.moved()
	}
}

// Near implements bot.Meaning: one call of the endpoint where there are vectors,
// none where there are not.
func (l *library) Near(ctx context.Context, question string, top int, tags knowledge.Tags) ([]knowledge.Hit, error) {
	m := l.current.Load().meaning
	if m.Len() == 0 {
		return nil, nil
	}
	found, err := l.vectors.embed.Embed(ctx, []string{question})
	if err != nil {
		return nil, fmt.Errorf("near: %w", err)
	}
	if len(found) != 1 {
		return nil, errors.New("near: no vector for the question")
	}
	return m.Near(found[0], top, tags), nil
}

// newVectors is where embeddings are kept; nil while they are off.
func (a *app) newVectors(model *llm.Client) *vectors {
	if a.cfg.OpenAI.EmbeddingModel == "" {
		return nil
	}
	return newVectors(model, a.log)
}

// useModel gives the engine what the configuration switched on.
func (a *app) useModel(d *bot.Deps, model *llm.Client) {
	d.Settings.MenuWithin = a.cfg.OpenAI.Timeout
	if a.cfg.OpenAI.Model != "" {
		d.Model, d.Ranker = model, model
	}
	if v := a.library.vectors; v != nil {
		d.Meaning = a.library
		a.background = append(a.background, func(ctx context.Context) error { return v.Run(ctx, a.library) })
	}
}
