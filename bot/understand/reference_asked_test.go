package understand

import "testing"

// TestAskedFactsAreNotLooseDigits: what stands beside a sale, in a sum, a time
// or a telephone number is no merchant number and no tail, though asked for.
func TestAskedFactsAreNotLooseDigits(t *testing.T) {
	t.Parallel()
	p := New(Vocabulary{})
	for _, c := range []struct{ asked, text, no, last4 string }{
		{"account_last4", "1234", "", "1234"},
		{"account_last4", "是1234", "", "1234"},
		{"account_last4", "收款卡1234", "", "1234"},
		{"account_last4", "昨天刷的9876没到", "", ""},
		{"account_last4", "9876.54没到", "", ""},
		{"account_last4", "5000块没到", "", ""},
		{"merchant_no", "822100000000001", "822100000000001", ""},
		{"merchant_no", "123456789012345", "123456789012345", ""},
		{"merchant_no", "89012345", "89012345", ""},
		{"merchant_no", "13800138000", "", ""},
		{"merchant_no", "昨天刷的123456789没到", "", ""},
		{"merchant_no", "终端B2222222", "", ""},
	} {
		q := p.Parse(c.text, Context{Asked: c.asked}, testNow())
		if q.MerchantNo != c.no || q.AccountLast4 != c.last4 {
			t.Errorf("asked %s, %q: %q %q", c.asked, c.text, q.MerchantNo, q.AccountLast4)
		}
	}
}

func TestAuthorisationCodeIsAReference(t *testing.T) {
	t.Parallel()
	p := New(Vocabulary{})
	for text, want := range map[string]string{
		"授权码B22222那笔到了没":                 "B22222",
		"授权号是 246810 的钱到了吗":              "246810",
		"授权码:00a1b2":                     "00A1B2",
		"授权码B22222,参考号998877665544那笔到了没": "998877665544",
		"授权码是什么,昨天刷了5000没到":              "",
		"授权码没有,5000元没到":                  "",
	} {
		if q := p.Parse(text, Context{}, testNow()); q.Reference != want {
			t.Errorf("%q: %q", text, q.Reference)
		}
	}
}
