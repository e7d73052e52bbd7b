package understand

import (
	"slices"
	"time"
)

// Parser reads messages. It is immutable after New and safe for concurrent use.
type Parser struct {
	words  *automaton
	brands []string // canonical names, by the value of a tBrand hit
	like   *exampleIndex
}

// New builds a parser from the built-in lexicon and the operator's additions.
func New(v Vocabulary) *Parser {
	p := &Parser{words: newAutomaton()}
	for _, l := range lexicon {
		p.words.add(l.tag, 0, l.patterns)
	}
	for i, l := range pairs {
		p.words.add(tags+tag(2*i), 0, l.first)
		p.words.add(tags+tag(2*i+1), 0, l.second)
	}
	for i, f := range festivals {
		p.words.add(tFestival, int32(i), f.words)
	}
	for _, b := range brandWords {
		p.words.add(tBrand, int32(len(p.brands)), b.words)
		p.brands = append(p.brands, b.name)
	}
	p.addVocabulary(v)
	p.words.finish()
	p.like = newExampleIndex(p.readExample)
	return p
}

// readExample marks the sums, times and references of an example phrasing.
func (p *Parser) readExample(text string) []cell {
	cells := spellings.apply(foldText(text))
	s := scan{text: text, cells: cells, now: date(2026, 11, 18), q: &Query{}, hits: p.words.scan(cells, nil)}
	s.readReferences()
	s.readTimes()
	s.index()
	s.readAmounts()
	return cells
}

// Parse reads one message said at now in the light of what came before. It is
// pure: no clock, no I/O; the same input gives the same Query. Any bytes are
// accepted. The times of the answer are in Asia/Shanghai.
func (p *Parser) Parse(text string, c Context, now time.Time) Query {
	now = now.In(zone)
	cells := foldText(text)
	spans := sensitiveSpans(cells)
	q := Query{Text: text, Intent: Other, Role: RoleUnknown, Urgency: UrgencyNormal}
	if len(spans) > 0 {
		q.Text, q.Sensitive = cut(text, spans)
		q.CardLast4 = spans.tail()
		cells = foldText(q.Text)
	}
	cells = spellings.apply(cells)
	if len(spans) > 0 {
		markTags(cells)
	}
	s := scan{
		text: q.Text, cells: cells, now: now, context: c, q: &q, like: p.like,
		hits: p.words.scan(cells, make([]hit, 0, len(cells)+16)),
	}
	s.readReferences()
	s.readTimes()
	s.index()
	s.readAmounts()
	s.readFeatures()
	s.readTotals()
	s.readBrand(p.brands)
	s.readChoice()
	s.readIntents()
	s.readReply()
	s.carry()
	return q
}

// scan is the state of reading one message.
type scan struct {
	text     string
	like     *exampleIndex
	cells    []cell
	hits     []hit
	now      time.Time
	context  Context
	q        *Query
	first    [int(tags) + 2*len(pairs)]int32 // position of the first hit of each tag, plus one
	times    []mention
	chosen   int // index of the transaction's time in times, -1
	counts   []counted
	small    []sum // bare numbers below a hundred that stand in a list
	lessSaid bool  // 只到 before a sum
	partSaid bool  // 只到了88那笔: one of several has come
	refRank  int   // how sure the word of q.Reference is
	specific bool  // a particular transaction is spoken of
	totalsAt int32 // where q.Totals was asked, plus one
}

// index notes where each tag was met first.
func (s *scan) index() {
	for _, h := range s.hits {
		if h.tag == tTwice && s.cells[h.from].mark == asTime {
			continue // 3点多刷了一笔
		}
		s.note(h.tag, h.from)
	}
	for i, p := range pairs {
		if from, ok := s.near(tags+tag(2*i), tags+tag(2*i+1), p.gap); ok {
			s.note(p.tag, from)
		}
	}
}

func (s *scan) note(t tag, from int32) {
	if f := s.first[t]; f == 0 || from+1 < f {
		s.first[t] = from + 1
	}
}

func (s *scan) has(t tag) bool { return s.first[t] > 0 }

// anyOf reports whether one of the tags was met.
func (s *scan) anyOf(ts ...tag) bool {
	for _, t := range ts {
		if s.first[t] > 0 {
			return true
		}
	}
	return false
}

// firstOf is the earliest position of the tags plus one, 0 when none was met.
func (s *scan) firstOf(ts ...tag) int32 {
	best := int32(0)
	for _, t := range ts {
		if f := s.first[t]; f > 0 && (best == 0 || f < best) {
			best = f
		}
	}
	return best
}

