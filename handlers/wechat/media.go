package wechat

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"mime/multipart"
	"net/http"
	"net/url"
	"path/filepath"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"daozhang/bot/delivery"
)

// MaxQR is the longest life of a temporary QR code.
const MaxQR = 30 * 24 * time.Hour

// Media fetches a picture or voice message that a contact sent (kept by WeChat
// for three days), at most limit bytes, with its content type.
func (c *Channel) Media(ctx context.Context, appID, mediaID string, limit int64) (data []byte, contentType string, err error) {
	acc := c.accounts[appID]
	if acc == nil {
		return nil, "", unknownAccount()
	}
	const path = "/cgi-bin/media/get"
	err = c.api.withToken(ctx, acc, func(token string) error {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, c.api.address(path, token, url.Values{"media_id": {mediaID}}), nil)
		if err != nil {
			return fmt.Errorf("%s: cannot build the request", path)
		}
		raw, h, err := c.api.do(req, path, limit, token)
		if err != nil {
			return err
		}
		contentType = h.Get("Content-Type")
		if strings.Contains(contentType, "json") || strings.HasPrefix(contentType, "text/plain") {
			if err := decodeAnswer(path, raw, nil, token); err != nil {
				return err
			}
			return &delivery.Error{Class: delivery.ClassPermanent, Msg: path + ": no picture or voice"}
		}
		data = raw
		return nil
	})
	if err != nil {
		return nil, "", asError(path, err)
	}
	return data, contentType, nil
}

// UploadImage stores a picture at WeChat for three days and gives its media id.
func (c *Channel) UploadImage(ctx context.Context, appID, name string, data []byte) (string, error) {
	acc, err := c.sendable(appID)
	if err != nil {
		return "", err
	}
	const path = "/cgi-bin/media/upload"
	var ans struct {
		MediaID string `json:"media_id"`
	}
	err = c.api.withToken(ctx, acc, func(token string) error {
		var buf bytes.Buffer
		w := multipart.NewWriter(&buf)
		part, err := w.CreateFormFile("media", filepath.Base(name))
		if err == nil {
			_, err = part.Write(data)
		}
		if err = errors.Join(err, w.Close()); err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.api.address(path, token, url.Values{"type": {"image"}}), &buf)
		if err != nil {
			return fmt.Errorf("%s: cannot build the request", path)
		}
		req.Header.Set("Content-Type", w.FormDataContentType())
		raw, _, err := c.api.do(req, path, maxAnswer, token)
		if err != nil {
			return err
		}
		return decodeAnswer(path, raw, &ans, token)
	})
	if err != nil {
		return "", asError(path, err)
	}
	return ans.MediaID, nil
}

// QR makes a QR code whose scan tells us scene (1–64 bytes), and gives the
// address of its picture. ttl 0 means for ever (the platform allows 100,000 of
// these); longer than MaxQR is cut to it.
func (c *Channel) QR(ctx context.Context, appID, scene string, ttl time.Duration) (pictureURL string, err error) {
	acc := c.accounts[appID]
	if acc == nil {
		return "", unknownAccount()
	}
	if scene == "" || len(scene) > 64 || !utf8.ValidString(scene) {
		return "", &delivery.Error{Class: delivery.ClassPermanent, Msg: "二维码场景值应为 1–64 个字节"}
	}
	body := map[string]any{
		"action_name": "QR_LIMIT_STR_SCENE",
		"action_info": map[string]any{"scene": map[string]any{"scene_str": scene}},
	}
	if ttl > 0 {
		body["action_name"] = "QR_STR_SCENE"
		body["expire_seconds"] = max(int64(min(ttl, MaxQR)/time.Second), 60)
	}
	var ans struct {
		Ticket string `json:"ticket"`
	}
	if err := c.api.call(ctx, acc, "/cgi-bin/qrcode/create", body, &ans); err != nil {
		return "", err
	}
	base := c.api.base
	if base == officialBase {
		base = "https://mp.weixin.qq.com"
	}
	return base + "/cgi-bin/showqrcode?ticket=" + url.QueryEscape(ans.Ticket), nil
}

// Button is an item of the account's menu. Key makes a click, URL a page; one
// with neither holds Sub.
type Button struct {
	Name string
	Key  string
	URL  string
	Sub  []Button
}

// SetMenu replaces the account's menu (at most 3 items with 5 each).
func (c *Channel) SetMenu(ctx context.Context, appID string, buttons []Button) error {
	acc := c.accounts[appID]
	if acc == nil {
		return unknownAccount()
	}
	return c.api.call(ctx, acc, "/cgi-bin/menu/create", map[string]any{"button": menuJSON(buttons)}, nil)
}

func menuJSON(buttons []Button) []map[string]any {
	list := make([]map[string]any, 0, len(buttons))
	for _, b := range buttons {
		m := map[string]any{"name": b.Name}
		switch {
		case len(b.Sub) > 0:
			m["sub_button"] = menuJSON(b.Sub)
		case b.URL != "":
			m["type"], m["url"] = "view", b.URL
		default:
			m["type"], m["key"] = "click", b.Key
		}
		list = append(list, m)
	}
	return list
}

func digits(n int64) string { return strconv.FormatInt(n, 10) }
