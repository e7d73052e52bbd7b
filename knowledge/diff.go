package knowledge

import "strings"

// DiffOp is what happened to a line.
type DiffOp byte

// The three things that happen to a line.
const (
	Same    DiffOp = ' '
	Removed DiffOp = '-'
	Added   DiffOp = '+'
)

// DiffLine is one line of a comparison.
type DiffLine struct {
	Op   DiffOp
	Text string
}

// maxDiffCells bounds the work of a comparison; two texts that differ in more
// lines than that are shown as one replaced by the other.
const maxDiffCells = 4 << 20

// Diff compares two versions of an article line by line, in the form of their
// files.
func Diff(before, after Article) []DiffLine {
	return diffLines(fileLines(before), fileLines(after))
}

func fileLines(a Article) []string {
	return strings.Split(strings.TrimSuffix(string(Format(a)), "\n"), "\n")
}

func diffLines(a, b []string) []DiffLine {
	var head, tail []DiffLine
	for len(a) > 0 && len(b) > 0 && a[0] == b[0] {
		head = append(head, DiffLine{Same, a[0]})
		a, b = a[1:], b[1:]
	}
	for len(a) > 0 && len(b) > 0 && a[len(a)-1] == b[len(b)-1] {
		tail = append(tail, DiffLine{Same, a[len(a)-1]})
		a, b = a[:len(a)-1], b[:len(b)-1]
	}
	out := append(head, middle(a, b)...)
	for i := len(tail) - 1; i >= 0; i-- {
		out = append(out, tail[i])
	}
	return out
}

// middle is the longest common subsequence walk; removals come before
// additions.
func middle(a, b []string) []DiffLine {
	out := make([]DiffLine, 0, len(a)+len(b))
	width := len(b) + 1
	var common []int32 // common[i*width+j]: common lines of a[i:] and b[j:]
	if (len(a)+1)*width <= maxDiffCells {
		common = make([]int32, (len(a)+1)*width)
		for i := len(a) - 1; i >= 0; i-- {
			for j := len(b) - 1; j >= 0; j-- {
				if a[i] == b[j] {
					common[i*width+j] = common[(i+1)*width+j+1] + 1
				} else {
					common[i*width+j] = max(common[(i+1)*width+j], common[i*width+j+1])
				}
			}
		}
	}
	i, j := 0, 0
	for common != nil && i < len(a) && j < len(b) {
		switch {
		case a[i] == b[j]:
			out = append(out, DiffLine{Same, a[i]})
			i, j = i+1, j+1
		case common[(i+1)*width+j] >= common[i*width+j+1]:
			out = append(out, DiffLine{Removed, a[i]})
			i++
		default:
			out = append(out, DiffLine{Added, b[j]})
			j++
		}
	}
	for ; i < len(a); i++ {
		out = append(out, DiffLine{Removed, a[i]})
	}
	for ; j < len(b); j++ {
		out = append(out, DiffLine{Added, b[j]})
	}
	return out
}
