package understand

// secretWord is a word that makes the digits near it secret.
type secretWord struct {
	word     string
	kind     string
	min, max int // digits
}

//nolint:gochecknoglobals // read-only table
var secretWords = [...]secretWord{
	{word: "验证码", kind: kindCode, min: 4, max: 8},
	{word: "校验码", kind: kindCode, min: 4, max: 8},
	{word: "短信码", kind: kindCode, min: 4, max: 8},
	{word: "动态码", kind: kindCode, min: 4, max: 8},
	{word: "动态口令", kind: kindCode, min: 4, max: 8},
	{word: "动态密码", kind: kindCode, min: 4, max: 8},
	{word: "确认码", kind: kindCode, min: 4, max: 8},
	{word: "激活码", kind: kindCode, min: 4, max: 8},
	{word: "短信密码", kind: kindCode, min: 4, max: 8},
	{word: "识别码", kind: kindCode, min: 4, max: 8},
	{word: "验证嘛", kind: kindCode, min: 4, max: 8},
	{word: "验证吗", kind: kindCode, min: 4, max: 8},
	{word: "yzm", kind: kindCode, min: 4, max: 8},
	{word: "验证号", kind: kindCode, min: 4, max: 8},
	{word: "otp", kind: kindCode, min: 4, max: 8},
	{word: "code", kind: kindCode, min: 4, max: 8},
	{word: "短信说", kind: kindCode, min: 6, max: 6},
	{word: "这个码", kind: kindCode, min: 6, max: 6},
	{word: "六位数字", kind: kindCode, min: 6, max: 6},
	{word: "六位数", kind: kindCode, min: 6, max: 6},
	{word: "cvv2", kind: kindCVV, min: 3, max: 4},
	{word: "cvn2", kind: kindCVV, min: 3, max: 4},
	{word: "cvc2", kind: kindCVV, min: 3, max: 4},
	{word: "cvv", kind: kindCVV, min: 3, max: 4},
	{word: "cvn", kind: kindCVV, min: 3, max: 4},
	{word: "cvc", kind: kindCVV, min: 3, max: 4},
	{word: "ccv", kind: kindCVV, min: 3, max: 4},
	{word: "c v v", kind: kindCVV, min: 3, max: 4},
	{word: "安全码", kind: kindCVV, min: 3, max: 4},
	{word: "安全数", kind: kindCVV, min: 3, max: 4},
	{word: "背面三位", kind: kindCVV, min: 3, max: 4},
	{word: "背面的三位", kind: kindCVV, min: 3, max: 4},
	{word: "背面后三位", kind: kindCVV, min: 3, max: 4},
	{word: "背面末三位", kind: kindCVV, min: 3, max: 4},
	{word: "背后三位", kind: kindCVV, min: 3, max: 4},
	{word: "背面3位", kind: kindCVV, min: 3, max: 4},
	{word: "后三码", kind: kindCVV, min: 3, max: 3},
	{word: "末三码", kind: kindCVV, min: 3, max: 3},
	{word: "签名栏", kind: kindCVV, min: 3, max: 4},
	{word: "卡背面", kind: kindCVV, min: 3, max: 3},
	{word: "卡片背面", kind: kindCVV, min: 3, max: 3},
	{word: "背面数字", kind: kindCVV, min: 3, max: 4},
	{word: "背面的数字", kind: kindCVV, min: 3, max: 4},
	{word: "背面的数", kind: kindCVV, min: 3, max: 4},
	{word: "卡后面", kind: kindCVV, min: 3, max: 3},
	{word: "背面最后三位", kind: kindCVV, min: 3, max: 4},
	{word: "后面三位数", kind: kindCVV, min: 3, max: 3},
	{word: "校验值", kind: kindCVV, min: 3, max: 4},
	{word: "背面那三位", kind: kindCVV, min: 3, max: 4},
	{word: "交易密码", kind: kindPIN, min: 4, max: 8},
	{word: "支付密码", kind: kindPIN, min: 4, max: 8},
	{word: "取款密码", kind: kindPIN, min: 4, max: 8},
	{word: "银行卡密码", kind: kindPIN, min: 4, max: 8},
	{word: "登录密码", kind: kindPIN, min: 4, max: 12},
	{word: "查询密码", kind: kindPIN, min: 4, max: 8},
	{word: "密码", kind: kindPIN, min: 4, max: 12},
	{word: "密吗", kind: kindPIN, min: 6, max: 6},
	{word: "密嘛", kind: kindPIN, min: 6, max: 6},
	{word: "口令", kind: kindPIN, min: 4, max: 8},
	{word: "pin码", kind: kindPIN, min: 4, max: 8},
	{word: "pin", kind: kindPIN, min: 4, max: 6},
	{word: "pwd", kind: kindPIN, min: 4, max: 12},
	{word: "password", kind: kindPIN, min: 4, max: 12},
	{word: "卡密", kind: kindPIN, min: 6, max: 6},
	{word: "有效期限", kind: kindExpiry, min: 3, max: 8},
	{word: "有效期", kind: kindExpiry, min: 3, max: 8},
	{word: "有效日期", kind: kindExpiry, min: 3, max: 8},
	{word: "到期日", kind: kindExpiry, min: 3, max: 8},
	{word: "失效日期", kind: kindExpiry, min: 3, max: 8},
	{word: "expiry", kind: kindExpiry, min: 3, max: 8},
	{word: "valid thru", kind: kindExpiry, min: 3, max: 8},
	{word: "validthru", kind: kindExpiry, min: 3, max: 8},
	{word: "good thru", kind: kindExpiry, min: 3, max: 8},
	{word: "exp", kind: kindExpiry, min: 3, max: 8},
	{word: "mm/yy", kind: kindExpiry, min: 3, max: 8},
	{word: "有效月年", kind: kindExpiry, min: 3, max: 8},
	{word: "卡到期", kind: kindExpiry, min: 3, max: 8},
}

