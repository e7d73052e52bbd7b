package desk

import (
	"errors"
	"fmt"

	"daozhang/bot"
)

// ErrNotFound says that there is no such row.
var ErrNotFound = errors.New("not found") //nolint:gochecknoglobals // sentinel error

// RefusalKind says why an action at the desk is refused.
type RefusalKind string

// The closed list of refusals.
const (
	Claimed     RefusalKind = "claimed"   // somebody else has it
	NotOwner    RefusalKind = "not_owner" // only its owner or a supervisor may
	WrongStatus RefusalKind = "status"    // not in this state
	Decided     RefusalKind = "decided"   // the request was decided already
	Changed     RefusalKind = "changed"   // saved by somebody else in between
	NoDraft     RefusalKind = "no_draft"  // nothing to publish
	Exists      RefusalKind = "exists"    // the name is taken
	LastOne     RefusalKind = "last_one"  // the last administrator
	Expired     RefusalKind = "expired"   // used or too old
	Second      RefusalKind = "second"    // a second person must do it
	NotInReview RefusalKind = "no_review" // the draft is not under review
	Waiting     RefusalKind = "waiting"   // a version is scheduled
)

// Refusal is an action that the state of things does not allow. Nothing was
// changed.
type Refusal struct {
	Kind  RefusalKind
	Owner string     // who has it, for people; "" = nobody
	State bot.Status // of the conversation, for WrongStatus
}

// Error implements error.
func (r *Refusal) Error() string { return fmt.Sprintf("refused: %s", r.Kind) }

// Allow decides whether an actor may make a move on a conversation: claiming
// is open to agents while nobody else has it, everything else is for its
// owner; who may assign may do both. The status table is bot.Next. It returns
// the status after the move, or a *Refusal.
func Allow(a Actor, m bot.Move, status bot.Status, ownerID int64, ownerName string) (bot.Status, error) {
	if !a.Role.Can(ActOnConversations) {
		return status, &Refusal{Kind: NotOwner, Owner: ownerName, State: status}
	}
	if status == bot.StatusHuman && ownerID != 0 && ownerID != a.ID {
		if m == bot.MoveClaim && !a.Role.Can(AssignConversations) {
			return status, &Refusal{Kind: Claimed, Owner: ownerName, State: status}
		}
		if !a.Role.Can(AssignConversations) {
			return status, &Refusal{Kind: NotOwner, Owner: ownerName, State: status}
		}
		if m == bot.MoveClaim {
			return bot.StatusHuman, nil // a supervisor takes over
		}
	}
	if m == bot.MoveClaim && status == bot.StatusHuman {
		return bot.StatusHuman, nil // claiming twice changes nothing
	}
	next, err := bot.Next(status, m)
	if err != nil {
		return status, &Refusal{Kind: WrongStatus, Owner: ownerName, State: status}
	}
	return next, nil
}
