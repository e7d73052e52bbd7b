package main

import (
	"strings"
	"testing"
	"time"
)

const goodSource = `
ledger:
  sources:
    - name: qt
      kind: http
      acquirers: [钱通]
      merchants: ["8221*"]
      merchant_map: {"82210001": "9001"}
      timeout: 2s
      base_url: https://open.example.com
      api_key: key-1234
      sign: {type: hmac-sha256, SECRET, text: "${body}", header: X-Sign}
      transactions:
        path: /sales/${merchant_no}
        rows: rows[]
        fields: {id: id, state: st, amount: amt, time: at}
        values: {state: {"01": SUCCESS}}
`

func withSecret(s string) string { return strings.Replace(goodSource, "SECRET", s, 1) }

func TestSourceSecretsComeFromFileOrVariable(t *testing.T) {
	t.Parallel()
	for way, want := range map[string]string{
		"secret: in-place-1": "in-place-1", "secret_file: /run/secret": "s3cret-from-file", "secret_env: QT": "from-variable",
	} {
		c, _, err := loadConfig(source(withSecret(way), map[string]string{"QT": "from-variable"}))
		if err != nil {
			t.Errorf("%s: %v", way, err)
			continue
		}
		entries, bad := c.Ledger.sourceEntries()
		if len(bad) > 0 || len(entries) != 1 || entries[0].limits().Timeout != 2*time.Second || entries[0].limits().Attempts != 2 ||
			entries[0].route().MerchantMap["82210001"] != "9001" {
			t.Fatalf("%v %+v", bad, entries)
		}
		if got := sourceSecrets(entries[0]); !strings.Contains(strings.Join(got, " "), want) {
			t.Errorf("%s: %v", way, got)
		}
		var out strings.Builder
		if err := printConfig(&out, c); err != nil {
			t.Fatal(err)
		}
		if strings.Contains(out.String(), want) || strings.Contains(out.String(), "key-1234") || !strings.Contains(out.String(), `name: "qt"`) {
			t.Errorf("printed:\n%s", out.String())
		}
		if got := secretMask(c).Replace("the secret is " + want); strings.Contains(got, want) {
			t.Error("doctor would print it")
		}
		// What is printed is a configuration, but for the masked secrets.
		again, _, err := loadConfig(source(strings.ReplaceAll(out.String(), `"******"`, `"masked-value"`), nil))
		if err != nil || len(again.Ledger.Sources) != 1 {
			t.Errorf("printed configuration: %v\n%s", err, out.String())
		}
	}
}

func TestSourceProblemsAllAtOnce(t *testing.T) {
	t.Parallel()
	text := withSecret("secret_file: /missing, secret: also-here-7") + `
    - {name: qt, kind: http, base_url: "https://a.example", transactions: {path: /x, rows: "[]", fields: {id: a, state: b, amount: c, time: d}}}
    - {name: "a b", kind: telegraph}
    - kind: http
      timeout: 9s
      attempts: many
      cache: 1h
      source: file
      merchants: ["8*2*"]
      base_url: http://pay.example.com
      nonsense: 1
      sign: {type: md5, key: hidden-value-9}
      transactions: {path: /x, rows: "[]", fields: {id: a}}
`
	_, _, err := loadConfig(source(text, nil))
	if err == nil {
		t.Fatal("accepted")
	}
	for _, want := range []string{
		"ledger.sources[0] (qt).sign.secret_file", "ledger.sources[1] (qt).name：重名", "ledger.sources[2] (a b).name", "ledger.sources[2] (a b).kind：应为 http",
		"ledger.sources[3].attempts：应为整数", "ledger.sources[3].不认识的配置项 nonsense", "ledger.sources[3].不认识的配置项 sign.key",
		"ledger.sources[3].base_url", "ledger.sources[3].sign.type", "ledger.sources[3].transactions.fields.state",
	} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q is not named in:\n%v", want, err)
		}
	}
	for _, secret := range []string{"hidden-value-9", "also-here-7"} {
		if strings.Contains(err.Error(), secret) {
			t.Errorf("%s is told:\n%v", secret, err)
		}
	}
}

func TestSourceLimitsAreChecked(t *testing.T) {
	t.Parallel()
	for _, wrong := range []string{"timeout: 5s", "timeout: 1ms", "cache: 1ms", "cache: 1h", "attempts: 9", "concurrency: 900", "breaker_open: -1s", "max_days: 4000", "merchants: ['*8']", "merchant_map: {'82210001': '9001', '82210002': '9001'}", "source: file"} {
		text := strings.Replace(withSecret("secret: in-place-1"), "timeout: 2s", wrong, 1)
		if strings.HasPrefix(wrong, "merchant_map") {
			text = strings.Replace(text, `      merchant_map: {"82210001": "9001"}`+"\n", "", 1)
		}
		if strings.HasPrefix(wrong, "merchants") {
			text = strings.Replace(text, `      merchants: ["8221*"]`+"\n", "", 1)
		}
		if _, _, err := loadConfig(source(text, nil)); err == nil || !strings.Contains(err.Error(), strings.SplitN(wrong, ":", 2)[0]) {
			t.Errorf("%s: %v", wrong, err)
		}
	}
}
