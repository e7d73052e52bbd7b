package understand

// refWord is a word that says what the number behind it is.
type refWord struct {
	word string
	kind byte
	min  int
	max  int
}

const (
	refTail     = 't'
	refTerminal = 'd'
	refMerchant = 'm'
	refNumber   = 'r'
	refBatch    = 'b'
	refResp     = 'c'
	refPhone    = 'p'
	refRate     = '%'
	refSerial   = 's'
	refBank     = 'k' // a bank's name: a tail only where it cannot be a round sum
)

//nolint:gochecknoglobals // read-only table
var refWords = [...]refWord{
	{"卡号后四位", refTail, 4, 4}, {"卡号后4位", refTail, 4, 4}, {"卡号末四位", refTail, 4, 4}, {"卡后四位", refTail, 4, 4}, {"最后四位", refTail, 4, 4}, {"最后4位", refTail, 4, 4},
	{"后四位", refTail, 4, 4}, {"后4位", refTail, 4, 4}, {"末四位", refTail, 4, 4}, {"末4位", refTail, 4, 4}, {"尾四位", refTail, 4, 4}, {"尾号", refTail, 4, 4}, {"尾数", refTail, 4, 4},
	{"后四码", refTail, 4, 4}, {"卡尾", refTail, 4, 4}, {"卡尾号", refTail, 4, 4}, {"后面四位", refTail, 4, 4}, {"末尾", refTail, 4, 4}, {"结尾", refTail, 4, 4}, {"卡号", refTail, 4, 4}, {"尾", refTail, 4, 4},
	{"卡末", refTail, 4, 4}, {"建行", refBank, 4, 4}, {"工行", refBank, 4, 4}, {"农行", refBank, 4, 4}, {"中行", refBank, 4, 4}, {"招行", refBank, 4, 4}, {"邮储", refBank, 4, 4}, {"交行", refBank, 4, 4}, {"浦发", refBank, 4, 4}, {"民生", refBank, 4, 4}, {"平安", refBank, 4, 4}, {"中信", refBank, 4, 4}, {"光大", refBank, 4, 4}, {"兴业", refBank, 4, 4}, {"广发", refBank, 4, 4}, {"信合", refBank, 4, 4}, {"银行", refBank, 4, 4}, {"后四", refTail, 4, 4}, {"信用卡", refTail, 4, 4}, {"储蓄卡", refTail, 4, 4}, {"这张卡", refTail, 4, 4}, {"那张卡", refTail, 4, 4}, {"后几位", refTail, 4, 4},
	{"终端号", refTerminal, 6, 20}, {"终端编号", refTerminal, 6, 20}, {"终端", refTerminal, 6, 20}, {"机器号", refTerminal, 6, 20}, {"设备号", refTerminal, 6, 20}, {"机具号", refTerminal, 6, 20}, {"tid", refTerminal, 6, 20}, {"机号", refTerminal, 6, 20},
	{"机身号", refTerminal, 6, 24}, {"序列号", refSerial, 6, 24}, {"sn", refSerial, 6, 24}, {"机器编号", refTerminal, 6, 20},
	{"商户编号", refMerchant, 8, 20}, {"商户号", refMerchant, 8, 20}, {"商编", refMerchant, 8, 20}, {"商户id", refMerchant, 8, 20}, {"mid", refMerchant, 8, 20}, {"商户", refMerchant, 10, 20}, {"店铺号", refMerchant, 8, 20}, {"门店号", refMerchant, 8, 20}, {"商户代码", refMerchant, 8, 20},
	{"系统参考号", refNumber, 6, 40}, {"检索参考号", refNumber, 6, 40}, {"参考号", refNumber, 6, 40}, {"参考码", refNumber, 6, 40}, {"检索号", refNumber, 6, 40}, {"流水号", refNumber, 4, 40}, {"流水", refNumber, 5, 40}, {"凭证号", refNumber, 4, 40},
	{"凭证", refNumber, 6, 40}, {"票据号", refNumber, 4, 40}, {"订单号", refNumber, 6, 40}, {"订单编号", refNumber, 6, 40}, {"单号", refNumber, 6, 40}, {"交易号", refNumber, 6, 40}, {"交易单号", refNumber, 6, 40}, {"订单", refNumber, 10, 40}, {"参考", refNumber, 6, 40}, {"rrn", refNumber, 6, 40}, {"跟踪号", refNumber, 4, 40}, {"trace", refNumber, 4, 40},
	{"批次号", refBatch, 3, 12}, {"批次", refBatch, 3, 12}, {"授权码", refBatch, 4, 8}, {"授权号", refBatch, 4, 8}, {"操作员", refBatch, 1, 4}, {"柜员号", refBatch, 1, 6},
	{"应答码", refResp, 2, 2}, {"返回码", refResp, 2, 2}, {"响应码", refResp, 2, 2}, {"错误码", refResp, 2, 2}, {"错误代码", refResp, 2, 2}, {"代码", refResp, 2, 2}, {"显示代码", refResp, 2, 2}, {"报错码", refResp, 2, 2}, {"报错", refResp, 2, 2}, {"显示错误", refResp, 2, 2}, {"显示码", refResp, 2, 2},
	{"显示", refResp, 2, 2}, {"提示", refResp, 2, 2}, {"返回", refResp, 2, 2}, {"报", refResp, 2, 2}, {"跳", refResp, 2, 2}, {"出现", refResp, 2, 2}, {"错误", refResp, 2, 2}, {"码", refResp, 2, 2}, {"打出", refResp, 2, 2}, {"弹出", refResp, 2, 2}, {"弹", refResp, 2, 2},
	{"手机号", refPhone, 7, 12}, {"手机", refPhone, 11, 11}, {"电话", refPhone, 5, 12}, {"电话号码", refPhone, 5, 12}, {"号码", refPhone, 7, 12}, {"qq", refPhone, 5, 12}, {"微信号", refPhone, 5, 20}, {"打", refPhone, 5, 5}, {"拨打", refPhone, 3, 5},
	{"费率", refRate, 1, 6}, {"千分之", refRate, 1, 4}, {"万分之", refRate, 1, 4}, {"百分之", refRate, 1, 4}, {"扣率", refRate, 1, 6}, {"扣点", refRate, 1, 6},
}
