package sources

import (
	"sync"
	"time"
)

// maxRemembered bounds the cache of one router.
const maxRemembered = 4096

// question is what a cached answer stands for.
type question struct {
	source, merchantNo string
	from, to           int64 // ms
	reference, ids     string
}

// heard is what an answer covered. Its rows are in the ledger.
type heard struct {
	at                   time.Time
	until                time.Time
	allSales, allPayouts bool
	cut                  bool
	sales, payouts       map[string]bool // ids told of, as in the ledger
	// strange are the payouts told with a state that nobody knows: id → the word.
	strange map[string]string
}

// memory remembers for a short time what was asked, so that a conversation
// and its console do not ask twice.
type memory struct {
	mu  sync.Mutex
	all map[question]heard
}

func (m *memory) get(q question, now time.Time) (heard, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	h, ok := m.all[q]
	// A clock that went back makes everything look fresh: at must lie behind.
	return h, ok && now.Before(h.until) && !h.at.After(now)
}

func (m *memory) put(q question, h heard, now time.Time) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.all == nil {
		m.all = map[question]heard{}
	}
	if len(m.all) >= maxRemembered {
		for k, old := range m.all {
			if !now.Before(old.until) {
				delete(m.all, k)
			}
		}
	}
	if len(m.all) >= maxRemembered {
		clear(m.all) // asking again is always right
	}
	m.all[q] = h
}
