package main

import (
	"bufio"
	"context"
	"crypto/rand"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/user"
	"regexp"
	"strings"
	"time"
	"unicode/utf8"

	"golang.org/x/term"

	"daozhang/bot/desk"
	"daozhang/handlers/console"
	"daozhang/store"
	"daozhang/transactions"
)

// userName is what people sign in with, as in the console.
var userName = regexp.MustCompile(`^[a-z0-9][a-z0-9._-]{1,31}$`) //nolint:gochecknoglobals // read-only

// runUser manages console users from the server's own shell.
func runUser(ctx context.Context, t terminal, args []string) error {
	if len(args) == 0 {
		return usagef("要写明 add、list、passwd 或 disable")
	}
	f := flag.NewFlagSet("user "+args[0], flag.ContinueOnError)
	role := f.String("role", "agent", "角色 `ROLE`：agent 客服、supervisor 主管、admin 管理员、auditor 审计（add 用）")
	display := f.String("display", "", "同事和商户看到的名字 `NAME`（add 用）")
	stdin := f.Bool("stdin", false, "从标准输入读密码，不生成一次性密码")
	cfg, rest, err := configFlags(t, f, args[1:])
	if err != nil {
		return err
	}
	switch args[0] {
	case "add", "passwd", "disable":
		if len(rest) != 1 {
			return usagef("%s 要写明一个用户名", args[0])
		}
	case "list":
		if len(rest) != 0 {
			return usagef("list 不带参数")
		}
	default:
		return usagef("%q 不是 add、list、passwd、disable 之一", args[0])
	}
	s, err := openStore(ctx, cfg, time.Now)
	if err != nil {
		return err
	}
	defer s.Close() //nolint:errcheck // committed
	switch args[0] {
	case "add":
		return userAdd(ctx, t, s, desk.User{Name: strings.ToLower(rest[0]), DisplayName: *display, Role: desk.Role(*role)}, *stdin)
	case "list":
		return userList(ctx, t, s)
	case "passwd":
		return userPassword(ctx, t, s, rest[0], *stdin)
	default:
		return userDisable(ctx, t, s, rest[0])
	}
}

func userAdd(ctx context.Context, t terminal, s *store.Store, u desk.User, stdin bool) error {
	if !u.Role.Valid() {
		return usagef("-role %q 不是 agent、supervisor、admin、auditor 之一", u.Role)
	}
	if !userName.MatchString(u.Name) {
		return usagef("%q 不能作用户名：用 2 到 32 个小写字母、数字、点、横线、下划线；给人看的名字用 -display", u.Name)
	}
	u.DisplayName = strings.TrimSpace(u.DisplayName)
	if u.DisplayName == "" {
		u.DisplayName = u.Name
	}
	if utf8.RuneCountInString(u.DisplayName) > 32 {
		return usagef("-display 超过 32 个字")
	}
	password, oneTime, err := newPassword(t, u.Name, stdin)
	if err != nil {
		return err
	}
	if u.PasswordHash, err = console.NewHasher(1).Hash(ctx, password); err != nil {
		return fmt.Errorf("hash: %w", err)
	}
	u.MustChange = oneTime
	if _, err := s.CreateUser(ctx, u, cliAudit("user.create", "user:"+u.Name)); err != nil {
		var refusal *desk.Refusal
		if errors.As(err, &refusal) && refusal.Kind == desk.Exists {
			return fmt.Errorf("用户 %q 已存在：user passwd %s 可换新密码", u.Name, u.Name)
		}
		return fmt.Errorf("add user: %w", err)
	}
	return tellPassword(t, u.Name, password, oneTime)
}

func userPassword(ctx context.Context, t terminal, s *store.Store, name string, stdin bool) error {
	u, err := findUser(ctx, s, name)
	if err != nil {
		return err
	}
	password, oneTime, err := newPassword(t, u.Name, stdin)
	if err != nil {
		return err
	}
	hash, err := console.NewHasher(1).Hash(ctx, password)
	if err != nil {
		return fmt.Errorf("hash: %w", err)
	}
	if err := s.SetPassword(ctx, u.ID, hash, oneTime, "", cliAudit("user.password", "user:"+u.Name)); err != nil {
		return fmt.Errorf("set password: %w", err)
	}
	return tellPassword(t, u.Name, password, oneTime)
}

