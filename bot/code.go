package bot

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"regexp"
	"strconv"
	"strings"
	"time"

	"daozhang/bot/understand"
)

// One-time codes: the second factor of a binding, sent to the telephone that
// the shop is registered with (design 7). What the contact reads depends on
// what it did alone, never on whether number and tail were right.

// Limits of one-time codes.
const (
	// CodeTTL is how long a code may be answered, from its request.
	CodeTTL = 10 * time.Minute
	// CodesPerDay is how many codes a contact may ask for, and how many are sent
	// for one shop, in 24 h.
	CodesPerDay = 3
	// CodeTries is how many wrong answers lock a contact, and a shop, for 24 h.
	CodeTries = 5
)

// Code is the newest one-time code that a contact asked for. There is one for
// a wrong merchant number too: nothing is sent, and no answer opens it.
type Code struct {
	ID         int64
	MerchantNo string
	Last4      string
	ShopName   string // told after the right answer only
	// Hash is CodeDigest of the code that was sent; "" = none was.
	Hash string
	// Live is false once it was answered rightly, locked or replaced.
	Live      bool
	CreatedAt time.Time
}

// Over reports that the code cannot be answered any more.
func (c Code) Over(now time.Time) bool { return !c.Live || !now.Before(c.CreatedAt.Add(CodeTTL)) }

// CodeRequest asks for a code. Whether one goes out is the store's business.
type CodeRequest struct {
	MerchantNo string
	Last4      string
	// Asked is Contact.Codes that the decision rests on.
	Asked int
}

// CodeAnswer is what the contact answered to a code.
type CodeAnswer struct {
	ID int64
	// Wrong counts the wrong answers of this turn; Right ends the code and binds.
	Wrong int
	Right bool
	// Locked ends the code.
	Locked bool
	// Hash is the digest that the answer agreed with.
	Hash string
	// Tries is Contact.WrongCodes that the decision rests on.
	Tries int
}

// CodeJob is a code to be sent.
type CodeJob struct {
	ID         int64
	MerchantNo string
	Phone      string
	Attempts   int // this one included
	CreatedAt  time.Time
}

// CodeDigest is the keyed hash under which a code is kept and compared. The
// key is not in the database: what is stored cannot be searched for the code.
func CodeDigest(key []byte, id int64, code string) string {
	m := hmac.New(sha256.New, key)
	m.Write([]byte("one-time code\n" + strconv.FormatInt(id, 10) + "\n" + code))
	return hex.EncodeToString(m.Sum(nil))
}

// TagCode stands in a text where a one-time code was.
const TagCode = "【验证码已隐藏】"

// WrongProof is the proof of a text that cannot be the right answer: several
// numbers at once.
const WrongProof = "none"

var (
	// digitChain are digits written together or with single blanks between.
	digitChain = regexp.MustCompile(`[0-9]+(?:[ \-][0-9]+)*`) //nolint:gochecknoglobals // compiled once, read-only
	// hanDigits are six Chinese digits in a row, as speech recognition writes.
	hanDigits = regexp.MustCompile(`[零〇一二三四五六七八九幺]{6}`) //nolint:gochecknoglobals // compiled once, read-only
)

// CodeSpan is a possible code in a text, in bytes.
type CodeSpan struct {
	From, To int
	Code     string // six ASCII digits
}

// CodeSpans finds what may be a six-digit code: not a part of a longer number,
// not a sum of money.
func CodeSpans(text string) []CodeSpan {
	plain, at := asciiDigits(text)
	var out []CodeSpan
	for _, m := range digitChain.FindAllStringIndex(plain, -1) {
		if endsInNumber(plain[:m[0]]) || startsNumber(plain[m[1]:]) {
			continue
		}
		for _, g := range sixes(plain, m[0], m[1]) {
			out = append(out, CodeSpan{From: at[g[0]], To: at[g[1]], Code: digitsOf(plain[g[0]:g[1]])})
		}
	}
	for _, m := range hanDigits.FindAllStringIndex(text, -1) {
		out = append(out, CodeSpan{From: m[0], To: m[1], Code: hanToDigits(text[m[0]:m[1]])})
	}
	return out
}

// asciiDigits writes full-width digits as ASCII; at gives the byte in text of
// every byte of plain, and of its end.
func asciiDigits(text string) (plain string, at []int) {
	var b strings.Builder
	for i, r := range text {
		n := b.Len()
		if r >= '０' && r <= '９' {
			r = r - '０' + '0'
		}
		b.WriteRune(r)
		for ; n < b.Len(); n++ {
			at = append(at, i)
		}
	}
	return b.String(), append(at, len(text))
}

// sixes are the codes in a chain of digits: the whole of it, or each of its
// groups when all have six digits. Anything else is another number, and stays
// whole for those who look for card numbers.
func sixes(plain string, from, to int) [][2]int {
	if len(digitsOf(plain[from:to])) == codeDigits {
		return [][2]int{{from, to}}
	}
	var out [][2]int
	for at := from; at < to; at += codeDigits + 1 {
		end := at + codeDigits
		if end > to || len(digitsOf(plain[at:end])) != codeDigits || end < to && plain[end] >= '0' && plain[end] <= '9' {
			return nil
		}
		out = append(out, [2]int{at, end})
	}
	return out
}

