package report

import (
	"context"
	"strconv"
	"strings"

	"sigue/internal/base/db"
	"sigue/internal/base/i18n"
	"sigue/internal/platform/access"
)

// detailBatch is how many rows of the detail are in memory at a time.
const detailBatch = 2000

// DetailHead are the columns of the detail.
func DetailHead() []i18n.Msg {
	out := []i18n.Msg{i18n.M("Mes"), i18n.M("Clave"), i18n.M("Cifra")}
	for _, d := range Dimensions {
		out = append(out, d.Label())
	}
	return append(out, i18n.M("Cantidad"))
}

// Detail gives every sum of a period as rows of text, as the columns of [DetailHead], in the
// order of month and figure. It reads them piece by piece, so it needs the same memory
// however many there are; each stops at the first error of row.
func (s *Service) Detail(ctx context.Context, actor access.Actor, filter Filter, row func(cells []string, amount int64) error) error {
	scope, err := actor.Require(access.StatisticsRead)
	if err != nil {
		return err
	}
	var q query
	names := map[Dimension]labels{}
	err = s.db.View(ctx, func(tx *db.Tx) (err error) {
		if q, err = s.queryTx(ctx, tx, scope, filter); err != nil {
			return err
		}
		for _, d := range Dimensions {
			choices, err := s.choicesTx(ctx, tx, d)
			if err != nil {
				return err
			}
			names[d] = labelsOf(choices)
		}
		return nil
	})
	if err != nil {
		return err
	}
	for _, m := range q.Months() {
		for _, f := range Figures {
			if f.Ratio() || f.Distinct {
				continue
			}
			if err := s.detailOf(ctx, q, m.String(), f, names, row); err != nil {
				return err
			}
		}
	}
	return nil
}

// sumRow is a sum with its amount.
type sumRow struct {
	place  `db:""`
	Amount int64 `db:"amount"`
}

// detailOf gives the rows of one month and figure, each piece after the last row of the one
// before.
func (s *Service) detailOf(ctx context.Context, q query, month string, f Figure, names map[Dimension]labels, row func([]string, int64) error) error {
	lang := i18n.From(ctx)
	var last []any
	for {
		var rows []sumRow
		err := s.db.View(ctx, func(tx *db.Tx) error {
			rows = nil
			var args db.Args
			where := q.where(&args, string(f.Key)) + ` and f.amount <> 0 and f.month = ` + args.Add(month)
			if last != nil {
				where += ` and (` + placeColumns + `) > ` + args.Row(last...)
			}
			return tx.Select(ctx, &rows, `select `+placeColumns+`, amount from report_sums f where `+where+`
				order by `+placeColumns+` limit `+strconv.Itoa(detailBatch), args...)
		})
		if err != nil {
			return err
		}
		for _, r := range rows {
			cells := []string{month, string(f.Key), f.Name.In(lang)}
			for _, d := range Dimensions {
				cells = append(cells, names[d].all(d, r.place, lang))
			}
			if err := row(cells, r.Amount); err != nil {
				return err
			}
			last = r.values()
		}
		if len(rows) < detailBatch {
			return nil
		}
	}
}

// of is what a place is by a dimension, as it is stored.
func (p place) of(d Dimension) string {
	return map[Dimension]string{ByCenter: p.Center, ByService: p.Service, ByInstitution: p.Institution, ByMunicipality: p.Municipality,
		ByBasis: p.Basis, ByVoluntary: p.Voluntary, BySex: p.Sex, ByAge: p.AgeBand, ByViolence: p.Violence, ByModality: p.Modality}[d]
}

// all names everything that a place is by a dimension.
func (l labels) all(d Dimension, p place, lang i18n.Lang) string {
	var out []string
	for _, value := range d.values(p.of(d)) {
		out = append(out, l.of(value).In(lang))
	}
	return strings.Join(out, "; ")
}
