package desk

import (
	"errors"
	"time"
	"unicode"
	"unicode/utf8"
)

// User is a person who signs in to the console.
type User struct {
	ID          int64
	Name        string // for signing in: lower case, unique
	DisplayName string
	Role        Role
	// PasswordHash is a PHC string; "" cannot sign in.
	PasswordHash string
	Disabled     bool
	// MustChange: the password was given out once and has to be replaced.
	MustChange   bool
	Presence     Presence
	PresenceAt   time.Time
	FailedLogins int
	LockedUntil  time.Time
	CreatedAt    time.Time
}

// Actor is the user as the one who acts.
func (u User) Actor() Actor {
	return Actor{ID: u.ID, Name: u.Name, DisplayName: u.DisplayName, Role: u.Role}
}

// Actor is who does something at the desk.
type Actor struct {
	ID          int64
	Name        string
	DisplayName string // what merchants and colleagues read
	Role        Role
}

// Presence says whether an agent takes cases.
type Presence string

// The closed list of presences.
const (
	Online  Presence = "online"
	Away    Presence = "away"
	Offline Presence = "offline"
)

// PresenceTTL is how long a presence holds without a sign of life: whoever
// closed the browser is offline.
const PresenceTTL = 2 * time.Minute

// At is the presence as it stands at an instant.
func (u User) At(now time.Time) Presence {
	if u.Presence == "" || now.Sub(u.PresenceAt) > PresenceTTL {
		return Offline
	}
	return u.Presence
}

// Lock-out after wrong passwords: the fifth locks for a minute, every further
// one doubles it, an hour at most. It is short, so that nobody can keep a
// colleague out by guessing. FreeFailures is how many cost nothing.
const (
	FreeFailures = 4
	FirstLock    = time.Minute
	longestLock  = time.Hour
)

// LockFor is how long an account is locked after n wrong passwords in a row.
func LockFor(n int) time.Duration {
	if n <= FreeFailures {
		return 0
	}
	d := FirstLock
	for i := FreeFailures + 1; i < n; i++ {
		if d *= 2; d >= longestLock {
			return longestLock
		}
	}
	return d
}

// Password lengths in characters.
const (
	minPassword = 10
	maxPassword = 128
)

// CheckPassword refuses weak passwords. The error is Chinese and says what is
// missing. Length counts more than kinds of characters (NIST SP 800-63B);
// repeats, runs and the user's own name are refused.
func CheckPassword(user, password string) error {
	n := utf8.RuneCountInString(password)
	switch {
	case !utf8.ValidString(password):
		return errors.New("密码含有无法识别的字符，请换一个")
	case n < minPassword:
		return errors.New("密码太短：至少 10 个字符，例如几个不相干的词连在一起")
	case n > maxPassword:
		return errors.New("密码太长：最多 128 个字符")
	case distinct(password) < 5:
		return errors.New("密码里不同的字符太少：请至少用 5 个不同的字符")
	case isRun(password):
		return errors.New("密码是连续的数字或字母，太容易被猜到，请换一个")
	case user != "" && containsFold(password, user) && n < minPassword+utf8.RuneCountInString(user):
		return errors.New("密码不能主要由用户名组成，请换一个")
	case known(password):
		return errors.New("这是常见密码，太容易被猜到，请换一个")
	}
	return nil
}

func distinct(s string) int {
	seen := make(map[rune]bool, len(s))
	for _, r := range s {
		seen[r] = true
	}
	return len(seen)
}

// isRun reports 1234567890, abcdefghijk, 9876543210 and the like.
func isRun(s string) bool {
	rs := []rune(s)
	up, down := true, true
	for i := 1; i < len(rs); i++ {
		d := rs[i] - rs[i-1]
		wrapUp := rs[i-1] == '9' && rs[i] == '0'
		wrapDown := rs[i-1] == '0' && rs[i] == '9'
		up = up && (d == 1 || wrapUp)
		down = down && (d == -1 || wrapDown)
	}
	return up || down
}

func containsFold(s, sub string) bool {
	a, b := []rune(s), []rune(sub)
	for i := 0; i+len(b) <= len(a); i++ {
		match := true
		for j := range b {
			if unicode.ToLower(a[i+j]) != unicode.ToLower(b[j]) {
				match = false
				break
			}
		}
		if match {
			return true
		}
	}
	return false
}

// known reports passwords that every guesser tries first and that the other
// rules let through.
func known(s string) bool {
	for _, k := range []string{
		"password123", "password1234", "passw0rd123", "qwertyuiop", "qwerty12345", "1qaz2wsx3edc", "admin123456",
		"administrator", "woaini1314520", "daozhang123", "iloveyou123", "abc1234567", "a123456789", "123456789a",
		"q1w2e3r4t5", "zxcvbnm123", "asdfghjkl123", "welcome1234", "changeme123", "letmein1234",
	} {
		if len(s) == len(k) && containsFold(s, k) {
			return true
		}
	}
	return false
}
