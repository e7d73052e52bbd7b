package understand

import (
	"slices"
	"testing"
	"time"
)

func TestFollowUpsKeepWhatTheyDoNotChange(t *testing.T) {
	t.Parallel()
	p := New(Vocabulary{})
	now := testNow()
	type want struct {
		fen    []int64
		day    string
		tail   string
		intent Intent
		kept   []string
	}
	for _, c := range []struct {
		first, then string
		want        want
	}{
		{"昨天那笔5000没到,尾号6688", "不对,是5500", want{[]int64{550000}, "11-17", "6688", MissingPayment, []string{"time", "card_last4"}}},
		{"昨天那笔5000没到", "那前天的呢", want{[]int64{500000}, "11-16", "", MissingPayment, []string{"amounts"}}},
		{"昨天那笔5000没到", "是前天刷的", want{[]int64{500000}, "11-16", "", MissingPayment, []string{"amounts"}}},
		{"昨天那笔5000没到", "不是昨天,是前天", want{[]int64{500000}, "11-16", "", MissingPayment, nil}},
		{"昨天那笔5000没到", "不是5000,是500", want{[]int64{500000, 50000}, "11-17", "", MissingPayment, nil}},
		{"昨天那笔5000没到", "下午3点多的", want{[]int64{500000}, "11-17", "", MissingPayment, nil}},
		{"前天那笔5000没到", "晚上刷的", want{[]int64{500000}, "11-16", "", MissingPayment, nil}},
		{"昨天那笔5000没到", "3344那张卡", want{[]int64{500000}, "11-17", "3344", MissingPayment, nil}},
		{"昨天那笔5000没到", "手续费多少", want{nil, "", "", Fee, nil}},
		{"昨天那笔5000没到", "还没到账", want{nil, "", "", MissingPayment, nil}},
		{"昨天那笔5000没到", "转人工", want{nil, "", "", Human, nil}},
		{"昨天那笔5000没到", "前天下午刷的800也没到账", want{[]int64{80000}, "11-16", "", MissingPayment, nil}},
		{"昨天那笔5000没到", "是微信收的", want{[]int64{500000}, "11-17", "", MissingPayment, []string{"amounts", "time"}}},
		{"昨天那笔5000没到", "另一笔", want{nil, "11-17", "", MissingPayment, []string{"time"}}},
		{"昨天那笔5000没到", "不是这个", want{nil, "", "", Deny, nil}},
		{"昨天那笔5000没到", "都不是", want{nil, "", "", Deny, nil}},
		{"昨天那笔5000没到", "对", want{nil, "", "", Confirm, nil}},
		{"昨天那笔5000没到", "我记错了,是前天", want{[]int64{500000}, "11-16", "", MissingPayment, nil}},
		{"昨天那笔5000没到", "参考号112233445566", want{nil, "", "", MissingPayment, nil}},
		{"昨天5000的手续费怎么扣了30", "那前天的呢", want{[]int64{500000, 3000}, "11-16", "", Fee, nil}},
	} {
		prev := p.Parse(c.first, Context{}, now)
		q := p.Parse(c.then, Context{Previous: &prev}, now)
		var got []int64
		for _, a := range q.Amounts {
			got = append(got, a.Fen)
		}
		day := ""
		if q.Time != nil {
			day = q.Time.From.Format("01-02")
		}
		if !slices.Equal(got, c.want.fen) || day != c.want.day || q.CardLast4 != c.want.tail || q.Intent != c.want.intent {
			t.Errorf("%q then %q: amounts %v, day %q, tail %q, intent %s; want %+v", c.first, c.then, got, day, q.CardLast4, q.Intent, c.want)
		}
		if c.want.kept != nil && !slices.Equal(q.Carried, c.want.kept) {
			t.Errorf("%q then %q: carried %v, want %v", c.first, c.then, q.Carried, c.want.kept)
		}
	}
}

func TestChoices(t *testing.T) {
	t.Parallel()
	p := New(Vocabulary{})
	for _, c := range []struct {
		text    string
		offered int
		want    int
	}{
		{"第二个", 3, 2},
		{"第2笔", 3, 2},
		{"2", 3, 2},
		{"２", 3, 2},
		{"选2", 3, 2},
		{"二", 3, 2},
		{"第一个", 2, 1},
		{"1", 1, 1},
		{"都不是", 3, -1},
		{"都不对", 2, -1},
		{"就是上面那个", 2, 1},
		{"下面那个", 2, 2},
		{"最后一个", 4, 4},
		{"4", 3, 0},
		{"是的", 1, 1},
		{"对", 3, 0},
		{"2", 0, 0},
		{"第一个和第二个都没到", 2, 0},
		{"2000那个", 3, 0},
		{"第二个吧", 0, 2},
		{"第2天到的", 3, 0},
		{"1号的", 3, 0},
		{"①", 2, 1},
		{"3。", 3, 3},
		{"第一个不是,是第二个", 3, 2},
		{"不是第一个,是第三个", 3, 3},
		{"就是第二个", 3, 2},
		{"统统不是", 3, -1},
		{"上面没有我那笔", 3, -1},
		{"T1不是第二个工作日吗", 3, 0},
		{"2吧", 3, 2},
	} {
		if q := p.Parse(c.text, Context{Offered: c.offered}, testNow()); q.Choice != c.want {
			t.Errorf("%q of %d: choice %d, want %d", c.text, c.offered, q.Choice, c.want)
		}
		if c.want > 0 {
			if q := p.Parse(c.text, Context{Offered: c.offered}, testNow()); len(q.Amounts) > 0 || len(q.Times) > 0 {
				t.Errorf("%q is a choice, not %v %v", c.text, q.Amounts, q.Times)
			}
		}
	}
}

func TestParseDoesNotTouchPrevious(t *testing.T) {
	t.Parallel()
	p := New(Vocabulary{})
	prev := p.Parse("昨天那笔5000没到", Context{}, testNow())
	amount, from := prev.Amounts[0], prev.Time.From
	q := p.Parse("下午3点的", Context{Previous: &prev}, testNow())
	q.Amounts[0].Fen = 1
	q.Times[0].From = time.Time{}
	q.Time.From = time.Time{}
	if prev.Amounts[0] != amount || !prev.Time.From.Equal(from) || !prev.Times[0].From.Equal(from) {
		t.Error("the query before was changed")
	}
}
