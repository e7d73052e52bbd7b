package main

import (
	"bufio"
	"context"
	"crypto/rand"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/user"
	"regexp"
	"strings"
	"text/tabwriter"
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
		return usagef("needs add, list, passwd or disable")
	}
	f := flag.NewFlagSet("user "+args[0], flag.ContinueOnError)
	role := f.String("role", "agent", "agent, supervisor, admin or auditor (add)")
	display := f.String("display", "", "the `name` that colleagues and merchants read (add)")
	stdin := f.Bool("stdin", false, "read the password from standard input instead of making a one-time one")
	cfg, rest, err := configFlags(t, f, args[1:])
	if err != nil {
		return err
	}
	switch args[0] {
	case "add", "passwd", "disable":
		if len(rest) != 1 {
			return usagef("%s needs one user name", args[0])
		}
	case "list":
		if len(rest) != 0 {
			return usagef("list takes no arguments")
		}
	default:
		return usagef("%q is none of add, list, passwd, disable", args[0])
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
		return usagef("-role %q is none of agent, supervisor, admin, auditor", u.Role)
	}
	if !userName.MatchString(u.Name) {
		return usagef("%q cannot be a user name: 2 to 32 of a-z, 0-9, dot, dash, underscore; -display is what people read", u.Name)
	}
	u.DisplayName = strings.TrimSpace(u.DisplayName)
	if u.DisplayName == "" {
		u.DisplayName = u.Name
	}
	if utf8.RuneCountInString(u.DisplayName) > 32 {
		return usagef("-display has more than 32 characters")
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
			return fmt.Errorf("there is already a user %q: user passwd %s gives a new password", u.Name, u.Name)
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
			return fmt.Errorf("%s is the last administrator: add another one first", u.Name)
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
	w := tabwriter.NewWriter(t.stdout, 0, 4, 2, ' ', 0)
	fmt.Fprintln(w, "NAME\tDISPLAY\tROLE\tSTATE\tCREATED")
	for _, u := range users {
		state := "active"
		switch {
		case u.Disabled:
			state = "disabled"
		case u.MustChange:
			state = "one-time password"
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", u.Name, u.DisplayName, u.Role, state, u.CreatedAt.In(transactions.Shanghai).Format(time.DateTime))
	}
	if err := w.Flush(); err != nil {
		return fmt.Errorf("write: %w", err)
	}
	return nil
}

func findUser(ctx context.Context, s *store.Store, name string) (desk.User, error) {
	u, err := s.UserByName(ctx, strings.ToLower(name))
	if errors.Is(err, desk.ErrNotFound) {
		return u, fmt.Errorf("there is no user %q: user list shows all", name)
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
		fmt.Fprint(t.stderr, "password: ")
		b, err := term.ReadPassword(int(f.Fd()))
		fmt.Fprintln(t.stderr)
		if err != nil {
			return "", false, fmt.Errorf("read password: %w", err)
		}
		password = string(b)
	} else {
		line, err := bufio.NewReader(t.stdin).ReadString('\n')
		if err != nil && line == "" {
			return "", false, fmt.Errorf("read password: %w", err)
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
