package main

import (
	"os"
	"testing"
)

// The admin's path in a real browser: a publication that breaks golden
// questions is refused with the difference, overridden with a reason, compared
// and rolled back; another is scheduled and taken back.
func TestKnowledgeInTheBrowser(t *testing.T) {
	t.Parallel()
	browser := startBrowser(t)
	shots := os.Getenv("DAOZHANG_SCREENSHOTS")
	if shots == "" {
		shots = t.TempDir()
	}
	d := startDemo(t, "-now", "2026-11-18T16:00:00+08:00")
	admin := openPage(browser, t, "the admin", d.base+"/knowledge/after-cutoff", shots)
	signIn(admin, "admin", d.password(t, "admin"))
	admin.sees(".edit header", "已发布 v1")

	const dialog = `//div[contains(@class, 'el-dialog')][contains(., '改了什么')]`
	admin.write(".fields .el-form-item:nth-of-type(1) input", "今天食堂吃什么")
	admin.write(".fields .el-form-item:nth-of-type(2) textarea", "食堂开门没有\n中午吃什么菜\n晚上有没有面条\n食堂几点关门")
	admin.write(".fields textarea[maxlength='1000']", "食堂今天有面条。")
	admin.press(`//header//button[normalize-space()='发布']`)
	admin.press(dialog + `//button[normalize-space()='发布']`)
	admin.sees(".el-dialog", "标准问题会答错", "改后答")
	admin.write(".el-dialog textarea", "演示一下拦截")
	admin.press(dialog + `//button[normalize-space()='仍要发布']`)
	admin.gone(".el-overlay")
	admin.sees(".edit header", "已发布 v2")
	admin.fits()
	admin.shoot("knowledge-golden")

	// Any two versions side by side, then back to the first.
	admin.press(`//section[contains(@class, 'versions')]//p[contains(., 'v1')]//button[normalize-space()='对比']`)
	admin.sees(".diff", "过了当天的日切时间")
	admin.press(`//div[contains(@class, 'el-dialog')][contains(., '对比两个版本')]//button[contains(@class, 'el-dialog__headerbtn')]`)
	admin.gone(".el-overlay")
	admin.press(`//section[contains(@class, 'versions')]//p[contains(., 'v1')]//button[normalize-space()='回到此版']`)
	admin.press(dialog + `//button[normalize-space()='回到此版']`)
	admin.gone(".el-overlay")
	admin.sees(".edit header", "已发布 v3")

	// Scheduled: the version in force stays; taken back: the draft is there again.
	admin.write(".fields textarea[maxlength='1000']", "晚上过了日切时间收的钱，算第二天的账。")
	admin.press(`//header//button[normalize-space()='发布']`)
	admin.press(`//label[contains(., '定时，到点自己生效')]`)
	admin.press(dialog + `//button[normalize-space()='定时发布']`)
	admin.gone(".el-overlay")
	admin.sees(".edit header", "已发布 v3", "v4", "生效")
	admin.press(`//button[normalize-space()='取消定时']`)
	admin.press(`//div[contains(@class, 'el-message-box')]//button[normalize-space()='取消定时']`)
	admin.sees(".edit header", "已发布 v3", "有未发布修改")

	admin.press(`//a[normalize-space()='维护']`)
	admin.press(`//div[@role='tab'][normalize-space()='标准问题']`)
	admin.sees(".page", "全部答对")
	admin.fits()
	admin.shootPhone("knowledge-curate-phone", "标准问题")
}
