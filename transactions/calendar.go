package transactions

// Calendar knows which days are working days, within the years loaded. It is
// read-only after construction and safe for concurrent use.
type Calendar struct {
	off, work map[Date]bool
	until     Date
	from      Date
}
