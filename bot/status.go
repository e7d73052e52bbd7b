package bot

import "fmt"

// Move is an event that changes the owner of a conversation.
type Move string

// The closed list of moves.
const (
	MoveHandOff  Move = "hand_off"  // bot or closed → waiting
	MoveClaim    Move = "claim"     // waiting, bot or closed → human
	MoveGiveBack Move = "give_back" // human or waiting → bot
	MoveClose    Move = "close"     // waiting or human → closed
	MoveReopen   Move = "reopen"    // closed → bot: the contact speaks again
)

// Next is the one function that changes ownership (design 6). It refuses
// every move that is not in the table with an error naming both.
func Next(from Status, m Move) (Status, error) {
	switch {
	case m == MoveHandOff && (from == StatusBot || from == StatusClosed):
		return StatusWaiting, nil
	case m == MoveClaim && from != StatusHuman:
		return StatusHuman, nil
	case m == MoveGiveBack && (from == StatusHuman || from == StatusWaiting):
		return StatusBot, nil
	case m == MoveClose && (from == StatusHuman || from == StatusWaiting):
		return StatusClosed, nil
	case m == MoveReopen && from == StatusClosed:
		return StatusBot, nil
	}
	return from, fmt.Errorf("a conversation that is %s cannot %s", from, m)
}
