package wechatsim

import (
	"bytes"
	"encoding/json"
	"image/png"
	"io"
	"net/http"
	"net/url"
	"time"

	"github.com/pquerna/otp"
)

// mediaBox keeps uploaded pictures and voice messages, oldest dropped.
type mediaBox struct {
	items map[string]medium
	order []string
}

type medium struct {
	data        []byte
	contentType string
}

const (
	mediaMax   = 4 << 20 // bytes of one medium
	mediaCount = 64
	mediaPath  = "/simulator/media/"
)

func newMediaBox() mediaBox { return mediaBox{items: map[string]medium{}} }

func (b *mediaBox) has(id string) bool { _, ok := b.items[id]; return ok }

// put stores data and gives its id.
func (b *mediaBox) put(data []byte) string {
	id := "M" + randomHex(16)
	b.items[id] = medium{data: data, contentType: http.DetectContentType(data)}
	b.order = append(b.order, id)
	if len(b.order) > mediaCount {
		delete(b.items, b.order[0])
		b.order = b.order[1:]
	}
	return id
}

func (p *Platform) mediaUpload(r *http.Request) (any, int, string) {
	file, _, err := r.FormFile("media")
	if err != nil {
		return nil, 41005, "media data missing"
	}
	defer file.Close() //nolint:errcheck // only read
	data, err := io.ReadAll(io.LimitReader(file, mediaMax+1))
	if err != nil || len(data) > mediaMax || len(data) == 0 {
		return nil, 40006, "invalid meida size"
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	return map[string]any{"type": r.URL.Query().Get("type"), "media_id": p.media.put(data), "created_at": p.now().Unix()}, 0, ""
}

func (p *Platform) mediaGet(w http.ResponseWriter, r *http.Request) {
	if code := p.checkToken(r); code != 0 {
		refuse(w, code, "")
		return
	}
	p.mu.Lock()
	m, ok := p.media.items[r.URL.Query().Get("media_id")]
	p.mu.Unlock()
	if !ok {
		refuse(w, 40007, "")
		return
	}
	w.Header().Set("Content-Type", m.contentType)
	w.Header().Set("Content-Disposition", `attachment; filename="media"`)
	_, _ = w.Write(m.data) // the caller has gone
}

// medium serves a picture to the phone page; never as anything but a picture
// or sound.
func (p *Platform) medium(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	m, ok := p.media.items[r.PathValue("id")]
	p.mu.Unlock()
	if !ok {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Type", m.contentType)
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.Header().Set("Content-Security-Policy", "sandbox")
	_, _ = w.Write(m.data) // the caller has gone
}

func (p *Platform) userInfo(r *http.Request) (any, int, string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	f := p.followers[r.URL.Query().Get("openid")]
	if f == nil {
		return nil, 40003, ""
	}
	if !f.subscribed {
		return map[string]any{"subscribe": 0, "openid": f.OpenID}, 0, ""
	}
	scene := "ADD_SCENE_SEARCH"
	if f.scene != "" {
		scene = "ADD_SCENE_QR_CODE"
	}
	return map[string]any{
		"subscribe": 1, "openid": f.OpenID, "nickname": "", "language": "zh_CN", // WeChat gives no names any more
		"subscribe_time": f.since.Unix(), "subscribe_scene": scene, "qr_scene_str": f.scene,
	}, 0, ""
}

// ticket is a QR code made for a scene.
type ticket struct {
	scene string
	until time.Time // zero: for ever
}

func (p *Platform) qrCreate(r *http.Request) (any, int, string) {
	var b struct {
		Expire int64  `json:"expire_seconds"`
		Action string `json:"action_name"`
		Info   struct {
			Scene struct {
				Str string `json:"scene_str"`
			} `json:"scene"`
		} `json:"action_info"`
	}
	if err := json.NewDecoder(r.Body).Decode(&b); err != nil {
		return nil, 47001, ""
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.verified {
		return nil, 48001, ""
	}
	t := ticket{scene: b.Info.Scene.Str}
	switch b.Action {
	case "QR_STR_SCENE":
		if b.Expire <= 0 || b.Expire > 2592000 {
			b.Expire = 60
		}
		t.until = p.now().Add(time.Duration(b.Expire) * time.Second)
	case "QR_LIMIT_STR_SCENE":
		b.Expire = 0
	default:
		return nil, 40099, "invalid action"
	}
	if len(t.scene) < 1 || len(t.scene) > 64 {
		return nil, 40053, "invalid action info"
	}
	id := "T" + randomHex(24)
	p.tickets[id] = t
	ans := map[string]any{"ticket": id, "url": "weixin://simulated/q/" + id}
	if b.Expire > 0 {
		ans["expire_seconds"] = b.Expire
	}
	return ans, 0, ""
}

// scene of a ticket still valid.
func (p *Platform) sceneOf(ticketID string) (string, bool) {
	t, ok := p.tickets[ticketID]
	return t.scene, ok && (t.until.IsZero() || p.now().Before(t.until))
}

// ticketPicture draws the QR code of a ticket.
func (p *Platform) ticketPicture(w http.ResponseWriter, r *http.Request) {
	id := r.URL.Query().Get("ticket")
	p.mu.Lock()
	_, ok := p.sceneOf(id)
	p.mu.Unlock()
	if !ok {
		http.NotFound(w, r)
		return
	}
	// otp draws any address as a QR code; no further module is needed for it.
	key, err := otp.NewKeyFromURL("weixin://simulated/q/" + url.PathEscape(id))
	if err != nil {
		http.Error(w, "二维码无法生成", http.StatusInternalServerError)
		return
	}
	img, err := key.Image(280, 280)
	if err != nil {
		http.Error(w, "二维码无法生成", http.StatusInternalServerError)
		return
	}
	var buf bytes.Buffer
	if err := png.Encode(&buf, img); err != nil {
		http.Error(w, "二维码无法生成", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "image/png")
	_, _ = w.Write(buf.Bytes()) // the caller has gone
}

func (p *Platform) menuCreate(r *http.Request) (any, int, string) {
	var b struct {
		Button []Button `json:"button"`
	}
	err := json.NewDecoder(r.Body).Decode(&b)
	if err != nil || len(b.Button) == 0 || len(b.Button) > 3 {
		return nil, 40016, "invalid button size"
	}
	for _, x := range b.Button {
		if x.Name == "" || len(x.Sub) > 5 || len(x.Sub) == 0 && x.Key == "" && x.URL == "" {
			return nil, 40019, "invalid button key size"
		}
	}
	p.mu.Lock()
	p.menu = b.Button
	p.mu.Unlock()
	p.hub.send(event{Type: "state"})
	return nil, 0, ""
}

func (p *Platform) menuGet(*http.Request) (any, int, string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return map[string]any{"menu": map[string]any{"button": p.menu}}, 0, ""
}

func (p *Platform) domainIP(*http.Request) (any, int, string) {
	return map[string]any{"ip_list": []string{"127.0.0.1"}}, 0, ""
}
