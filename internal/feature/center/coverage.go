package center

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"sort"
	"strconv"

	"sigue/internal/base/db"
	"sigue/internal/base/fault"
	"sigue/internal/base/i18n"
	"sigue/internal/feature/catalogue"
	"sigue/internal/platform/access"
	"sigue/internal/platform/ledger"
)

// Suggestion is a center for a person who lives in a municipality, and why it stands
// where it does.
type Suggestion struct {
	Center Center
	Rank   int  // of its coverage there; 0 when it does not serve the municipality
	Covers bool // it serves the municipality
	Reason i18n.Msg
}

// Suggest lists every center that receives, the most fitting first for who lives in a
// municipality: those that serve it, by rank; one that stands in it; those that serve
// some municipality of the same state; the rest; those that take no new cases. Within
// each, by name. How busy they are is known to the room of the referrals.
func (s *Service) Suggest(ctx context.Context, actor access.Actor, municipality string) ([]Suggestion, error) {
	scope, err := actor.Require(access.CenterRead)
	if err != nil {
		return nil, err
	}
	var out []Suggestion
	err = s.db.View(ctx, func(tx *db.Tx) error {
		var args db.Args
		centers, err := centersTx(ctx, tx, scope.SQL(columns, &args)+` and c.closed_at is null`, args...)
		if err != nil {
			return err
		}
		ranks, err := ranksTx(ctx, tx, municipality)
		if err != nil {
			return err
		}
		lists, err := s.catalogue.ListsTx(ctx, tx)
		out = suggest(lists, centers, ranks, municipality)
		return err
	})
	return out, err
}

// ranksTx gives the rank of each center that serves a municipality.
func ranksTx(ctx context.Context, tx *db.Tx, municipality string) (map[string]int, error) {
	var rows []struct {
		CenterID string `db:"center_id"`
		Rank     int    `db:"rank"`
	}
	err := tx.Select(ctx, &rows, `select center_id, rank from center_coverage where municipality_key = $1`, municipality)
	ranks := map[string]int{}
	for _, r := range rows {
		ranks[r.CenterID] = r.Rank
	}
	return ranks, err
}

// suggest ranks centers, which come by name.
func suggest(lists *catalogue.Lists, centers []Center, ranks map[string]int, municipality string) []Suggestion {
	out := make([]Suggestion, len(centers))
	group := map[string]int{}
	home, known := lists.Municipality(municipality)
	for i, c := range centers {
		rank, covers := ranks[c.ID]
		its, _ := lists.Municipality(c.MunicipalityKey)
		out[i] = Suggestion{Center: c, Rank: rank, Covers: covers}
		switch {
		case !c.TakesNew():
			out[i].Reason = i18n.M("No recibe casos nuevos por ahora.")
			group[c.ID] = maxRank + 4
		case covers && rank == 1:
			out[i].Reason = i18n.M("Atiende %s; es la primera opción.", home.Name)
			group[c.ID] = rank
		case covers:
			out[i].Reason = i18n.M("Atiende %s; es la opción %d.", home.Name, rank)
			group[c.ID] = rank
		case known && c.MunicipalityKey == municipality:
			out[i].Reason = i18n.M("Está en %s, aunque no lo tiene asignado.", home.Name)
			group[c.ID] = maxRank + 1
		case known && its.StateKey == home.StateKey:
			out[i].Reason = i18n.M("Está en %s; no tiene asignado el municipio de la persona.", its.Name)
			group[c.ID] = maxRank + 2
		case known:
			out[i].Reason = i18n.M("Está en %s, en otra entidad que la persona.", its.Name)
			group[c.ID] = maxRank + 3
		default: // nobody knows yet where the person lives
			out[i].Reason = i18n.M("Está en %s.", its.Name)
		}
	}
	sort.SliceStable(out, func(i, j int) bool { return group[out[i].Center.ID] < group[out[j].Center.ID] })
	return out
}

// Coverage is what a center serves. Version names this state of it: who changes it says
// which state he saw.
type Coverage struct {
	Covered []Covered // by rank and name
	Version string
}

