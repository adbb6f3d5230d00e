package program_test

import (
	"context"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"

	"sigue/internal/base/fault"
	"sigue/internal/feature/program"
	"sigue/internal/platform/access"
)

const windows = 6

// atOnce runs something in several windows at the same time and counts those that were
// told that another was first.
func atOnce(t *testing.T, do func(ctx context.Context, n int) error) (late int) {
	t.Helper()
	errs := make([]error, windows)
	var all sync.WaitGroup
	for n := range windows {
		all.Go(func() { errs[n] = do(t.Context(), n) })
	}
	all.Wait()
	for _, err := range errs {
		switch {
		case fault.Is(err, fault.Conflict):
			late++
		case err != nil:
			t.Error(err)
		}
	}
	return late
}

// TestSameInstant checks that of several who change one thing at the same instant each
// sees the one before, or is told.
func TestSameInstant(t *testing.T) {
	run(t, func(t *testing.T, r *room) {
		at := r.at(t, r.draft(t, "Breve").ID)
		late := atOnce(t, func(ctx context.Context, n int) error {
			return r.AddTopics(ctx, admin, at, "Tema "+strconv.Itoa(n))
		})
		if v := r.version(t, at.Version); late != windows-1 || len(v.Topics) != 3 || v.Revision != at.Revision+1 {
			t.Errorf("%d were told, %d topics, revision %d; want %d, 3, %d", late, len(v.Topics), v.Revision, windows-1, at.Revision+1)
		}

		id := r.group(t, r.home)
		both := r.account(t, r.home.id, "Toluca", access.Legal).Account
		roles := []program.StaffRole{program.Lead, program.CoLead}
		var taken atomic.Int32
		atOnce(t, func(ctx context.Context, n int) error {
			err := r.SetStaff(ctx, r.home.coordinator, id, program.StaffForm{Role: string(roles[n%2]), Account: both, From: "08/12/2026"})
			if len(fault.FieldsOf(err)) > 0 {
				taken.Add(1)
				return nil
			}
			return err
		})
		if r.count(t, `select count(distinct role) from group_staff where account_id = $1`, both) != 1 || taken.Load() != windows/2 {
			t.Errorf("one person became both of the pair; %d windows were refused, want %d", taken.Load(), windows/2)
		}
	})
}
