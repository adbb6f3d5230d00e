package casefile

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"sigue/internal/base/clock"
	"sigue/internal/base/db"
	"sigue/internal/base/db/dbtest"
	"sigue/internal/base/fault"
	"sigue/internal/platform/access"
	"sigue/internal/platform/schema"
)

// TestNoSequenceBreaksACaseFile lets everybody do things at random, in any order, to the
// case files of a few people, through the services, and asks after each: the state is
// what the facts say and a declared way leads to it; a refusal says why and changes
// nothing; an ended process takes no more work; what the page offers is what the service
// does; every accepted change has its entry; no authority learns of what is not its own;
// everything that was written can still be read, and by nobody of another center.
func TestNoSequenceBreaksACaseFile(t *testing.T) {
	dbtest.Run(t, schema.Migrations, func(t *testing.T, d *db.DB, clk *clock.Fake) {
		seed, steps := uint64(1), 150
		if strings.HasSuffix(t.Name(), "sqlite") {
			seed, steps = 2, 250
		}
		if testing.Short() {
			steps = 60
		}
		h := newHouse(t, d, clk)
		newWalk(h, seed).run(steps)
	})
}

// walk does things at random to the case files of a house.
type walk struct {
	*house
	seed  uint64
	r     *rand.Rand
	group string
	sends []sending
	deeds []deed
	world *world // as it is now
	did   []string
	done  map[string]int // how often each deed was accepted
}

// sending is a referral with who sent it.
type sending struct {
	id    string
	clerk access.Actor
}

// deed is one thing that can be done to a case file.
type deed struct {
	name   string
	action string      // its name among the actions of the page; empty when it has none there
	as     access.Role // who mostly does it; the coordination when empty
	often  int
	work   bool // of a process that goes on, only
	heard  hearers
	do     func(w *walk, a access.Actor, c Case) (try, error)
}

// try tells of one attempt what cannot be read from its kind.
type try struct {
	of    string // the only referral whose authority may hear of it
	right bool   // what was typed is right: only permission or state refuse it
	fact  bool   // told by the program itself, which has no scope and may leave all as it was
}

// hearers are the authorities who may learn of a deed.
type hearers int

const (
	nobody  hearers = iota
	obliges         // those whose mandates oblige, of that file
	oneOf           // that of one referral
)

// people are of the walk: two whom authorities know by CURP, the others without any.
var people = []string{curp, "XAEP920708HMCNJD01", "", ""}

func newWalk(h *house, seed uint64) *walk {
	w := &walk{house: h, seed: seed, r: rand.New(rand.NewPCG(seed, 7)), done: map[string]int{}, group: h.group(true, 3, clock.DateOf(h.clk.Now()).AddDays(7))}
	w.deeds = slices.Concat(arrivals, decisions, writing)
	for _, curp := range people {
		w.send(curp)
	}
	w.world = w.look()
	return w
}

// send brings a further referral of somebody, accepted.
func (w *walk) send(curp string) string {
	w.t.Helper()
	clerk := pick(w, []access.Actor{w.clerkA, w.clerkB})
	r := w.sent(clerk, pick(w, []string{obliged, obliged, voluntarily}), curp, pick(w, []string{"", "20", "35"}))
	w.sends = append(w.sends, sending{r, clerk})
	w.accept(r)
	return r
}

func pick[T any](w *walk, of []T) T { return of[w.r.IntN(len(of))] }

// somebody is who tries: mostly whoever may, so that the walk comes far.
func (w *walk) somebody(d deed, r record) access.Actor {
	if w.r.IntN(3) > 0 {
		switch {
		case d.as != "" && r.CenterID == w.toluca:
			return map[access.Role]access.Actor{access.Psychology: w.psych, access.Reception: w.desk}[d.as]
		case r.CenterID == w.lerma:
			return w.awayManager
		}
		return w.manager
	}
	return pick(w, []access.Actor{w.desk, w.social, w.psych, w.psych2, w.legal, w.away, w.awayManager, w.manager, w.secretary, w.clerkA, w.clerkB,
		access.Anonymous("REQ-9")})
}