// coverageOf makes a coverage of its municipalities. The version is made of the content,
// so it is the same again when somebody changes a thing and changes it back.
func coverageOf(covered []Covered) Coverage {
	if len(covered) == 0 {
		return Coverage{}
	}
	hash := sha256.New()
	for _, c := range covered {
		fmt.Fprintln(hash, c.MunicipalityKey, c.Rank)
	}
	return Coverage{Covered: covered, Version: hex.EncodeToString(hash.Sum(nil)[:8])}
}

// Coverage gives the municipalities that a center serves.
func (s *Service) Coverage(ctx context.Context, actor access.Actor, id string) (Coverage, error) {
	scope, err := actor.Require(access.CenterRead)
	if err != nil {
		return Coverage{}, err
	}
	var out Coverage
	err = s.db.View(ctx, func(tx *db.Tx) error {
		if _, err := load(ctx, tx, scope, id); err != nil {
			return err
		}
		lists, err := s.catalogue.ListsTx(ctx, tx)
		if err != nil {
			return err
		}
		out, err = coverageTx(ctx, tx, lists, id)
		return err
	})
	return out, err
}

func coverageTx(ctx context.Context, tx *db.Tx, lists *catalogue.Lists, id string) (Coverage, error) {
	var all []Covered
	if err := tx.Select(ctx, &all, `select municipality_key, rank from center_coverage where center_id = $1`, id); err != nil {
		return Coverage{}, err
	}
	for i := range all {
		all[i].Name = lists.MunicipalityName(all[i].MunicipalityKey)
	}
	sort.Slice(all, func(i, j int) bool {
		a, b := all[i], all[j]
		if a.Rank != b.Rank {
			return a.Rank < b.Rank
		}
		return catalogue.Fold(a.Name)+a.MunicipalityKey < catalogue.Fold(b.Name)+b.MunicipalityKey
	})
	return coverageOf(all), nil
}

// SetCoverage replaces the municipalities that a center serves. version is that of the
// coverage that was seen; when it has changed since, nothing is, and the error is a
// Conflict.
func (s *Service) SetCoverage(ctx context.Context, actor access.Actor, id, version string, lines []CoverageLine) error {
	scope, err := actor.Require(access.CenterAdmin)
	if err != nil {
		return err
	}
	return s.change(ctx, scope, id, func(tx *db.Tx, _ Center) error {
		// Two who fill an empty coverage would touch no common row.
		if _, err := tx.Exec(ctx, `update centers set name = name where id = $1`, id); err != nil {
			return err
		}
		lists, err := s.catalogue.ListsTx(ctx, tx)
		if err != nil {
			return err
		}
		ranks, err := checkCoverage(lists, lines)
		if err != nil {
			return err
		}
		was, err := coverageTx(ctx, tx, lists, id)
		if err != nil {
			return err
		}
		changes := coverageChanges(was.Covered, ranks)
		if len(changes) == 0 {
			return nil
		}
		if was.Version != version {
			return fault.New(fault.Conflict, i18n.M("Alguien más cambió la cobertura mientras usted la editaba, así que no se guardó nada. Compare lo que escribió con lo que atiende ahora y guarde de nuevo."))
		}
		if _, err := tx.Exec(ctx, `delete from center_coverage where center_id = $1`, id); err != nil {
			return err
		}
		for _, key := range slices.Sorted(maps.Keys(ranks)) {
			if _, err := tx.Exec(ctx, `insert into center_coverage (center_id, municipality_key, rank) values ($1, $2, $3)`,
				id, key, ranks[key]); err != nil {
				return err
			}
		}
		return s.ledger.AppendTx(ctx, tx, actor, entry("center.coverage", id, changes))
	})
}

// coverageChanges names each municipality whose rank changed; an empty rank is none.
func coverageChanges(was []Covered, ranks map[string]int) []ledger.Change {
	before := map[string]string{}
	after := map[string]string{}
	all := map[string]bool{}
	for _, c := range was {
		before[c.MunicipalityKey], all[c.MunicipalityKey] = strconv.Itoa(c.Rank), true
	}
	for key, rank := range ranks {
		after[key], all[key] = strconv.Itoa(rank), true
	}
	var changes []ledger.Change
	for _, key := range slices.Sorted(maps.Keys(all)) {
		changes = append(changes, changesOf(field{"coverage." + key, before[key], after[key]})...)
	}
	return changes
}
