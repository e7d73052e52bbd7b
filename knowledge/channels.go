package knowledge

import (
	"strings"
	"time"
)

// Kinds of channel.
const (
	KindPhone  = "phone"
	KindURL    = "url"
	KindWeChat = "wechat"
)

// Channel is one way to reach somebody, checked by a person. Nothing else of
// its kind ever leaves (rules section 6). A row counts only when VerifiedBy
// and VerifiedAt are set.
type Channel struct {
	// Brand is a canonical brand; "" for public services.
	Brand string
	Kind  string // KindPhone, KindURL or KindWeChat
	Value string
	Label string
	// Source says where the value was read.
	Source     string
	VerifiedBy string
	VerifiedAt time.Time
	// ExpiresAt ends the row; the zero time = no end.
	ExpiresAt time.Time
}

// Verified reports that the row may be told at an instant.
func (c Channel) Verified(now time.Time) bool {
	return c.VerifiedBy != "" && !c.VerifiedAt.IsZero() && c.Value != "" &&
		(c.ExpiresAt.IsZero() || now.Before(c.ExpiresAt))
}

// PublicChannels are the public-service numbers that ship with the program.
// Brand rows ship empty: the operator enters and verifies them.
func PublicChannels() []Channel {
	verified := time.Date(2026, 11, 22, 0, 0, 0, 0, shanghai)
	row := func(value, label, source string) Channel {
		return Channel{
			Kind: KindPhone, Value: value, Label: label, Source: source,
			VerifiedBy: "随程序发布", VerifiedAt: verified,
		}
	}
	return []Channel{
		row("110", "公安报警", "公安机关统一报警电话"),
		row("96110", "全国反诈专线", "公安机关反诈专用号码"),
		row("12363", "人民银行金融消费权益保护咨询投诉", "人民银行公布，投诉支付机构"),
		row("12378", "银行保险消费者投诉维权热线", "国家金融监督管理总局公布，投诉银行和保险公司"),
		row("12315", "消费者投诉举报", "市场监督管理部门公布，买卖纠纷"),
		row("95516", "中国银联客户服务", "中国银联公布，跨行差错，不管商户结算"),
	}
}

// verifiedValues are the values that may stand in a text, by kind: phones as
// digits, the others in lower case.
func verifiedValues(rows []Channel, now time.Time) map[string]map[string]bool {
	out := map[string]map[string]bool{KindPhone: {}, KindURL: {}, KindWeChat: {}}
	for _, c := range rows {
		if !c.Verified(now) || out[c.Kind] == nil {
			continue
		}
		v := strings.ToLower(strings.TrimSpace(c.Value))
		if c.Kind == KindPhone {
			v, _ = digitsOf(v)
		}
		if v != "" {
			out[c.Kind][v] = true
		}
	}
	return out
}
