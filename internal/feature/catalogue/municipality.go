package catalogue

import (
	"context"
	"errors"
	"sort"
	"strings"

	"sigue/internal/base/db"
	"sigue/internal/base/fault"
	"sigue/internal/base/i18n"
	"sigue/internal/platform/access"
	"sigue/internal/platform/ledger"
)

// HomeState is the key of the State of México, whose municipalities ship with the
// program and come first in each choice.
const HomeState = "15"

// Municipality is one municipality. Its key is INEGI's, five digits as text: a number
// would lose the zero of nine states, and keys do not follow the alphabet.
type Municipality struct {
	Key                string `db:"key"`
	StateKey           string `db:"state_key"`
	Name               string `db:"name"`
	AlertFemicide      bool   `db:"alert_femicide"`      // gender alert for femicidal violence
	AlertDisappearance bool   `db:"alert_disappearance"` // gender alert for disappearance
}

const municipalityColumns = `key, state_key, name, alert_femicide, alert_disappearance`

// places are all municipalities, in order and by key.
type places struct {
	all   []Municipality
	byKey map[string]Municipality
}

func placesTx(ctx context.Context, tx *db.Tx) (*places, error) {
	p := &places{byKey: map[string]Municipality{}}
	if err := tx.Select(ctx, &p.all, `select `+municipalityColumns+` from municipalities`); err != nil {
		return nil, err
	}
	for _, m := range p.all {
		p.byKey[m.Key] = m
	}
	sortMunicipalities(p.all)
	return p, nil
}

func sortMunicipalities(all []Municipality) {
	names := make(map[string]string, len(all))
	for _, m := range all {
		names[m.Key] = Fold(m.Name)
	}
	sort.Slice(all, func(i, j int) bool {
		a, b := all[i], all[j]
		switch {
		case a.StateKey != b.StateKey:
			return a.StateKey == HomeState || b.StateKey != HomeState && a.StateKey < b.StateKey
		case names[a.Key] != names[b.Key]:
			return names[a.Key] < names[b.Key]
		}
		return a.Key < b.Key
	})
}

// MunicipalityFilter narrows a list of municipalities. After is the key of the last one
// of the page before.
type MunicipalityFilter struct {
	Text  string
	State string
	Alert bool
	After string
}

// MunicipalityPage is one page of a list; Next is empty on the last.
type MunicipalityPage struct {
	Items []Municipality
	Total int // of the whole list
	Next  string
}

// municipalityPage is how many stand on a page.
const municipalityPage = 50

// Municipalities lists municipalities by state and name. They are filtered in memory:
// the whole country has 2,478 and the snapshot holds them.
func (s *Service) Municipalities(ctx context.Context, actor access.Actor, f MunicipalityFilter) (MunicipalityPage, error) {
	if _, err := actor.Require(access.CatalogueRead); err != nil {
		return MunicipalityPage{}, err
	}
	lists, err := s.lists(ctx)
	if err != nil {
		return MunicipalityPage{}, err
	}
	return f.page(lists.Municipalities()), nil
}

func (f MunicipalityFilter) page(all []Municipality) MunicipalityPage {
	var p MunicipalityPage
	past := f.After == ""
	for _, m := range all {
		if !f.matches(m) {
			continue
		}
		p.Total++
		switch {
		case !past:
			past = m.Key == f.After
		case len(p.Items) < municipalityPage:
			p.Items = append(p.Items, m)
		case p.Next == "":
			p.Next = p.Items[len(p.Items)-1].Key
		}
	}
	return p
}

func (f MunicipalityFilter) matches(m Municipality) bool {
	text := Fold(f.Text)
	return (f.State == "" || m.StateKey == f.State) &&
		(!f.Alert || m.AlertFemicide || m.AlertDisappearance) &&
		(text == "" || strings.HasPrefix(m.Key, text) || strings.Contains(Fold(m.Name), text))
}

// Municipality gives one municipality.
func (s *Service) Municipality(ctx context.Context, actor access.Actor, key string) (Municipality, error) {
	if _, err := actor.Require(access.CatalogueRead); err != nil {
		return Municipality{}, err
	}
	lists, err := s.lists(ctx)
	if err != nil {
		return Municipality{}, err
	}
	m, ok := lists.Municipality(key)
	if !ok {
		return Municipality{}, fault.Missing()
	}
	return m, nil
}

// MunicipalityForm is what can be changed of a municipality, as it was typed.
type MunicipalityForm struct {
	Name                              string
	AlertFemicide, AlertDisappearance bool
}

// UpdateMunicipality changes a municipality's name and its gender alerts.
func (s *Service) UpdateMunicipality(ctx context.Context, actor access.Actor, key string, f MunicipalityForm) error {
	if _, err := actor.Require(access.CatalogueManage); err != nil {
		return err
	}
	var form fault.Form
	name := required(&form, "name", f.Name, i18n.M("Escriba el nombre del municipio."))
	if err := form.Err(); err != nil {
		return err
	}
	return s.db.Tx(ctx, func(tx *db.Tx) error {
		var was Municipality
		err := tx.Get(ctx, &was, `select `+municipalityColumns+` from municipalities where key = $1`, key)
		if errors.Is(err, db.ErrNoRows) {
			return fault.Missing()
		} else if err != nil {
			return err
		}
		now := was
		now.Name, now.AlertFemicide, now.AlertDisappearance = name, f.AlertFemicide, f.AlertDisappearance
		return s.storeMunicipality(ctx, tx, actor, was, now)
	})
}

// storeMunicipality writes a changed municipality and its ledger entry; nothing when
// nothing changed.
func (s *Service) storeMunicipality(ctx context.Context, tx *db.Tx, actor access.Actor, was, now Municipality) error {
	changes := changesOf(
		field{"name", was.Name, now.Name},
		field{"alert_femicide", yes(was.AlertFemicide), yes(now.AlertFemicide)},
		field{"alert_disappearance", yes(was.AlertDisappearance), yes(now.AlertDisappearance)},
	)
	if len(changes) == 0 {
		return nil
	}
	if _, err := tx.Exec(ctx, `update municipalities set name = $1, alert_femicide = $2, alert_disappearance = $3
		where key = $4`, now.Name, now.AlertFemicide, now.AlertDisappearance, now.Key); err != nil {
		return err
	}
	s.changed(tx)
	return s.ledger.AppendTx(ctx, tx, actor, ledger.Entry{
		Action: "municipality.update", Subject: ledger.Subject{Type: "municipality", ID: now.Key}, Changes: changes,
	})
}