func userDisable(ctx context.Context, t terminal, s *store.Store, name string) error {
	u, err := findUser(ctx, s, name)
	if err != nil {
		return err
	}
	u.Disabled = true
	if err := s.UpdateUser(ctx, u, cliAudit("user.disable", "user:"+u.Name)); err != nil {
		var refusal *desk.Refusal
		if errors.As(err, &refusal) && refusal.Kind == desk.LastOne {
			return fmt.Errorf("%s 是最后一个管理员：请先添加另一个", u.Name)
		}
		return fmt.Errorf("disable user: %w", err)
	}
	fmt.Fprintf(t.stdout, "%s 已停用，登录已全部失效\n", u.Name)
	return nil
}

func userList(ctx context.Context, t terminal, s *store.Store) error {
	users, err := s.Users(ctx)
	if err != nil {
		return fmt.Errorf("list users: %w", err)
	}
	rows := [][]string{{"用户名", "名字", "角色", "状态", "创建时间"}}
	for _, u := range users {
		state := "正常"
		switch {
		case u.Disabled:
			state = "已停用"
		case u.MustChange:
			state = "一次性密码，尚未修改"
		}
		rows = append(rows, []string{u.Name, u.DisplayName, string(u.Role), state, u.CreatedAt.In(transactions.Shanghai).Format(time.DateTime)})
	}
	if err := printTable(t.stdout, rows); err != nil {
		return fmt.Errorf("write: %w", err)
	}
	return nil
}

// printTable aligns columns as a terminal shows them: Chinese is two wide.
func printTable(w io.Writer, rows [][]string) error {
	wide := make([]int, len(rows[0]))
	for _, row := range rows {
		for i, cell := range row {
			wide[i] = max(wide[i], columns(cell))
		}
	}
	var b strings.Builder
	for _, row := range rows {
		for i, cell := range row {
			b.WriteString(cell)
			if i < len(row)-1 {
				b.WriteString(strings.Repeat(" ", wide[i]-columns(cell)+2))
			}
		}
		b.WriteByte('\n')
	}
	_, err := io.WriteString(w, b.String())
	return err //nolint:wrapcheck // the caller names it
}

// columns is how many columns of a terminal a text takes.
func columns(s string) int {
	n := 0
	for _, r := range s {
		n++
		if r >= 0x1100 && (r <= 0x115f || r >= 0x2e80) {
			n++
		}
	}
	return n
}

func findUser(ctx context.Context, s *store.Store, name string) (desk.User, error) {
	u, err := s.UserByName(ctx, strings.ToLower(name))
	if errors.Is(err, desk.ErrNotFound) {
		return u, fmt.Errorf("没有用户 %q：user list 列出所有用户", name)
	}
	if err != nil {
		return u, fmt.Errorf("find user: %w", err)
	}
	return u, nil
}

// newPassword reads one, or makes a one-time password that has to be changed.
func newPassword(t terminal, name string, stdin bool) (password string, oneTime bool, err error) {
	if !stdin {
		return oneTimePassword(), true, nil
	}
	if f, ok := t.stdin.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		fmt.Fprint(t.stderr, "密码：")
		b, err := term.ReadPassword(int(f.Fd()))
		fmt.Fprintln(t.stderr)
		if err != nil {
			return "", false, fmt.Errorf("读密码：%w", err)
		}
		password = string(b)
	} else {
		line, err := bufio.NewReader(t.stdin).ReadString('\n')
		if err != nil && line == "" {
			return "", false, fmt.Errorf("读密码：%w", err)
		}
		password = strings.TrimRight(line, "\r\n")
	}
	if err := desk.CheckPassword(name, password); err != nil {
		return "", false, err
	}
	return password, false, nil
}

// oneTimePassword is 80 bits in an alphabet without look-alikes.
func oneTimePassword() string {
	const alphabet = "abcdefghjkmnpqrstuvwxyz23456789"
	b := make([]byte, 16)
	_, _ = rand.Read(b) // crypto/rand.Read never fails
	for i := range b {
		b[i] = alphabet[int(b[i])%len(alphabet)]
	}
	return string(b[:4]) + "-" + string(b[4:8]) + "-" + string(b[8:12]) + "-" + string(b[12:])
}

func tellPassword(t terminal, name, password string, oneTime bool) error {
	if !oneTime {
		fmt.Fprintf(t.stdout, "%s：密码已设置\n", name)
		return nil
	}
	fmt.Fprintf(t.stdout, "%s 的一次性密码：%s（第一次登录时必须修改）\n", name, password)
	return nil
}

// cliAudit records who used the command line.
func cliAudit(action, subject string) desk.Audit {
	who := "unknown"
	if u, err := user.Current(); err == nil {
		who = u.Username
	}
	return desk.Audit{Actor: "shell:" + who, Action: action, Subject: subject, Client: "local"}
}
