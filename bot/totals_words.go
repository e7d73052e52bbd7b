package bot

import (
	"strings"
	"unicode/utf8"

	"daozhang/bot/understand"
)

// What a question for a sum says beside the span: ways of paying that the
// ledger does not know or tell apart, and the fee of a sum just told.

// notRecorded answers a question for money that passes by the machine and the
// codes: no figure of others is told for it.
func (t *turn) notRecorded() bool {
	if !speaksOf(t.q, "现金", "现钱") || len(channelsOf(t.q)) > 0 || t.q.Totals == understand.TotalPayouts {
		return false
	}
	t.act(ActionAnswer, "totals.cash")
	t.progress = true
	t.say("账上只有刷卡和扫码的收款，没有现金的，所以现金收了多少我查不到。要查刷卡和扫码的合计，请问“昨天一共收了多少”。")
	return true
}

// notToldApart says that the sum holds more than was asked for: the ledger
// knows the way of paying, not where the payer's money came from.
func (t *turn) notToldApart() string {
	text := t.q.Text
	for _, name := range [...]string{"花呗", "白条"} {
		if strings.Contains(text, name) {
			return "账上没有单独分出" + name + "，上面是" + channelsOrAll(t.q) + "的合计。"
		}
	}
	credit := strings.Contains(text, "信用卡") || strings.Contains(text, "贷记卡")
	debit := strings.Contains(text, "借记卡") || strings.Contains(text, "储蓄卡")
	if credit != debit {
		return "上面是刷卡的合计，没有分信用卡和借记卡。"
	}
	return ""
}

func channelsOrAll(q understand.Query) string {
	if said := channelsSaid(q); said != "" {
		return said
	}
	return "全部收款"
}

// feeOfThem reports a short question for the fee right after a sum: it is that
// of the sum.
func (t *turn) feeOfThem() bool {
	return asksFee(t.q) && !t.asksFeeRule() && !namesSomething(saidNow(t.q)) && len(t.mem.Focus) == 0 && len(t.mem.Offered) == 0 &&
		t.q.MerchantNo == "" && utf8.RuneCountInString(t.said.text) <= 10 && strings.Contains(t.said.text, "手续费")
}
