package store

import (
	"database/sql"
	"encoding/json"
	"fmt"
	"time"

	"daozhang/transactions"
)

// field ties one column to its place in a row, in both directions. value is
// the storage form: string, int64 or nil, so that two values compare with ==.
type field interface {
	sql.Scanner
	value() any
}

// text is a TEXT column; "" is unknown.
type text struct{ p *string }

func (f text) value() any { return *f.p }

func (f text) Scan(src any) (err error) {
	*f.p, err = asString(src)
	return err
}

// optional is a BIGINT column that may be NULL (unknown).
type optional struct{ p **int64 }

func (f optional) value() any {
	if *f.p == nil {
		return nil
	}
	return **f.p
}

func (f optional) Scan(src any) error {
	if src == nil {
		*f.p = nil
		return nil
	}
	n, err := asInt(src)
	*f.p = &n
	return err
}

// number is a BIGINT column, 0 when unknown; it fits int64 and int.
type number[T int | int64] struct{ p *T }

func (f number[T]) value() any { return int64(*f.p) }

func (f number[T]) Scan(src any) error {
	n, err := asInt(src)
	*f.p = T(n)
	return err
}

// boolean is a SMALLINT column: 0, 1, NULL = unknown.
type boolean struct{ p **bool }

func (f boolean) value() any {
	switch {
	case *f.p == nil:
		return nil
	case **f.p:
		return int64(1)
	default:
		return int64(0)
	}
}

func (f boolean) Scan(src any) error {
	if src == nil {
		*f.p = nil
		return nil
	}
	n, err := asInt(src)
	b := n != 0
	*f.p = &b
	return err
}

// instant is a BIGINT column of ms UTC; 0 is the zero time.
type instant struct{ p *time.Time }

func (f instant) value() any { return ms(*f.p) }

func (f instant) Scan(src any) error {
	n, err := asInt(src)
	*f.p = shanghai(n)
	return err
}

// day is a TEXT column YYYY-MM-DD; "" is the zero Date.
type day struct{ p *transactions.Date }

func (f day) value() any { return f.p.String() }

func (f day) Scan(src any) error {
	s, err := asString(src)
	if err != nil {
		return err
	}
	return f.p.UnmarshalText([]byte(s))
}

// stringList is a TEXT column holding a JSON array of strings.
type stringList struct{ p *[]string }

func (f stringList) value() any {
	if len(*f.p) == 0 {
		return "[]"
	}
	b, _ := json.Marshal(*f.p) // strings always encode
	return string(b)
}

func (f stringList) Scan(src any) error {
	s, err := asString(src)
	if err != nil {
		return err
	}
	*f.p = nil
	if s == "" || s == "[]" {
		return nil
	}
	return json.Unmarshal([]byte(s), f.p)
}

// nested is a column of a part that may be absent: absent while all its
// columns are unknown. It copies on write, so rows may share a part.
type nested[T any] struct {
	p  **T
	of func(*T) field
}

func (f nested[T]) value() any {
	if *f.p == nil {
		return f.of(new(T)).value()
	}
	return f.of(*f.p).value()
}

func (f nested[T]) Scan(src any) error {
	part := new(T)
	unknown := f.of(part).value()
	if err := f.of(part).Scan(src); err != nil {
		return err
	}
	if f.of(part).value() == unknown && *f.p == nil {
		return nil
	}
	if *f.p != nil {
		*part = **f.p
		if err := f.of(part).Scan(src); err != nil {
			return err
		}
	}
	*f.p = part
	return nil
}

func asString(src any) (string, error) {
	switch v := src.(type) {
	case string:
		return v, nil
	case []byte:
		return string(v), nil
	case nil:
		return "", nil
	default:
		return "", fmt.Errorf("a %T where text belongs", src)
	}
}

func asInt(src any) (int64, error) {
	switch v := src.(type) {
	case int64:
		return v, nil
	case nil:
		return 0, nil
	default:
		return 0, fmt.Errorf("a %T where a number belongs", src)
	}
}

// shanghai is the instant behind a stored ms value; 0 is the zero time.
func shanghai(millis int64) time.Time {
	if millis == 0 {
		return time.Time{}
	}
	return time.UnixMilli(millis).In(transactions.Shanghai)
}
