package casefile

import (
	"time"

	"sigue/internal/base/clock"
	"sigue/internal/base/db"
	"sigue/internal/feature/program"
	"sigue/internal/feature/referral"
	"sigue/internal/platform/access"
)

// arrivals are what happens to a file from outside: referrals, appointments, sessions.
var arrivals = []deed{
	{name: "referral", often: 3, heard: nobody, do: func(w *walk, _ access.Actor, _ Case) (try, error) {
		if len(w.sends) < 14*int(w.seed) {
			w.send(pick(w, people))
		}
		return try{fact: true}, nil
	}},
	{name: "withdraw", often: 1, heard: oneOf, do: func(w *walk, _ access.Actor, _ Case) (try, error) {
		s := pick(w, w.sends)
		err := w.referrals.Withdraw(w.ctx, s.clerk, s.id, referral.Motive{Reason: "mistake"})
		w.drain()
		return try{of: s.id, fact: true}, err
	}},
	{name: "schedule", often: 6, heard: obliges, do: func(w *walk, _ access.Actor, c Case) (try, error) {
		if !c.State.Open() { // the agenda has asked before
			return try{fact: true}, nil
		}
		return w.fact(func(tx *db.Tx) error { return w.ScheduledTx(w.ctx, tx, w.desk, c.ID, w.clk.Now().Add(time.Hour)) })
	}},
	{name: "present", often: 6, work: true, heard: obliges, do: func(w *walk, _ access.Actor, c Case) (try, error) {
		return w.fact(func(tx *db.Tx) error { return w.PresentedTx(w.ctx, tx, w.psych, c.ID, w.clk.Now()) })
	}},
	{name: "no show", often: 3, work: true, heard: obliges, do: func(w *walk, _ access.Actor, c Case) (try, error) {
		return w.fact(func(tx *db.Tx) error { return w.NoShowTx(w.ctx, tx, w.desk, c.ID, w.clk.Now()) })
	}},
	{name: "deliver", often: 4, heard: obliges, do: func(w *walk, _ access.Actor, c Case) (try, error) {
		plan := w.plan(c.ID)
		if plan == nil {
			return try{fact: true}, nil
		}
		part := pick(w, plan.Components)
		n := part.Done + w.r.IntN(8)
		return w.fact(func(tx *db.Tx) error { return w.DeliveredTx(w.ctx, tx, c.ID, part.ID, n, n*60, 0) })
	}},
	{name: "report", often: 4, do: func(w *walk, _ access.Actor, c Case) (try, error) {
		return w.fact(func(tx *db.Tx) error { return w.ReportTx(w.ctx, tx, w.manager, c.ID, db.NewID()) })
	}},
	{name: "follow up", often: 2, heard: obliges, do: func(w *walk, _ access.Actor, c Case) (try, error) {
		return w.fact(func(tx *db.Tx) error { return w.FollowTx(w.ctx, tx, w.manager, c.ID) })
	}},
}

func (w *walk) fact(do func(tx *db.Tx) error) (try, error) { return try{fact: true}, w.d.Tx(w.ctx, do) }

