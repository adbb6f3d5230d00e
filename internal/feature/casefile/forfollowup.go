package casefile

import (
	"context"

	"sigue/internal/base/db"
	"sigue/internal/feature/person"
	"sigue/internal/platform/access"
)

// Unsealed is the predicate for rows of a room above that belong to a case file, named by
// a column: a sealed one is there only for the accounts that it names. Whose rows they are
// beyond that is told by the scope of the caller's own Require.
func Unsealed(actor access.Actor, column string, args *db.Args) (string, error) {
	all, err := following.Require(access.CaseRead)
	if err != nil {
		return "", err
	}
	return Within(actor, all, column, args), nil
}

// Within is the predicate for rows of a room above that belong to a case file of a scope,
// named by a column, and not to one that is sealed for others: wherever the row was made,
// it is whose the case is now.
func Within(actor access.Actor, scope access.Scope, column string, args *db.Args) string {
	return `exists (select 1 from case_files c where c.id = ` + column + ` and ` + visible(actor, scope, args) + `)`
}

// CloseTx closes a file that waits for nothing more. The caller has reached it with his
// own permission.
func (s *Service) CloseTx(ctx context.Context, tx *db.Tx, actor access.Actor, caseID string) error {
	r, err := byID(ctx, tx, caseID)
	if err != nil {
		return err
	}
	return s.move(ctx, tx, actor, r, Close, r.entry("case.close"))
}

// ReturnsTx gives the processes that the person of a case file, by his CURP, completed
// before it was opened, and those that he began after it was completed, at whatever center.
// Who may learn which of them is for the caller to say; the caller has reached this one.
func (s *Service) ReturnsTx(ctx context.Context, tx *db.Tx, caseID string) (earlier, later []Case, err error) {
	r, err := byID(ctx, tx, caseID)
	if err != nil {
		return nil, nil, err
	}
	who, err := person.ByIDTx(ctx, tx, r.PersonID)
	if err != nil || who.CURP == "" {
		return nil, nil, err
	}
	var rows []record
	if err := tx.Select(ctx, &rows, `select `+recordColumns+recordTables+`where p.curp = $1 and c.id <> $2 and c.merged_into = ''
		order by c.opened_at, c.id`, who.CURP, r.ID); err != nil {
		return nil, nil, err
	}
	for i := range rows {
		other := rows[i].asCase()
		if done := other.Facts.CompletedAt; !done.IsZero() && done.Before(r.OpenedAt.Time) {
			earlier = append(earlier, other)
		}
		if !r.CompletedAt.IsZero() && other.Facts.OpenedAt.After(r.CompletedAt.Time) {
			later = append(later, other)
		}
	}
	return earlier, later, nil
}
