package diagnose

import "testing"

func TestOneSlip(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		a, b string
		want bool
	}{
		{"5350", "5850", true},  // one digit
		{"500", "5000", true},   // a nought too few
		{"5080", "5800", true},  // neighbours swapped
		{"13500", "3500", true}, // a digit too many in front
		{"5000", "5000", false}, // equal is no slip
		{"5350", "5860", false}, // two digits
		{"50", "5000", false},
		{"5", "8", false}, // too short to tell
		{"", "5", false},
		{"1203", "2130", false},
	} {
		if got := oneSlip(c.a, c.b); got != c.want || oneSlip(c.b, c.a) != c.want {
			t.Errorf("oneSlip(%s, %s) = %v, want %v", c.a, c.b, got, c.want)
		}
	}
}
