package catalogue

import (
	"cmp"
	"context"
	"encoding/json"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/text/unicode/norm"

	"sigue/internal/base/clock"
	"sigue/internal/base/db"
	"sigue/internal/base/fault"
	"sigue/internal/base/i18n"
	"sigue/internal/platform/access"
	"sigue/internal/platform/ledger"
)

// EntryForm is an entry, or its next version, as it was typed.
type EntryForm struct {
	Code             string // of a new entry; made from the Spanish label when empty
	LabelES, LabelEN string
	Source           string
	Sort             string // place in the list; at its end when empty
	From             string // first day; today when empty

	// Of a legal basis.
	Mandatory, Voluntary, Refused bool
	MinMonths, MaxMonths          string
	Authorities                   []string
	Notify                        string
	RefusedES, RefusedEN          string
	// Of a class of documents.
	Access string
}

// Versions gives all versions of every entry of a list, ended ones too, in the order of
// a form and then by date.
func (s *Service) Versions(ctx context.Context, actor access.Actor, list string) ([]Entry, error) {
	if _, err := actor.Require(access.CatalogueManage); err != nil {
		return nil, err
	}
	if _, ok := Find(list); !ok {
		return nil, fault.Missing()
	}
	var all []Entry
	err := s.db.View(ctx, func(tx *db.Tx) error {
		var err error
		all, err = entriesTx(ctx, tx, `catalogue = $1`, list)
		return err
	})
	return all, err
}

// AddEntry adds a choice to a list from a day on and gives its code.
func (s *Service) AddEntry(ctx context.Context, actor access.Actor, list string, f EntryForm) (string, error) {
	if _, err := actor.Require(access.CatalogueManage); err != nil {
		return "", err
	}
	if _, ok := Find(list); !ok {
		return "", fault.Missing()
	}
	var code string
	err := s.db.Tx(ctx, func(tx *db.Tx) error {
		all, err := listTx(ctx, tx, list)
		if err != nil {
			return err
		}
		row, err := f.check(list, clock.DateOf(tx.Now()), all)
		if err != nil {
			return err
		}
		if err := row.distinct(all); err != nil {
			return err
		}
		code = row.Code
		if err := s.add(ctx, tx, row); err != nil {
			return err
		}
		return s.ledger.AppendTx(ctx, tx, actor, entryEntry("catalogue.add", list, code, row.changes(entryRow{})))
	})
	return code, err
}

func (s *Service) add(ctx context.Context, tx *db.Tx, row entryRow) error {
	row.ID = db.NewID()
	s.changed(tx)
	return insertEntry(ctx, tx, row)
}

// ChangeEntry changes the wording, the source or the attributes of a choice from a day
// on. What was recorded before that day keeps reading as it did then in its history.
func (s *Service) ChangeEntry(ctx context.Context, actor access.Actor, list, code string, f EntryForm) error {
	if _, err := actor.Require(access.CatalogueManage); err != nil {
		return err
	}
	return s.db.Tx(ctx, func(tx *db.Tx) error {
		all, err := listTx(ctx, tx, list)
		if err != nil {
			return err
		}
		versions, err := versionsOf(all, code)
		if err != nil {
			return err
		}
		f.Code = code
		row, err := f.check(list, clock.DateOf(tx.Now()), nil)
		if err != nil {
			return err
		}
		at := slices.IndexFunc(versions, func(e Entry) bool { return e.ValidOn(row.ValidFrom) })
		if at < 0 {
			return formError("from", i18n.M("En esa fecha la opción no está vigente. Elija otra fecha."))
		}
		if strings.TrimSpace(f.Sort) == "" {
			row.Sort = versions[at].Sort
		}
		row.ValidTo = versions[at].ValidTo
		if err := row.distinct(all); err != nil {
			return err
		}
		return s.changeVersion(ctx, tx, actor, versions[at], row)
	})
}

// changeVersion puts row in the place of the version it falls into: it corrects that
// version when both begin on one day, else it ends it the day before.
func (s *Service) changeVersion(ctx context.Context, tx *db.Tx, actor access.Actor, v Entry, row entryRow) error {
	was, err := v.row()
	if err != nil {
		return err
	}
	changes := row.changes(was)
	if len(changes) == 0 {
		return nil
	}
	s.changed(tx)
	if row.ValidFrom == v.ValidFrom {
		_, err = tx.Exec(ctx, `update catalogue_entries set label_es = $1, label_en = $2, source = $3, attributes = $4, sort = $5
			where id = $6`, row.LabelES, row.LabelEN, row.Source, row.Attributes, row.Sort, v.ID)
	} else {
		if _, err := tx.Exec(ctx, `update catalogue_entries set valid_to = $1 where id = $2`, row.ValidFrom.AddDays(-1), v.ID); err != nil {
			return err
		}
		err = s.add(ctx, tx, row)
	}
	if err != nil {
		return err
	}
	return s.ledger.AppendTx(ctx, tx, actor, entryEntry("catalogue.change", v.Catalogue, v.Code, changes))
}

