package store

import (
	"errors"
	"strconv"
	"time"

	"daozhang/bot/delivery"
)

// afterAttempt sets what a row becomes by the result of its last attempt, and
// gives the class of the failure; ClassOK when there was none. last_error holds
// class and code, never the platform's words.
func afterAttempt(o *delivery.Outbound, result error, now time.Time) delivery.Class {
	o.LastError, o.DueAt = "", now
	var part *delivery.Partial
	if errors.As(result, &part) {
		o.Text, o.Attempts = part.Rest, 1 // what was sent is not repeated, the rest begins anew
		result = part.Err
		if result == nil {
			o.State = delivery.Pending
			return delivery.ClassOK
		}
	}
	if result == nil {
		o.State = delivery.Sent
		return delivery.ClassOK
	}
	class := delivery.ClassRetry
	var e *delivery.Error
	if errors.As(result, &e) {
		class = e.Class
		o.LastError = string(class) + " " + strconv.Itoa(e.Code)
	} else {
		o.LastError = string(class)
	}
	if class.Waits() {
		o.State = delivery.Held
		return class
	}
	wait, again := delivery.Backoff(class, o.Attempts)
	if !again {
		o.State = delivery.Dead
		return class
	}
	o.State, o.DueAt = delivery.Pending, now.Add(wait)
	return class
}
