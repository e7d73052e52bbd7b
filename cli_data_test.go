package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"
	"golang.org/x/text/encoding/simplifiedchinese"
)

func TestLedgerImportIsIdempotentAndReportsBadRows(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file, data := filepath.Join(dir, "f.csv"), filepath.Join(dir, "data")
	imported := func(kind, text string) string {
		t.Helper()
		writeFile(t, file, text)
		return done(t, "", "ledger", "import", kind, file, "-data-dir", data)
	}
	for _, k := range []struct{ kind, good string }{
		{"merchants", "商户号,商户名称,品牌,信用卡费率,起结金额\n822100000000001,张记,拉卡拉,0.60%,\"1,000.00\"\n"},
		{"terminals", "terminal,merchant_no,last_seen,signed_in\nA1,822100000000001,2026-11-18 10:00,是\n"},
		{"transactions", "id,merchant_no,time,amount,state,card_last4\nT1,822100000000001,2026-11-17 13:10,5000.00,SUCCESS,6688\n"},
		{"settlements", "id,merchant_no,state,net,transaction_ids,paid_at\nS1,822100000000001,PAID,4970,T1,2026-11-18 10:00\n"},
		{"bindings", "app_id,openid,merchant_no,role\nwx1,o1,822100000000001,owner\n"},
	} {
		if out := imported(k.kind, k.good); !strings.Contains(out, "新增1，更新0，无变化0，拒绝0") {
			t.Errorf("%s: %s", k.kind, out)
		}
		gbk, err := simplifiedchinese.GB18030.NewEncoder().String(k.good)
		if err != nil {
			t.Fatal(err)
		}
		for name, text := range map[string]string{"again": k.good, "BOM": "\ufeff" + k.good, "GB18030": gbk, "CRLF": strings.ReplaceAll(k.good, "\n", "\r\n")} {
			if out := imported(k.kind, text); !strings.Contains(out, "新增0，更新0，无变化1，拒绝0") {
				t.Errorf("%s %s: %s", k.kind, name, out)
			}
		}
	}
	out := imported("transactions", "id,merchant_no,time,amount,state,币种\n"+
		"T2,822100000000001,2026-11-17 13:10,1.234,SUCCESS,\n"+
		"T3,822100000000001,2026-11-17 13:10,1,SUCCESS,USD\n"+
		"T4,822100000000001,2026-11-17,1,SUCCESS,\n"+
		"T5,822100000000001,2026-11-17 13:10,-1,SUCCESS,\n"+
		"T6,822100000000001,2026-11-17 13:10,1,SUCCESS,\n")
	for _, want := range []string{"新增1，更新0，无变化0，拒绝4", "第 2 行「amount」", "第 3 行「币种」", "第 4 行「time」", "第 5 行「amount」"} {
		if !strings.Contains(out, want) {
			t.Errorf("%q is missing:\n%s", want, out)
		}
	}
	if out := imported("settlements", "id,merchant_no,state,net\nS9,822100000000001,NOSUCH,1\nS1,822100000000001,SCHEDULED,4970\nS8,,PAID,1\n"); !strings.Contains(out, "拒绝3") ||
		strings.Index(out, "第 2 行") > strings.Index(out, "第 3 行") || strings.Index(out, "第 3 行") > strings.Index(out, "第 4 行") || !strings.Contains(out, "终态") {
		t.Errorf("a final state, in the order of the file:\n%s", out)
	}
	if out := imported("transactions", "id,merchant_no,time,amount,state,card_last4\nT1,822100000000001,2026-11-17 13:10,5000,SUCCESS,\n"); !strings.Contains(out, "更新1") {
		t.Errorf("an empty cell clears: %s", out)
	}
	writeFile(t, file, "id,merchant_no\nT9,822100000000001\n")
	if code, out, errs := command1(t, "", "ledger", "import", "transactions", file, "-data-dir", data); code != exitFailed || out != "" || strings.Count(errs, "\n") != 1 || !strings.Contains(errs, "amount") {
		t.Errorf("bad header: %d %q %q", code, out, errs)
	}
}