// typed is a reason, sometimes one that is too short.
func (w *walk) typed() (string, bool) {
	if w.r.IntN(8) == 0 {
		return "no", false
	}
	return why, true
}

func (w *walk) run(steps int) {
	w.t.Helper()
	for range steps {
		w.step()
		if w.t.Failed() {
			w.t.Fatalf("seed %d, after:\n%s", w.seed, strings.Join(w.did, "\n"))
		}
		w.clk.Advance(time.Duration(w.r.IntN(12)) * time.Hour)
	}
	w.pages()
	w.t.Logf("seed %d: done %v", w.seed, w.done)
}

func (w *walk) step() {
	w.t.Helper()
	before := w.world
	w.entries(before)
	r := before.files[pick(w, before.ids)]
	d := w.any(r.State)
	c, a := r.asCase(), w.somebody(d, r)
	t, err := d.do(w, a, c)
	w.did = append(w.did, fmt.Sprintf("%s of %s (%s) by %s at %s: %v %v", d.name, c.Folio, c.State, a.Role, a.Center, err, fault.FieldsOf(err)))
	after := w.look()
	if err != nil {
		w.refusal(d, err, before, after)
	} else {
		w.done[d.name]++
		w.acceptance(d, t, a, c, before, after)
	}
	w.offered(d, t, a, r, before.seals[r.ID], err)
	w.ways(before, after)
	w.unheard(d, t, c, before, after)
	for _, id := range after.ids {
		if err == nil && (id == c.ID || after.serves(id) != before.serves(id)) {
			w.read(after, id)
		}
	}
	w.world = after
}

// any picks a deed by how often it is done, mostly one that the state allows.
func (w *walk) any(state State) deed {
	fitting, sum := w.r.IntN(4) > 0, 0
	fits := func(d deed) int {
		if fitting && (d.work && !state.Open() || slices.ContainsFunc(Actions(state, w.manager), func(a Action) bool { return a.Name == d.action && !a.Can })) {
			return 0
		}
		return d.often
	}
	for _, d := range w.deeds {
		sum += fits(d)
	}
	n := w.r.IntN(sum)
	for _, d := range w.deeds {
		if n -= fits(d); n < 0 {
			return d
		}
	}
	panic("no deed")
}

// refusal checks that it is a sentence, and that nothing changed.
func (w *walk) refusal(d deed, err error, before, after *world) {
	w.t.Helper()
	var f *fault.Error
	if !errors.As(err, &f) || f.Kind == fault.Internal || f.Public.IsZero() && len(f.Fields) == 0 {
		w.t.Errorf("%s: %v is not a refusal with a sentence", d.name, err)
	}
	if after.all != before.all || after.entries != before.entries {
		w.t.Errorf("%s was refused and left\n%s (%d entries)\nwas\n%s (%d)", d.name, after.all, after.entries, before.all, before.entries)
	}
}

// acceptance checks that what changed stands in the ledger, and that no work was done to
// what has ended.
func (w *walk) acceptance(d deed, t try, a access.Actor, c Case, before, after *world) {
	w.t.Helper()
	switch {
	case t.fact && after.state(c.ID) == c.State:
	case after.entries == before.entries:
		w.t.Errorf("%s left no entry", d.name)
	case !t.fact && w.count(`select count(*) from ledger_entries where id > $1 and subject_type in ('case', 'referral') and actor = $2`, before.last, a.Name()) == 0:
		w.t.Errorf("%s left no entry of %s", d.name, a.Name())
	}
	if d.work && !c.State.Open() && after.all != before.all {
		w.t.Errorf("%s was done to a process that is %s", d.name, c.State)
	}
}

// offered compares what the page offers, and to whom, with what the service did.
func (w *walk) offered(d deed, t try, a access.Actor, r record, seals []string, err error) {
	w.t.Helper()
	if t.fact {
		return
	}
	reached := a.Center == r.CenterID && (r.SealedAt.IsZero() || slices.Contains(seals, a.Account))
	if !reached && !fault.Is(err, fault.NotFound) {
		w.t.Errorf("%s by who does not reach the file: %v, want NotFound", d.name, err)
	}
	i := slices.IndexFunc(Actions(r.State, a), func(act Action) bool { return act.Name == d.action })
	if d.action == "" || i < 0 {
		return
	}
	if can := Actions(r.State, a)[i].Can && reached; can != (err == nil) && (t.right || err == nil) {
		w.t.Errorf("%s: the page offers it: %v, the service: %v", d.name, can, err)
	}
}