// wordSpans cuts codes that stand near their words, before or behind them.
func wordSpans(c []cell, add func(from, to int, kind string)) {
	for i := range c {
		switch c[i].r {
		case '验', '校', '短', '动', '确', '激', '识', 'y', 'o', 'c', '安', '背', '后', '末', '签', '卡', '交', '支', '取', '银', '登', '查', '密', '口', 'p', '有', '到', '失', 'e', 'v', 'g', 'm', '这', '六':
		default:
			continue
		}
		if isLetter(c[i].r) && isLetter(at(c, i-1)) {
			continue
		}
		for k := range secretWords {
			w := &secretWords[k]
			e := follows(c, i, w.word)
			if e == 0 || isLetter(c[e-1].r) && isLetter(at(c, e)) {
				continue
			}
			if w.kind == kindExpiry {
				cutExpiry(c, e, add)
			} else if from, to := digitsBehind(c, e, w); to > from {
				add(from, to, w.kind)
				secondCode(c, to, w, add)
			} else if from, to := digitsBefore(c, i, w); to > from {
				add(from, to, w.kind)
			} else if w.kind == kindPIN && c[e-1].r == '码' {
				if from, to := farPIN(c, e); to > from {
					add(from, to, w.kind)
				}
			}
			break
		}
	}
}

// speaksOfCard reports that the text names an expiry date or the number of a
// card, beside which three digits are its security code.
func speaksOfCard(c []cell) bool {
	for i := range c {
		if followsAny(c, i, "有效期", "有效日期", "背面", "签名", "cvv", "卡号") > 0 {
			return true
		}
	}
	return false
}

// maxGap bounds the fillers between a word and its digits.
const maxGap = 10

// fills reports whether the rune may stand between a word and its digits.
func fills(r rune) bool {
	switch r {
	case '是', '为', ':', '=', '就', '的', '号', '码', '我', '您', '你', '了', '收', '到', '发', '来', '给', '这', '个', '串', '-', '"', '\'', '[', ']', '(', ')', ' ', ',', '，',
		'\n', '数', '字', '叫', '写', '输', '入', '刚', '才', '应', '该', '吧', '呢', '啊', '哈', '填', '报', '告', '诉', '。', '也', '下', '一', '已', '经', '他', '她', '们', '说', '短', '信', '那', '位', '三', '3', '?', '!', '…', '~', '内', '容', '有', '里', '面', '上', '后', '最', '末', '背':
		return true
	}
	return false
}

// digitsBehind finds the digits of a secret behind its word.
func digitsBehind(c []cell, i int, w *secretWord) (from, to int) {
	for j := i; j < len(c) && j-i <= maxGap; j++ {
		if e := digitRun(c, j, w); e > j {
			return j, e
		}
		if !fills(c[j].r) && hanDigit(c[j].r) < 0 && c[j].r != '个' || isDigit(c[j].r) && w.kind != kindCVV {
			return 0, 0
		}
	}
	return 0, 0
}

// digitRun returns the end of the secret digits at j: contiguous, or split by
// single spaces or dashes; j when there are none.
func digitRun(c []cell, j int, w *secretWord) int {
	if digitAt(c, j) < 0 || digitAt(c, j-1) >= 0 {
		return j
	}
	n, e := 0, j
	for e < len(c) {
		if digitAt(c, e) >= 0 {
			n++
			e++
			continue
		}
		if (c[e].r == ' ' || c[e].r == '-' || c[e].r == '\n') && n > 0 && n < w.min+2 && digitAt(c, e+1) >= 0 {
			e++
			continue
		}
		break
	}
	han := !isDigit(c[j].r)
	if n < w.min || n > w.max || han && n < 3 {
		// the first group alone
		n, e = 0, j
		for digitAt(c, e) >= 0 {
			n++
			e++
		}
		if n < w.min || n > w.max {
			return j
		}
	}
	if measured(c, e) {
		return j
	}
	return e
}