func TestLedgerImportOfAFolderSaysSo(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	code, _, errs := command1(t, "", "ledger", "import", "merchants", dir, "-data-dir", filepath.Join(dir, "data"))
	if code != exitFailed || !strings.Contains(errs, "是文件夹") {
		t.Errorf("%d %s", code, errs)
	}
}

func TestLedgerImportReadsAWorkbook(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	book := excelize.NewFile()
	for i, row := range [][]any{{"商户号", "商户名称", "品牌"}, {"822100000000001", "张记", "拉卡拉"}, {"", "无号", ""}} {
		cell, err := excelize.CoordinatesToCellName(1, i+1)
		if err != nil {
			t.Fatal(err)
		}
		if err := book.SetSheetRow("Sheet1", cell, &row); err != nil {
			t.Fatal(err)
		}
	}
	file := filepath.Join(dir, "m.xlsx")
	if err := book.SaveAs(file); err != nil {
		t.Fatal(err)
	}
	out := done(t, "", "ledger", "import", "merchants", file, "-data-dir", dir, "-json", "-errors", filepath.Join(dir, "bad.jsonl"))
	if !strings.Contains(out, `"inserted":1`) || !strings.Contains(out, `"format":"xlsx"`) {
		t.Error(out)
	}
	if bad, err := os.ReadFile(filepath.Join(dir, "bad.jsonl")); err != nil || !strings.Contains(string(bad), `{"line":3,"column":"商户号"`) {
		t.Errorf("%s %v", bad, err)
	}
}

func TestCalendarImportTakesBothForms(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file := filepath.Join(dir, "c")
	for text, want := range map[string]string{
		`{"source":"x","2027":{"off":["01-01..01-03"],"work":["02-20"]}}`: "2027年（工作日放假1天，周末上班1天）",
		"\ufeffdate,kind\r\n2028-01-03,off\r\n2028-01-08,work\r\n":        "2028年（工作日放假1天，周末上班1天）",
	} {
		writeFile(t, file, text)
		if out := done(t, "", "calendar", "import", file, "-data-dir", dir); !strings.Contains(out, want) {
			t.Errorf("%s: %s", text, out)
		}
	}
	for _, bad := range []string{"", "{}", "foo", `{"2027":{"off":["13-01"]}}`, "2027-01-01,holiday", "2027-01-01,off\n2027-01-01,work"} {
		writeFile(t, file, bad)
		if code, _, errs := command1(t, "", "calendar", "import", file, "-data-dir", dir); code != exitFailed || strings.Count(errs, "\n") != 1 {
			t.Errorf("%q: %d %s", bad, code, errs)
		}
	}
}