// ways checks that every state is what the facts say and was reached by a declared way.
func (w *walk) ways(before, after *world) {
	w.t.Helper()
	for id, now := range after.files {
		if state := now.facts().State(); now.State != state || !slices.Contains(States, state) {
			w.t.Errorf("%s: cached %s, its facts say %s", now.Folio, now.State, state)
		}
		was, known := before.files[id]
		switch {
		case !known && now.State != ToSchedule:
			w.t.Errorf("%s begins %s", now.Folio, now.State)
		case known && was.State != now.State && !slices.Contains(transitions[was.State], now.State):
			w.t.Errorf("%s went from %s to %s", now.Folio, was.State, now.State)
		}
		ends := 0
		for _, at := range []db.Time{now.CompletedAt, now.DischargedAt, now.ReferredOutAt} {
			if !at.IsZero() {
				ends++
			}
		}
		if ends > 1 {
			w.t.Errorf("%s ended %d times", now.Folio, ends)
		}
	}
}

// unheard checks that no authority learned of what is not its own.
func (w *walk) unheard(d deed, t try, c Case, before, after *world) {
	w.t.Helper()
	for r, now := range after.heard {
		was, known := before.heard[r]
		if was == now || !known {
			continue
		}
		m := before.mandates[r]
		switch {
		case d.heard == oneOf && r == t.of:
		case d.heard == obliges && m.CaseID == c.ID && !m.Voluntary && m.RevokedAt.IsZero():
		default:
			w.t.Errorf("%s: the authority of %s, which serves %s, reads %s and read %s", d.name, r, m.CaseID, now, was)
		}
	}
}

// world is all that a deed may change.
type world struct {
	ids      []string
	files    map[string]record
	seals    map[string][]string
	mandates map[string]mandateSeen
	heard    map[string]string // what each authority reads of its referral
	all      string            // everything that is stored about case files
	entries  int
	last     string // newest entry
}

func (v *world) state(id string) State {
	r := v.files[id]
	return r.State
}

type mandateSeen struct {
	Referral  string  `db:"referral_id"`
	CaseID    string  `db:"case_file_id"`
	Voluntary bool    `db:"voluntary"`
	RevokedAt db.Time `db:"revoked_at"`
	Sessions  int     `db:"sessions"`
	Until     *string `db:"until_on"`
	Before    int     `db:"done_before"`
}

// tables are those whose rows only grow in number, or are looked at elsewhere.
var tables = []string{"case_words", "mandate_changes", "intakes", "assessments", "risk_levels", "notes", "plans", "suspensions", "transfers",
	"group_members", "kept_apart", "amendments", "case_seals", "referrals", "notices where to_type = 'area'", "persons"}

