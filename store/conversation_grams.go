package store

import (
	"context"
	"database/sql"
	"fmt"
	"strconv"
	"strings"

	"daozhang/bot/desk"
)

// gramsPerInsert bounds the parameters of one statement.
const gramsPerInsert = 100

// indexMessage makes a message findable at the console.
func (s *Store) indexMessage(ctx context.Context, tx *sql.Tx, id, conversation int64, text string) error {
	grams := desk.Grams(text)
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
