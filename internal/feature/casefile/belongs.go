package casefile

import (
	"context"

	"sigue/internal/base/clock"
	"sigue/internal/base/db"
)

// Belonging is a group to which a person belongs, from the day of his first session on.
type Belonging struct {
	GroupID string     `db:"group_id"`
	From    clock.Date `db:"joined_on"`
}

// BelongsTx gives the groups to which a person belongs. The caller has reached the case
// file with his own permission.
func (s *Service) BelongsTx(ctx context.Context, tx *db.Tx, caseID string) ([]Belonging, error) {
	var all []Belonging
	err := tx.Select(ctx, &all, `select group_id, joined_on from group_members where case_file_id = $1 and left_on is null order by id`, caseID)
	return all, err
}
