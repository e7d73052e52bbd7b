package wire

import (
	"slices"
	"sync"

	"daozhang/transactions"
)

// shelfSize bounds the bills that are kept; a bill of a past day never changes.
const shelfSize = 64

// Shelf keeps the bills read last. It is safe for concurrent use.
type Shelf struct {
	mu    sync.Mutex
	rows  map[string][]transactions.Transaction
	order []string
}

// NewShelf is an empty Shelf.
func NewShelf() *Shelf { return &Shelf{rows: map[string][]transactions.Transaction{}} }

// Get is the bill of a key, a copy.
func (b *Shelf) Get(key string) ([]transactions.Transaction, bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	rows, ok := b.rows[key]
	return slices.Clone(rows), ok
}

// Put keeps a bill; the oldest of too many goes.
func (b *Shelf) Put(key string, rows []transactions.Transaction) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if _, had := b.rows[key]; !had {
		b.order = append(b.order, key)
	}
	b.rows[key] = slices.Clone(rows)
	if len(b.order) > shelfSize {
		delete(b.rows, b.order[0])
		b.order = b.order[1:]
	}
}
