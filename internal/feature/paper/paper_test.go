package paper

import (
	"errors"
	"strings"
	"testing"

	"sigue/internal/base/clock"
	"sigue/internal/base/db"
	"sigue/internal/base/fault"
	"sigue/internal/base/i18n"
	"sigue/internal/feature/agenda"
	"sigue/internal/feature/institution"
	"sigue/internal/platform/access"
	"sigue/internal/platform/document"
	"sigue/internal/platform/ledger"
)

// missed are sessions of a case to which he did not come, each on a Wednesday, and
// attended one to which he did.
func (h *house) missed(id string, days ...string) (appointments []string) {
	h.t.Helper()
	for _, day := range days {
		appointments = append(appointments, h.session(id, day, "absent"))
	}
	return appointments
}

func (h *house) session(id, day, mark string) string {
	h.t.Helper()
	a := h.book(id, clock.MustDate(day).MX(), "10:00")
	h.at(day, 11, 0)
	h.mark(a, id, mark)
	return a
}

func (h *house) referralOf(id string) string {
	h.t.Helper()
	return h.text(`select min(referral_id) from case_mandates where case_file_id = $1`, id)
}

func (h *house) sign(w Which) document.Document {
	h.t.Helper()
	v := got(h.Open(h.ctx, h.manager, w))(h.t)
	return got(h.Sign(h.ctx, h.manager, w, Text{Reason: v.Reason, Revision: v.Revision}))(h.t)
}

// says is everything that a document says, as one text.
func (h *house) says(actor access.Actor, id string) string {
	h.t.Helper()
	_, c, err := h.use.Documents.Read(h.ctx, actor, id)
	h.must(err)
	all := append([]string{c.Title}, c.Body...)
	for _, t := range c.Tables {
		for _, row := range t.Rows {
			all = append(all, row...)
		}
	}
	return strings.Join(all, "\n")
}

func (h *house) notices(kind string) int {
	h.t.Helper()
	return h.count(`select count(*) from notices where kind = $1`, kind)
}

// issuedAs are the documents of a kind, valid or not.
func (h *house) issuedAs(kind document.Kind) int {
	h.t.Helper()
	return h.count(`select count(*) from documents where kind = $1`, string(kind))
}

// TestBreach follows a breach report: three absences make it appear with its deadline and a
// text, the signature issues it and tells the authority once, also when it is pressed twice.
func TestBreach(t *testing.T) {
	each(t, func(h *house) {
		id := h.planned(obliged)
		absences := h.missed(id, "2026-11-25", "2026-12-02", "2026-12-09")
		desk := got(h.Pending(h.ctx, h.manager))(h.t)
		if len(desk.Rest) != 1 || desk.Rest[0].Kind != document.BreachReport || !desk.Rest[0].Owed || desk.Rest[0].Due.Due != clock.MustDate("2026-12-14") {
			h.t.Fatalf("on the desk: %+v, want a breach report until the 14th", desk.Rest)
		}
		w := desk.Rest[0].Which
		v := got(h.Open(h.ctx, h.manager, w))(h.t)
		if !strings.Contains(v.Reason, "25/11/2026, 02/12/2026, 09/12/2026") {
			h.t.Errorf("it proposes %q, without the days", v.Reason)
		}
		text := Text{Reason: v.Reason, Revision: v.Revision}
		first, second := got(h.Sign(h.ctx, h.manager, w, text))(h.t), got(h.Sign(h.ctx, h.manager, w, text))(h.t)
		if first.ID != second.ID || h.issuedAs(document.BreachReport) != 1 || h.notices("breach_told") != 1 {
			h.t.Errorf("two presses: %s and %s, %d documents, %d notices", first.Number, second.Number, h.issuedAs(document.BreachReport), h.notices("breach_told"))
		}
		if n := h.count(`select count(*) from tasks where kind = 'breach_report' and done_at is not null and appointment_id = $1`, absences[2]); n != 1 {
			h.t.Errorf("%d tasks are done, want 1", n)
		}
		if said := h.says(h.clerk, first.ID); !strings.Contains(said, "Acumula 3 faltas") || !strings.Contains(said, "0 de 35") {
			h.t.Errorf("the judge reads:\n%s", said)
		}
		if desk := got(h.Pending(h.ctx, h.manager))(h.t); len(desk.Rest)+len(desk.Waiting) != 0 {
			h.t.Errorf("still on the desk: %+v", desk)
		}
	})
}

