package casefile

import (
	"context"
	"encoding/json"
	"slices"
	"strconv"

	"sigue/internal/base/db"
	"sigue/internal/base/fault"
	"sigue/internal/base/i18n"
	"sigue/internal/feature/catalogue"
	"sigue/internal/platform/access"
	"sigue/internal/platform/ledger"
)

// byName sorts instruments by name without regard to accents; versions of one stay in
// their order.
func byName(all []Instrument) {
	slices.SortStableFunc(all, func(a, b Instrument) int {
		return slices.Compare([]string{catalogue.Fold(a.Name), a.Code}, []string{catalogue.Fold(b.Name), b.Code})
	})
}

// InstrumentVersions are the versions of one instrument, the newest first.
type InstrumentVersions []Instrument

// InForce is the version that a new assessment takes; false when there is none.
func (v InstrumentVersions) InForce() (Instrument, bool) {
	return v.first(func(in Instrument) bool { return !in.Draft() && !in.Retired() })
}

// Draft is the version that is being written; false when there is none.
func (v InstrumentVersions) Draft() (Instrument, bool) {
	return v.first(Instrument.Draft)
}

func (v InstrumentVersions) first(is func(Instrument) bool) (Instrument, bool) {
	if i := slices.IndexFunc(v, is); i >= 0 {
		return v[i], true
	}
	return Instrument{}, false
}

// Instruments gives every instrument with its versions, drafts too, by name.
func (s *Service) Instruments(ctx context.Context, actor access.Actor) ([]InstrumentVersions, error) {
	if _, err := actor.Require(access.ProgramManage); err != nil {
		return nil, err
	}
	var out []InstrumentVersions
	err := s.db.View(ctx, func(tx *db.Tx) error {
		all, err := selectInstruments(ctx, tx, `1 = 1`)
		of := map[string]InstrumentVersions{}
		var newest []Instrument
		for _, in := range all {
			if of[in.Code] = append(of[in.Code], in); len(of[in.Code]) == 1 {
				newest = append(newest, in)
			}
		}
		byName(newest)
		for _, in := range newest {
			out = append(out, of[in.Code])
		}
		return err
	})
	return out, err
}

// InstrumentVersion gives one version of an instrument, draft or published, with all
// versions beside it.
func (s *Service) InstrumentVersion(ctx context.Context, actor access.Actor, id string) (Instrument, InstrumentVersions, error) {
	if _, err := actor.Require(access.ProgramManage); err != nil {
		return Instrument{}, nil, err
	}
	var in Instrument
	var all []Instrument
	err := s.db.View(ctx, func(tx *db.Tx) (err error) {
		if in, err = instrumentTx(ctx, tx, id); err != nil {
			return err
		}
		all, err = selectInstruments(ctx, tx, `i.code = $1`, in.Code)
		return err
	})
	return in, all, err
}

// CreateInstrument adds an instrument with an empty draft, and gives the draft's id.
func (s *Service) CreateInstrument(ctx context.Context, actor access.Actor, f InstrumentForm) (string, error) {
	if _, err := actor.Require(access.ProgramManage); err != nil {
		return "", err
	}
	id := db.NewID()
	return id, s.db.Tx(ctx, func(tx *db.Tx) error {
		in, err := s.checkInstrument(ctx, tx, Instrument{ID: id, Code: id, Version: 1, Revision: 1}, f)
		if err != nil {
			return err
		}
		if _, err := insertInstrument(ctx, tx, actor, in); err != nil {
			return err
		}
		return s.ledger.AppendTx(ctx, tx, actor, in.entry("instrument.create", changed("name", "", in.Name)...))
	})
}