// EndEntry sets the last day on which a choice can be made; empty takes the end away.
// Records that hold the choice keep it.
func (s *Service) EndEntry(ctx context.Context, actor access.Actor, list, code, last string) error {
	if _, err := actor.Require(access.CatalogueManage); err != nil {
		return err
	}
	var form fault.Form
	day := clock.FormDate(&form, "last", last)
	if err := form.Err(); err != nil {
		return err
	}
	return s.db.Tx(ctx, func(tx *db.Tx) error {
		all, err := listTx(ctx, tx, list)
		if err != nil {
			return err
		}
		versions, err := versionsOf(all, code)
		if err != nil {
			return err
		}
		newest := versions[len(versions)-1]
		if !day.IsZero() && day.Before(newest.ValidFrom) {
			return formError("last", i18n.M("La opción rige desde el %s; no puede terminar antes.", newest.ValidFrom.MX()))
		}
		if err := newest.until(day).distinct(all, "last"); err != nil {
			return err
		}
		changes := changesOf(field{"valid_to", newest.ValidTo.String(), day.String()})
		if len(changes) == 0 {
			return nil
		}
		s.changed(tx)
		if _, err := tx.Exec(ctx, `update catalogue_entries set valid_to = $1 where id = $2`, day, newest.ID); err != nil {
			return err
		}
		return s.ledger.AppendTx(ctx, tx, actor, entryEntry("catalogue.end", list, code, changes))
	})
}

// WithdrawEntry takes back a version of a choice before the day on which it begins: what
// held before goes on, or the choice never comes to be. Records cannot hold it yet.
func (s *Service) WithdrawEntry(ctx context.Context, actor access.Actor, list, code, from string) error {
	if _, err := actor.Require(access.CatalogueManage); err != nil {
		return err
	}
	return s.db.Tx(ctx, func(tx *db.Tx) error {
		all, err := listTx(ctx, tx, list)
		if err != nil {
			return err
		}
		versions, err := versionsOf(all, code)
		if err != nil {
			return err
		}
		at := slices.IndexFunc(versions, func(e Entry) bool { return e.ValidFrom.String() == from })
		if at < 0 {
			return fault.Missing()
		}
		v := versions[at]
		if !v.ValidFrom.After(clock.DateOf(tx.Now())) {
			return begun(v.ValidFrom)
		}
		if _, err := tx.Exec(ctx, `delete from catalogue_entries where id = $1`, v.ID); err != nil {
			return err
		}
		if at > 0 && versions[at-1].ValidTo == v.ValidFrom.AddDays(-1) {
			before := versions[at-1].until(v.ValidTo)
			if err := before.distinct(slices.DeleteFunc(all, func(e Entry) bool { return e.ID == v.ID }), "last"); err != nil {
				return err
			}
			if _, err := tx.Exec(ctx, `update catalogue_entries set valid_to = $1 where id = $2`, before.ValidTo, before.ID); err != nil {
				return err
			}
		}
		s.changed(tx)
		return s.ledger.AppendTx(ctx, tx, actor, entryEntry("catalogue.withdraw", list, code, changesOf(
			field{"label_es", v.Name.ES, ""}, field{"label_en", v.Name.EN, ""}, field{"valid_from", v.ValidFrom.String(), ""},
		)))
	})
}

// begun refuses to take back what holds already.
func begun(from clock.Date) error {
	return fault.New(fault.Conflict, i18n.M("Ya rige desde el %s y hay registros y plazos que la usan; no se puede retirar. Fije en su lugar lo que deba regir desde hoy.", from.MX()))
}

// listTx gives all versions of a list's entries, and keeps others from changing entries
// until the transaction ends: two labels would each be checked without the other.
func listTx(ctx context.Context, tx *db.Tx, list string) ([]Entry, error) {
	if err := tx.Exclusive(ctx, "catalogue_entries"); err != nil {
		return nil, err
	}
	return entriesTx(ctx, tx, `catalogue = $1`, list)
}

