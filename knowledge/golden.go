package knowledge

import (
	"fmt"
	"slices"
	"strings"
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

// GoldenFailure is a golden question answered otherwise.
type GoldenFailure struct {
	Golden Golden
	// Got is the first hit; "" = refused as off topic.
	Got string
}

// String tells the difference.
func (f GoldenFailure) String() string {
	name := func(id string) string {
		if id == "" {
			return "不答（与本题无关）"
		}
		return id
	}
	want := strings.Join(append([]string{name(f.Golden.ID)}, f.Golden.IDs...), " 或 ")
	return fmt.Sprintf("“%s” 应答 %s，现在答 %s", f.Golden.Question, want, name(f.Got))
}

// CheckGolden asks every golden question and gives the failures in order.
func CheckGolden(ix *Index, golden []Golden) []GoldenFailure {
	var out []GoldenFailure
	for _, g := range golden {
		got := ""
		if r := ix.Search(g.Question, 1, g.Tags); !r.OffTopic && len(r.Hits) > 0 {
			got = r.Hits[0].ID
		}
		if got != g.ID && !slices.Contains(g.IDs, got) {
			out = append(out, GoldenFailure{g, got})
		}
	}
	return out
}