// checkInstrument checks what was typed about an instrument, also against the names of the
// others.
func (s *Service) checkInstrument(ctx context.Context, tx *db.Tx, was Instrument, f InstrumentForm) (Instrument, error) {
	in, form := f.check(was)
	others, err := selectInstruments(ctx, tx, `i.code <> $1`, was.Code)
	if err != nil {
		return in, err
	}
	for _, other := range others {
		if in.Name != "" && catalogue.Fold(other.Name) == catalogue.Fold(in.Name) {
			form.Add("name", i18n.M("Ya hay un instrumento con ese nombre. Si es otro, agregue algo que lo distinga."))
			break
		}
	}
	return in, form.Err()
}

// StartInstrumentDraft begins the next version of an instrument as a copy of one of its
// versions, and gives its id. Where there is a draft already, it is that one: nothing
// typed is lost.
func (s *Service) StartInstrumentDraft(ctx context.Context, actor access.Actor, from string) (string, error) {
	if _, err := actor.Require(access.ProgramManage); err != nil {
		return "", err
	}
	var id string
	err := s.db.Tx(ctx, func(tx *db.Tx) error {
		source, err := instrumentTx(ctx, tx, from)
		if err != nil {
			return err
		}
		all, err := selectInstruments(ctx, tx, `i.code = $1`, source.Code)
		if err != nil {
			return err
		}
		if draft, ok := InstrumentVersions(all).Draft(); ok {
			id = draft.ID
			return nil
		}
		next := source
		next.ID, next.Version, next.Revision = db.NewID(), all[0].Version+1, 1
		next.PublishedAt, next.RetiredAt = db.Time{}.Time, db.Time{}.Time
		n, err := insertInstrument(ctx, tx, actor, next)
		if err != nil {
			return err
		}
		if n == 0 {
			return staleDraft() // somebody began one at the same instant
		}
		id = next.ID
		return s.ledger.AppendTx(ctx, tx, actor, next.entry("instrument.draft", changed("copied_from", "", strconv.Itoa(source.Version))...))
	})
	return id, err
}

// InstrumentEdition is a draft as a page showed it: a change of one that has moved on
// meanwhile is a Conflict.
type InstrumentEdition struct {
	Instrument string
	Revision   int
}

// Editable is nil for a draft, and for a published version the Conflict that says how to
// change it.
func (in Instrument) Editable() error {
	if in.Draft() {
		return nil
	}
	return fault.New(fault.Conflict, i18n.M("La versión %d ya está publicada y no cambia. Empiece una versión nueva desde su página.", in.Version))
}

func staleDraft() error {
	return fault.New(fault.Conflict, i18n.M("Alguien cambió esto en otra ventana después de que usted lo abrió. Lo que usted escribió sigue aquí: revíselo y guarde otra vez para conservarlo."))
}

// draft requires access.ProgramManage and stores a change of a draft, which a published
// version is not any more. Without changes for the ledger it stores nothing, also on an
// old page.
func (s *Service) draft(ctx context.Context, actor access.Actor, at InstrumentEdition, action string, how func(tx *db.Tx, in *Instrument) ([]ledger.Change, error)) error {
	return s.endDraft(ctx, actor, at, action, how, func(tx *db.Tx, in Instrument) error { return storeDraft(ctx, tx, in) })
}

// endDraft is draft for a change that stores something else than what the draft holds; it
// requires access.ProgramManage.
func (s *Service) endDraft(ctx context.Context, actor access.Actor, at InstrumentEdition, action string, how func(tx *db.Tx, in *Instrument) ([]ledger.Change, error), store func(tx *db.Tx, in Instrument) error) error {
	if _, err := actor.Require(access.ProgramManage); err != nil {
		return err
	}
	return s.db.Tx(ctx, func(tx *db.Tx) error {
		in, err := instrumentTx(ctx, tx, at.Instrument)
		if err != nil {
			return err
		}
		if err := in.Editable(); err != nil {
			return err
		}
		changes, err := how(tx, &in)
		if err != nil || len(changes) == 0 {
			return err
		}
		// The update holds the row: of two at the same instant, also of a change and a
		// publication, the second finds another revision.
		held, err := tx.Exec(ctx, `update instruments set revision = revision + 1 where id = $1 and revision = $2 and published_at is null`,
			in.ID, at.Revision)
		if err == nil && held == 0 {
			err = staleDraft()
		}
		if err != nil {
			return err
		}
		if err := store(tx, in); err != nil {
			return err
		}
		return s.ledger.AppendTx(ctx, tx, actor, in.entry(action, changes...))
	})
}