// versionsOf gives the versions of one code by date, or NotFound.
func versionsOf(all []Entry, code string) ([]Entry, error) {
	var versions []Entry
	for _, e := range all {
		if e.Code == code {
			versions = append(versions, e)
		}
	}
	if len(versions) == 0 {
		return nil, fault.Missing()
	}
	sortEntriesByDate(versions)
	return versions, nil
}

// until is the entry with another last day.
func (e Entry) until(last clock.Date) Entry {
	e.ValidTo = last
	return e
}

// distinct refuses an entry that reads like another of its list on some day, in either
// language: whoever chooses could not tell them apart, nor whoever counts. The sentences
// stand at the labels, or at the one field that was typed.
func (e Entry) distinct(all []Entry, typed string) error {
	var form fault.Form
	for _, other := range all {
		if other.Code == e.Code || !e.meets(other) {
			continue
		}
		if Fold(other.Name.ES) == Fold(e.Name.ES) {
			form.Add(cmp.Or(typed, "label_es"), likeOther(other, other.Name.ES))
		}
		if Fold(other.Name.EN) == Fold(e.Name.EN) {
			form.Add(cmp.Or(typed, "label_en"), likeOther(other, other.Name.EN))
		}
	}
	return form.Err()
}

// distinct is that of the entry of a row.
func (r entryRow) distinct(all []Entry) error {
	e := Entry{Code: r.Code, Name: i18n.Text{ES: r.LabelES, EN: r.LabelEN}, ValidFrom: r.ValidFrom, ValidTo: r.ValidTo}
	return e.distinct(all, "")
}

// meets tells whether there is a day on which both entries hold.
func (e Entry) meets(other Entry) bool {
	return (other.ValidTo.IsZero() || !e.ValidFrom.After(other.ValidTo)) && (e.ValidTo.IsZero() || !other.ValidFrom.After(e.ValidTo))
}

func likeOther(other Entry, label string) i18n.Msg {
	if other.ValidTo.IsZero() {
		return i18n.M("Se leería igual que «%s», clave %s, vigente desde el %s. Escriba un nombre que la distinga, o cambie o termine esa opción.",
			label, other.Code, other.ValidFrom.MX())
	}
	return i18n.M("Se leería igual que «%s», clave %s, vigente del %s al %s. Escriba un nombre que la distinga, o cambie o termine esa opción.",
		label, other.Code, other.ValidFrom.MX(), other.ValidTo.MX())
}

func entryEntry(action, list, code string, changes []ledger.Change) ledger.Entry {
	return ledger.Entry{Action: action, Subject: ledger.Subject{Type: "catalogue_entry", ID: list + "/" + code}, Changes: changes}
}

// row is the entry as it is stored.
func (e Entry) row() (entryRow, error) {
	attributes, err := json.Marshal(e.Attributes)
	return entryRow{
		ID: e.ID, Catalogue: e.Catalogue, Code: e.Code, LabelES: e.Name.ES, LabelEN: e.Name.EN, Source: e.Source,
		Attributes: string(attributes), Sort: e.Sort, ValidFrom: e.ValidFrom, ValidTo: e.ValidTo,
	}, err
}

// changes are what differs from another row, for the ledger. The day alone is no change.
func (r entryRow) changes(was entryRow) []ledger.Change {
	changes := changesOf(
		field{"label_es", was.LabelES, r.LabelES}, field{"label_en", was.LabelEN, r.LabelEN},
		field{"source", was.Source, r.Source}, field{"attributes", was.Attributes, r.Attributes},
		field{"sort", strconv.Itoa(was.Sort), strconv.Itoa(r.Sort)},
	)
	if len(changes) > 0 {
		changes = append(changes, ledger.Change{Field: "valid_from", After: r.ValidFrom.String()})
	}
	return changes
}

var codeShape = regexp.MustCompile(`^[a-z0-9][a-z0-9_]{0,59}$`)

// check checks a form against the other entries of its list.
func (f EntryForm) check(list string, today clock.Date, all []Entry) (entryRow, error) {
	var form fault.Form
	r := entryRow{
		Catalogue: list,
		LabelES:   required(&form, "label_es", f.LabelES, i18n.M("Escriba cómo se lee la opción en español.")),
		LabelEN:   required(&form, "label_en", f.LabelEN, i18n.M("Escriba cómo se lee la opción en inglés.")),
		Source:    line(&form, "source", f.Source, maxSource),
		ValidFrom: clock.FormDate(&form, "from", f.From),
	}
	if strings.TrimSpace(f.From) == "" {
		r.ValidFrom = today
	}
	f.checkCode(&form, &r, all)
	f.checkSort(&form, &r, all)
	attributes := f.attributes(&form, list)
	if err := form.Err(); err != nil {
		return r, err
	}
	body, err := json.Marshal(attributes)
	r.Attributes = string(body)
	return r, err
}

