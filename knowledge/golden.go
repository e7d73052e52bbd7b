package knowledge

import "fmt"

// Golden is a question with the article that must answer it. It guards a
// publication: one that makes a golden question fail is refused.
type Golden struct {
	Question string `json:"q"`
	// ID of the expected article; "" = the question must be refused as off
	// topic.
	ID   string `json:"id"`
	Tags Tags   `json:"tags,omitzero"`
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
	return fmt.Sprintf("“%s” 应答 %s，现在答 %s", f.Golden.Question, name(f.Golden.ID), name(f.Got))
}

// CheckGolden asks every golden question and gives the failures in order.
func CheckGolden(ix *Index, golden []Golden) []GoldenFailure {
	var out []GoldenFailure
	for _, g := range golden {
		got := ""
		if r := ix.Search(g.Question, 1, g.Tags); !r.OffTopic && len(r.Hits) > 0 {
			got = r.Hits[0].ID
		}
		if got != g.ID {
			out = append(out, GoldenFailure{g, got})
		}
	}
	return out
}
