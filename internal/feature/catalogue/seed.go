package catalogue

import (
	"bytes"
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"sigue/internal/base/clock"
	"sigue/internal/base/db"
	"sigue/internal/platform/access"
	"sigue/internal/platform/ledger"
)

// seedList is a list as it ships. Source holds for each entry without one of its own.
type seedList struct {
	list, source string
	entries      []seedEntry
}

type seedEntry struct {
	code, es, en, source string
	from                 clock.Date // beginning when zero
	attributes           Attributes
}

// word is an entry that is plain language.
func word(code, es, en string) seedEntry { return seedEntry{code: code, es: es, en: en} }

// law is an entry that a law names.
func law(code, es, en, source string) seedEntry {
	return seedEntry{code: code, es: es, en: en, source: source}
}

// since makes an entry hold from a day on.
func (e seedEntry) since(day string) seedEntry { e.from = clock.MustDate(day); return e }

// basis gives a legal basis its attributes.
func (e seedEntry) basis(a LegalBasisAttributes) seedEntry { e.attributes.LegalBasis = &a; return e }

// access gives a class of documents its readers.
func (e seedEntry) access(c AccessClass) seedEntry { e.attributes.Access = c; return e }

// The answers that a person or a clerk may owe. They stand last in each list.
var (
	notSpecified   = word("not_specified", "No especificado", "Not specified")
	unknown        = word("unknown", "No sabe", "Does not know")
	notApplicable  = word("not_applicable", "No aplica", "Not applicable")
	preferNotToSay = word("prefer_not_to_say", "Prefiere no decir", "Prefers not to say")
)

// entry makes the row of the nth entry of a list.
func (l seedList) entry(n int) (entryRow, error) {
	e := l.entries[n]
	attributes, err := json.Marshal(e.attributes)
	if err != nil {
		return entryRow{}, err
	}
	row := entryRow{
		ID: db.NewID(), Catalogue: l.list, Code: e.code, LabelES: e.es, LabelEN: e.en, Source: e.source,
		Attributes: string(attributes), Sort: (n + 1) * 10, ValidFrom: e.from,
	}
	if row.Source == "" {
		row.Source = l.source
	}
	row.Source = markUnconfirmed(row.Source)
	if row.ValidFrom.IsZero() {
		row.ValidFrom = beginning
	}
	switch e.code {
	case notSpecified.code, unknown.code, notApplicable.code, preferNotToSay.code:
		row.Sort += lastPlaces
	}
	return row, nil
}

// toConfirm marks the source of what ships that names a law and not its article: a lawyer
// of the program has to add it. It is better missing than invented.
const toConfirm = "(artículo por confirmar)"

// Unconfirmed tells whether a source still waits for its article.
func Unconfirmed(source string) bool { return strings.Contains(source, toConfirm) }

// laws are how the names of laws begin.
var laws = regexp.MustCompile(`^(Ley|Código|Constitución|Reglamento) `)

// markUnconfirmed marks each law of a source that stands there without an article.
func markUnconfirmed(source string) string {
	parts := strings.Split(source, "; ")
	for i, part := range parts {
		if laws.MatchString(part) && !strings.Contains(part, " art. ") && !strings.Contains(part, " arts. ") {
			parts[i] = part + " " + toConfirm
		}
	}
	return strings.Join(parts, "; ")
}

// lastPlaces is where the answers that say nothing begin, after what is added later.
const lastPlaces = 9000

//go:embed municipalities.csv
var homeMunicipalities []byte

// Seed adds to the database what ships with the program and is not there: entries whose
// code is unknown to their list, and municipalities when there is none of the home
// state. What is there, edited or ended, stays as it is. Rules need no row: where there
// is none, the shipped value holds.
func (s *Service) Seed(ctx context.Context, actor access.Actor) error {
	if _, err := actor.Require(access.CatalogueManage); err != nil {
		return err
	}
	return s.db.Tx(ctx, func(tx *db.Tx) error {
		entries, err := seedEntries(ctx, tx)
		if err != nil {
			return err
		}
		places, err := seedMunicipalities(ctx, tx)
		if err != nil || entries+places == 0 {
			return err
		}
		s.changed(tx)
		return s.ledger.AppendTx(ctx, tx, actor, ledger.Entry{
			Action: "catalogue.seed", Subject: ledger.Subject{Type: "catalogue", ID: "all"},
			Changes: []ledger.Change{
				{Field: "entries", After: strconv.Itoa(entries)}, {Field: "municipalities", After: strconv.Itoa(places)},
			},
		})
	})
}

func seedEntries(ctx context.Context, tx *db.Tx) (added int, err error) {
	var there []struct {
		Catalogue string `db:"catalogue"`
		Code      string `db:"code"`
	}
	if err := tx.Select(ctx, &there, `select distinct catalogue, code from catalogue_entries`); err != nil {
		return 0, err
	}
	known := map[listCode]bool{}
	for _, t := range there {
		known[listCode{t.Catalogue, t.Code}] = true
	}
	for _, list := range slices.Concat(seeds, caseFileSeeds) {
		for n, e := range list.entries {
			if known[listCode{list.list, e.code}] {
				continue
			}
			row, err := list.entry(n)
			if err == nil {
				err = insertEntry(ctx, tx, row)
			}
			if err != nil {
				return added, fmt.Errorf("catalogue: seed %s/%s: %w", list.list, e.code, err)
			}
			added++
		}
	}
	return added, nil
}

func seedMunicipalities(ctx context.Context, tx *db.Tx) (int, error) {
	var there int
	if err := tx.Get(ctx, &there, `select count(*) from municipalities where state_key = $1`, HomeState); err != nil || there > 0 {
		return 0, err
	}
	rows, _, err := readMunicipalities(bytes.NewReader(homeMunicipalities))
	if err != nil {
		return 0, fmt.Errorf("catalogue: embedded municipalities: %w", err)
	}
	for _, r := range rows {
		if err := insertMunicipality(ctx, tx, r.Municipality); err != nil {
			return 0, err
		}
	}
	return len(rows), nil
}

func insertMunicipality(ctx context.Context, tx *db.Tx, m Municipality) error {
	_, err := tx.Exec(ctx, `insert into municipalities (key, state_key, name, alert_femicide, alert_disappearance)
		values ($1, $2, $3, $4, $5) on conflict (key) do nothing`,
		m.Key, m.StateKey, m.Name, m.AlertFemicide, m.AlertDisappearance)
	return err
}

// insertEntry adds a version of an entry. One that another process added meanwhile
// stays.
func insertEntry(ctx context.Context, tx *db.Tx, r entryRow) error {
	_, err := tx.Exec(ctx, `insert into catalogue_entries
			(id, catalogue, code, label_es, label_en, source, attributes, sort, valid_from, valid_to)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
		on conflict (catalogue, code, valid_from) do nothing`,
		r.ID, r.Catalogue, r.Code, r.LabelES, r.LabelEN, r.Source, r.Attributes, r.Sort, r.ValidFrom, r.ValidTo)
	return err
}
