package bot

import (
	"strings"
	"testing"
	"time"
)

func TestCodeSpans(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"482913":                            "482913",
		"验证码482913":                         "482913",
		"验证码是 482 913，谢谢":                   "482913",
		"48-29-13":                          "482913",
		"4 8 2 9 1 3":                       "482913",
		"４８２９１３":                            "482913",
		"482913。":                           "482913",
		"482913.":                           "482913",
		"四八二九幺三":                            "482913",
		"100001 100002":                     "100001 100002",
		"622202 123456 789012":              "622202 123456 789012",
		"482913元":                           "",
		"￥482913":                           "",
		"482913.50":                         "",
		"1.482913":                          "",
		"4829137":                           "",
		"48291":                             "",
		"822100000000001 1234":              "",
		"6222 0212 345678":                  "",
		"6222021234567890128":               "",
		"A482913":                           "",
		"":                                  "",
		"10点20分刷的，482913":                   "482913",
		"终端A0000001":                        "",
		"\xff482913\xfe":                    "482913",
		strings.Repeat("1", 1000):           "",
		"482913，" + strings.Repeat("2", 64): "482913",
	} {
		var got []string
		for _, s := range CodeSpans(text) {
			got = append(got, s.Code)
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

func FuzzTakeCode(f *testing.F) {
	for _, s := range []string{"482913", "验证码482 913谢谢", "４８２９１３", "四八二九幺三", "6222 0212 345678", "\xff1"} {
		f.Add(s)
	}
	key, now := []byte("0123456789abcdef"), time.Unix(1_800_000_000, 0)
	c := Code{ID: 7, Hash: CodeDigest(key, 7, "482913"), Live: true, CreatedAt: now}
	f.Fuzz(func(t *testing.T, text string) {
		clean, proof := TakeCode(text, c, key, now)
		if len(CodeSpans(text)) > 0 && len(CodeSpans(clean)) > 0 {
			t.Errorf("%q keeps a code: %q", text, clean)
		}
		if clean != text && !strings.Contains(clean, TagCode) {
			t.Errorf("%q became %q", text, clean)
		}
		if sameDigest(proof, c.Hash) != (proof == c.Hash) {
			t.Error("digests compare unlike")
		}
	})
}

func TestTakeCode(t *testing.T) {
	t.Parallel()
	key, now := []byte("0123456789abcdef"), time.Unix(1_800_000_000, 0)
	live := Code{ID: 7, Hash: CodeDigest(key, 7, "482913"), Live: true, CreatedAt: now}
	used := live
	used.Live = false
	none := live
	none.Hash = ""
	right := live.Hash
	for _, c := range []struct {
		name, text, clean, proof string
		code                     Code
		at                       time.Time
	}{
		{"right", "482913", TagCode, right, live, now},
		{"wrong is cut as well", "482914", TagCode, CodeDigest(key, 7, "482914"), live, now},
		{"nothing sent", "482913", TagCode, right, none, now}, // the digest of the words, equal to nothing
		{"of a sale: cut, no answer", "授权码482913的那笔没到账", "授权码" + TagCode + "的那笔没到账", "", live, now},
		{"called a code among others", "收到了482913，昨天的没到", "收到了" + TagCode + "，昨天的没到", right, live, now},
		{"two at once are none", "482913 482914", TagCode + " " + TagCode, WrongProof, live, now},
		{"over: only itself is cut", "482914", "482914", "", live, now.Add(CodeTTL)},
		{"over: itself", "482913", TagCode, right, live, now.Add(CodeTTL)},
		{"used: itself", "482913", TagCode, right, used, now},
		{"used: others stay", "授权码482914", "授权码482914", "", used, now},
		{"a sum", "刷了482913元", "刷了482913元", "", live, now},
	} {
		clean, proof := TakeCode(c.text, c.code, key, c.at)
		if clean != c.clean || proof != c.proof {
			t.Errorf("%s: %q %q, want %q %q", c.name, clean, proof, c.clean, c.proof)
		}
	}
	if sameDigest("", "") || sameDigest(WrongProof, WrongProof) || !sameDigest(right, right) {
		t.Error("digests compare wrongly")
	}
	if CodeDigest(key, 7, "482913") == CodeDigest(key, 8, "482913") || CodeDigest(key[1:], 7, "482913") == right {
		t.Error("a digest holds for another code or key")
	}
}

func TestMobileNumber(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"13800000001": "13800000001", "+86 138 0000 0001": "13800000001", "86-13800000001": "13800000001",
		"138****0001": "", "0571-88888888": "", "12800000001": "", "": "", "1380000000": "", "138000000011": "",
	} {
		if got := MobileNumber(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}
