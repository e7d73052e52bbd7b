package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"time"

	"daozhang/knowledge"
	"daozhang/store"
	"daozhang/store/redis"
	"daozhang/transactions"
)

// dataDir: the folder of the embedded database can be written.
func (d *doctor) dataDir(context.Context) {
	const name = "数据目录"
	path, embedded := strings.CutPrefix(d.cfg.database(), "sqlite://")
	if !embedded {
		d.skip(name, "数据库不是内置的，不用")
		return
	}
	dir, missing := filepath.Dir(path), false
	for {
		info, err := os.Stat(dir)
		if errors.Is(err, os.ErrNotExist) && filepath.Dir(dir) != dir {
			dir, missing = filepath.Dir(dir), true // the first start makes what is missing
			continue
		}
		if err != nil || !info.IsDir() {
			d.bad(name, "%s 不是可用的目录（%v）：改 data_dir", dir, err)
			return
		}
		break
	}
	probe, err := os.CreateTemp(dir, ".daozhang-doctor-*")
	if err != nil {
		d.bad(name, "%s 不可写：%v。给运行本程序的用户写权限，或改 data_dir", dir, err)
		return
	}
	if err := errors.Join(probe.Close(), os.Remove(probe.Name())); err != nil {
		d.bad(name, "%s：%v", dir, err)
		return
	}
	if missing {
		d.ok(name, "%s 还没有，第一次启动时建立", filepath.Dir(path))
		return
	}
	d.ok(name, "%s 可写", dir)
}

// database: reachable, its schema known; then what it holds.
func (d *doctor) database(ctx context.Context) {
	const name = "数据库"
	shown, _ := mask("url", d.cfg.database()).(string)
	if mustExist(d.cfg) != nil {
		d.skip(name, "%s 还没有，第一次启动时建立", shown)
		d.calendar(transactions.DefaultCalendar())
		d.shippedKnowledge()
		return
	}
	bounded, cancel := context.WithTimeout(ctx, doctorTimeout)
	defer cancel()
	version, err := store.Inspect(bounded, d.cfg.database())
	if err != nil {
		d.bad(name, "连不上 %s：%v。核对 database_url、网络和权限", shown, plainCause(err))
		d.skip("日历", "要先能读数据库")
		d.skip("知识", "要先能读数据库")
		return
	}
	switch ours := store.SchemaVersion(); {
	case version == 0:
		d.ok(name, "%s 可用，还是空的，第一次启动时建表", shown)
	case version > ours:
		d.bad(name, "%s 的结构版本 %d 比本程序的 %d 新：换用写它的那个版本，或恢复备份", shown, version, ours)
	case version < ours:
		d.ok(name, "%s 可用，结构版本 %d，下次启动升级到 %d：请先备份", shown, version, ours)
	default:
		d.ok(name, "%s 可用，结构版本 %d", shown, version)
		d.contents(bounded)
		return
	}
	d.calendar(transactions.DefaultCalendar())
	d.shippedKnowledge()
}

// contents reads calendar, knowledge and people of a database in use.
func (d *doctor) contents(ctx context.Context) {
	s, err := openStore(ctx, d.cfg, d.now)
	if err != nil {
		d.bad("数据库", "打不开：%v", err)
		return
	}
	defer s.Close() //nolint:errcheck // only read
	if cal, err := loadCalendar(ctx, s); err != nil {
		d.bad("日历", "读不出来：%v。用 daozhang calendar import 重新载入", err)
	} else {
		d.calendar(cal)
	}
	articles, _, err := s.PublishedArticles(ctx)
	if err != nil {
		d.bad("知识", "读不出来：%v", err)
	} else {
		d.knowledge(articles)
	}
	if users, err := s.Users(ctx); err == nil && len(users) == 0 {
		d.skip("管理员", "还没有，启动服务时会打印一次性设置链接（或设 admin_password）")
	}
}

