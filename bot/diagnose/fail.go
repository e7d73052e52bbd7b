package diagnose

import "strings"

// The canonical codes of a payout that failed (rules 3).
const (
	failDormant   = "ACCT_DORMANT"
	failFrozen    = "ACCT_FROZEN"
	failAuthority = "ACCT_FROZEN_AUTHORITY"
	failClosed    = "ACCT_CLOSED"
	failLost      = "ACCT_LOST"
	failLimit     = "ACCT_LIMIT"
	failLimitYear = "ACCT_LIMIT_YEAR"
	failNoMatch   = "ACCT_NO_MATCH"
	failName      = "NAME_MISMATCH"
	failD0Quota   = "D0_QUOTA"
	failBank      = "BANK_ERROR"
	failOther     = "OTHER"
)

// failRow is one code: its meaning, the words that betray it where the code is
// unknown or absent, and what to do.
type failRow struct {
	code, meaning string
	words         []string
	steps         []Step
}

// failTable is in order of reading: the first row whose words occur wins, so
// the more special ones come first.
var failTable = []failRow{ //nolint:gochecknoglobals // read-only table
	{failAuthority, "收款账户被有权机关冻结", []string{"有权机关", "司法", "法院", "公安"}, []Step{AskBankNoReason}},
	{failD0Quota, "当日到账额度已用完", []string{"D0额度", "D0 额度", "D+0额度", "秒到额度", "垫资额度"}, []Step{WaitRepayout}},
	{failLimitYear, "超过收款账户的年累计入账限额", []string{"年累计", "年度限额", "年限额"}, []Step{RebindClass1, AskBankLimit, WaitRepayout}},
	{failLimit, "超过收款账户的入账限额", []string{"限额", "超限", "日累计", "累计入账", "额度"}, []Step{RebindClass1, AskBankLimit, WaitRepayout}},
	{failDormant, "收款账户是睡眠户（长期未动）", []string{"睡眠", "久悬", "休眠", "不动户", "长期不动"}, []Step{ContactAccountBank, ChangeAccount, WaitRepayout}},
	{failLost, "收款卡已挂失", []string{"挂失"}, []Step{ContactAccountBank, ChangeAccount, WaitRepayout}},
	{failClosed, "收款账户已销户", []string{"销户", "注销", "已关闭"}, []Step{ChangeAccount, WaitRepayout}},
	{failName, "收款户名不符", []string{"户名", "姓名"}, []Step{ChangeAccount, WaitRepayout}},
	{failFrozen, "收款账户被冻结或止付", []string{"冻结", "止付"}, []Step{ContactAccountBank, ChangeAccount, WaitRepayout}},
	{failNoMatch, "收款账号不存在或与开户行不符", []string{"账号", "帐号", "卡号", "无此户", "账户不存在", "帐户不存在", "行号", "开户行"}, []Step{ChangeAccount, WaitRepayout}},
	{failBank, "收款行系统未能处理", []string{"系统", "超时", "通讯", "通信", "银行处理"}, []Step{ContactAcquirer, WaitRepayout}},
}

// failOtherSteps are for reasons that the table does not know.
var failOtherSteps = []Step{ContactAccountBank, ChangeAccount, WaitRepayout} //nolint:gochecknoglobals // read-only table

// failCode is the canonical code: the ledger's own where it is known and says
// something, else the one whose words the reason contains, else OTHER; "" when
// the ledger gives neither code nor reason.
func failCode(code, reason string) string {
	c := wordsOf(code)
	if _, ok := failRowOf(c); ok && c != failBank {
		return c // BANK_ERROR says little: the words may say more
	}
	for _, r := range failTable {
		for _, w := range r.words {
			if strings.Contains(reason, w) {
				return r.code
			}
		}
	}
	if c == failBank {
		return c
	}
	if c == "" && strings.TrimSpace(reason) == "" {
		return ""
	}
	return failOther
}

func failRowOf(code string) (failRow, bool) {
	for _, r := range failTable {
		if r.code == code {
			return r, true
		}
	}
	return failRow{}, false
}

// failMeaning says a failure in plain Chinese: the table's words, or the
// ledger's own reason where the table knows none.
func failMeaning(code, reason string) string {
	if r, ok := failRowOf(failCode(code, reason)); ok {
		return r.meaning
	}
	return strings.TrimSpace(reason)
}

func failSteps(code, reason string) []Step {
	if r, ok := failRowOf(failCode(code, reason)); ok {
		return r.steps
	}
	return failOtherSteps
}