// decisions are those of the coordination.
var decisions = []deed{
	{name: "wait", action: "espera", often: 5, work: true, heard: obliges, do: func(w *walk, a access.Actor, c Case) (try, error) {
		return try{right: true}, w.PutOnWaitingList(w.ctx, a, c.ID)
	}},
	{name: "admit", action: "admitir", often: 30, work: true, heard: obliges, do: func(w *walk, a access.Actor, c Case) (try, error) {
		f := AdmitForm{Version: w.version("CeDeMas+").ID, StartsOn: clock.DateOf(w.clk.Now()).AddDays(w.r.IntN(4) - 1).MX()}
		return try{right: f.StartsOn != clock.DateOf(w.clk.Now()).AddDays(-1).MX()}, w.AdmitTo(w.ctx, a, c.ID, f)
	}},
	{name: "suspend", action: "suspender", often: 14, work: true, heard: obliges, do: func(w *walk, a access.Actor, c Case) (try, error) {
		note, ok := w.typed()
		return try{right: ok}, w.Suspend(w.ctx, a, c.ID, SuspendForm{Reason: "illness", Note: note})
	}},
	{name: "resume", action: "reanudar", often: 14, work: true, heard: obliges, do: func(w *walk, a access.Actor, c Case) (try, error) {
		return try{right: true}, w.Resume(w.ctx, a, c.ID)
	}},
	{name: "discharge", action: "baja", often: 3, work: true, heard: obliges, do: func(w *walk, a access.Actor, c Case) (try, error) {
		note, ok := w.typed()
		reason := pick(w, []string{"absence_limit", ByOwnDecision, "threat_violence", "new_violence", "intoxicated", "revoked", "imprisonment",
			"death", "relocation", "other_care", Duplicate, "error", "none of the list"})
		return try{right: ok && reason != "none of the list" && reason != ByOwnDecision}, w.Discharge(w.ctx, a, c.ID, DischargeForm{Reason: reason, Note: note})
	}},
	{name: "refer out", action: "derivar", often: 1, work: true, heard: obliges, do: func(w *walk, a access.Actor, c Case) (try, error) {
		note, ok := w.typed()
		return try{right: ok}, w.ReferOut(w.ctx, a, c.ID, ReferOutForm{To: "Centro de salud", Note: note})
	}},
	{name: "complete", action: "concluir", often: 14, work: true, heard: obliges, do: func(w *walk, a access.Actor, c Case) (try, error) {
		override, ok := w.typed()
		report := w.text(`select report_document_id from case_files where id = $1`, c.ID)
		return try{right: ok && report != ""}, w.Complete(w.ctx, a, c.ID, override)
	}},
	{name: "close", action: "cerrar", often: 2, heard: obliges, do: func(w *walk, a access.Actor, c Case) (try, error) {
		return try{right: true}, w.CloseFile(w.ctx, a, c.ID)
	}},
	{name: "transfer", action: "transferir", often: 8, work: true, heard: obliges, do: func(w *walk, a access.Actor, c Case) (try, error) {
		to := pick(w, []string{w.toluca, w.lerma})
		return try{right: to != c.CenterID && !c.Sealed}, w.Transfer(w.ctx, a, c.ID, TransferForm{Center: to, Reason: "residence"})
	}},
	{name: "join", action: "unir", often: 8, work: true, heard: obliges, do: func(w *walk, a access.Actor, c Case) (try, error) {
		_, err := w.Join(w.ctx, a, c.ID, w.anyFolio())
		return try{}, err
	}},
	{name: "separate", often: 6, heard: oneOf, do: func(w *walk, a access.Actor, c Case) (try, error) {
		r := w.mandateOf(c)
		_, err := w.Separate(w.ctx, a, c.ID, r)
		return try{of: r}, err
	}},
	{name: "change mandate", often: 8, heard: oneOf, do: func(w *walk, a access.Actor, c Case) (try, error) {
		r, f := w.mandateOf(c), MandateForm{DocumentOn: "20/11/2026", Reason: why}
		switch f.Kind = pick(w, []string{Extended, Extended, Reduced, Revoked, "none"}); f.Kind {
		case Extended:
			f.Sessions = "60"
		case Reduced:
			f.Sessions = "10"
		}
		return try{of: r}, w.ChangeMandate(w.ctx, a, c.ID, r, f)
	}},
	{name: "join group", action: "grupos", often: 8, work: true, heard: obliges, do: func(w *walk, a access.Actor, c Case) (try, error) {
		_, err := w.join(a, c.ID, w.group)
		return try{}, err
	}},
	{name: "leave group", often: 2, work: true, heard: obliges, do: func(w *walk, a access.Actor, c Case) (try, error) {
		return try{}, w.LeaveGroup(w.ctx, a, c.ID, w.group)
	}},
	{name: "keep apart", often: 2, heard: nobody, do: func(w *walk, a access.Actor, c Case) (try, error) {
		return try{}, w.KeepApart(w.ctx, a, c.ID, w.anyFolio(), why)
	}},
	{name: "seal", action: "reserva", often: 1, heard: nobody, do: func(w *walk, a access.Actor, c Case) (try, error) {
		named := pick(w, []access.Actor{w.psych, w.legal, w.desk, w.awayManager})
		return try{right: named.Center == c.CenterID}, w.Seal(w.ctx, a, c.ID, []string{named.Account})
	}},
	{name: "unseal", often: 3, heard: nobody, do: func(w *walk, a access.Actor, c Case) (try, error) {
		return try{}, w.Unseal(w.ctx, a, c.ID)
	}},
}

