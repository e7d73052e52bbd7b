package understand

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"testing"
	"time"
)

func TestProbe(t *testing.T) {
	f, err := os.Open(os.Getenv("PROBE"))
	if err != nil {
		t.Skip()
	}
	now := time.Date(2026, 11, 18, 15, 0, 0, 0, zone)
	p := New(Vocabulary{})
	fmt.Println("nodes", len(p.words.fail))
	sc := bufio.NewScanner(f)
	for sc.Scan() {
		q := p.Parse(sc.Text(), Context{}, now)
		b, _ := json.Marshal(q)
		fmt.Println(string(b))
	}
}
