package store

import (
	"context"
	"database/sql"
	"fmt"
	"strconv"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// maxGrams bounds the search entries of one message.
const maxGrams = 400

// Grams are the search entries of a text, the same for messages and for
// queries: 2-grams of Han runs (a lone character stands for itself), and words
// of Latin letters and digits in lower case. Widths are folded, so １２ is 12.
// Every gram of a query must be among those of a message for it to be a hit.
func Grams(text string) []string {
	var grams []string
	seen := map[string]bool{}
	add := func(g string) {
		if !seen[g] && len(grams) < maxGrams {
			seen[g] = true
			grams = append(grams, g)
		}
	}
	var han, word []rune
	flush := func() {
		if len(han) == 1 {
			add(string(han))
		}
		for i := 0; i+1 < len(han); i++ {
			add(string(han[i : i+2]))
		}
		if len(word) > 0 {
			add(string(word[:min(len(word), 32)]))
		}
		han, word = han[:0], word[:0]
	}
	for _, r := range strings.ToLower(norm.NFKC.String(text)) {
		switch {
		case unicode.Is(unicode.Han, r):
			if len(word) > 0 {
				flush()
			}
			han = append(han, r)
		case unicode.IsLetter(r) || unicode.IsDigit(r):
			if len(han) > 0 {
				flush()
			}
			word = append(word, r)
		default:
			flush()
		}
	}
	flush()
	return grams
}

// gramsPerInsert bounds the parameters of one statement.
const gramsPerInsert = 100

func (s *Store) indexMessage(ctx context.Context, tx *sql.Tx, id, conversation int64, text string) error {
	grams := Grams(text)
	for len(grams) > 0 {
		n := min(len(grams), gramsPerInsert)
		args := []any{id, conversation}
		rows := make([]string, n)
		for i, g := range grams[:n] {
			args = append(args, g)
			rows[i] = "($" + strconv.Itoa(len(args)) + ", $1, $2)"
		}
		_, err := tx.ExecContext(ctx,
			`INSERT INTO message_grams (gram, message_id, conversation_id) VALUES `+strings.Join(rows, ", "), args...)
		if err != nil {
			return fmt.Errorf("index message: %w", err)
		}
		grams = grams[n:]
	}
	return nil
}