// TestCase6LateJustificationAfterABreachReport is case 6 of the domain: what was reported stays,
// and a correction that names it goes out.
func TestCase6LateJustificationAfterABreachReport(t *testing.T) {
	each(t, func(h *house) {
		id := h.planned(obliged)
		absences := h.missed(id, "2026-11-25", "2026-12-02", "2026-12-09")
		report := h.sign(Which{Case: id, Kind: document.BreachReport, Mandate: h.referralOf(id), Occasion: absences[2]})
		h.at("2026-12-14", 9, 0)
		h.must(h.use.Agenda.Excuse(h.ctx, h.psych, absences[2], id, "illness"))
		desk := got(h.Pending(h.ctx, h.manager))(h.t)
		if len(desk.Rest) != 1 || desk.Rest[0].Kind != document.Correction || !desk.Rest[0].Owed {
			h.t.Fatalf("on the desk: %+v, want an owed correction", desk.Rest)
		}
		correction := h.sign(desk.Rest[0].Which)
		said := h.says(h.clerk, correction.ID)
		for _, want := range []string{report.Number, "09/12/2026", "son ahora 2"} {
			if !strings.Contains(said, want) {
				h.t.Errorf("the correction does not say %q:\n%s", want, said)
			}
		}
		if n := h.count(`select count(*) from tasks where kind = 'correction' and done_at is not null`); n != 1 || h.notices("absence_corrected") != 1 {
			h.t.Errorf("%d corrections are done, %d notices", n, h.notices("absence_corrected"))
		}
		if n := h.count(`select count(*) from documents where id = $1 and revoked_at is null`, report.ID); n != 1 {
			h.t.Error("the report that was corrected is gone")
		}
	})
}

// TestTwoMandates is case 2 of the domain: the report to A has no trace of B, in its text,
// its number or the name of its file; each reads its own and not the other's.
func TestTwoMandates(t *testing.T) {
	each(t, func(h *house) {
		h.curp = "FIDJ850314HMCCMN06"
		id := h.planned(obliged)
		a, judgeA := h.referralOf(id), h.clerk
		h.session(id, "2026-11-25", "present")
		h.institution = got(h.institutions.Create(h.ctx, builder, institution.Form{Name: "Fiscalía Ejemplar", Kind: "prosecutor", Municipality: "15106"}))(h.t)
		h.area = got(h.institutions.CreateArea(h.ctx, builder, h.institution, institution.AreaForm{Name: "Unidad Novena", Mailbox: "unidad@instancia.example"}))(h.t)
		h.clerk = h.actor(access.Referrer, "")
		if joined := h.accepted(obliged); joined != id {
			h.t.Fatalf("the second mandate made a case of its own")
		}
		b := h.text(`select referral_id from case_mandates where case_file_id = $1 and referral_id <> $2`, id, a)
		h.session(id, "2026-11-27", "late")
		h.at("2026-12-01", 9, 0)
		w := Which{Case: id, Kind: document.MonthlyReport, Mandate: a, Occasion: "2026-11"}
		toA := h.sign(w)
		w.Mandate = b
		toB := h.sign(w)
		folioA, folioB := h.text(`select folio from case_mandates where referral_id = $1`, a), h.text(`select folio from case_mandates where referral_id = $1`, b)
		saidA, saidB := h.says(judgeA, toA.ID), h.says(h.clerk, toB.ID)
		for said, traces := range map[string][]string{
			saidA + toA.Number + toA.FileName(): {folioB, "Fiscalía", "Unidad", toB.Number},
			saidB + toB.Number + toB.FileName(): {folioA, "Poder Judicial", "Juzgado", toA.Number, "25/11/2026", "Ha asistido a 2"},
		} {
			for _, trace := range traces {
				if strings.Contains(said, trace) {
					h.t.Errorf("a trace of the other authority, %q, in:\n%s", trace, said)
				}
			}
		}
		if !strings.Contains(saidA, "Ha asistido a 2 de 35") || !strings.Contains(saidB, "Ha asistido a 1 de 35") {
			h.t.Errorf("each counts its own:\n%s\n%s", saidA, saidB)
		}
		if _, _, err := h.use.Documents.Read(h.ctx, h.clerk, toA.ID); !fault.Is(err, fault.NotFound) {
			h.t.Errorf("B reads the report to A: %v", err)
		}
	})
}