func (f EntryForm) checkCode(form *fault.Form, r *entryRow, all []Entry) {
	r.Code = strings.TrimSpace(f.Code)
	if r.Code == "" {
		r.Code = codeOf(r.LabelES)
	}
	switch {
	case r.LabelES == "" && r.Code == "": // the label's own sentence is enough
	case !codeShape.MatchString(r.Code):
		form.Add("code", i18n.M("La clave lleva solo letras minúsculas sin acento, números y guion bajo. Por ejemplo, otra_causa."))
	case slices.ContainsFunc(all, func(e Entry) bool { return e.Code == r.Code }):
		form.Add("code", i18n.M("La clave «%s» ya está en la lista, quizá en una opción que terminó. Escriba otra, o cambie esa.", r.Code))
	}
}

// codeOf makes a code of a label: "Otra causa" gives otra_causa.
func codeOf(label string) string {
	bare := strings.Map(func(c rune) rune {
		if c >= 'a' && c <= 'z' || c >= '0' && c <= '9' {
			return c
		}
		return ' '
	}, Fold(norm.NFC.String(label)))
	code := strings.Join(strings.Fields(bare), "_")
	return strings.TrimRight(code[:min(len(code), 60)], "_")
}

func (f EntryForm) checkSort(form *fault.Form, r *entryRow, all []Entry) {
	if typed := strings.TrimSpace(f.Sort); typed != "" {
		n, err := strconv.Atoi(typed)
		if err != nil || n < 0 || n > 2*lastPlaces {
			form.Add("sort", i18n.M("El lugar en la lista es un número de 0 a %d; los menores van primero.", 2*lastPlaces))
		}
		r.Sort = n
		return
	}
	for _, e := range all {
		if e.Sort < lastPlaces {
			r.Sort = max(r.Sort, e.Sort)
		}
	}
	r.Sort += 10
}

// attributes checks what a list asks for besides the name.
func (f EntryForm) attributes(form *fault.Form, list string) Attributes {
	switch list {
	case LegalBasisList:
		return Attributes{LegalBasis: f.legalBasis(form)}
	case DocumentClass:
		class := AccessClass(f.Access)
		if !slices.Contains(AccessClasses, class) {
			form.Add("access", i18n.M("Elija quién puede abrir los documentos de esta clase."))
		}
		return Attributes{Access: class}
	}
	return Attributes{}
}

func (f EntryForm) legalBasis(form *fault.Form) *LegalBasisAttributes {
	a := &LegalBasisAttributes{
		Mandatory: f.Mandatory, Voluntary: f.Voluntary, Refused: f.Refused, Authorities: f.Authorities,
		MinMonths: months(form, "min_months", f.MinMonths), MaxMonths: months(form, "max_months", f.MaxMonths),
		Notify: Notified(f.Notify),
		RefusedReason: i18n.Text{
			ES: line(form, "refused_es", f.RefusedES, maxSource), EN: line(form, "refused_en", f.RefusedEN, maxSource),
		},
	}
	if a.MaxMonths > 0 && a.MinMonths > a.MaxMonths {
		form.Add("max_months", i18n.M("El plazo mayor es menor que el plazo menor. Revise los dos."))
	}
	if a.Mandatory && a.Voluntary {
		form.Add("voluntary", i18n.M("Una base no puede obligar y ser voluntaria. Deje marcada una."))
	}
	if !slices.Contains(Notifieds, a.Notify) {
		form.Add("notify", i18n.M("Elija a quién se avisa del cumplimiento."))
	}
	if a.Refused && (a.RefusedReason.ES == "" || a.RefusedReason.EN == "") {
		form.Add("refused_es", i18n.M("Escriba, en los dos idiomas, por qué la ley no la permite; lo leerá quien la elija."))
	}
	if !a.Refused {
		a.RefusedReason = i18n.Text{}
	}
	return a
}

func months(form *fault.Form, name, typed string) int {
	if typed = strings.TrimSpace(typed); typed == "" {
		return 0
	}
	n, err := strconv.Atoi(typed)
	if err != nil || n < 0 || n > 720 {
		form.Add(name, i18n.M("Escriba los meses con número, de 1 a 720; déjelo vacío si la ley no fija plazo."))
	}
	return n
}

func formError(name string, m i18n.Msg) error {
	var form fault.Form
	form.Add(name, m)
	return form.Err()
}