// SetInstrument changes what a draft is: name, area, licence, source, introduction.
func (s *Service) SetInstrument(ctx context.Context, actor access.Actor, at InstrumentEdition, f InstrumentForm) error {
	return s.draft(ctx, actor, at, "instrument.update", func(tx *db.Tx, in *Instrument) ([]ledger.Change, error) {
		was := *in
		next, err := s.checkInstrument(ctx, tx, was, f)
		*in = next
		return slices.Concat(changed("name", was.Name, in.Name), changed("area", string(was.Area), string(in.Area)),
			changed("licence", was.Licence, in.Licence), changed("source", was.Source, in.Source), changed("intro", was.Intro, in.Intro)), err
	})
}

// AddItem adds a question at the end of a draft.
func (s *Service) AddItem(ctx context.Context, actor access.Actor, at InstrumentEdition, f ItemForm) error {
	return s.draft(ctx, actor, at, "instrument.item_add", func(_ *db.Tx, in *Instrument) ([]ledger.Change, error) {
		item, err := f.check(*in, Item{Code: db.NewID(), Kind: f.Kind})
		in.Items = append(slices.Clip(in.Items), item)
		return changed("item", "", item.Text), err
	})
}

// UpdateItem changes a question of a draft; its kind stays.
func (s *Service) UpdateItem(ctx context.Context, actor access.Actor, at InstrumentEdition, code string, f ItemForm) error {
	return s.item(ctx, actor, at, code, "instrument.item", func(in *Instrument, n int) ([]ledger.Change, error) {
		was := in.Items[n]
		item, err := f.check(*in, was)
		in.Items[n] = item
		return changed("item", was.terms(), item.terms()), err
	})
}

// terms is a question with all that is stored of it, to be compared and kept in the
// ledger: it is nobody's data.
func (i Item) terms() string {
	body, _ := json.Marshal(i) // strings and numbers only
	return string(body)
}

// Step is where a question moves in its list.
type Step int

// The steps.
const (
	Up   Step = -1
	Down Step = 1
)

// MoveItem moves a question of a draft one place; at an end it stays.
func (s *Service) MoveItem(ctx context.Context, actor access.Actor, at InstrumentEdition, code string, step Step) error {
	return s.item(ctx, actor, at, code, "instrument.item_move", func(in *Instrument, n int) ([]ledger.Change, error) {
		to := n + int(step)
		if to < 0 || to >= len(in.Items) {
			return nil, nil
		}
		in.Items[n], in.Items[to] = in.Items[to], in.Items[n]
		return changed("moved", "", in.Items[to].Text), nil
	})
}

// RemoveItem takes a question out of a draft.
func (s *Service) RemoveItem(ctx context.Context, actor access.Actor, at InstrumentEdition, code string) error {
	return s.item(ctx, actor, at, code, "instrument.item_remove", func(in *Instrument, n int) ([]ledger.Change, error) {
		text := in.Items[n].Text
		in.Items = slices.Delete(in.Items, n, n+1)
		return changed("item", text, ""), nil
	})
}

// item changes one question of a draft, given by its place; it requires
// access.ProgramManage first.
func (s *Service) item(ctx context.Context, actor access.Actor, at InstrumentEdition, code, action string, how func(in *Instrument, n int) ([]ledger.Change, error)) error {
	return s.draft(ctx, actor, at, action, func(_ *db.Tx, in *Instrument) ([]ledger.Change, error) {
		n := slices.IndexFunc(in.Items, func(item Item) bool { return item.Code == code })
		if n < 0 {
			return nil, fault.Missing()
		}
		return how(in, n)
	})
}