func TestUsers(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	user := func(stdin string, args ...string) (int, string, string) {
		return command1(t, stdin, append(append([]string{"user"}, args...), "-data-dir", dir)...)
	}
	if code, out, errs := user("", "add", "Boss", "-role", "admin", "-display", "老板"); code != exitDone || !strings.Contains(out, "boss 的一次性密码") {
		t.Fatalf("%d %s %s", code, out, errs)
	}
	for _, c := range []struct {
		stdin string
		args  []string
		code  int
		say   string
	}{
		{"", []string{"add", "boss"}, exitFailed, "已存在"},
		{"", []string{"add", ""}, exitUsage, "不能作用户名"},
		{"", []string{"add", "张三"}, exitUsage, "不能作用户名"},
		{"", []string{"add", "two words"}, exitUsage, "不能作用户名"},
		{"", []string{"add", "x1", "-role", "king"}, exitUsage, "king"},
		{"", []string{"disable", "boss"}, exitFailed, "最后一个管理员"},
		{"", []string{"disable", "nobody"}, exitFailed, "没有用户"},
		{"short\n", []string{"passwd", "boss", "-stdin"}, exitFailed, "密码"},
		{"", []string{"passwd", "boss", "-stdin"}, exitFailed, "读密码"},
	} {
		if code, out, errs := user(c.stdin, c.args...); code != c.code || out != "" || !strings.Contains(errs, c.say) || strings.Count(errs, "\n") != 1 {
			t.Errorf("%v: %d %q %q", c.args, code, out, errs)
		}
	}
	for _, args := range [][]string{{"add", "anna", "-role", "admin"}, {"disable", "boss"}} {
		if code, _, errs := user("", args...); code != exitDone {
			t.Errorf("%v: %d %s", args, code, errs)
		}
	}
	if code, out, _ := user("four unrelated words\n", "passwd", "anna", "-stdin"); code != exitDone || strings.Contains(out, "unrelated") {
		t.Errorf("passwd: %d %s", code, out)
	}
	_, out, _ := user("", "list")
	if lines := strings.Split(strings.TrimSpace(out), "\n"); len(lines) != 3 || !strings.Contains(lines[2], "已停用") || !strings.Contains(lines[1], "正常") {
		t.Errorf("list:\n%s", out)
	}
}

// Columns line up on a terminal, where Chinese is two wide.
func TestPrintTable(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	if err := printTable(&b, [][]string{{"用户名", "角色"}, {"li", "x"}, {"王主任（管理员）", "y"}}); err != nil {
		t.Fatal(err)
	}
	if want := "用户名            角色\nli                x\n王主任（管理员）  y\n"; b.String() != want {
		t.Errorf("got\n%s\nwant\n%s", b.String(), want)
	}
}

func TestFlagProblemsAreInChinese(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{{"serve", "-nosuch"}, {"serve", "-listen"}, {"knowledge", "search", "-top", "many"}, {"serve", "---x"}, {"replay", "-expect=perhaps", "x"}} {
		code, _, errs := command1(t, "", args...)
		if code != exitUsage || !strings.Contains(errs, "选项") || strings.Contains(errs, "flag") || strings.Count(errs, "\n") != 1 {
			t.Errorf("%v: %d %q", args, code, errs)
		}
	}
}

func TestBackupAndRestore(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	data, copied := filepath.Join(dir, "data"), filepath.Join(dir, "copy.db")
	at := func(args ...string) []string { return append(args, "-data-dir", data) }
	done(t, "", at("user", "add", "first")...)
	// The server goes on while the copy is made.
	cfg := defaultConfig()
	cfg.DataDir = data
	running, err := openStore(t.Context(), cfg, nil)
	if err != nil {
		t.Fatal(err)
	}
	done(t, "", at("backup", copied)...)
	if code, _, errs := command1(t, "", at("backup", copied)...); code != exitFailed || !strings.Contains(errs, "已存在") {
		t.Errorf("a backup over another one: %d %s", code, errs)
	}
	done(t, "", at("user", "add", "second")...)
	if code, _, errs := command1(t, "", at("restore", "-yes", copied)...); code != exitFailed || !strings.Contains(errs, "停止服务") {
		t.Errorf("restore under a running server: %d %s", code, errs)
	}
	if err := running.Close(); err != nil {
		t.Fatal(err)
	}
	if code, _, errs := command1(t, "", at("restore", copied)...); code != exitFailed || !strings.Contains(errs, "-yes") {
		t.Errorf("restore over a database unasked: %d %s", code, errs)
	}
	for _, text := range []string{"", "not a database", "SQLite format 3\x00 broken"} {
		bad := filepath.Join(dir, "bad")
		writeFile(t, bad, text)
		if code, _, errs := command1(t, "", at("restore", "-yes", bad)...); code != exitFailed || strings.Count(errs, "\n") != 1 {
			t.Errorf("%q: %d %s", text, code, errs)
		}
	}
	for range 2 { // the second one keeps the first one's copy too
		done(t, "", at("restore", "-yes", copied)...)
	}
	if out := done(t, "", at("user", "list")...); !strings.Contains(out, "first") || strings.Contains(out, "second") {
		t.Errorf("after the restore:\n%s", out)
	}
	old := "sqlite://" + filepath.Join(data, "daozhang.db.before-restore")
	if out := done(t, "", "user", "list", "-database-url", old); !strings.Contains(out, "second") {
		t.Errorf("what was kept:\n%s", out)
	}
	if _, err := os.Stat(filepath.Join(data, "daozhang.db.before-restore-2")); err != nil {
		t.Error(err)
	}
}

