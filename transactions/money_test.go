package transactions_test

import (
	"math"
	"testing"
	"testing/quick"

	"daozhang/transactions"
)

func TestYuan(t *testing.T) {
	t.Parallel()
	for fen, want := range map[int64]string{
		0: "0.00", 1: "0.01", 100: "1.00", 497000: "4970.00", 159040: "1590.40", -1440: "-14.40", -5: "-0.05",
		math.MaxInt64: "92233720368547758.07", math.MinInt64: "-92233720368547758.08",
	} {
		if got := transactions.Yuan(fen); got != want {
			t.Errorf("%d: %s, want %s", fen, got, want)
		}
	}
}

func TestParseYuan(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]int64{
		"4970": 497000, "4970.0": 497000, "4970.00": 497000, "1,234,567.89": 123456789, " 12.3 ": 1230, ".5": 50,
		"\uff15\uff10\uff10\uff10\uff0e\uff15\uff10": 500050, "`100.00": 10000, `="88.80"`: 8880, "\u00a530": 3000, "\uffe530.1元": 3010,
		"-14.40": -1440, "-\u00a51": -100, "+3": 300, "1.2300": 123, "0": 0, "RMB 5": 500, "5.": 500, "1e3": 100000, "(3.50)": -350,
	} {
		got, err := transactions.ParseYuan(text)
		if err != nil || got != want {
			t.Errorf("%q: %d %v, want %d", text, got, err, want)
		}
	}
	for _, text := range []string{"", " ", "-", "abc", "1.2.3", "1,23", "12,34.5", ",123", "1234,567", "1.234", "--1", "USD 5", "$5", "99999999999999999999", "5千"} {
		if got, err := transactions.ParseYuan(text); err == nil {
			t.Errorf("%q was accepted as %d", text, got)
		}
	}
}

func TestYuanRoundTrip(t *testing.T) {
	t.Parallel()
	if err := quick.Check(func(fen int64) bool {
		fen %= 1_000_000_000_000_000 // more is refused as no amount
		got, err := transactions.ParseYuan(transactions.Yuan(fen))
		return err == nil && got == fen
	}, nil); err != nil {
		t.Error(err)
	}
}

func FuzzParseYuan(f *testing.F) {
	f.Add("1,234.50")
	f.Add(`="88"`)
	f.Fuzz(func(t *testing.T, s string) {
		fen, err := transactions.ParseYuan(s)
		if err != nil {
			return
		}
		if again, err := transactions.ParseYuan(transactions.Yuan(fen)); err != nil || again != fen {
			t.Fatalf("%q: %d, again %d %v", s, fen, again, err)
		}
	})
}
