package understand

import "strings"

// foldPinyin replaces runs of pinyin fragments ("mei dao zhang") by the
// characters meant. A run is replaced only if every word of it can be read and
// one of them is a word of the field, so that English and codes stay.
func foldPinyin(cells []cell) []cell {
	w := 0
	for i := 0; i < len(cells); {
		if !isLetter(cells[i].r) {
			cells[w] = cells[i]
			w++
			i++
			continue
		}
		end := i
		for end < len(cells) && (isLetter(cells[end].r) || cells[end].r == ' ' || cells[end].r == '\'') {
			end++
		}
		for end > i && !isLetter(cells[end-1].r) {
			end--
		}
		n := 0
		touchesDigit := i > 0 && isDigit(cells[i-1].r) || end < len(cells) && isDigit(cells[end].r)
		if end-i >= 3 && end-i <= maxPinyin && !touchesDigit {
			n = readPinyin(cells[i:end], cells[w:w])
		}
		if n > 0 {
			w += n
			i = end
			continue
		}
		for ; i < end; i++ {
			cells[w] = cells[i]
			w++
		}
	}
	return cells[:w]
}

// maxPinyin bounds one run; a longer one is not speech.
const maxPinyin = 80

// readPinyin appends the reading of a run to dst, which may overlap the run
// from below, and returns its length; 0 when the run is not pinyin.
func readPinyin(run, dst []cell) int {
	var letters [maxPinyin]byte
	var at [maxPinyin]int
	var wordEnd [maxPinyin + 1]bool
	n := 0
	for i := range run {
		if !isLetter(run[i].r) {
			wordEnd[n] = true
			continue
		}
		letters[n], at[n] = byte(run[i].r), i
		n++
	}
	wordEnd[n] = true
	text := string(letters[:n])
	var steps [maxPinyin]struct {
		size int
		word string
	}
	strong, k := false, 0
	for pos := 0; pos < n; {
		size := 0
		var word string
		for l := min(n-pos, 14); l >= 1; l-- {
			if hit, ok := pinyin[text[pos:pos+l]]; ok {
				if l >= 2 || wordEnd[pos+l] {
					size, word = l, hit
					break
				}
			}
		}
		if size == 0 {
			return 0
		}
		if strings.HasPrefix(word, "!") {
			strong, word = true, word[1:]
		}
		steps[k].size, steps[k].word = size, word
		k++
		pos += size
	}
	if !strong {
		return 0
	}
	out, pos := 0, 0
	for _, s := range steps[:k] {
		from, to := run[at[pos]].from, run[at[pos+s.size-1]].to
		pos += s.size
		for _, r := range s.word {
			dst = append(dst, cell{r: r, from: from, to: to})
			out++
		}
	}
	return out
}

// pinyin lists fragments; "!" marks a word of the field that proves the run.
//
//nolint:gochecknoglobals // read-only table
var pinyin = pinyinTable(`
!到账=daozhang !没到账=meidaozhang !没到=meidao !账=zhang !钱=qian !刷=shua !刷卡=shuaka !刷了=shuale !收款=shoukuan
!没收到=meishoudao !到账没=daozhangmei !什么时候=shenmeshihou !转人工=zhuanrengong !人工=rengong !客服=kefu !昨天=zuotian !今天=jintian
!前天=qiantian !怎么=zenme !为什么=weishenme !手续费=shouxufei !费率=feilv !结算=jiesuan !到=dao !没=mei !查=cha !退款=tuikuan
!谢谢=xiexie !你好=nihao !在吗=zaima !拉卡拉=lakala !盛付通=shengfutong !刷呗=shuabei !瑞银信=ruiyinxin !银联=yinlian !微信=weixin !支付宝=zhifubao
!投诉=tousu !骗=pian !冻结=dongjie !尾号=weihao !下午=xiawu !上午=shangwu !晚上=wanshang !早上=zaoshang !中午=zhongwu !提现=tixian !银行卡=yinhangka
的=de 了=le 我=wo 你=ni 们=men 还=hai 有=you 不=bu 一=yi 笔=bi 是=shi 那=na 这=zhe 个=ge 块=kuai 万=wan 百=bai 千=qiana 吗=ma 呢=ne 啊=a 吧=ba 收=shou 款=kuan
什么=shenme 时候=shihou 天=tian 今=jin 昨=zuo 下=xia 上=shang 午=wu 给=gei 就=jiu 能=neng 啥=sha 呀=ya 人=ren 工=gong 转=zhuan 机=ji 器=qi 卡=ka 打=da 过=guo 来=lai 去=qu 哪=nar 里=li
怎=zen 么=me 几=ji 点=dian 号=hao 都=dou 也=ye 在=zai 到现在=daoxianzai 现在=xianzai 多=duo 少=shao 久=jiu 要=yao 对=dui 好=hao 帮=bang 帮我=bangwo 一下=yixia 退=tui 换=huan 得=dei 咋=za
`)

func pinyinTable(s string) map[string]string {
	m := make(map[string]string, 160)
	for _, f := range strings.Fields(s) {
		word, key, _ := strings.Cut(f, "=")
		if _, dup := m[key]; !dup || strings.HasPrefix(word, "!") {
			m[key] = word
		}
	}
	return m
}