const codeDigits = 6

// endsInNumber reports words before digits that make them part of a number or
// a sum of money.
func endsInNumber(s string) bool {
	return strings.HasSuffix(s, ".") && len(s) > 1 && s[len(s)-2] >= '0' && s[len(s)-2] <= '9' ||
		strings.HasSuffix(s, "¥") || strings.HasSuffix(s, "￥") || s != "" && isLatin(s[len(s)-1])
}

// startsNumber reports the same of words after digits.
func startsNumber(s string) bool {
	if s == "" {
		return false
	}
	if s[0] == '.' && len(s) > 1 && s[1] >= '0' && s[1] <= '9' || isLatin(s[0]) {
		return true
	}
	s = strings.TrimLeft(s, " ")
	for _, unit := range []string{"元", "块", "万", "圆"} {
		if strings.HasPrefix(s, unit) {
			return true
		}
	}
	return false
}

func isLatin(b byte) bool { return b >= 'a' && b <= 'z' || b >= 'A' && b <= 'Z' }

func digitsOf(s string) string {
	return strings.Map(func(r rune) rune {
		if r < '0' || r > '9' {
			return -1
		}
		return r
	}, s)
}

func hanToDigits(s string) string {
	return strings.Map(func(r rune) rune {
		switch r {
		case '零', '〇':
			return '0'
		case '幺':
			return '1'
		}
		for i, d := range []rune("一二三四五六七八九") {
			if r == d {
				return rune('1' + i)
			}
		}
		return -1
	}, s)
}

// codeWords say that digits are the code that came by SMS.
//
//nolint:gochecknoglobals // read-only table
var codeWords = []string{"验证码", "校验码", "短信码", "动态码", "码是", "收到了", "收到的是"}

// TakeCode cuts possible answers to a code out of a text before anything of it
// is stored, and gives the proof of the answer: the digest of what was typed,
// WrongProof for several numbers, "" when the text answers nothing. Where the
// code is over, only the code itself is cut.
func TakeCode(text string, c Code, key []byte, now time.Time) (clean, proof string) {
	spans := CodeSpans(text)
	if len(spans) == 0 {
		return text, ""
	}
	over := c.Over(now)
	var cut []CodeSpan
	for _, s := range spans {
		d := CodeDigest(key, c.ID, s.Code)
		if !over || sameDigest(d, c.Hash) {
			cut = append(cut, s)
			proof = d
		}
	}
	if len(cut) == 0 {
		return text, ""
	}
	if len(cut) > 1 {
		proof = WrongProof
	}
	var b strings.Builder
	at := 0
	for _, s := range cut {
		if s.From < at {
			continue
		}
		b.WriteString(text[at:s.From])
		b.WriteString(TagCode)
		at = s.To
	}
	b.WriteString(text[at:])
	clean = b.String()
	if !answersCode(clean) {
		return clean, ""
	}
	return clean, proof
}

// answersCode reports a text that answers rather than asks of a sale: bare
// digits, or digits called a code.
func answersCode(clean string) bool {
	rest := strings.ReplaceAll(clean, TagCode, "")
	for _, w := range codeWords {
		if strings.Contains(rest, w) {
			return true
		}
	}
	for _, w := range saleWords {
		if strings.Contains(rest, w) {
			return false
		}
	}
	return len([]rune(rest)) <= 16
}

func sameDigest(a, b string) bool {
	return len(a) == len(b) && len(a) == 2*sha256.Size && subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1
}

// Words of the code dialogue; the same for right and wrong numbers.
const (
	textCodeAsked  = "信息一致的话，登记手机会收到6位验证码，10分钟内有效，请把验证码发给我；收不到请回复“人工核实”。"
	textCodeLocked = "验证码已经不能再试了。为了您的资金安全，已转给工作人员核实身份，结果会在这里通知您"
	textCodeAgain  = "要新的验证码，请把商户号和结算卡后四位再发一次；收不到请回复“人工核实”。"
	textCodeNeeded = "查具体的交易要先绑定商户，就差验证码：信息一致的话，登记手机会收到6位验证码，请发给我；收不到请回复“人工核实”。"
	textCodeOver   = "这个验证码已经过期或用过了。请把商户号和结算卡后四位再发一次，或回复“人工核实”。"
)

// codesSpent reports a contact that may ask for no more codes today.
func (c Contact) codesSpent() bool { return c.Codes >= CodesPerDay || c.WrongCodes >= CodeTries }

// codePending reports that a code was asked for whose time is not over; the
// same whether one was sent or not.
func (t *turn) codePending() bool {
	c := t.in.Contact.Code
	return t.e.d.Settings.Codes && c != nil && !c.Over(t.in.Now)
}