// near reports whether a phrase of tag b follows one of tag a within gap cells
// of the same clause, and where the first such pair begins.
func (s *scan) near(a, b tag, gap int32) (int32, bool) {
	if s.first[a] == 0 || s.first[b] == 0 {
		return 0, false
	}
	for i := range s.hits {
		if s.hits[i].tag != b {
			continue
		}
		from := s.hits[i].from
		for j := i - 1; j >= 0; j-- {
			h := s.hits[j]
			if from-h.to > gap+8 {
				break
			}
			if h.tag == a && h.to <= from && from-h.to <= gap && !s.broken(h.to, from) {
				return h.from, true
			}
		}
	}
	return 0, false
}

// around returns the hits that end within the cells [lo,hi].
func (s *scan) around(lo, hi int) []hit { return around(s.hits, lo, hi) }

func around(hits []hit, lo, hi int) []hit {
	from, _ := slices.BinarySearchFunc(hits, lo, func(h hit, v int) int { return int(h.to) - v })
	to := from
	for to < len(hits) && int(hits[to].to) <= hi {
		to++
	}
	return hits[from:to]
}

// broken reports whether a clause ends within the cells [from,to).
func (s *scan) broken(from, to int32) bool {
	for i := from; i < to; i++ {
		if isBreak(s.cells[i].r) {
			return true
		}
	}
	return false
}

// source is the original text of the cells [from,to).
func (s *scan) source(from, to int) string {
	return s.text[s.cells[from].from:s.cells[to-1].to]
}

// readTimes fills Time and Times.
func (s *scan) readTimes() {
	y, m, d := s.now.Date()
	r := reader{c: s.cells, hits: s.hits, now: s.now, today: date(y, int(m), d)}
	for _, h := range s.hits {
		if h.tag == tFestival {
			r.festivals++
		}
	}
	s.chosen = -1
	s.times = r.joinWeekdays(r.readMentions(s.times))
	if len(s.times) == 0 {
		return
	}
	for i := range s.times {
		t := &s.times[i]
		t.span.Text = s.source(t.at, t.to)
	}
	s.chosen = r.chooseTime(s.times)
	s.joinClock()
	s.q.Times = make([]Span, len(s.times))
	for i := range s.times {
		s.q.Times[i] = s.times[i].span
	}
	if s.chosen >= 0 {
		t := s.joinDays()
		s.q.Time = &t
	}
}

// joinDays joins neighbouring days said together (周六周日, 前天和昨天) to one
// range; else it returns the chosen time.
func (s *scan) joinDays() Span {
	i, j := s.chosen, s.chosen
	for i > 0 && s.together(i-1) {
		i--
	}
	for j+1 < len(s.times) && s.together(j) {
		j++
	}
	if i == j {
		return s.times[i].span
	}
	return Span{From: s.times[i].span.From, To: s.times[j].span.To, Precision: Range, Text: s.source(s.times[i].at, s.times[j].to)}
}

// together reports whether mention i and the next are neighbouring days with
// nothing but 和 between.
func (s *scan) together(i int) bool {
	a, b := s.times[i], s.times[i+1]
	if a.span.Precision != Day || b.span.Precision != Day || !a.span.To.Equal(b.span.From) || b.to-a.at > 24 {
		return false
	}
	switch b.at - a.to {
	case 0:
		return true
	case 1:
		switch s.cells[a.to].r {
		case '和', '跟', '与', '、', '及':
			return true
		}
	}
	return false
}

// joinClock completes a day by a clock said elsewhere in the sentence
// (昨天刷的5000,下午3点多): the clock moves to that day.
func (s *scan) joinClock() {
	if s.chosen < 0 {
		return
	}
	a := s.times[s.chosen]
	if !a.hasDay || a.span.Precision != Day {
		return
	}
	for i := range s.times {
		b := &s.times[i]
		if i == s.chosen || b.hasDay || b.future || b.open || b.score < 0 || b.span.Precision == Range {
			continue
		}
		y, m, d := b.span.From.Date()
		shift := a.span.From.Sub(date(y, int(m), d))
		joined := b.span
		joined.From, joined.To = joined.From.Add(shift), joined.To.Add(shift)
		if joined.From.After(s.now) {
			continue
		}
		b.span, s.chosen = joined, i
		return
	}
}