// measured reports whether what follows makes the digits a sum or a count.
func measured(c []cell, i int) bool {
	switch at(c, i) {
	case '块', '元', '万', '千', '百', '笔', '次', '个', '毛', '天', '分', '月', '号', '年', 'w', 'k', '.', '%', '亿', '点', '单', '十':
		return at(c, i) != '.' || isDigit(at(c, i+1))
	}
	return false
}

// secondCode cuts another code listed behind the first (验证码123456和654321).
func secondCode(c []cell, i int, w *secretWord, add func(from, to int, kind string)) {
	for k := i; k < i+3 && k < len(c); k++ {
		switch c[k].r {
		case '和', '、', ',', '，', ' ', '或', '/', '\n':
			continue
		}
		if e := digitRun(c, k, w); e > k && e-k == 6 && isDigit(c[k].r) {
			add(k, e, w.kind)
		}
		return
	}
}

// digitsBefore finds 123456是验证码, 收到123456的短信验证码.
func digitsBefore(c []cell, i int, w *secretWord) (from, to int) {
	for j := i - 1; j >= 0 && i-j <= 8; j-- {
		if digitAt(c, j) >= 0 && c[j].r != '一' {
			k := j
			for k > 0 && digitAt(c, k-1) >= 0 {
				k--
			}
			if g := splitSix(c, j+1); g >= 0 && w.max >= 6 {
				return g, j + 1
			}
			if n := j + 1 - k; n < w.min || n > w.max || measured(c, j+1) || !isDigit(c[k].r) || otherNumber(c, k, n) {
				return 0, 0
			}
			return k, j + 1
		}
		switch c[j].r {
		case '是', '为', '的', '您', '你', '我', '这', '个', ':', '(', '短', '信', '手', '机', '本', '次', ' ', '一', '登', '录', '支', '付', '动', '态', '收', '到', '"', '\'', '[', ']', '叫', '作', '做', '银', '行', '卡':
		default:
			return 0, 0
		}
	}
	return 0, 0
}

// splitSix returns where six digits in groups of two to four begin that end
// before cell e (48 29 13是验证码), or -1.
func splitSix(c []cell, e int) int {
	n, group, j := 0, 0, e
	for ; j > 0 && n < 6; j-- {
		switch {
		case isDigit(c[j-1].r):
			n, group = n+1, group+1
		case (c[j-1].r == ' ' || c[j-1].r == '-') && group >= 2 && group <= 4:
			group = 0
		default:
			return -1
		}
	}
	if n != 6 || group < 2 || group > 4 || digitAt(c, j-1) >= 0 {
		return -1
	}
	return j
}

// cutExpiry cuts 12/28, 1228, 2028年12月, 12-2028 behind 有效期.
func cutExpiry(c []cell, i int, add func(from, to int, kind string)) {
	for j := i; j < len(c) && j-i <= maxGap; j++ {
		if digitAt(c, j) >= 0 || c[j].r == '十' {
			e, n := j, 0
			for e < len(c) && e-j < 14 {
				switch c[e].r {
				case '/', '-', '.', '年', '月', '日', '\\', ' ', '底', '十':
					if c[e].r == ' ' && !isDigit(at(c, e+1)) {
						goto done
					}
				default:
					if digitAt(c, e) < 0 {
						goto done
					}
					n++
				}
				e++
			}
		done:
			for e > j && (c[e-1].r == '-' || c[e-1].r == '.' || c[e-1].r == ' ') {
				e--
			}
			if n >= 2 && n <= 8 && at(c, e) != '块' && at(c, e) != '元' && at(c, e) != '万' {
				add(j, e, kindExpiry)
			}
			return
		}
		if !fills(c[j].r) {
			return
		}
	}
}

// wordBefore looks for one of the words in front of cell i, over at most eight
// fillers.
func wordBefore(c []cell, i int, words ...string) bool {
	j := i
	for j > 0 && i-j < 8 && (fills(c[j-1].r) || c[j-1].r == '#') {
		if endsWith(c, j, words) {
			return true
		}
		j--
	}
	return endsWith(c, j, words)
}

func endsWith(c []cell, j int, words []string) bool {
	for _, w := range words {
		n := 0
		for range w {
			n++
		}
		if j-n >= 0 && follows(c, j-n, w) == j && j > 0 {
			return true
		}
	}
	return false
}
