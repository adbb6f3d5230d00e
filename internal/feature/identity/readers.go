package identity

import (
	"context"
	"time"

	"sigue/internal/base/db"
	"sigue/internal/base/i18n"
	"sigue/internal/platform/ledger"
)

// Reader is what one actor read of a record on one day.
type Reader struct {
	At     time.Time // the last time
	Times  int
	Who    Who
	What   i18n.Msg
	Reason string // where one was asked for
}

// ReadersTx tells who has read a record, newest first. What was read is told in the words
// of the room whose record it is, by the action of the ledger.
func (s *Service) ReadersTx(ctx context.Context, tx *db.Tx, of ledger.Subject, what func(action string) i18n.Msg) ([]Reader, error) {
	records, err := ledger.ReadersTx(ctx, tx, of)
	if err != nil {
		return nil, err
	}
	who, err := s.WhoTx(ctx, tx, ledger.Actors(records))
	if err != nil {
		return nil, err
	}
	var out []Reader
	for _, rec := range ledger.ByDay(records) {
		out = append(out, Reader{At: rec.At.Time, Times: rec.Times, Who: who[rec.Actor], What: what(rec.Action), Reason: rec.Reason})
	}
	return out, nil
}
