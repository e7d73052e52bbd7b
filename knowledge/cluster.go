package knowledge

import "sort"

// Asked is a question to be gathered with its like.
type Asked struct {
	ID   int64
	Text string
}

// Cluster is a group of questions alike.
type Cluster struct {
	// Text is the wording said most, else the one most like the others.
	Text string
	// IDs of all of them, in the order given.
	IDs []int64
	// Examples are distinct wordings, the most said and most alike first, at most five.
	Examples []string
}

// alikeAsked is from when on two questions belong together; maxAsked bounds
// the work, later ones stay apart.
const (
	alikeAsked  = 0.5
	maxAsked    = 2000
	maxExamples = 5
)

// Clusters gathers questions by the pairs of characters that they share,
// folded as the search folds them: the largest group first, then in the order
// given. It is deterministic.
func Clusters(asked []Asked) []Cluster {
	type group struct {
		members []int
	}
	grams := make([][]string, len(asked))
	var groups []*group
	of := map[string]*group{} // folded text → group
	for i, a := range asked {
		folded := foldJoined(a.Text)
		if g := of[folded]; g != nil {
			g.members = append(g.members, i)
			grams[i] = grams[g.members[0]]
			continue
		}
		grams[i] = gramsOf(a.Text)
		var best *group
		top := 0.0
		for _, g := range groups {
			if i >= maxAsked {
				break
			}
			if s := likeGroup(grams, g.members, i); s >= alikeAsked && s > top {
				best, top = g, s
			}
		}
		if best == nil {
			best = &group{}
			groups = append(groups, best)
		}
		best.members = append(best.members, i)
		of[folded] = best
	}
	out := make([]Cluster, 0, len(groups))
	for _, g := range groups {
		out = append(out, clusterOf(asked, grams, g.members))
	}
	sort.SliceStable(out, func(i, j int) bool { return len(out[i].IDs) > len(out[j].IDs) })
	return out
}

// likeGroup is the mean likeness of a question to the first members of a group.
func likeGroup(grams [][]string, members []int, i int) float64 {
	const first = 8
	n := min(len(members), first)
	sum := 0.0
	for _, m := range members[:n] {
		sum += dice(grams[m], grams[i])
	}
	return sum / float64(n)
}

func clusterOf(asked []Asked, grams [][]string, members []int) Cluster {
	c := Cluster{}
	type scored struct {
		text  string
		score float64
	}
	var texts []scored
	said := map[string]int{}
	for _, m := range members {
		c.IDs = append(c.IDs, asked[m].ID)
		if said[asked[m].Text]++; said[asked[m].Text] > 1 {
			continue
		}
		texts = append(texts, scored{asked[m].Text, likeGroup(grams, members, m)})
	}
	sort.SliceStable(texts, func(i, j int) bool {
		if a, b := said[texts[i].text], said[texts[j].text]; a != b {
			return a > b
		}
		return texts[i].score > texts[j].score
	})
	c.Text = texts[0].text
	for _, t := range texts[:min(len(texts), maxExamples)] {
		c.Examples = append(c.Examples, t.text)
	}
	return c
}