// SetBands replaces the cut-offs of a draft; none: it is not counted.
func (s *Service) SetBands(ctx context.Context, actor access.Actor, at InstrumentEdition, f BandsForm) error {
	return s.draft(ctx, actor, at, "instrument.bands", func(_ *db.Tx, in *Instrument) ([]ledger.Change, error) {
		bands, err := f.check(*in)
		before, after := bandsText(in.Bands), bandsText(bands)
		in.Bands = bands
		return changed("bands", before, after), err
	})
}

func bandsText(bands []Band) string {
	body, _ := json.Marshal(bands) // strings and numbers only
	return string(body)
}

// PublishInstrument makes a draft the version that new assessments take. From then on it
// never changes, and the answers to earlier versions keep theirs.
func (s *Service) PublishInstrument(ctx context.Context, actor access.Actor, at InstrumentEdition) error {
	return s.endDraft(ctx, actor, at, "instrument.publish", func(_ *db.Tx, in *Instrument) ([]ledger.Change, error) {
		if len(in.Missing()) > 0 {
			return nil, fault.New(fault.Conflict, i18n.M("Aún falta algo para publicar: vea la lista y complételo."))
		}
		return changed("published", "", strconv.Itoa(in.Version)), nil
	}, func(tx *db.Tx, in Instrument) error {
		_, err := tx.Exec(ctx, `update instruments set published_at = $1, published_by = $2 where id = $3`, db.At(tx.Now()), actor.Name(), in.ID)
		return err
	})
}

// DiscardInstrument removes a draft. It gives the newest version that stays; empty when
// there is none and the instrument is gone.
func (s *Service) DiscardInstrument(ctx context.Context, actor access.Actor, at InstrumentEdition) (string, error) {
	var left string
	err := s.endDraft(ctx, actor, at, "instrument.discard", func(tx *db.Tx, in *Instrument) ([]ledger.Change, error) {
		stay, err := selectInstruments(ctx, tx, `i.code = $1 and i.published_at is not null`, in.Code)
		if len(stay) > 0 {
			left = stay[0].ID
		}
		return changed("discarded", strconv.Itoa(in.Version), ""), err
	}, func(tx *db.Tx, in Instrument) error {
		_, err := tx.Exec(ctx, `delete from instruments where id = $1`, in.ID)
		return err
	})
	return left, err
}

// RetireInstrument takes a published version out of what new assessments may take; what
// was answered keeps it.
func (s *Service) RetireInstrument(ctx context.Context, actor access.Actor, id string) error {
	return s.offerInstrument(ctx, actor, id, "instrument.retire", true)
}

// RestoreInstrument takes back a retirement.
func (s *Service) RestoreInstrument(ctx context.Context, actor access.Actor, id string) error {
	return s.offerInstrument(ctx, actor, id, "instrument.restore", false)
}

// offerInstrument requires access.ProgramManage and changes whether a published version is
// offered.
func (s *Service) offerInstrument(ctx context.Context, actor access.Actor, id, action string, retire bool) error {
	if _, err := actor.Require(access.ProgramManage); err != nil {
		return err
	}
	return s.db.Tx(ctx, func(tx *db.Tx) error {
		in, err := instrumentTx(ctx, tx, id)
		if err != nil {
			return err
		}
		if in.Draft() {
			return fault.New(fault.Conflict, i18n.M("Es un borrador: publíquelo o descártelo."))
		}
		if in.Retired() == retire {
			return nil
		}
		at := db.Time{}
		if retire {
			at = db.At(tx.Now())
		}
		if _, err := tx.Exec(ctx, `update instruments set retired_at = $1 where id = $2`, at, in.ID); err != nil {
			return err
		}
		return s.ledger.AppendTx(ctx, tx, actor, in.entry(action))
	})
}

// changed is a value before and after, for the ledger; nothing when it is the same.
func changed(field, before, after string) []ledger.Change {
	if before == after {
		return nil
	}
	return []ledger.Change{{Field: field, Before: before, After: after}}
}
