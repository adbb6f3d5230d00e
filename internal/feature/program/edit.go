package program

import (
	"context"
	"strconv"

	"sigue/internal/base/clock"
	"sigue/internal/base/db"
	"sigue/internal/base/fault"
	"sigue/internal/base/i18n"
	"sigue/internal/feature/catalogue"
	"sigue/internal/platform/access"
	"sigue/internal/platform/ledger"
)

// CreateProgram adds a program with an empty draft and gives the draft's id.
func (s *Service) CreateProgram(ctx context.Context, actor access.Actor, f ProgramForm) (string, error) {
	if _, err := actor.Require(access.ProgramManage); err != nil {
		return "", err
	}
	v := Version{ID: db.NewID(), Number: 1, GroupMin: groupMin, GroupMax: groupMax}
	return v.ID, s.db.Tx(ctx, func(tx *db.Tx) error {
		p, err := f.check(Program{ID: db.NewID()})
		if err != nil {
			return err
		}
		lists, err := s.catalogue.ListsTx(ctx, tx)
		if err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `insert into programs (id, name, summary, revision, created_at, created_by)
			values ($1, $2, $3, 1, $4, $5)`, p.ID, p.Name, p.Summary, db.At(tx.Now()), actor.Name()); err != nil {
			return taken(err, i18n.M("Ya hay un programa con ese nombre. Si es otro, agregue algo que lo distinga."))
		}
		v.ProgramID, v.Required = p.ID, lists.Rule(catalogue.RuleAttendance)
		if err := insertVersion(ctx, tx, actor, v, ""); err != nil {
			return err
		}
		return s.ledger.AppendTx(ctx, tx, actor, programEntry("program.create", p.ID, p.changes(Program{})...))
	})
}

// insertVersion stores a new draft without content.
func insertVersion(ctx context.Context, tx *db.Tx, actor access.Actor, v Version, copiedFrom string) error {
	_, err := tx.Exec(ctx, `insert into program_versions (id, program_id, number, required, group_min, group_max, rules, source,
			copied_from, revision, created_at, created_by, published_by)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9, 1, $10, $11, '')`,
		v.ID, v.ProgramID, v.Number, v.Required, v.GroupMin, v.GroupMax, v.Rules, v.Source, copiedFrom, db.At(tx.Now()), actor.Name())
	return err
}

