package delivery

import "time"

// Classify says what an errcode of the platform means for the row
// (wechat.md B6). A code that is not listed is tried again a few times, so
// that it ends as a visible dead letter and not in silence.
func Classify(errcode int) Class {
	switch errcode {
	case 0, 45072, 45080, 45081: // the last three: typing only, nothing is lost
		return ClassOK
	case 40001, 40014, 42001:
		return ClassToken
	case 45015:
		return ClassWindow
	case 45047:
		return ClassQuota
	case 45002:
		return ClassTooLong
	case 40200:
		return ClassMenu
	case 48001:
		return ClassForbidden
	case 40013, 40125, 40164, 40243, 41002, 41004, 50004, 61007: // app id, secret, IP list, frozen account
		return ClassOperator
	case 40003, 40007, 40008, 40029, 40037, 40163, 43004, 43019, 43101,
		45008, 45162, 47001, 47003, 48002, 61458, 65400, 65401, 65402, 65403,
		65413, 65414:
		return ClassPermanent
	}
	return ClassRetry // -1, 45009, 45011, 50002, unknown
}

// Backoff is how long to wait after the attempt-th failure (1-based) of a
// class; false when the row is not to be tried again by time alone: it is a
// dead letter, or it waits for the contact (window, quota, forbidden).
func Backoff(class Class, attempt int) (time.Duration, bool) {
	var steps []time.Duration
	switch class {
	case ClassToken:
		steps = []time.Duration{time.Second, 10 * time.Second, time.Minute, 5 * time.Minute}
	case ClassRetry:
		steps = []time.Duration{2 * time.Second, 10 * time.Second, 30 * time.Second, 2 * time.Minute, 10 * time.Minute, 30 * time.Minute}
	case ClassOperator:
		steps = []time.Duration{
			time.Minute, 5 * time.Minute, 15 * time.Minute, 30 * time.Minute,
			time.Hour, 2 * time.Hour, 4 * time.Hour, 8 * time.Hour, 8 * time.Hour, 8 * time.Hour,
		}
	case ClassTooLong, ClassMenu:
		// The sender has already split and fallen back: once more, then dead.
		steps = []time.Duration{time.Second}
	case ClassOK, ClassWindow, ClassQuota, ClassPermanent, ClassForbidden:
	}
	if attempt < 1 || attempt > len(steps) {
		return 0, false
	}
	return steps[attempt-1], true
}

// Waits reports a class after which the row is Held until the contact writes
// again, instead of being tried by time or given up.
func (c Class) Waits() bool {
	return c == ClassWindow || c == ClassQuota || c == ClassForbidden
}
