package main

import (
	"context"
	"net/http"
	"net/url"
)

// sms: the gateway can be reached. Whether it accepts the signature shows with
// the first code only: the doctor sends none.
func (d *doctor) sms(ctx context.Context) {
	const name = "短信网关"
	if d.cfg.SMS.URL == "" {
		d.skip(name, "没有配置，凭商户号和尾号的绑定由客服人工核实")
		return
	}
	at := d.cfg.SMS.URL
	if u, err := url.Parse(at); err == nil {
		at = u.Host
	}
	answer, err := d.get(ctx, http.MethodHead, d.cfg.SMS.URL)
	if err != nil {
		d.bad(name, "%s 连不上：%v。核对 sms.url 和本机到网关的网络；在修好之前验证码发不出去，商户可回复“人工核实”", at, err)
		return
	}
	if answer.status >= http.StatusInternalServerError && answer.status != http.StatusNotImplemented {
		d.bad(name, "%s 应答 %d。请联系网关的服务商；在修好之前验证码发不出去，商户可回复“人工核实”", at, answer.status)
		return
	}
	d.ok(name, "%s 能连上；签名是否被接受，要发出第一条验证码才知道", at)
}
