package bot

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"sort"
	"strings"

	"daozhang/bot/understand"
)

// VerifyRephrase checks that other words say the same: the same numbers,
// dates, times, codes and names as often, the same negations and cautions, no
// new link or telephone number, the same lines of choices. The error names
// what differs; the caller then keeps the original.
func VerifyRephrase(original, proposed string) error {
	if strings.TrimSpace(proposed) == "" {
		return errors.New("empty")
	}
	if n := len([]rune(proposed)); n > maxText || n > 2*len([]rune(original))+40 {
		return errors.New("too long")
	}
	for _, c := range rephraseChecks {
		if a, b := c.take(original), c.take(proposed); !sameIDs(a, b) {
			return fmt.Errorf("%s: %v instead of %v", c.what, b, a)
		}
	}
	return nil
}

type rephraseCheck struct {
	what string
	take func(string) []string
}

var (
	numberRun   = regexp.MustCompile(`\d+(?:[.,:]\d+)*`)                                                                               //nolint:gochecknoglobals // compiled once
	hanNumber   = regexp.MustCompile(`[零一二两三四五六七八九十百千万亿]+(?:个)?(?:元|块|笔|天|日|月|点|分|小时|分钟|次|年|号|成|倍|%|万)`)                               //nolint:gochecknoglobals // compiled once
	latinRun    = regexp.MustCompile(`[A-Za-z][A-Za-z0-9_./:@\-]*`)                                                                    //nolint:gochecknoglobals // compiled once
	choiceRun   = regexp.MustCompile(`(?m)^\s*\d{1,2}[.)、] .*$`)                                                                       //nolint:gochecknoglobals // compiled once
	relativeRun = regexp.MustCompile(`今天|明天|后天|昨天|前天|大后天|今晚|明早|下周|这周|本周|下个?月|月底|周[一二三四五六日天]|星期[一二三四五六日天]|马上|立刻|很快|尽快|随时|小时内|分钟内|工作日内`) //nolint:gochecknoglobals // compiled once
	quotedRun   = regexp.MustCompile(`[“"「]([^”"」]*)[”"」]`)                                                                            //nolint:gochecknoglobals // compiled once
)

// guardWords carry the truth of a sentence: negation, caution, state. Each
// must occur as often as before.
//
//nolint:gochecknoglobals // read-only table
var guardWords = []string{
	"不", "没", "未", "别", "无", "非", "约", "预计", "可能", "如果", "确定", "保证", "一定", "肯定", "已", "成功", "失败", "付款",
	"到账", "入账", "退回", "退款", "拒绝", "撤销", "冲正", "冻结", "审核", "暂停", "超时", "封顶", "净额", "手续费", "人工", "工单",
	"客户", "持卡人", "银行", "收单机构", "尾号", "信用卡", "借记卡", "微信", "支付宝", "元", "前", "后", "重刷", "提交", "撤回",
	"电话", "点击", "链接", "公众号", "加我", "扫码", "转账", "验证码", "密码",
}

//nolint:gochecknoglobals // read-only table
var rephraseChecks = []rephraseCheck{
	{"numbers", all(numberRun)},
	{"han numbers", all(hanNumber)},
	{"codes and links", all(latinRun)},
	{"choices", all(choiceRun)},
	{"relative dates", all(relativeRun)},
	{"quoted words", all(quotedRun)},
	{"guarded words", countGuards},
	{"banks", all(bankRun)},
	{"shops", shops},
}

// bankRun are the banks that a reply may name.
var bankRun = regexp.MustCompile( //nolint:gochecknoglobals // compiled once
	`(?:工商|农业|中国|建设|交通|邮储|邮政储蓄|招商|浦发|中信|光大|华夏|民生|广发|兴业|平安|浙商|渤海|恒丰|北京|上海|江苏|南京|宁波|徽商|微众|网商|农商|农村商业|城市商业)银行|农信社|信用社`)

// shopRun are shop names: what stands between a separator and their last word.
var shopRun = regexp.MustCompile(`(?:^|[\s：:“"「（(，、。])(\p{Han}{2,8}(?:店|超市|旅馆|公司|商行))`) //nolint:gochecknoglobals // compiled once

func shops(s string) []string {
	var out []string
	for _, m := range shopRun.FindAllStringSubmatch(s, -1) {
		out = append(out, m[1])
	}
	sort.Strings(out)
	return out
}

