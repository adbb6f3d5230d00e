package casefile

import (
	"context"
	"strconv"
	"time"

	"github.com/google/uuid"

	"sigue/internal/base/db"
	"sigue/internal/base/fault"
	"sigue/internal/base/i18n"
	"sigue/internal/feature/program"
	"sigue/internal/platform/access"
	"sigue/internal/platform/ledger"
)

// NoteForm is a note as the form gives it.
type NoteForm struct {
	Body        string `form:"body"`
	Disclosable string `form:"disclosable"` // whether the person may receive it: yes, no
}

// Note is a note with all its versions, the newest first. None is ever overwritten.
type Note struct {
	ID       string
	Area     program.ServiceArea
	Mine     bool // the actor wrote it and may amend it
	Versions []NoteVersion
}

// NoteVersion is what a note said from an instant on.
type NoteVersion struct {
	Number      int
	Body        string
	Disclosable bool
	At          time.Time
	By          string // account
	Who         string // post and place
}

// NotesView is what an actor reads of the notes of a case file.
type NotesView struct {
	Case
	Unread
	Notes  []Note
	Writes program.ServiceArea // the area in which he writes; empty for none
}

// Notes reads the notes that the actor's role may read. The read is in the ledger.
func (s *Service) Notes(ctx context.Context, actor access.Actor, id string) (*NotesView, error) {
	scope, err := actor.Require(access.CaseRead)
	if err != nil {
		return nil, err
	}
	return s.notes(ctx, actor, scope, id, "")
}

// ReadNotes reads the notes too for which a reason is asked in writing. The reason
// stands in the ledger beside the read, and the center is told.
func (s *Service) ReadNotes(ctx context.Context, actor access.Actor, id, reason string) (*NotesView, error) {
	scope, err := actor.Require(access.CaseDecide)
	if err != nil {
		return nil, err
	}
	if reason, err = readingReason(reason); err != nil {
		return nil, err
	}
	return s.notes(ctx, actor, scope, id, reason)
}

func (s *Service) notes(ctx context.Context, actor access.Actor, scope access.Scope, id, reason string) (*NotesView, error) {
	v := &NotesView{}
	err := s.on(ctx, actor, scope, id, func(tx *db.Tx, r *record) error {
		v.Case = r.asCase()
		v.Writes, _ = areaOf(actor.Role)
		if err := s.readTx(ctx, tx, actor, r, "case.notes.read", reason); err != nil {
			return err
		}
		var open []program.ServiceArea
		open, v.Unread = sorted(actor.Role, reason, FileAreas)
		for _, area := range open {
			notes, err := s.notesTx(ctx, tx, actor, r, area)
			if err != nil {
				return err
			}
			v.Notes = append(v.Notes, notes...)
		}
		return nil
	})
	return v, err
}

func (s *Service) notesTx(ctx context.Context, tx *db.Tx, actor access.Actor, r *record, area program.ServiceArea) ([]Note, error) {
	var rows []noteRow
	if err := tx.Select(ctx, &rows, `select `+noteColumns+` from notes where case_file_id = $1 and area = $2
		order by note_id desc, version desc`, r.ID, string(area)); err != nil {
		return nil, err
	}
	accounts := make([]string, len(rows))
	for i, row := range rows {
		accounts[i] = row.By
	}
	names, err := s.identity.NamesTx(ctx, tx, accounts)
	if err != nil {
		return nil, err
	}
	var out []Note
	for _, row := range rows {
		v := NoteVersion{Number: row.Version, Disclosable: row.Disclosable, At: row.At.Time, By: row.By, Who: names[row.By]}
		if err := s.unseal(ctx, tx, r, "notes", "body", row.place(), row.Body, &v.Body); err != nil {
			return nil, err
		}
		if len(out) == 0 || out[len(out)-1].ID != row.ID {
			out = append(out, Note{ID: row.ID, Area: area})
		}
		note := &out[len(out)-1]
		note.Versions = append(note.Versions, v)
		note.Mine = row.By == actor.Account && Policy(actor.Role, fileOf(area)) == Write // the first version comes last
	}
	return out, nil
}

type noteRow struct {
	ID          string  `db:"note_id"`
	Version     int     `db:"version"`
	Area        string  `db:"area"`
	Body        []byte  `db:"body"`
	Disclosable bool    `db:"disclosable"`
	At          db.Time `db:"at"`
	By          string  `db:"by"`
}

const noteColumns = `note_id, version, area, body, disclosable, at, by`

// place names a version of a note, where its sealed text belongs.
func (r noteRow) place() string { return r.ID + "/" + strconv.Itoa(r.Version) }

func (f NoteForm) check() (body string, disclosable bool, err error) {
	var form fault.Form
	body = written(&form, "body", f.Body, maxText)
	if body == "" {
		form.Add("body", i18n.M("Escriba la nota."))
	}
	if f.Disclosable != "yes" && f.Disclosable != "no" {
		form.Add("disclosable", i18n.M("Diga si la nota se puede entregar a la persona. Si habla de la víctima o de terceros, no."))
	}
	return body, f.Disclosable == "yes", form.Err()
}

// WriteNote adds a note in the area of the actor's role.
func (s *Service) WriteNote(ctx context.Context, actor access.Actor, id string, f NoteForm) (string, error) {
	scope, err := actor.Require(access.CaseWork)
	if err != nil {
		return "", err
	}
	noteID := db.NewID()
	return noteID, s.on(ctx, actor, scope, id, func(tx *db.Tx, r *record) error {
		area, ok := areaOf(actor.Role)
		if !ok {
			return fault.Missing()
		}
		return s.storeNote(ctx, tx, actor, r, noteRow{ID: noteID, Version: 1, Area: string(area)}, f)
	})
}

// AmendNote writes a further version of a note. Only who wrote it may.
func (s *Service) AmendNote(ctx context.Context, actor access.Actor, id, noteID string, f NoteForm) error {
	scope, err := actor.Require(access.CaseWork)
	if err != nil {
		return err
	}
	return s.on(ctx, actor, scope, id, func(tx *db.Tx, r *record) error {
		if uuid.Validate(noteID) != nil {
			return fault.Missing()
		}
		var rows []noteRow
		if err := tx.Select(ctx, &rows, `select `+noteColumns+` from notes where note_id = $1 and case_file_id = $2
			order by version`, noteID, r.ID); err != nil {
			return err
		}
		if len(rows) == 0 || rows[0].By != actor.Account || Policy(actor.Role, fileOf(program.ServiceArea(rows[0].Area))) != Write {
			return fault.Missing()
		}
		return s.storeNote(ctx, tx, actor, r, noteRow{ID: noteID, Version: len(rows) + 1, Area: rows[0].Area}, f)
	})
}

func (s *Service) storeNote(ctx context.Context, tx *db.Tx, actor access.Actor, r *record, row noteRow, f NoteForm) error {
	body, disclosable, err := f.check()
	if err != nil {
		return err
	}
	sealed, err := s.seal(ctx, tx, r, "notes", "body", row.place(), body)
	if err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, `insert into notes (note_id, version, case_file_id, area, body, disclosable, at, by)
		values ($1, $2, $3, $4, $5, $6, $7, $8)`,
		row.ID, row.Version, r.ID, row.Area, sealed, disclosable, db.At(tx.Now()), actor.Account); err != nil {
		return err
	}
	return s.ledger.AppendTx(ctx, tx, actor, r.entry("case.note", ledger.Change{Field: "area", After: row.Area},
		ledger.Change{Field: "version", After: strconv.Itoa(row.Version)}))
}