// TestNumbersHaveNoGaps draws a number in a transaction that fails: the next has it.
func TestNumbersHaveNoGaps(t *testing.T) {
	each(t, func(h *house) {
		id := h.planned(obliged)
		w := Which{Case: id, Kind: document.IntakeReport, Mandate: h.referralOf(id)}
		broken := errors.New("broken on purpose")
		var lost document.Document
		err := h.d.Tx(h.ctx, func(tx *db.Tx) error {
			scope, err := h.manager.Require(access.ReportSign)
			h.must(err)
			p, err := h.pieceTx(h.ctx, tx, h.manager, scope, w)
			h.must(err)
			if lost, err = h.signTx(h.ctx, tx, h.manager, p, Text{}); err != nil {
				return err
			}
			return broken
		})
		if !errors.Is(err, broken) {
			h.t.Fatal(err)
		}
		if d := h.sign(w); d.Number != lost.Number || h.issuedAs(document.IntakeReport) != 1 || h.notices("report_issued") != 1 {
			h.t.Errorf("number %s after %s was rolled back; %d documents, %d notices", d.Number, lost.Number, h.issuedAs(document.IntakeReport), h.notices("report_issued"))
		}
	})
}

// TestTheEnd goes from the conclusion report over the completion to the certificate.
func TestTheEnd(t *testing.T) {
	each(t, func(h *house) {
		id := h.planned(obliged)
		h.session(id, "2026-11-25", "present")
		certificate := Which{Case: id, Kind: document.Certificate}
		h.refused(onlyErr(h.Sign(h.ctx, h.manager, certificate, Text{})), fault.Conflict)
		h.refused(h.use.Cases.Complete(h.ctx, h.manager, id, "Por acuerdo con la autoridad."), fault.Conflict)
		w := Which{Case: id, Kind: document.Conclusion, Mandate: h.referralOf(id)}
		if m := atField(onlyErr(h.Sign(h.ctx, h.manager, w, Text{Reason: "Ya está rehabilitado y sin riesgo."})), "reason"); !strings.Contains(m, "rehabilitado") {
			h.t.Errorf("a claim is refused with %q", m)
		}
		report := got(h.Sign(h.ctx, h.manager, w, Text{Reason: "La autoridad dio por cumplida la obligación."}))(h.t)
		if m := atField(h.use.Cases.Complete(h.ctx, h.manager, id, ""), "override"); m == "" {
			h.t.Error("completed without its attendance and without a reason")
		}
		h.must(h.use.Cases.Complete(h.ctx, h.manager, id, "Por acuerdo con la autoridad."))
		d := h.sign(certificate)
		if said := h.says(h.manager, d.ID); !strings.Contains(said, "asistió a 1 de 40 sesiones") || !strings.Contains(said, "25/11/2026") {
			h.t.Errorf("the certificate says:\n%s", said)
		}
		if said := h.says(h.clerk, report.ID); !strings.Contains(said, "Asistió a 1 de 35") {
			h.t.Errorf("the conclusion says:\n%s", said)
		}
		if _, _, err := h.use.Documents.Read(h.ctx, h.clerk, d.ID); !fault.Is(err, fault.NotFound) {
			h.t.Errorf("the authority reads the certificate: %v", err)
		}
	})
}

// TestCase13CertificateRevoked is case 13 of the domain: whoever verifies the code of a revoked
// certificate learns that it no longer stands, and another one can be issued.
func TestCase13CertificateRevoked(t *testing.T) {
	each(t, func(h *house) {
		id := h.planned(voluntarily)
		h.session(id, "2026-11-25", "present")
		got(h.Sign(h.ctx, h.manager, Which{Case: id, Kind: document.Conclusion}, Text{Reason: "Terminó lo acordado."}))(h.t)
		h.must(h.use.Cases.Complete(h.ctx, h.manager, id, "Terminó lo que se acordó con él."))
		w := Which{Case: id, Kind: document.Certificate}
		first := h.sign(w)
		code := h.text(`select code from documents where id = $1`, first.ID)
		public := func() document.Public {
			return got(h.use.Documents.Verify(h.ctx, access.Anonymous("REQ-2"), code))(h.t)
		}
		if !public().Valid {
			h.t.Error("it is not valid before")
		}
		if m := atField(h.Revoke(h.ctx, h.manager, first.ID, " "), "reason"); m == "" {
			h.t.Error("revoked without a reason")
		}
		h.must(h.Revoke(h.ctx, h.manager, first.ID, "Tiene un error en el nombre."))
		if public().Valid {
			h.t.Error("the public page says that it stands")
		}
		if second := h.sign(w); second.ID == first.ID || second.Number == first.Number {
			h.t.Errorf("the next certificate is %s after %s", second.Number, first.Number)
		}
	})
}

