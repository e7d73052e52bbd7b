package wechat

import (
	"strings"
	"testing"
	"time"

	"daozhang/bot/delivery"
	"daozhang/handlers/wechat/wechatsim"
)

func TestPassiveReplySafeAndPlain(t *testing.T) {
	t.Parallel()
	for _, mode := range []Mode{Safe, Plain} {
		t.Run(string(mode), func(t *testing.T) {
			t.Parallel()
			const text = "第一行\n第二行 😀 ]]> <a href=\"https://example.com/a?b=1&c=2\">说明</a>"
			r := newRig(t, newCore(answering(text, 0)), rigOptions{
				account: Account{AppID: testApp, AppSecret: testSecret, Token: testToken, EncodingAESKey: testKey, Mode: mode},
				sim:     wechatsim.Options{Plain: mode == Plain},
			})
			if err := r.sim.Say(openA, "昨天刷了5000没到账 😀 ]]> <b>"); err != nil {
				t.Fatal(err)
			}
			eventually(t, "a reply", func() bool { return len(r.heard(openA)) == 1 })
			got := r.heard(openA)[0]
			if got.Text != text || !got.Passive {
				t.Errorf("reply = %+v, want the text passively", got)
			}
			if in := r.core.seen()[0]; in.Text != "昨天刷了5000没到账 😀 ]]> <b>" || in.Kind != delivery.KindText || in.OpenID != openA {
				t.Errorf("stored = %+v", in)
			}
			eventually(t, "row sent", func() bool { return r.core.states()[1] == delivery.Sent })
		})
	}
}

func TestSlowAnswerIsAcknowledgedAndPushed(t *testing.T) {
	t.Parallel()
	r := newRig(t, newCore(answering("慢答案", 150*time.Millisecond)), rigOptions{})
	if err := r.sim.Say(openA, "在吗"); err != nil {
		t.Fatal(err)
	}
	eventually(t, "acknowledged", func() bool { return r.settled(openA) })
	if n := len(r.heard(openA)); n != 0 {
		t.Fatalf("%d replies before the answer was ready", n)
	}
	eventually(t, "the turn", func() bool { return len(r.core.states()) == 1 })
	if st := r.core.states()[1]; st != delivery.Pending {
		t.Fatalf("row is %s, want pending for the sender", st)
	}
	if err := r.Send(t.Context(), delivery.Outbound{AppID: testApp, OpenID: openA, Text: "慢答案"}); err != nil {
		t.Fatal(err)
	}
	if got := r.heard(openA); len(got) != 1 || got[0].Passive {
		t.Errorf("heard %+v, want one customer message", got)
	}
	if r.core.accepts != 1 {
		t.Errorf("%d callbacks, want 1: success stops the retries", r.core.accepts)
	}
}

func unverified() rigOptions {
	return rigOptions{
		account: Account{AppID: testApp, AppSecret: testSecret, Token: testToken, EncodingAESKey: testKey, Verified: VerifiedNo},
		sim:     wechatsim.Options{Unverified: true},
	}
}

func TestUnverifiedHoldsWeChatsRetries(t *testing.T) {
	t.Parallel()
	// Ready during the second try.
	r := newRig(t, newCore(answering("查到了", 170*time.Millisecond)), unverified())
	if err := r.sim.Say(openA, "5000没到"); err != nil {
		t.Fatal(err)
	}
	eventually(t, "settled", func() bool { return r.settled(openA) })
	got := r.heard(openA)
	if len(got) != 1 || got[0].Text != "查到了" {
		t.Fatalf("heard %+v, want the answer once", got)
	}
	if len(r.core.seen()) != 1 || r.core.accepts != 2 {
		t.Errorf("%d turns from %d tries, want 1 from 2", len(r.core.seen()), r.core.accepts)
	}
}

