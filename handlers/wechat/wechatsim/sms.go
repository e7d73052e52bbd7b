package wechatsim

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// SMSPath is the simulated SMS gateway: sms.url is the server's address plus
// this. What it is asked to send appears on the phones with that number.
const SMSPath = "/simulator/sms"

const smsTolerance = 5 * time.Minute

// sms accepts a signed request as an operator's gateway does. It answers the
// same whether a phone has the number or not.
func (p *Platform) sms(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 4<<10))
	if err != nil {
		fail(w, http.StatusBadRequest, "读不到请求")
		return
	}
	if !p.smsSigned(r.Header.Get("X-Daozhang-Signature"), body) {
		fail(w, http.StatusUnauthorized, "签名不对")
		return
	}
	var m struct {
		Phone   string `json:"phone"`
		Code    string `json:"code"`
		Purpose string `json:"purpose"`
		TTL     int64  `json:"ttl"` // seconds
	}
	if json.Unmarshal(body, &m) != nil || m.Phone == "" || m.Code == "" {
		fail(w, http.StatusBadRequest, "请求格式不正确")
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, id := range p.order {
		if f := p.followers[id]; f.Phone == m.Phone {
			text := "【" + p.opt.Name + "】验证码" + m.Code + "，" + strconv.FormatInt((m.TTL+59)/60, 10) + "分钟内有效，用于在微信公众号绑定商户。不是您本人操作请忽略，不要告诉任何人。"
			p.add(f, Message{From: "system", Kind: "sms", Text: text})
		}
	}
	writeJSON(w, map[string]bool{"ok": true})
}

// smsSigned verifies t=<unix>,v1=<hex> over t.body.
func (p *Platform) smsSigned(header string, body []byte) bool {
	stamp, mac, _ := strings.Cut(strings.TrimPrefix(header, "t="), ",v1=")
	unix, err := strconv.ParseInt(stamp, 10, 64)
	if err != nil || time.Since(time.Unix(unix, 0)).Abs() > smsTolerance {
		return false
	}
	want := hmac.New(sha256.New, []byte(p.opt.SMSSecret))
	want.Write([]byte(stamp + "."))
	want.Write(body)
	got, err := hex.DecodeString(mac)
	return err == nil && hmac.Equal(got, want.Sum(nil))
}