// TestAVoluntaryPerson is never in a document to an authority; his conclusion report stays
// at the center, and one that is revoked before the completion no longer allows it.
func TestAVoluntaryPerson(t *testing.T) {
	each(t, func(h *house) {
		id := h.planned(voluntarily)
		h.missed(id, "2026-11-25", "2026-12-02", "2026-12-09")
		referral := h.referralOf(id)
		for _, kind := range []document.Kind{document.IntakeReport, document.BreachReport, document.Conclusion} {
			h.refused(onlyErr(h.Sign(h.ctx, h.manager, Which{Case: id, Kind: kind, Mandate: referral}, Text{Reason: "Un motivo cualquiera."})), fault.Conflict)
		}
		w := Which{Case: id, Kind: document.Conclusion}
		report := got(h.Sign(h.ctx, h.manager, w, Text{Reason: "Terminó lo acordado."}))(h.t)
		if n := h.count(`select count(*) from documents where id = $1 and institution_id = '' and area_id = ''`, report.ID); n != 1 {
			h.t.Error("his report belongs to an institution")
		}
		h.must(h.Revoke(h.ctx, h.manager, report.ID, "Tiene un error en la fecha."))
		h.refused(h.use.Cases.Complete(h.ctx, h.manager, id, "Terminó lo que se acordó con él."), fault.Conflict)
		for _, kind := range []string{"report_issued", "report_revoked", "breach_told", "absence_told"} {
			if n := h.notices(kind); n != 0 {
				h.t.Errorf("%d notices %s", n, kind)
			}
		}
	})
}

// TestADraft is prepared by one, returned and signed by another, and nothing typed is lost.
func TestADraft(t *testing.T) {
	each(t, func(h *house) {
		id := h.planned(obliged)
		absences := h.missed(id, "2026-11-25", "2026-12-02", "2026-12-09")
		w := Which{Case: id, Kind: document.BreachReport, Mandate: h.referralOf(id), Occasion: absences[2]}
		h.must(h.Save(h.ctx, h.legal, w, Text{Reason: "No ha venido en tres semanas."}))
		h.refused(h.Save(h.ctx, h.manager, w, Text{Reason: "Otra cosa que escribí."}), fault.Conflict)
		if n := h.count(`select count(*) from paper_drafts where reason is not null`); n != 1 {
			h.t.Fatalf("%d drafts", n)
		}
		h.must(h.Send(h.ctx, h.legal, w, Text{Reason: "No ha venido en tres semanas seguidas.", Revision: 1}))
		desk := got(h.Pending(h.ctx, h.manager))(h.t)
		if n := got(h.Unsigned(h.ctx, h.manager))(h.t); n != 1 {
			h.t.Errorf("%d documents wait for a signature, want 1", n)
		}
		if len(desk.Waiting) != 1 || len(desk.Rest) != 0 || !desk.Waiting[0].Owed {
			h.t.Fatalf("on the desk: %+v", desk)
		}
		if m := atField(h.Return(h.ctx, h.manager, w, Text{Reason: "x", Revision: 2}), "note"); m == "" {
			h.t.Error("returned without a word")
		}
		h.must(h.Return(h.ctx, h.manager, w, Text{Reason: "No ha venido en tres semanas.", Note: "Faltan los días de las faltas.", Revision: 2}))
		v := got(h.Open(h.ctx, h.legal, w))(h.t)
		if v.Stage != Returned || v.Note != "Faltan los días de las faltas." || v.Reason != "No ha venido en tres semanas." || v.MaySign {
			h.t.Errorf("came back as %+v", v)
		}
		h.refused(onlyErr(h.Sign(h.ctx, h.manager, w, Text{Reason: "Un texto de antes.", Revision: 1})), fault.Conflict)
		h.must(h.Discard(h.ctx, h.legal, w, v.Revision))
		if v := got(h.Open(h.ctx, h.legal, w))(h.t); v.Stage != Proposal || v.Revision != 0 {
			h.t.Errorf("after it was discarded: %s %d", v.Stage, v.Revision)
		}
	})
}