// all takes every match as a sorted multiset.
func all(re *regexp.Regexp) func(string) []string {
	return func(s string) []string {
		found := re.FindAllString(s, -1)
		for i := range found {
			found[i] = strings.TrimSpace(found[i])
		}
		sort.Strings(found)
		return found
	}
}

func countGuards(s string) []string {
	out := make([]string, 0, len(guardWords))
	for _, w := range guardWords {
		if n := strings.Count(s, w); n > 0 {
			out = append(out, fmt.Sprintf("%s×%d", w, n))
		}
	}
	return out
}

// rephrase lets the model put a reply into other words; what does not verify
// is dropped. A hand-over and an error are never rephrased, and a model that was
// slow before is not asked.
func (t *turn) rephrase(text string) string {
	m := t.e.d.Model
	if m == nil || t.slow || t.dec.Handoff != nil || len(t.dec.Articles) > 0 && t.dec.Cause == "" {
		return text
	}
	other, err := m.Rephrase(t.ctx, text)
	if err != nil || strings.TrimSpace(other) == "" {
		return text
	}
	if err := VerifyRephrase(text, other); err != nil {
		t.model("rejected: " + strings.SplitN(err.Error(), ":", 2)[0])
		return text
	}
	t.model("rephrased")
	return strings.TrimSpace(other)
}

func (t *turn) model(what string) {
	if t.tr.Model != "" {
		what = t.tr.Model + ", " + what
	}
	t.tr.Model = what
}

// fill lets the model propose what the parser left empty; only what stands in
// the text itself is taken.
func (t *turn) fill() {
	m := t.e.d.Model
	if m == nil || t.q.Text == "" || !needsFilling(t.q) {
		return
	}
	p, err := m.Fill(t.ctx, t.q.Text, t.q)
	if err != nil {
		t.slow = errors.Is(err, context.DeadlineExceeded)
		return
	}
	if merged, ok := mergeFilled(t.q, p); ok {
		t.q = merged
		t.model("filled")
	}
}

// needsFilling: the model is asked only where the rules found nothing.
func needsFilling(q understand.Query) bool {
	return q.Intent == understand.Other || q.Intent == "" || (q.Intent == understand.MissingPayment && len(q.Amounts) == 0 && q.Time == nil)
}

// mergeFilled takes from a proposal what is empty so far and what the text
// proves.
func mergeFilled(q, p understand.Query) (understand.Query, bool) {
	changed := false
	inText := func(s string) bool { return s != "" && strings.Contains(q.Text, s) }
	take := func(dst *string, v string) {
		if *dst == "" && inText(v) {
			*dst, changed = v, true
		}
	}
	if (q.Intent == understand.Other || q.Intent == "") && fillable(p.Intent) {
		q.Intent, changed = p.Intent, true
		q.Intents = []understand.Intent{p.Intent}
	}
	take(&q.CardLast4, p.CardLast4)
	take(&q.Terminal, p.Terminal)
	take(&q.Reference, p.Reference)
	take(&q.Brand, p.Brand)
	if len(q.Amounts) == 0 {
		for _, a := range p.Amounts {
			if a.Fen > 0 && amountInText(q.Text, a.Fen) {
				q.Amounts, changed = append(q.Amounts, understand.Amount{Fen: a.Fen, Count: 1}), true
			}
		}
	}
	return q, changed
}

// fillable are the intents that a model may propose: none that refuses,
// alarms or hands over.
func fillable(i understand.Intent) bool {
	switch i {
	case understand.MissingPayment, understand.Declined, understand.UnknownResult, understand.Fee, understand.Limit,
		understand.Refund, understand.DuplicateCharge, understand.AccountChange, understand.Device, understand.Network,
		understand.SettlementRule, understand.Statement:
		return true
	}
	return false
}

// amountInText reports that the digits of a sum stand in the text.
func amountInText(text string, fen int64) bool {
	forms := []string{strings.TrimSuffix(yuan(fen), "元")}
	if fen%100 == 0 {
		forms = append(forms, fmt.Sprint(fen/100))
	} else if fen%10 == 0 {
		forms = append(forms, strings.TrimSuffix(strings.TrimSuffix(yuan(fen), "0元"), "元"))
	}
	digits := numberRun.FindAllString(strings.ReplaceAll(text, ",", ""), -1)
	for _, f := range forms {
		for _, d := range digits {
			if d == f {
				return true
			}
		}
	}
	return false
}
