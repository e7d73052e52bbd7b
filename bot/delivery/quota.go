package delivery

import "time"

// Reserve is what bot messages leave of the message pool: the last one of the
// five belongs to a human agent or to the "it has arrived" notice.
const Reserve = 1

// Priority of a customer message when the quota is short.
type Priority int

// Normal keeps the reserve, Reserved may use it.
const (
	Normal   Priority = iota // bot replies
	Reserved                 // agent replies, arrival notices
)

// Grant is what one pool still allows. The zero value allows nothing.
type Grant struct {
	Left  int       `json:"left"`
	Until time.Time `json:"until,omitzero"` // exclusive
}

// open reports a window that has not ended.
func (g Grant) open(now time.Time) bool { return now.Before(g.Until) }

// Quota is the ledger of customer messages of one contact (wechat.md B3). How
// the platform adds pools up is not documented, so the careful reading holds:
// pools never add, a send counts against every open pool, and what remains is
// the largest of them. The zero value is a contact that never wrote.
type Quota struct {
	Message Grant `json:"message,omitzero"`
	Click   Grant `json:"click,omitzero"`
	Follow  Grant `json:"follow,omitzero"`
	Scan    Grant `json:"scan,omitzero"`
}

// limit is the size and lifetime of a pool (wechat.md B3, since 2023-06-12).
func limit(p Pool) (size int, life time.Duration) {
	switch p {
	case PoolMessage:
		return 5, 48 * time.Hour
	case PoolClick, PoolFollow, PoolScan:
		return 3, time.Minute
	}
	return 0, 0
}

// PoolOf is the pool that an inbound message refills; false for events that
// open no window. A tap on a menu item or link arrives as a text message but
// counts as a click.
func PoolOf(m Inbound) (Pool, bool) {
	if m.Kind != KindEvent {
		if m.Tapped || m.MenuID != 0 {
			return PoolClick, true
		}
		return PoolMessage, true
	}
	switch m.Event {
	case "CLICK", "scancode_push", "scancode_waitmsg":
		return PoolClick, true
	case "subscribe":
		return PoolFollow, true
	case "SCAN":
		return PoolScan, true
	}
	return "", false
}

// Trigger refills one pool to its maximum from the instant of the trigger; it
// never adds. An unknown pool, or a trigger older than the last one, changes
// nothing.
func (q Quota) Trigger(p Pool, at time.Time) Quota {
	size, life := limit(p)
	if g := q.pool(p); g != nil && !at.Add(life).Before(g.Until) {
		*g = Grant{Left: size, Until: at.Add(life)}
	}
	return q
}

// Refused records that the platform said 45047 or 45015: every pool is empty
// until its next trigger. A closed window (45015) ends at once.
func (q Quota) Refused(class Class) Quota {
	for _, g := range q.all() {
		g.Left = 0
		if class == ClassWindow {
			g.Until = time.Time{}
		}
	}
	return q
}

// Closed is the ledger of a contact who unfollowed.
func (q Quota) Closed() Quota { return Quota{} }

// Remaining is how many customer messages may still be sent, the reserve
// included.
func (q Quota) Remaining(now time.Time) int {
	n := 0
	for _, g := range q.all() {
		if g.open(now) {
			n = max(n, g.Left)
		}
	}
	return n
}

// Take counts one customer message. It is false, and nothing is counted, when
// the quota does not allow a message of this priority now.
func (q Quota) Take(now time.Time, p Priority) (Quota, bool) {
	spare := q.Remaining(now)
	keep := 0
	if p == Normal && q.Message.open(now) {
		keep = Reserve
	}
	if spare <= keep {
		return q, false
	}
	for _, g := range q.all() {
		floor := 0
		if g == &q.Message {
			floor = keep
		}
		if g.open(now) && g.Left > floor {
			g.Left--
		}
	}
	return q, true
}

// WindowEnd is when the last open window ends, for the agents' countdown; the
// zero time when none is open.
func (q Quota) WindowEnd(now time.Time) time.Time {
	var end time.Time
	for _, g := range q.all() {
		if g.open(now) && g.Until.After(end) {
			end = g.Until
		}
	}
	return end
}

func (q *Quota) pool(p Pool) *Grant {
	switch p {
	case PoolMessage:
		return &q.Message
	case PoolClick:
		return &q.Click
	case PoolFollow:
		return &q.Follow
	case PoolScan:
		return &q.Scan
	}
	return nil
}

func (q *Quota) all() [4]*Grant {
	return [4]*Grant{&q.Message, &q.Click, &q.Follow, &q.Scan}
}
