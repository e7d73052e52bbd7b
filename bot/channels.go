package bot

import "strings"

// channelLines are the verified public rows with the given values:
// 110(公安报警)、96110(…). Rows that are missing or expired are left out.
func (t *turn) channelLines(values []string) string {
	var out []string
	for _, v := range values {
		for _, c := range t.e.d.Knowledge.Channels() {
			if c.Value == v && c.Brand == "" && c.Verified(t.in.Now) {
				out = append(out, c.Value+"（"+c.Label+"）")
				break
			}
		}
	}
	return list(out)
}

// brandLines are the verified rows of a brand.
func (t *turn) brandLines(brand string) string {
	if brand == "" {
		return ""
	}
	var out []string
	for _, c := range t.e.d.Knowledge.Channels() {
		if c.Brand == brand && c.Verified(t.in.Now) {
			out = append(out, strings.TrimSpace(c.Label+" "+c.Value))
		}
	}
	if len(out) == 0 {
		return ""
	}
	return list(out) + "。"
}
