package runner

import (
	"context"
	"errors"
)

// maxStep bounds one Step: work that makes more work without end is a fault.
const maxStep = 1000

// Step runs everything that is due at the present clock, one after the other
// in a fixed order: promises first, then turns, then deliveries, until nothing
// is left. It gives what was committed, in order. Use it instead of Run, never
// beside it, with Timing.Passive negative when no callback waits.
func (r *Runner) Step(ctx context.Context) ([]Ran, error) {
	var all []Ran
	for range maxStep {
		ran, some, err := r.followOne(ctx, true)
		if err == nil && !some {
			ran, some, err = r.turnOne(ctx, true)
		}
		if ran != nil {
			all = append(all, *ran)
		}
		if err == nil && !some {
			some, err = r.sendOne(ctx)
		}
		if err == nil && !some {
			some, err = r.textOne(ctx)
		}
		if err != nil || !some {
			return all, err
		}
	}
	return all, errors.New("runner: a step does not end")
}
