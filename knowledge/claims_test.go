package knowledge

import (
	"bytes"
	"encoding/binary"
	"flag"
	"fmt"
	"hash/fnv"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode"
)

// droppedClaims of the seed articles are not carried over: only an institution
// can act on them (15, 70), or they are advertisements (74, 75, 77, 79). The
// wrong ones (11, 29, 30) and the dangerous one (52) are kept corrected.
var droppedClaims = []int{15, 70, 74, 75, 77, 79} //nolint:gochecknoglobals // read-only table

const claims = 80

func TestEveryKeptClaimHasAnArticle(t *testing.T) {
	t.Parallel()
	by := map[string][]string{}
	for _, a := range shipped(t) {
		for _, s := range a.Sources {
			by[s] = append(by[s], a.ID)
		}
	}
	for n := 1; n <= claims; n++ {
		key := fmt.Sprintf("seed#%d", n)
		if dropped := slices.Contains(droppedClaims, n); dropped != (len(by[key]) == 0) {
			t.Errorf("%s: dropped %v, articles %v", key, dropped, by[key])
		}
		delete(by, key)
	}
	for s, ids := range by {
		if strings.HasPrefix(s, "seed") {
			t.Errorf("%v name %s, which is no claim", ids, s)
		}
	}
}

func TestCorrectedClaims(t *testing.T) {
	t.Parallel()
	ix := NewIndex(shipped(t), IndexOptions{})
	for id, must := range map[string]string{
		"print-head":          "钱照样按周期结算",        // 11: printing does not stop clearing
		"balance-not-needed":  "余额为零也照样能到账",      // 29: no balance is needed to receive
		"money-path":          "您的收单机构 → 您的结算账户", // 30: the direction of clearing
		"txn-unknown":         "结果不明的时候不要重刷",     // 52: no blind retry
		"payout-limit-class2": "以开户行为准",
		"payout-limit-class3": "以开户行为准",
	} {
		if a, ok := ix.Article(id); !ok || !strings.Contains(a.Body, must) {
			t.Errorf("%s does not say %q", id, must)
		}
	}
}

func TestEveryCauseAndBrandHasAnArticle(t *testing.T) {
	t.Parallel()
	ix := NewIndex(shipped(t), IndexOptions{})
	for _, cause := range Causes() {
		for _, words := range []string{"", "hello"} {
			if r := ix.Search(words, 1, Tags{Causes: []string{cause}}); len(r.Hits) != 1 || r.Hits[0].ID != PrimaryID(cause) {
				t.Errorf("%s with %q is explained by %v, want %s", cause, words, r.Hits, PrimaryID(cause))
			}
		}
	}
	tagged := map[string]bool{}
	for _, a := range shipped(t) {
		for _, tag := range append(append([]string(nil), a.Causes...), a.Brands...) {
			tagged[tag] = true
		}
	}
	named := []string{"刷呗", "中付", "拉卡拉", "盛付通", "瑞银信", "银联商务", "银联", "云闪付", "微信支付", "支付宝", "花呗", "京东白条"}
	for _, want := range append(Causes(), named...) {
		if !tagged[want] {
			t.Errorf("no article is tagged %s", want)
		}
	}
}

// The seed articles lie outside the repository; of their text only hashed runs
// of shingleLength characters are kept, to prove that no sentence was copied.
const (
	shingleLength = 12
	shingleFile   = "testdata/seed_shingles.bin"
	shingleBytes  = 5
)

var seedDir = flag.String("seeds", "", "folder of the seed articles: write "+shingleFile) //nolint:gochecknoglobals // test flag

func TestNoRunOfTheSeedsIsCopied(t *testing.T) {
	if *seedDir != "" {
		writeShingles(t, *seedDir)
	}
	data, err := os.ReadFile(shingleFile)
	if err != nil {
		t.Fatal(err)
	}
	if len(data) < 1000*shingleBytes {
		t.Fatalf("%s holds %d bytes: not the seeds", shingleFile, len(data))
	}
	seeds := map[string]bool{}
	for c := range slices.Chunk(data, shingleBytes) {
		seeds[string(c)] = true
	}
	if known := letters("微信、支付宝、花呗、京东白条等"); !seeds[shingle(known[:shingleLength])] {
		t.Fatal("a run known to be in the seeds is not found")
	}
	for _, a := range shipped(t) {
		for _, text := range append(append([]string{a.Title, a.Body}, a.Phrasings...), a.Guide.Steps...) {
			runes := letters(text)
			for i := 0; i+shingleLength <= len(runes); i++ {
				if run := runes[i : i+shingleLength]; seeds[shingle(run)] {
					t.Errorf("%s copies %q", a.ID, string(run))
				}
			}
		}
	}
}

// letters drops white space and punctuation, so that a copied run is found
// whatever stands between its words.
func letters(s string) []rune {
	var out []rune
	for _, r := range strings.ToLower(s) {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			out = append(out, r)
		}
	}
	return out
}

func shingle(run []rune) string {
	h := fnv.New64a()
	h.Write([]byte(string(run)))
	return string(binary.BigEndian.AppendUint64(nil, h.Sum64())[:shingleBytes])
}

func writeShingles(t *testing.T, dir string) {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(dir, "*.txt"))
	if err != nil || len(names) == 0 {
		t.Fatalf("no seed articles in %s: %v", dir, err)
	}
	seen := map[string]bool{}
	for _, name := range names {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		runes := letters(string(data))
		for i := 0; i+shingleLength <= len(runes); i++ {
			seen[shingle(runes[i:i+shingleLength])] = true
		}
	}
	all := make([]string, 0, len(seen))
	for s := range seen {
		all = append(all, s)
	}
	slices.Sort(all)
	var out bytes.Buffer
	for _, s := range all {
		out.WriteString(s)
	}
	if err := os.WriteFile(shingleFile, out.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
}