// anyFolio is the folio of some case file, or of none.
func (w *walk) anyFolio() string {
	if w.r.IntN(10) == 0 {
		return "no es un folio"
	}
	return w.text(`select folio from case_files where id = $1`, pick(w, w.world.ids))
}

// mandateOf is a mandate of a file, now and then one of another.
func (w *walk) mandateOf(c Case) string {
	var own []string
	w.must(w.d.View(w.ctx, func(tx *db.Tx) error {
		return tx.Select(w.ctx, &own, `select referral_id from case_mandates where case_file_id = $1 order by referral_id`, c.ID)
	}))
	if len(own) == 0 || w.r.IntN(10) == 0 {
		return pick(w, w.sends).id
	}
	return pick(w, own)
}

// writing is what the staff writes into a file.
var writing = []deed{
	{name: "notice", as: access.Reception, often: 2, work: true, do: func(w *walk, a access.Actor, c Case) (try, error) {
		return try{}, w.AcceptNotice(w.ctx, a, c.ID, NoticeForm{Lang: "spanish", How: "signed"})
	}},
	{name: "commitment", as: access.Reception, often: 2, work: true, do: func(w *walk, a access.Actor, c Case) (try, error) {
		return try{}, w.Commit(w.ctx, a, c.ID, clock.DateOf(w.clk.Now()).AddDays(-w.r.IntN(3)).MX())
	}},
	{name: "assessment", as: access.Psychology, often: 3, work: true, do: func(w *walk, a access.Actor, c Case) (try, error) {
		area, ok := areaOf(a.Role)
		if !ok {
			area = program.Psychology
		}
		in := w.instrument(w.shipped(area))
		answers := Answers{}
		for _, item := range in.Items {
			answers[item.Code] = rightAnswer(item)
		}
		return try{}, w.Assess(w.ctx, a, c.ID, in.ID, answers, "no")
	}},
	{name: "risk", as: access.Psychology, often: 3, work: true, do: func(w *walk, a access.Actor, c Case) (try, error) {
		reason, _ := w.typed()
		return try{}, w.SetRisk(w.ctx, a, c.ID, RiskForm{Level: string(pick(w, RiskLevels)), Reason: reason, ReviewOn: clock.DateOf(w.clk.Now()).AddDays(30).MX()})
	}},
	{name: "note", as: access.Psychology, often: 3, do: func(w *walk, a access.Actor, c Case) (try, error) {
		id, err := w.WriteNote(w.ctx, a, c.ID, NoteForm{Body: "Una nota ficticia.", Disclosable: pick(w, []string{"yes", "no", ""})})
		if err == nil && w.r.IntN(2) == 0 {
			err = w.AmendNote(w.ctx, a, c.ID, id, NoteForm{Body: "Otra versión.", Disclosable: "no"})
		}
		return try{}, err
	}},
	{name: "amend", as: access.Reception, often: 4, do: func(w *walk, a access.Actor, c Case) (try, error) {
		f := AmendForm{Field: string(pick(w, Fields)), Value: pick(w, []string{"722 555 0999", "Ñandú", "x@persona.example", people[0], people[1], "—"})}
		f.Reason, _ = w.typed()
		return try{}, w.Amend(w.ctx, a, c.ID, f)
	}},
}

// rightAnswer answers an item in any way that it takes.
func rightAnswer(i Item) string {
	for _, answer := range []string{"1", "3", "texto", "01/01/2020", "yes", "no"} {
		if i.wrong(answer).IsZero() {
			return answer
		}
	}
	if len(i.Choices) > 0 {
		return i.Choices[0].Code
	}
	return ""
}