// answerCode acts on the answers to a code among what was said. It reports
// whether that was all.
func (t *turn) answerCode() (done bool) {
	var proofs []string
	rest := 0
	for _, u := range t.in.Said {
		switch {
		case u.Proof != "":
			proofs = append(proofs, u.Proof)
		case u.Kind != "event" && strings.TrimSpace(u.Text) != "":
			rest++
		}
	}
	if len(proofs) == 0 {
		return false
	}
	t.q.Intent, t.q.Role, t.q.Urgency = understand.Identity, understand.RoleUnknown, understand.UrgencyNormal
	t.q.Text = t.said.text
	t.dec.Intent, t.dec.Query = t.q.Intent, t.q
	t.checkCode(proofs)
	if rest == 0 || t.dec.CodeAnswer == nil || !t.dec.CodeAnswer.Right {
		return true
	}
	t.said.drop(t.in.Said)
	return false
}

// checkCode compares the answers with the code, one after the other.
func (t *turn) checkCode(proofs []string) {
	c := t.in.Contact.Code
	if c == nil || c.Over(t.in.Now) {
		t.act(ActionAnswer, "code_over")
		t.say(textCodeOver)
		return
	}
	a := &CodeAnswer{ID: c.ID, Tries: t.in.Contact.WrongCodes}
	t.dec.CodeAnswer = a
	for _, p := range proofs {
		if a.Tries+a.Wrong >= CodeTries {
			break
		}
		if sameDigest(p, c.Hash) {
			a.Right, a.Hash = true, c.Hash
			t.codeRight(c)
			return
		}
		a.Wrong++
	}
	if left := CodeTries - a.Tries - a.Wrong; left > 0 {
		t.act(ActionAsk, "code_wrong")
		t.say("验证码不对，还可以再试" + strconv.Itoa(left) + "次。收不到请回复“人工核实”。")
		return
	}
	a.Locked = true
	t.act(ActionAnswer, "code_locked")
	t.fileRequest(c.MerchantNo, c.Last4)
	t.say(textCodeLocked + t.hoursNote() + "。")
}

// codeRight ties the contact to the shop; what follows in this turn may
// already ask about it.
func (t *turn) codeRight(c *Code) {
	t.act(ActionAnswer, "code_right")
	t.progress = true
	t.endBinding()
	t.in.Contact.Bindings = withBinding(t.in.Contact.Bindings, Binding{
		MerchantNo: c.MerchantNo, Role: string(Owner), VerifiedBy: "sms", BoundAt: t.in.Now,
	})
	name := c.ShopName
	if name == "" {
		name = "商户号" + maskedNo(c.MerchantNo)
	}
	t.bound = append(t.bound, name)
	t.say("验证通过，绑定成功：" + name + "。以后直接告诉我哪天刷的、多少钱，比如“昨天下午刷的500元没到”。")
}

func withBinding(have []Binding, b Binding) []Binding {
	out := make([]Binding, 0, len(have)+1)
	for _, h := range have {
		if h.MerchantNo != b.MerchantNo {
			out = append(out, h)
		}
	}
	return append(out, b)
}

// drop leaves the messages that carried a proof out of what is to be
// understood.
func (s *said) drop(us []Utterance) {
	var rest []Utterance
	for _, u := range us {
		if u.Proof == "" {
			rest = append(rest, u)
		}
	}
	*s = merge(rest)
}

// byHand leads on when no code arrives: an agent checks.
func (t *turn) byHand() {
	t.q.Intent = understand.Identity
	c := t.in.Contact.Code
	if t.mem.BindMerchantNo == "" && t.mem.BindLast4 == "" && c != nil && c.Live {
		t.mem.BindMerchantNo, t.mem.BindLast4 = c.MerchantNo, c.Last4
	}
	t.mem.BindByHand = true
	t.startBinding()
}

// fileRequest asks agents to confirm, within the contact's limit.
func (t *turn) fileRequest(merchantNo, last4 string) {
	t.endBinding()
	t.progress = true
	if t.in.Contact.BindAttempts < maxBinds {
		t.dec.BindRequest = &BindRequest{MerchantNo: merchantNo, Last4: last4}
	}
}

// endBinding forgets the facts of a binding dialogue.
func (t *turn) endBinding() {
	t.mem.BindMerchantNo, t.mem.BindLast4, t.mem.BindByHand = "", "", false
	if isBindFact(t.mem.Asked) {
		t.mem.Asked, t.mem.AskedTimes = "", 0
	}
}

func (t *turn) hoursNote() string {
	return "（工作时间" + t.e.d.Settings.BusinessHours.String() + "）"
}

// MobileNumber is a mainland mobile number as eleven digits; "" when a text is
// none, or is masked.
func MobileNumber(s string) string {
	s = strings.NewReplacer(" ", "", "-", "", "+86", "").Replace(strings.TrimSpace(s))
	if len(s) == 13 && strings.HasPrefix(s, "86") {
		s = s[2:]
	}
	if len(s) != 11 || s[0] != '1' || s[1] < '3' {
		return ""
	}
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return ""
		}
	}
	return s
}
