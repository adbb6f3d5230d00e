package document

import (
	"context"
	"fmt"

	"sigue/internal/base/clock"
	"sigue/internal/base/db"
)

// number is the place of a document in its series.
type number struct {
	series string // not shown: it names the center by its id
	place  int
	text   string // as printed
}

// numberTx draws the next number of the document's series, in the caller's transaction:
// when that is rolled back the number was never drawn. Who draws at the same moment
// waits or runs again (see db.DB.Tx). What an authority reads is counted by the folio of
// its referral, so that it tells nothing of other referrals; what stays inside is counted
// by center, kind and year (ADR 0017).
func numberTx(ctx context.Context, tx *db.Tx, i Issue) (number, error) {
	var n number
	prefix, layout := i.Folio.String(), "%s-%02d"
	n.series = "folio/" + prefix
	if kind := kinds[i.Kind].prefix; kind != "" {
		prefix, layout = fmt.Sprintf("%s-%d", kind, clock.DateOf(tx.Now()).Year()), "%s-%04d"
		n.series = "center/" + i.Center + "/" + prefix
	}
	if err := tx.Get(ctx, &n.place, `insert into document_numbers (series, last) values ($1, 1)
		on conflict (series) do update set last = document_numbers.last + 1 returning last`, n.series); err != nil {
		return n, err
	}
	n.text = fmt.Sprintf(layout, prefix, n.place)
	return n, nil
}
