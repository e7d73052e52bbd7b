package main

import (
	"context"
	"fmt"
	"os"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

// travel puts the page's browser into another time zone.
func (p *page) travel(zone string, offset int) {
	p.t.Helper()
	p.run(chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := cdp.Call(ctx, t, emulation.SetTimezoneOverride, emulation.SetTimezoneOverrideParams{TimezoneID: zone})
		return err
	}), chromedp.Reload())
	if got, err := eval[int](p, `new Date(2026, 10, 18).getTimezoneOffset()`); err != nil || got != offset {
		p.t.Fatalf("the browser's zone is %d minutes from UTC: %v", got, err)
	}
}

// fill puts a value into a field of the browser's own, such as a time.
func (p *page) fill(selector, value string) {
	p.t.Helper()
	was, err := eval[string](p, fmt.Sprintf(`(() => { const e = document.querySelector(%s), was = e.value; e.value = %s; e.dispatchEvent(new Event('input', {bubbles: true})); return was })()`, quote(selector), quote(value)))
	if err != nil {
		p.t.Fatalf("fill %s: %v", selector, err)
	}
	p.t.Logf("%s: %q → %q", selector, was, value)
}

// An admin whose browser is in New York chooses many entries and Beijing times.
func TestManyEntriesFromAnotherZone(t *testing.T) {
	t.Parallel()
	browser := startBrowser(t)
	shots := os.Getenv("DAOZHANG_SCREENSHOTS")
	if shots == "" {
		shots = t.TempDir()
	}
	d := startDemo(t, "-now", "2026-11-19T09:30:00+08:00") // still the 18th in New York
	admin := openPage(browser, t, "the admin abroad", d.base+"/knowledge/fee-net", shots)
	signIn(admin, "admin", d.password(t, "admin"))
	admin.travel("America/New_York", 300)
	admin.sees(".edit header", "已发布 v1")
	admin.write(".fields textarea[maxlength='1000']", "到账的钱已经扣掉手续费。")
	admin.press(`//header//button[normalize-space()='存草稿']`)
	admin.sees(".edit header", "已发布 v1", "有未发布修改")
	admin.press(`//header//button[normalize-space()='提交审核']`)
	admin.sees(".edit header", "已发布 v1", "修改待审")

	// Everything that the list shows, for tomorrow morning in Beijing.
	const footer = `//*[contains(@class, 'el-dialog__footer')]`
	admin.write(".list header input", "手续费")
	eventually(t, "the list is filtered", func() error {
		if n := admin.count(".list .item"); n == 0 || n > 60 {
			return fmt.Errorf("%d entries", n)
		}
		return nil
	})
	admin.press(`//header//button[normalize-space()='多选']`)
	admin.press(`//span[contains(., '全选筛出的')]`)
	admin.press(`//div[@role='toolbar']//button[normalize-space()='发布']`)
	admin.sees(".el-dialog", "发布1条的草稿", "没有未发布的修改，不会动")
	admin.press(`//label[normalize-space()='定时']`)
	admin.sees(".el-dialog", "北京时间11:00生效") // the next hour but one
	admin.fill(".el-dialog input[type='datetime-local']", "2026-11-20T08:00")
	admin.sees(".el-dialog", "北京时间11月20日 08:00生效")
	admin.shoot("knowledge-batch-time")
	admin.press(footer + `//button[normalize-space()='发布']`)
	admin.sees(".el-dialog", "处理完了", "已做 1")
	admin.press(footer + `//button[normalize-space()='知道了']`)
	admin.gone(".el-overlay")
	admin.sees(".list .rows", "11月20日 08:00 生效")
	admin.sees(".edit header", "已发布 v1", "v2", "11月20日 08:00 生效") // the editor beside it too

	// Refused by golden questions, done, and taken back.
	admin.press(`//div[@role='toolbar']//button[normalize-space()='退出']`)
	admin.write(".list header input", "日切时间 第二天的账")
	admin.sees(".list .rows", "过了当天的日切时间")
	admin.press(`//header//button[normalize-space()='多选']`)
	admin.press(`//label[contains(., '过了当天的日切时间')]`)
	admin.press(`//div[@role='toolbar']//button[normalize-space()='下架']`)
	admin.press(footer + `//button[normalize-space()='下架']`)
	admin.sees(".el-dialog", "处理完了", "没有做 1", "标准问题答错", "改后答", "再试没做成的1条")
	admin.shoot("knowledge-batch-refused")
	admin.press(footer + `//button[normalize-space()='知道了']`)
	admin.gone(".el-overlay")
	admin.press(`//div[@role='toolbar']//button[normalize-space()='负责人']`)
	admin.write(".el-dialog input[maxlength='32']", "风控组")
	admin.press(footer + `//button[normalize-space()='改负责人']`)
	admin.sees(".el-dialog", "处理完了", "已做 1")
	admin.press(footer + `//button[normalize-space()='撤销已做的1条']`)
	admin.sees(".el-dialog", "已撤销 1")
	admin.press(footer + `//button[normalize-space()='知道了']`)
	admin.gone(".el-overlay")
	admin.fits()
	admin.shootPhone("knowledge-batch-phone", "到账比刷卡金额少")

	// A notice begins and ends by the clock in Beijing; reports know its day.
	admin.run(chromedp.Navigate(d.base + "/publish"))
	admin.press(`//button[normalize-space()='发公告']`)
	admin.sees(".el-dialog", "北京时间")
	admin.write(".el-dialog input[maxlength='60']", "银联检修")
	admin.write(".el-dialog textarea", "银联系统今晚检修，检修期间查不到结果，请不要重复刷卡。")
	admin.fill(".el-dialog .el-form-item:nth-of-type(4) input", "2026-11-19T22:00")
	admin.fill(".el-dialog .el-form-item:nth-of-type(5) input", "2026-11-19T21:00")
	admin.sees(".el-dialog", "要晚于开始时间")
	admin.fill(".el-dialog .el-form-item:nth-of-type(5) input", "2026-11-20T00:30")
	admin.press(footer + `//button[normalize-space()='保存']`)
	admin.gone(".el-overlay")
	admin.sees(".page", "银联检修", "22:00 — 11月20日 00:30")
	admin.run(chromedp.Navigate(d.base + "/reports"))
	admin.sees(".page", "按北京时间的天", "11-19")
	if last, err := eval[string](admin, `[...document.querySelectorAll('.page-head input')].at(-1).value`); err != nil || last != "2026-11-19" {
		t.Errorf("reports end on %q: %v", last, err)
	}
}