// calendar: this year, and from 1 November the next one.
func (d *doctor) calendar(cal *transactions.Calendar) {
	now := d.now().In(transactions.Shanghai)
	if year := cal.MissingYear(now); year != 0 {
		d.bad("日历", "没有%d年的节假日，超出已载入范围的到账日期一律不给。国务院办公厅公布后载入：daozhang calendar import FILE", year)
		return
	}
	d.ok("日历", "已载入到 %s", cal.Until())
}

func (d *doctor) shippedKnowledge() {
	articles, err := knowledge.Shipped()
	if err != nil {
		d.bad("知识", "自带条目读不出来：%v", err)
		return
	}
	d.ok("知识", "第一次启动时放入自带的%d个条目", len(articles))
}

// knowledge: there is something to answer with, and it was looked at in time.
func (d *doctor) knowledge(articles []knowledge.Article) {
	live := knowledge.Live(articles, d.now())
	if len(live) == 0 {
		d.bad("知识", "没有已发布且在有效期内的条目：在控制台发布，或 daozhang knowledge import 目录")
		return
	}
	text := fmt.Sprintf("%d个条目已发布", len(live))
	today, due := knowledge.DayOf(d.now()), 0
	for _, a := range live {
		if a.ReviewOn != "" && a.ReviewOn < today {
			due++
		}
	}
	if due > 0 {
		text += fmt.Sprintf("，其中%d个已过复核日期，请在控制台复核", due)
	}
	d.ok("知识", "%s", text)
}

// redis: reachable when configured.
func (d *doctor) redis(ctx context.Context) {
	const name = "Redis"
	if d.cfg.RedisURL == "" {
		d.skip(name, "没有配置，单副本不需要")
		return
	}
	shown, _ := mask("url", d.cfg.RedisURL).(string)
	bounded, cancel := context.WithTimeout(ctx, doctorTimeout)
	defer cancel()
	began := time.Now()
	client, err := redis.Open(bounded, d.cfg.RedisURL, "daozhang:", slog.New(slog.DiscardHandler))
	if err != nil {
		d.bad(name, "连不上 %s：%v。核对 redis_url；只跑一个副本时可以留空", shown, err)
		return
	}
	took := time.Since(began)
	if err := client.Close(); err != nil {
		d.bad(name, "%v", err)
		return
	}
	d.ok(name, "%s 可用，%d毫秒应答", shown, took.Milliseconds())
}

// model: the endpoint answers the configured model.
func (d *doctor) model(ctx context.Context) {
	const name = "大模型"
	if d.cfg.OpenAI.Model == "" {
		d.skip(name, "没有配置，只用规则和模板")
		return
	}
	m, err := newModel(d.cfg.OpenAI)
	if err == nil {
		_, err = m.Rephrase(ctx, "您好。")
	}
	if err != nil {
		d.bad(name, "%s 的 %s 不可用：%v。核对 openai.base_url、api_key、model 和 timeout；机器人仍会用规则和模板作答", d.cfg.OpenAI.BaseURL, d.cfg.OpenAI.Model, plainCause(err))
		return
	}
	d.ok(name, "%s 可用", d.cfg.OpenAI.Model)
}

// embeddings: the endpoint gives vectors of the configured model.
func (d *doctor) embeddings(ctx context.Context) {
	const name = "向量模型"
	if d.cfg.OpenAI.EmbeddingModel == "" {
		d.skip(name, "没有配置，知识库只按字词检索")
		return
	}
	m, err := newModel(d.cfg.OpenAI)
	var found [][]float32
	if err == nil {
		found, err = m.Embed(ctx, []string{"钱还没到账", "手续费是多少"})
	}
	if err != nil {
		d.bad(name, "%s 的 %s 不可用：%v。核对 openai.base_url、api_key、embedding_model 和 timeout；机器人仍会按字词检索", d.cfg.OpenAI.BaseURL, d.cfg.OpenAI.EmbeddingModel, plainCause(err))
		return
	}
	d.ok(name, "%s 可用，%d 维", d.cfg.OpenAI.EmbeddingModel, len(found[0]))
}
