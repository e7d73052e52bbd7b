package store

import (
	"crypto/rand"
	"encoding/binary"
	"sync"
	"time"
)

// idSource makes time-ordered int64 ids: 41 bits of ms since 2020, 10 bits
// that tell processes apart, 12 bits of sequence. Within a process ids only
// grow, also when the clock steps back.
type idSource struct {
	mu         sync.Mutex
	now        func() time.Time
	node       int64
	last       int64 // ms<<12 | sequence
	sequential bool
}

// epochMS is 2020-01-01T00:00:00Z.
const epochMS = 1577836800000

func newIDSource(now func() time.Time, sequential bool) *idSource {
	var b [2]byte
	_, _ = rand.Read(b[:]) // crypto/rand.Read never fails
	return &idSource{now: now, node: int64(binary.BigEndian.Uint16(b[:]) & 0x3ff), sequential: sequential}
}

func (g *idSource) next() int64 {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.sequential {
		g.last++
		return g.last
	}
	v := (g.now().UnixMilli() - epochMS) << 12
	if v <= g.last {
		v = g.last + 1
	}
	g.last = v
	return v>>12<<22 | g.node<<12 | v&0xfff
}
