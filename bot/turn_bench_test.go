package bot_test

import (
	"fmt"
	"testing"
	"time"

	"daozhang/bot"
	"daozhang/knowledge"
)

// BenchmarkTurn is one whole turn without store and network: understanding,
// matching among two hundred sales, diagnosis, knowledge, composing, filters.
// A turn may take 5 ms.
func BenchmarkTurn(b *testing.B) {
	p := shop()
	articles, err := knowledge.Shipped()
	if err != nil {
		b.Fatal(err)
	}
	for i := range articles {
		articles[i].Version, articles[i].Status = 1, knowledge.StatusPublished
	}
	shelf := bot.Shelf{Index: knowledge.NewIndex(articles, knowledge.IndexOptions{}), Rows: knowledge.PublicChannels()}
	for i := range 200 {
		tx := p.facts.Transactions[0]
		tx.ID, tx.AmountFen, tx.Time = fmt.Sprintf("X%d", i), int64(10000+i*37), noon.Add(-time.Duration(i)*50*time.Minute) // a week of them
		p.facts.Transactions = append(p.facts.Transactions, tx)
	}
	e, err := bot.New(bot.Deps{Parser: parser, Ledger: p, Cases: p, Knowledge: shelf, Calendars: p})
	if err != nil {
		b.Fatal(err)
	}
	for _, c := range []struct{ name, say string }{
		{"sale", "昨天上午那笔5000怎么还没到账"}, {"general", "周末是不是都不到账"}, {"person", "转人工"}, {"nonsense", "阿巴阿巴"},
	} {
		b.Run(c.name, func(b *testing.B) {
			in := bot.Input{Now: noon, Contact: bound(), Said: said(c.say)}
			for b.Loop() {
				if _, _, err := e.Turn(b.Context(), in); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