// TestOfMonth lists whose monthly report is missing, and no longer once it is signed.
func TestOfMonth(t *testing.T) {
	each(t, func(h *house) {
		id := h.planned(obliged)
		h.planned(voluntarily)
		h.session(id, "2026-11-25", "present")
		early := h.sign(Which{Case: id, Kind: document.MonthlyReport, Mandate: h.referralOf(id), Occasion: "2026-11"})
		if said := h.says(h.clerk, early.ID); !strings.Contains(said, "hasta el 25/11/2026") {
			h.t.Errorf("a report of the running month does not say until when:\n%s", said)
		}
		h.at("2026-12-01", 9, 0)
		m := got(h.OfMonth(h.ctx, h.manager, ""))(h.t)
		if m.Month.String() != "2026-11" || len(m.Open) != 1 || m.Open[0].Held != 1 || m.Open[0].Attended != 1 {
			h.t.Fatalf("the month: %+v", m)
		}
		d := got(h.Sign(h.ctx, h.manager, m.Open[0].Which, Text{Revision: m.Open[0].Revision}))(h.t)
		m = got(h.OfMonth(h.ctx, h.manager, "2026-11"))(h.t)
		if len(m.Open) != 0 || len(m.Issued) != 1 || m.Issued[0].Issued.ID != d.ID {
			h.t.Errorf("after signing: %+v", m)
		}
		if _, err := h.OfMonth(h.ctx, h.manager, "noviembre"); !fault.Is(err, fault.Invalid) {
			h.t.Errorf("a month that is none: %v", err)
		}
	})
}

// TestPrinted are the papers that nobody signs first: the summons, the commitment letter,
// the attendance list of a group.
func TestPrinted(t *testing.T) {
	each(t, func(h *house) {
		id := h.planned(obliged)
		a := h.book(id, "25/11/2026", "10:00")
		summons := got(h.Summon(h.ctx, h.desk, a))(h.t)
		if again := got(h.Summon(h.ctx, h.desk, a))(h.t); again.ID != summons.ID {
			h.t.Error("two summonses to one appointment")
		}
		if said := h.says(h.desk, summons.ID); !strings.Contains(said, "25/11/2026 a las 10:00") || strings.Contains(said, "iolencia") {
			h.t.Errorf("the summons says:\n%s", said)
		}
		letter := got(h.Letter(h.ctx, h.desk, id))(h.t)
		if said := h.says(h.desk, letter.ID); !strings.Contains(said, "consta de 40 sesiones") {
			h.t.Errorf("the letter says:\n%s", said)
		}
		group := h.group(2, clock.MustDate("2026-12-11"), id)
		h.must(h.use.Agenda.Confirm(h.ctx, h.manager, group))
		session := h.texts(`select id from appointments where group_id = $1 order by starts_at`, group)[0]
		sheet := got(h.Sheet(h.ctx, h.lead, session))(h.t)
		if said := h.says(h.lead, sheet.ID); !strings.Contains(said, "J. Ficticio") {
			h.t.Errorf("the list says:\n%s", said)
		}
		h.refused(onlyErr(h.Summon(h.ctx, h.desk, session)), fault.Conflict)
		h.refused(onlyErr(h.Sheet(h.ctx, h.lead, session+"x")), fault.NotFound)
		h.at("2026-11-25", 12, 0)
		b := h.book(id, "30/11/2026", "10:00")
		h.must(h.use.Agenda.Cancel(h.ctx, h.desk, b, agenda.Change{Side: "center", Reason: "room"}))
		h.refused(onlyErr(h.Summon(h.ctx, h.desk, b)), fault.Conflict)
	})
}

// TestChoices tells of each document whether it is possible now, and if not why.
func TestChoices(t *testing.T) {
	each(t, func(h *house) {
		id := h.accepted(obliged)
		c := got(h.Choose(h.ctx, h.legal, id))(h.t)
		if len(c.Readers) != 2 || len(c.Readers[0].Choices) == 0 {
			h.t.Fatalf("choices: %+v", c)
		}
		for _, r := range c.Readers {
			for _, choice := range r.Choices {
				if choice.Why.IsZero() || choice.Why.In(i18n.English) == choice.Why.In(i18n.Spanish) {
					h.t.Errorf("%s before admission: %q", choice.Kind, choice.Why.In(i18n.Spanish))
				}
			}
		}
	})
}

func onlyErr[T any](_ T, err error) error { return err }

// TestTheLedger knows each step, and names nobody.
func TestTheLedger(t *testing.T) {
	each(t, func(h *house) {
		id := h.planned(obliged)
		h.sign(Which{Case: id, Kind: document.IntakeReport, Mandate: h.referralOf(id)})
		for action, subject := range map[string]ledger.Subject{
			"paper.read": {Type: "case", ID: id}, "document.issue": {Type: "referral", ID: h.referralOf(id)}, "process.report": {Type: "referral", ID: h.referralOf(id)},
		} {
			if n := h.count(`select count(*) from ledger_entries where action = $1 and subject_type = $2 and subject_id = $3`, action, subject.Type, subject.ID); n == 0 {
				h.t.Errorf("no entry %s on %s", action, subject.Type)
			}
		}
	})
}
