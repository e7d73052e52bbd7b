package main

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
)

// imports: the import folder can be used, the import profiles can be read.
func (d *doctor) imports(context.Context) {
	const name = "账务导入"
	dir, files := d.cfg.Ledger.ImportDir, d.cfg.Ledger.Profiles
	if dir == "" && len(files) == 0 {
		d.skip(name, "没有设 ledger.import_dir 和 ledger.profiles")
		return
	}
	if _, err := importProfiles(files); err != nil {
		d.bad(name, "ledger.profiles：%s", strings.ReplaceAll(err.Error(), "\n", "；"))
		return
	}
	if dir == "" {
		d.ok(name, "%d 份导入格式可用", len(files))
		return
	}
	probe, err := os.CreateTemp(dir, ".daozhang-doctor-*")
	if errors.Is(err, os.ErrNotExist) {
		d.ok(name, "%s 还没有，服务启动时建立", dir)
		return
	}
	if err == nil {
		err = errors.Join(probe.Close(), os.Remove(probe.Name()))
	}
	if err != nil {
		d.bad(name, "%s 不可写：%v。给运行本程序的用户写权限，或改 ledger.import_dir", dir, err)
		return
	}
	failed, _ := filepath.Glob(filepath.Join(dir, "failed", "*", "*.errors.csv")) // a fixed pattern
	if len(failed) > 0 {
		d.ok(name, "%s 可写；failed/ 里有 %d 个没导进的文件，原因在旁边的 .errors.csv", dir, len(failed))
		return
	}
	d.ok(name, "%s 可写", dir)
}
