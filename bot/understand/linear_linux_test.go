package understand

import (
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"
)

// threadTime is the processor time of the calling thread, which a busy machine
// does not stretch as it does the clock on the wall.
func threadTime(t *testing.T) time.Duration {
	t.Helper()
	const thisThread = 1 // RUSAGE_THREAD
	var u syscall.Rusage
	if err := syscall.Getrusage(thisThread, &u); err != nil {
		t.Skip("no processor time of a thread here:", err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// TestParseIsLinear compares texts of 500, 2,000 and 32,000 characters by the
// processor time that they take: four times the text may take no more than
// eight times as long, sixty-four times no more than three times sixty-four.
func TestParseIsLinear(t *testing.T) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	p := New(Vocabulary{})
	for _, unit := range []string{typical + "。", "1", "一", "昨天", "昨天到", "6222 ", "一笔", "没", "不是", "验证码", "[", "0.", "刷5000", "3点", "*", "mei ", "98、", "每人", "各", "5个", "这500,", "第", "初"} {
		cost := func(chars, rounds int) time.Duration {
			text := string([]rune(strings.Repeat(unit, chars/len([]rune(unit))+1))[:chars])
			best := time.Hour
			for range 3 {
				start := threadTime(t)
				for range rounds {
					p.Parse(text, Context{}, testNow())
				}
				best = min(best, threadTime(t)-start)
			}
			return best / time.Duration(rounds)
		}
		small, middle, large := cost(500, 64), cost(2000, 16), cost(32000, 1)
		if middle > 8*small+time.Millisecond || large > 3*64*small+20*time.Millisecond {
			t.Errorf("%q: %v for 500 characters, %v for 2,000, %v for 32,000", unit, small, middle, large)
		}
	}
}
