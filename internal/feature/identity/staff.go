package identity

import (
	"context"

	"sigue/internal/base/db"
	"sigue/internal/platform/access"
)

// Staff is somebody who works at a center, as the rooms above show it: by post.
type Staff struct {
	Account string
	Title   string
	Role    access.Role
}

// StaffTx lists who works at a center and may enter, by title. It is for the rooms above,
// inside a transaction whose permission the caller has required.
func (s *Service) StaffTx(ctx context.Context, tx *db.Tx, center string) ([]Staff, error) {
	var rows []record
	if err := tx.Select(ctx, &rows, `select a.id, p.title, p.role`+recordTables+`
		where p.center_id = $1 and a.suspended_at is null and a.ended_at is null and p.closed_at is null
		order by p.title, a.id`, center); err != nil {
		return nil, err
	}
	staff := make([]Staff, len(rows))
	for i, r := range rows {
		staff[i] = Staff{Account: r.ID, Title: r.Title, Role: r.Role}
	}
	return staff, nil
}