func TestConfigOrderAndMasks(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file := filepath.Join(dir, "c.yaml")
	writeFile(t, file, "listen: 127.0.0.1:1\npublic_url: https://y.example\nwechat:\n  accounts:\n  - {app_id: wx1, app_secret: hidden-1, token: hidden-2, mode: plain, verified: false}\n")
	var out, errs strings.Builder
	env := map[string]string{"DAOZHANG_LISTEN": "127.0.0.1:2", "DAOZHANG_LOG_LEVEL": "warn", "DAOZHANG_NOSUCH": "1", "DAOZHANG_REDIS_URL": "redis://:hidden-3@h"}
	code := dispatch(t.Context(), terminal{stdin: strings.NewReader(""), stdout: &out, stderr: &errs, environ: env}, []string{"config", "-config", file, "-listen", "127.0.0.1:3"})
	for _, want := range []string{`listen: "127.0.0.1:3"`, `public_url: "https://y.example"`, `log_level: "warn"`, `    - app_id: "wx1"`, `      verified: "false"`, `trusted_proxies: ["127.0.0.1", "::1"]`} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("%s is missing:\n%s", want, out.String())
		}
	}
	if code != exitDone || strings.Contains(out.String(), "hidden") || !strings.Contains(errs.String(), "DAOZHANG_NOSUCH") {
		t.Errorf("%d\n%s\n%s", code, out.String(), errs.String())
	}
}

func TestChatInAPipe(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	const now = "2026-11-18T16:00:00+08:00"
	out := done(t, "昨天下午刷了一笔5000到现在没到账\n\n转人工", "chat", "-now", now, "-data-dir", dir)
	if !strings.Contains(out, "5000.00元") || !strings.Contains(out, "工单号 000001") || strings.Contains(out, "您>") {
		t.Errorf("the sample ledger:\n%s", out)
	}
	if out := done(t, "昨天刷的5000没到", "chat", "-merchant", "-", "-data-dir", dir); strings.Contains(out, "5000.00元") || !strings.Contains(out, "绑定") {
		t.Errorf("somebody not bound:\n%s", out)
	}
	file := filepath.Join(dir, "f.csv")
	writeFile(t, file, "merchant_no,name,brand,cycle,cutoff,payout_by,account_last4\n822100000000777,张记,拉卡拉,T1,23:00,18:00,5678\n")
	done(t, "", "ledger", "import", "merchants", file, "-data-dir", dir)
	writeFile(t, file, "id,merchant_no,time,amount,state,kind,channel\nT1,822100000000777,2026-11-17 13:10,4321,SUCCESS,SALE,CARD\n")
	done(t, "", "ledger", "import", "transactions", file, "-data-dir", dir)
	if out := done(t, "昨天刷的4321没到\n", "chat", "-merchant", "822100000000777", "-now", now, "-data-dir", dir); !strings.Contains(out, "4321.00元") {
		t.Errorf("the configured ledger:\n%s", out)
	}
	code, out, errs := command1(t, "昨天刷的4321没到\n", "chat", "-now", now, "-data-dir", dir)
	if code != exitDone || strings.Contains(out, "4321.00元") || !strings.Contains(errs, "-merchant") {
		t.Errorf("without -merchant: %d\n%s\n%s", code, out, errs)
	}
}