func TestUnverifiedNoticeThenFetch(t *testing.T) {
	t.Parallel()
	for _, next := range []string{"tap", "word"} {
		t.Run(next, func(t *testing.T) {
			t.Parallel()
			release := make(chan struct{})
			c := newCore(func(in delivery.Inbound) (delivery.Outbound, time.Duration, bool) {
				switch {
				case in.Event == FetchEvent:
					return delivery.Outbound{}, 0, false
				case in.Text == "第二问":
					return delivery.Outbound{Text: "第二答"}, 0, true
				}
				<-release
				return delivery.Outbound{Text: "第一答"}, 0, true
			})
			r := newRig(t, c, unverified())
			if err := r.sim.Say(openA, "第一问"); err != nil {
				t.Fatal(err)
			}
			eventually(t, "the notice", func() bool { return len(r.heard(openA)) == 1 })
			if n := r.heard(openA)[0]; !strings.Contains(n.Text, "msgmenucontent=查看结果&msgmenuid=1") || !strings.Contains(n.Text, "回复任意内容") {
				t.Fatalf("notice = %q", n.Text)
			}
			want := "第一答"
			close(release)
			eventually(t, "the turn", func() bool { return len(r.core.states()) == 1 })
			var err error
			if next == "tap" {
				err = r.sim.Tap(openA, FetchText, "1")
			} else {
				err = r.sim.Say(openA, "第二问")
				want = "第一答\n\n第二答"
			}
			if err != nil {
				t.Fatal(err)
			}
			eventually(t, "the answer", func() bool {
				got := r.heard(openA)
				return got[len(got)-1].Text == want
			})
			eventually(t, "rows sent", func() bool {
				for _, st := range r.core.states() {
					if st != delivery.Sent {
						return false
					}
				}
				return true
			})
		})
	}
}

func TestNothingWaitingIsSaidSo(t *testing.T) {
	t.Parallel()
	r := newRig(t, newCore(func(delivery.Inbound) (delivery.Outbound, time.Duration, bool) {
		return delivery.Outbound{}, 0, false
	}), unverified())
	if err := r.sim.Tap(openA, FetchText, "1"); err != nil {
		t.Fatal(err)
	}
	eventually(t, "a word", func() bool { return len(r.heard(openA)) == 1 })
	if got := r.heard(openA)[0].Text; !strings.HasPrefix(got, "暂时还没有新的结果") {
		t.Errorf("heard %q", got)
	}
}

func TestLongReplyLeavesTheRest(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("这一段说明到账时间。", 50) + "\n\n" + strings.Repeat("第二段说明手续费。", 60)
	r := newRig(t, newCore(answering(long, 0)), rigOptions{})
	if err := r.sim.Say(openA, "说说规则"); err != nil {
		t.Fatal(err)
	}
	eventually(t, "first part", func() bool { return len(r.heard(openA)) == 1 && r.core.states()[1] == delivery.Pending })
	first := r.heard(openA)[0].Text
	r.core.mu.Lock()
	rest := r.core.rows[1].Text
	r.core.mu.Unlock()
	if first+"\n\n"+rest != long {
		t.Errorf("parts do not make the text: %d + %d of %d bytes", len(first), len(rest), len(long))
	}
}

func TestChoicesBecomeTapLinks(t *testing.T) {
	t.Parallel()
	c := newCore(func(delivery.Inbound) (delivery.Outbound, time.Duration, bool) {
		return delivery.Outbound{
			Text:    "您问的是哪一笔？\n1. 11:20 5000.00元 尾号6688\n2. 都不是\n点一下或回复序号。",
			Choices: []delivery.Choice{{ID: 1, Text: "11:20 5000.00元 尾号6688"}, {ID: 2, Text: "都不是"}},
		}, 0, true
	})
	r := newRig(t, c, rigOptions{})
	if err := r.sim.Say(openA, "5000那笔"); err != nil {
		t.Fatal(err)
	}
	eventually(t, "a reply", func() bool { return len(r.heard(openA)) == 1 })
	want := "您问的是哪一笔？\n" +
		`<a href="weixin://bizmsgmenu?msgmenucontent=11:20%205000.00元%20尾号6688&msgmenuid=1">1. 11:20 5000.00元 尾号6688</a>` + "\n" +
		`<a href="weixin://bizmsgmenu?msgmenucontent=都不是&msgmenuid=2">2. 都不是</a>` + "\n点一下或回复序号。"
	if got := r.heard(openA)[0].Text; got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}