// copyContent stores components, sessions and topics under a new version, with new ids.
func copyContent(ctx context.Context, tx *db.Tx, from Version, to string) error {
	topics := map[string]string{}
	for n, t := range from.Topics {
		topics[t.ID] = db.NewID()
		if err := insertTopic(ctx, tx, to, topics[t.ID], n+1, t.Title); err != nil {
			return err
		}
	}
	for n, c := range from.Components {
		id := db.NewID()
		if err := insertComponent(ctx, tx, to, id, n+1, c); err != nil {
			return err
		}
		for _, s := range c.Sessions {
			session := db.NewID()
			if err := insertSession(ctx, tx, id, session, s.Number, s.Title); err != nil {
				return err
			}
			for _, t := range s.Topics {
				if err := linkTopic(ctx, tx, session, topics[t.ID]); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// UpdateProgram changes a program's name and summary. revision is that of the page: when
// another window changed the program meanwhile it is a Conflict.
func (s *Service) UpdateProgram(ctx context.Context, actor access.Actor, id string, revision int, f ProgramForm) error {
	return s.changeProgram(ctx, actor, id, func(ctx context.Context, tx *db.Tx, was Program) error {
		p, err := f.check(was)
		changes := p.changes(was)
		if err != nil || len(changes) == 0 {
			return err
		}
		held, err := tx.Exec(ctx, `update programs set name = $1, summary = $2, revision = revision + 1 where id = $3 and revision = $4`,
			p.Name, p.Summary, id, revision)
		if err != nil {
			return taken(err, i18n.M("Ya hay un programa con ese nombre. Si es otro, agregue algo que lo distinga."))
		}
		if held == 0 {
			return stale()
		}
		return s.ledger.AppendTx(ctx, tx, actor, programEntry("program.update", id, changes...))
	})
}

// CloseProgram ends a program for new plans; those that run go on.
func (s *Service) CloseProgram(ctx context.Context, actor access.Actor, id string) error {
	return s.changeProgram(ctx, actor, id, func(ctx context.Context, tx *db.Tx, was Program) error {
		if was.Closed() {
			return nil
		}
		return s.setClosed(ctx, tx, actor, id, db.At(tx.Now()), "program.close")
	})
}

// ReopenProgram takes back a close.
func (s *Service) ReopenProgram(ctx context.Context, actor access.Actor, id string) error {
	return s.changeProgram(ctx, actor, id, func(ctx context.Context, tx *db.Tx, was Program) error {
		if !was.Closed() {
			return nil
		}
		return s.setClosed(ctx, tx, actor, id, db.Time{}, "program.reopen")
	})
}

func (s *Service) setClosed(ctx context.Context, tx *db.Tx, actor access.Actor, id string, at db.Time, action string) error {
	if _, err := tx.Exec(ctx, `update programs set closed_at = $1 where id = $2`, at, id); err != nil {
		return err
	}
	return s.ledger.AppendTx(ctx, tx, actor, programEntry(action, id))
}

// changeProgram requires access.ProgramManage and runs a change of one program.
func (s *Service) changeProgram(ctx context.Context, actor access.Actor, id string, do func(context.Context, *db.Tx, Program) error) error {
	if _, err := actor.Require(access.ProgramManage); err != nil {
		return err
	}
	return s.db.Tx(ctx, func(tx *db.Tx) error {
		var row programRow
		err := tx.Get(ctx, &row, `select `+programColumns+` from programs p where p.id = $1`, id)
		if isMissing(err) {
			return fault.Missing()
		}
		if err != nil {
			return err
		}
		return do(ctx, tx, *row.program())
	})
}

// StartDraft begins a new version of a program as a copy of one of its versions, and
// gives its id. Where there is a draft already, it is that one: nothing typed is lost.
func (s *Service) StartDraft(ctx context.Context, actor access.Actor, program, from string) (string, error) {
	var id string
	err := s.changeProgram(ctx, actor, program, func(ctx context.Context, tx *db.Tx, _ Program) error {
		versions, err := versionsTx(ctx, tx, `v.program_id = $1`, program)
		if err != nil {
			return err
		}
		if versions[0].Draft() {
			id = versions[0].ID
			return nil
		}
		source := versions[0]
		for _, v := range versions {
			if v.ID == from {
				source = v
			}
		}
		if from != "" && source.ID != from {
			return fault.Missing()
		}
		next := source
		next.ID, next.Number = db.NewID(), versions[0].Number+1
		if err := insertVersion(ctx, tx, actor, next, source.ID); err != nil {
			return err
		}
		if err := copyContent(ctx, tx, source, next.ID); err != nil {
			return err
		}
		id = next.ID
		return s.ledger.AppendTx(ctx, tx, actor, versionEntry("program.draft", next,
			ledger.Change{Field: "copied_from", After: strconv.Itoa(source.Number)}))
	})
	return id, err
}

// Edition is a draft as a page showed it: a change of one that has moved on meanwhile is
// a Conflict.
type Edition struct {
	Version  string
	Revision int
}

// edit is a change of a draft: what to say of it in the ledger, and how to store it.
type edit struct {
	changes []ledger.Change
	apply   func(ctx context.Context, tx *db.Tx) error
}

// edit requires access.ProgramManage and changes a draft, which a published version is
// not any more. An edit without changes does nothing, also on an old page.
func (s *Service) edit(ctx context.Context, actor access.Actor, at Edition, action string, how func(v *Version) (edit, error)) error {
	if _, err := actor.Require(access.ProgramManage); err != nil {
		return err
	}
	return s.db.Tx(ctx, func(tx *db.Tx) error {
		v, err := s.VersionTx(ctx, tx, at.Version)
		if err != nil {
			return err
		}
		if !v.Draft() {
			return published(v)
		}
		e, err := how(v)
		if err != nil || len(e.changes) == 0 {
			return err
		}
		// The update holds the row: of two at the same instant, also of a change and a
		// publication, the second finds another revision.
		held, err := tx.Exec(ctx, `update program_versions set revision = revision + 1 where id = $1 and revision = $2`, v.ID, at.Revision)
		if err != nil {
			return err
		}
		if held == 0 {
			return stale()
		}
		if err := e.apply(ctx, tx); err != nil {
			return err
		}
		return s.ledger.AppendTx(ctx, tx, actor, versionEntry(action, *v, e.changes...))
	})
}

func published(v *Version) error {
	return fault.New(fault.Conflict, i18n.M("La versión %d ya está publicada y no cambia. Empiece una versión nueva desde el programa.", v.Number))
}

func stale() error {
	return fault.New(fault.Conflict, i18n.M("Alguien cambió esto en otra ventana después de que usted lo abrió. Lo que usted escribió sigue aquí: revíselo y guarde otra vez para conservarlo."))
}

// SetRules changes what holds for a whole draft.
func (s *Service) SetRules(ctx context.Context, actor access.Actor, at Edition, f RulesForm) error {
	return s.edit(ctx, actor, at, "program.rules", func(was *Version) (edit, error) {
		v, err := f.check(*was)
		return edit{v.ruleChanges(*was), func(ctx context.Context, tx *db.Tx) error {
			_, err := tx.Exec(ctx, `update program_versions set required = $1, group_min = $2, group_max = $3, rules = $4, source = $5
				where id = $6`, v.Required, v.GroupMin, v.GroupMax, v.Rules, v.Source, v.ID)
			return err
		}}, err
	})
}

// Publish makes a draft the version that new plans take. From then on it never changes.
func (s *Service) Publish(ctx context.Context, actor access.Actor, at Edition) error {
	return s.edit(ctx, actor, at, "program.publish", func(v *Version) (edit, error) {
		if len(v.Missing()) > 0 {
			return edit{}, fault.New(fault.Conflict, i18n.M("Aún falta algo para publicar: vea la lista y complételo."))
		}
		return edit{changesOf(change{"published", "", strconv.Itoa(v.Number)}), func(ctx context.Context, tx *db.Tx) error {
			_, err := tx.Exec(ctx, `update program_versions set published_at = $1, published_by = $2 where id = $3`,
				db.At(tx.Now()), actor.Name(), v.ID)
			return err
		}}, nil
	})
}

// Discard removes a draft; a program that was never published goes with it. It tells
// whether the program is still there.
func (s *Service) Discard(ctx context.Context, actor access.Actor, at Edition) (stays bool, err error) {
	err = s.edit(ctx, actor, at, "program.discard", func(v *Version) (edit, error) {
		return edit{changesOf(change{"discarded", strconv.Itoa(v.Number), ""}), func(ctx context.Context, tx *db.Tx) error {
			if err := dropVersion(ctx, tx, v.ID); err != nil {
				return err
			}
			var left int
			if err := tx.Get(ctx, &left, `select count(*) from program_versions where program_id = $1`, v.ProgramID); err != nil {
				return err
			}
			if stays = left > 0; stays {
				return nil
			}
			_, err := tx.Exec(ctx, `delete from programs where id = $1`, v.ProgramID)
			return err
		}}, nil
	})
	return stays, err
}

func dropVersion(ctx context.Context, tx *db.Tx, id string) error {
	for _, query := range []string{
		`delete from program_session_topics where topic_id in (select id from program_topics where version_id = $1)`,
		`delete from program_topics where version_id = $1`,
		`delete from program_sessions where component_id in (select id from program_components where version_id = $1)`,
		`delete from program_components where version_id = $1`,
		`delete from program_versions where id = $1`,
	} {
		if _, err := tx.Exec(ctx, query, id); err != nil {
			return err
		}
	}
	return nil
}

// Retire takes a published version out of what new plans may choose; those that run keep
// it.
func (s *Service) Retire(ctx context.Context, actor access.Actor, id string) error {
	return s.offer(ctx, actor, id, "program.retire", func(v *Version, now db.Time) (db.Time, bool) { return now, !v.Retired() })
}

// Restore takes back a retirement.
func (s *Service) Restore(ctx context.Context, actor access.Actor, id string) error {
	return s.offer(ctx, actor, id, "program.restore", func(v *Version, _ db.Time) (db.Time, bool) { return db.Time{}, v.Retired() })
}

// offer requires access.ProgramManage and changes whether a published version is offered.
func (s *Service) offer(ctx context.Context, actor access.Actor, id, action string, set func(*Version, db.Time) (db.Time, bool)) error {
	if _, err := actor.Require(access.ProgramManage); err != nil {
		return err
	}
	return s.db.Tx(ctx, func(tx *db.Tx) error {
		v, err := s.VersionTx(ctx, tx, id)
		if err != nil {
			return err
		}
		if v.Draft() {
			return fault.New(fault.Conflict, i18n.M("Es un borrador: publíquelo o descártelo."))
		}
		retired, changed := set(v, db.At(tx.Now()))
		if !changed {
			return nil
		}
		if _, err := tx.Exec(ctx, `update program_versions set retired_at = $1 where id = $2`, retired, id); err != nil {
			return err
		}
		return s.ledger.AppendTx(ctx, tx, actor, versionEntry(action, *v))
	})
}

// change is one value before and after.
type change struct{ name, before, after string }

func changesOf(fields ...change) []ledger.Change {
	var changes []ledger.Change
	for _, f := range fields {
		if f.before != f.after {
			changes = append(changes, ledger.Change{Field: f.name, Before: f.before, After: f.after})
		}
	}
	return changes
}

func (p Program) changes(was Program) []ledger.Change {
	return changesOf(change{"name", was.Name, p.Name}, change{"summary", was.Summary, p.Summary})
}

func (v Version) ruleChanges(was Version) []ledger.Change {
	return changesOf(change{"required", strconv.Itoa(was.Required), strconv.Itoa(v.Required)},
		change{"group_min", strconv.Itoa(was.GroupMin), strconv.Itoa(v.GroupMin)},
		change{"group_max", strconv.Itoa(was.GroupMax), strconv.Itoa(v.GroupMax)},
		change{"rules", was.Rules, v.Rules}, change{"source", was.Source, v.Source})
}

func programEntry(action, id string, changes ...ledger.Change) ledger.Entry {
	return ledger.Entry{Action: action, Subject: ledger.Subject{Type: "program", ID: id}, Changes: changes}
}

func versionEntry(action string, v Version, changes ...ledger.Change) ledger.Entry {
	return ledger.Entry{Action: action, Subject: ledger.Subject{Type: "program_version", ID: v.ID}, Changes: changes}
}

// taken says that a name is in use, when that is why the database refused.
func taken(err error, sentence i18n.Msg) error {
	if !db.IsUnique(err) {
		return err
	}
	var form fault.Form
	form.Add("name", sentence)
	return form.Err()
}

// today is the local day of a transaction.
func today(tx *db.Tx) clock.Date { return clock.DateOf(tx.Now()) }