func (w *walk) look() *world {
	w.t.Helper()
	v := &world{files: map[string]record{}, seals: map[string][]string{}, mandates: map[string]mandateSeen{}, heard: map[string]string{}}
	w.must(w.d.View(w.ctx, func(tx *db.Tx) error {
		var files []record
		if err := tx.Select(w.ctx, &files, `select `+recordColumns+recordTables+`order by c.id`); err != nil {
			return err
		}
		for _, r := range files {
			v.ids, v.files[r.ID] = append(v.ids, r.ID), r
			v.all += fmt.Sprintf("%+v\n", r)
			var err error
			if v.seals[r.ID], err = w.SealedForTx(w.ctx, tx, r.ID); err != nil {
				return err
			}
		}
		var mandates []mandateSeen
		if err := tx.Select(w.ctx, &mandates, `select referral_id, case_file_id, voluntary, revoked_at, sessions, until_on, done_before
			from case_mandates order by referral_id`); err != nil {
			return err
		}
		for _, m := range mandates {
			v.mandates[m.Referral] = m
			v.all += fmt.Sprintln(m.Referral, m.CaseID, m.RevokedAt, m.Sessions, m.Until != nil, m.Before)
		}
		var heard []struct {
			ID    string  `db:"id"`
			State string  `db:"case_state"`
			Done  int     `db:"sessions_done"`
			Of    int     `db:"sessions_of"`
			Next  db.Time `db:"next_at"`
			Told  int     `db:"told"`
		}
		if err := tx.Select(w.ctx, &heard, `select r.id, r.case_state, r.sessions_done, r.sessions_of, r.next_at, (select count(*) from notices n
			where n.folio = r.folio and n.to_type = 'area') as told from referrals r order by r.id`); err != nil {
			return err
		}
		for _, row := range heard {
			v.heard[row.ID] = fmt.Sprint(row.State, " ", row.Done, "/", row.Of, " ", row.Next.UnixMicro(), " told ", row.Told)
		}
		for _, table := range tables {
			var n int
			if err := tx.Get(w.ctx, &n, `select count(*) from `+table); err != nil {
				return err
			}
			v.all += fmt.Sprintln(table, n)
		}
		return nil
	}))
	w.entries(v)
	return v
}

// entries counts those of the ledger.
func (w *walk) entries(v *world) {
	w.t.Helper()
	v.entries, v.last = w.count(`select count(*) from ledger_entries`), w.text(`select max(id) from ledger_entries`)
}

// serves lists the referrals that a file serves.
func (v *world) serves(id string) (all string) {
	for _, r := range slices.Sorted(maps.Keys(v.mandates)) {
		if v.mandates[r].CaseID == id {
			all += r + " "
		}
	}
	return all
}

// read opens every page of one file as its coordination, and tries it as another center:
// what was written before must open, whatever happened to the file since.
func (w *walk) read(v *world, id string) {
	w.t.Helper()
	r := v.files[id]
	own, other := w.manager, w.awayManager
	if r.CenterID == w.lerma {
		own, other = other, own
	}
	for name, visit := range visits {
		if strings.Contains(visit.allowed, "manager") && readings[name] {
			if err := visit.do(w.house, w.ctx, own, r.ID); err != nil {
				w.t.Errorf("%s of %s by its coordination: %v", name, r.Folio, err)
			}
			if err := visit.do(w.house, w.ctx, other, r.ID); !fault.Is(err, fault.NotFound) {
				w.t.Errorf("%s of %s by another center: %v", name, r.Folio, err)
			}
		}
	}
	for id, m := range v.mandates {
		if m.CaseID == r.ID {
			if _, err := w.OpenMandate(w.ctx, own, r.ID, id); err != nil {
				w.t.Errorf("the mandate %s of %s: %v", id, r.Folio, err)
			}
		}
	}
}

// readings are the visits that change nothing and need nothing typed.
var readings = map[string]bool{"Open": true, "History": true, "Papers": true, "Decisions": true, "Notes": true, "ReadNotes": true,
	"Assessments": true, "ReadAssessments": true, "Readers": true, "Colleagues": true}

// pages looks in what each authority reads for a trace of another, or of the case file.
func (w *walk) pages() {
	w.t.Helper()
	for _, own := range w.sends {
		page := string(got(json.Marshal(got(w.referrals.Open(w.ctx, own.clerk, own.id))(w.t)))(w.t))
		for _, other := range w.sends {
			if other.clerk.Account == own.clerk.Account {
				continue
			}
			for _, trace := range []string{other.id, w.text(`select folio from referrals where id = $1`, other.id)} {
				if strings.Contains(page, trace) {
					w.t.Errorf("seed %d: the page of %s names %s of another authority", w.seed, own.id, trace)
				}
			}
		}
		if folio := w.text(`select c.folio from case_files c join case_mandates m on m.case_file_id = c.id where m.referral_id = $1`, own.id); strings.Contains(page, folio) {
			w.t.Errorf("seed %d: the page of %s names the case file %s", w.seed, own.id, folio)
		}
	}
}
