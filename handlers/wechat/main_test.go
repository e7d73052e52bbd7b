package wechat

import (
	"testing"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m,
		goleak.IgnoreAnyFunction("net/http.(*persistConn).readLoop"), // idle connections of the default client
		goleak.IgnoreAnyFunction("net/http.(*persistConn).writeLoop"))
}
