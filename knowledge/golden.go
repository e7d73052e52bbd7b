package knowledge

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Golden is a question with the article that must answer it. It guards a
// publication: one that makes a golden question fail is refused.
type Golden struct {
	Question string `json:"q"`
	// ID of the expected article; "" = the question must be refused as off
	// topic.
	ID string `json:"id"`
	// IDs are further articles that truly answer it too; nil = none.
	IDs  []string `json:"ids,omitempty"`
	Tags Tags     `json:"tags,omitzero"`
}

// GoldenRow is a golden question as admins keep it.
type GoldenRow struct {
	Golden
	RowID     int64
	CreatedBy string
	CreatedAt time.Time
}

// GoldenFailure is a golden question answered otherwise.
type GoldenFailure struct {
	Golden Golden
	// Got is the first hit; "" = refused as off topic.
	Got string
}

// String tells the difference.
func (f GoldenFailure) String() string {
	return fmt.Sprintf("“%s” 应答 %s，现在答 %s", f.Golden.Question, f.Golden.wants(), orNone(f.Got))
}

func orNone(id string) string {
	if id == "" {
		return "不答（与本题无关）"
	}
	return id
}

func (g Golden) wants() string {
	return strings.Join(append([]string{orNone(g.ID)}, g.IDs...), " 或 ")
}

// met reports that an answer is one of those expected.
func (g Golden) met(got string) bool { return got == g.ID || slices.Contains(g.IDs, got) }

// answerOf is the first hit; "" = refused.
func answerOf(ix *Index, g Golden) string {
	if r := ix.Search(g.Question, 1, g.Tags); !r.OffTopic && len(r.Hits) > 0 {
		return r.Hits[0].ID
	}
	return ""
}

// CheckGolden asks every golden question and gives the failures in order.
func CheckGolden(ix *Index, golden []Golden) []GoldenFailure {
	var out []GoldenFailure
	for _, g := range golden {
		if got := answerOf(ix, g); !g.met(got) {
			out = append(out, GoldenFailure{g, got})
		}
	}
	return out
}

// GoldenChange is a golden question that a publication would break.
type GoldenChange struct {
	Golden Golden
	// Before and After are the answers without and with the publication; "" =
	// refused as off topic.
	Before, After string
}

// String tells the difference.
func (c GoldenChange) String() string {
	return fmt.Sprintf("“%s” 应答 %s；发布前答 %s，发布后答 %s", c.Golden.Question, c.Golden.wants(), orNone(c.Before), orNone(c.After))
}

// GateGolden gives the golden questions that are answered rightly before a
// publication and would not be after it, in order. What fails already is not
// its fault.
func GateGolden(before, after *Index, golden []Golden) []GoldenChange {
	var out []GoldenChange
	for _, f := range CheckGolden(after, golden) {
		if was := answerOf(before, f.Golden); f.Golden.met(was) {
			out = append(out, GoldenChange{f.Golden, was, f.Got})
		}
	}
	return out
}
