package wechat

import (
	"context"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/gin-gonic/gin"
)

// closing is a connection whose other end closes as soon as it has read the
// reply, which cancels the context of the request.
type closing struct {
	*httptest.ResponseRecorder
	hangUp context.CancelFunc
}

func (c closing) Write(b []byte) (int, error) {
	defer c.hangUp()
	return c.ResponseRecorder.Write(b)
}

func TestReplyThatWasReadIsDelivered(t *testing.T) {
	t.Parallel()
	r := newRig(t, newCore(silent), rigOptions{})
	for name, c := range map[string]struct {
		age       time.Duration
		closed    bool // before the reply
		delivered bool
	}{
		"read, then closed":             {age: time.Millisecond, delivered: true},
		"closed when patience ends":     {age: 5 * time.Second},
		"closed before anything is out": {age: time.Millisecond, closed: true},
	} {
		ctx, hangUp := context.WithCancel(context.Background())
		if c.closed {
			hangUp()
		}
		g, _ := gin.CreateTestContext(closing{httptest.NewRecorder(), hangUp})
		g.Request = httptest.NewRequest(http.MethodPost, "/wechat/"+testApp, nil).WithContext(ctx)
		x := exchange{acc: r.accounts[testApp], msg: incoming{FromUserName: "o1", ToUserName: "gh"}, started: time.Now().Add(-c.age)}
		if err := r.write(g, x, "好"); (err == nil) != c.delivered {
			t.Errorf("%s: %v", name, err)
		}
		hangUp()
	}
}
