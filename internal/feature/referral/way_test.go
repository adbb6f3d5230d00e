package referral

import (
	"bytes"
	"slices"
	"strings"
	"testing"
	"time"

	"sigue/internal/base/clock"
	"sigue/internal/platform/access"
	"sigue/internal/platform/document"
	"sigue/internal/platform/notify/mailcatcher"
)

// TestWholeWay goes from an empty draft to an accepted referral, with everything that
// each side sees on the way.
func TestWholeWay(t *testing.T) {
	each(t, func(h *house) {
		id := h.start(h.clerk)
		h.writeInSections(id)
		sent := h.submit(h.clerk, id)
		h.acknowledged(id, sent)
		h.clk.Advance(time.Hour)
		h.read(id, sent)
		h.clk.Advance(time.Hour)
		h.sendBack(id)
		h.clk.Advance(time.Hour)
		h.correct(id, sent)
		h.clk.Advance(time.Hour)
		h.acceptWithAppointment(id)
	})
}

// writeInSections fills the task list and watches each section become complete.
func (h *house) writeInSections(id string) {
	h.t.Helper()
	c := h.complete()
	for _, s := range []Section{SectionPerson, SectionBasis, SectionFacts, SectionCenter} {
		if v := h.writing(h.clerk, id); v.Status[s] != NotStarted || v.CanSubmit {
			h.t.Errorf("%s before it was written: status %d, can submit %v", s, v.Status[s], v.CanSubmit)
		}
		h.save(h.clerk, id, s, c)
		if v := h.writing(h.clerk, id); v.Status[s] != Complete {
			h.t.Errorf("%s after it was written: status %d, %v", s, v.Status[s], v.Errors[s])
		}
	}
	h.says(h.CheckSection(h.ctx, h.clerk, id, SectionPapers), "file", "Adjunte la resolución")
	if _, err := h.Submit(h.ctx, h.clerk, id); err == nil {
		h.t.Error("a mandatory basis was sent without its resolution")
	}
	h.attach(h.clerk, id, "resolución.pdf", pdf(h.t, "Resolucion ficticia"))
	h.attach(h.clerk, id, "foto.jpg", photo(h.t))
	v := h.writing(h.clerk, id)
	if !v.CanSubmit || len(v.Papers) != 2 || v.Papers[0].Type != "pdf" || v.Papers[1].Type != "jpeg" {
		h.t.Fatalf("can submit %v with papers %+v, errors %v", v.CanSubmit, v.Papers, v.Errors)
	}
}

// acknowledged checks the folio, the receipt, and that both sides are told by folio only.
func (h *house) acknowledged(id string, sent Sent) {
	h.t.Helper()
	if want := "SIGUE-2026-000001-"; !strings.HasPrefix(sent.Folio, want) || sent.ID != id {
		h.t.Errorf("sent = %+v, want id %s and a folio %s…", sent, id, want)
	}
	v := h.open(h.clerk, id)
	if len(v.Documents) != 1 || v.Documents[0].Kind != document.Acknowledgement || !v.Documents[0].Valid() {
		h.t.Fatalf("documents = %+v, want one valid acknowledgement", v.Documents)
	}
	doc, content, err := h.documents.Read(h.ctx, h.clerk, v.Documents[0].ID)
	h.must(err)
	var paper bytes.Buffer
	h.must(h.documents.RenderPDF(&paper, doc, content))
	if !bytes.HasPrefix(paper.Bytes(), []byte("%PDF-")) || len(content.Attachments) != 2 {
		h.t.Errorf("acknowledgement of %d bytes with attachments %+v", paper.Len(), content.Attachments)
	}
	if due := "24/11/2026"; v.DueOn.MX() != due || !strings.Contains(content.Paragraphs[0], due) {
		h.t.Errorf("due on %s, and the receipt says %q, want %s in both", v.DueOn.MX(), content.Paragraphs[0], due)
	}
	want := []string{"referral_submitted juzgado.primero@instancia.example", "referral_received centro.toluca@cedemas.example"}
	if told := h.told(id); !slices.Equal(told, want) || len(v.Told) != 2 {
		h.t.Errorf("told %q, want %q", told, want)
	}
	h.mailed(sent.Folio, id)
}

// mailed delivers the notices by SMTP and checks that they hold a folio and a link,
// and nothing of the person.
func (h *house) mailed(folio, id string) {
	h.t.Helper()
	h.drain()
	messages := slices.DeleteFunc(h.mail.Messages(), func(m mailcatcher.Message) bool { return strings.HasPrefix(m.To, "cuenta") })
	if len(messages) != 2 {
		h.t.Fatalf("%d mails went out, want 2", len(messages))
	}
	for _, m := range messages {
		text := m.Subject + "\n" + m.Body
		if !strings.Contains(text, folio) || !strings.Contains(text, "https://sigue.example/canalizaciones/"+id) {
			h.t.Errorf("mail to %s lacks folio or link:\n%s", m.To, text)
		}
		for _, private := range []string{"Juan", "Ficticio", "118/2026", "ficticio", "iolencia", "Psic"} {
			if strings.Contains(text, private) {
				h.t.Errorf("mail to %s holds %q:\n%s", m.To, private, text)
			}
		}
	}
}

// read opens the referral at the center; the read is in the ledger.
func (h *house) read(id string, sent Sent) {
	h.t.Helper()
	queue := got(h.Queue(h.ctx, h.desk, ""))(h.t).Rows
	if len(queue) != 1 || queue[0].ID != id || queue[0].Due.Kind != clock.Tomorrow || queue[0].Person != "J. Ficticio Demo" {
		h.t.Fatalf("queue = %+v", queue)
	}
	v := h.open(h.desk, id)
	if v.Folio != sent.Folio || v.State != Submitted || v.Person.Surname1 != "Ficticio" || v.Circumstances.Narrative != "Un hecho ficticio." ||
		!slices.Equal(v.Circumstances.ViolenceTypes, []string{"physical", "psychological"}) || !v.CanReceive || v.CanWrite {
		h.t.Errorf("the center reads %+v", v)
	}
	if b := v.Basis; b.LegalBasis != "conditional_suspension" || b.CaseNorm != "118/2026" || b.MandateSessions != 35 || b.MandateTo != clock.MustDate("2027-08-20") {
		h.t.Errorf("basis = %+v", b)
	}
	if n := h.count(`select count(*) from ledger_entries where action = 'referral.read' and subject_id = $1 and actor = $2 and center_id = $3`,
		id, h.desk.Name(), h.toluca.center); n != 1 {
		h.t.Errorf("the read has %d ledger entries, want 1", n)
	}
	coordinator := h.actor("center_coordinator", h.toluca)
	readers := got(h.Readers(h.ctx, coordinator, id))(h.t)
	if len(readers) == 0 || readers[0].Who.Post != h.post(h.desk) || readers[0].What.Key != "Abrió la canalización" {
		h.t.Errorf("readers = %+v, want %s first", readers, h.post(h.desk))
	}
}

// sendBack returns the referral and checks what the institution reads of it.
func (h *house) sendBack(id string) {
	h.t.Helper()
	h.must(h.Return(h.ctx, h.desk, id, note))
	pending := got(h.Pending(h.ctx, h.clerk, ""))(h.t).Rows
	if len(pending) != 1 || pending[0].ID != id || pending[0].State != Returned {
		h.t.Fatalf("pending = %+v", pending)
	}
	v := h.writing(h.clerk, id)
	if v.Returned == nil || v.Returned.Note != note.Note || !slices.Equal(v.Returned.Reasons, note.Reasons) || v.Returned.By != h.desk.Account {
		h.t.Errorf("returned = %+v, want %+v by the desk", v.Returned, note)
	}
	if want := clock.NewCalendar().Add(clock.DateOf(h.clk.Now()), 10); v.Returned.DueOn != want || h.row(id).DueOn != want {
		h.t.Errorf("to be corrected by %s (list: %s), want %s", v.Returned.DueOn, h.row(id).DueOn, want)
	}
	if queue := got(h.Queue(h.ctx, h.desk, ""))(h.t).Rows; len(queue) != 0 {
		h.t.Errorf("a returned referral still waits at the center: %+v", queue)
	}
}

// correct changes the text and sends it again, under the same folio.
func (h *house) correct(id string, sent Sent) {
	h.t.Helper()
	c := h.complete()
	c.Facts.Narrative, c.Person.Surname2 = "Un hecho corregido.", "Corregido"
	h.save(h.clerk, id, SectionFacts, c)
	h.save(h.clerk, id, SectionPerson, c)
	if again := h.submit(h.clerk, id); again != sent {
		h.t.Errorf("sent again as %+v, want %+v", again, sent)
	}
	v := h.open(h.desk, id)
	if v.State != Submitted || v.Circumstances.Narrative != "Un hecho corregido." || v.Person.Surname2 != "Corregido" {
		h.t.Errorf("after the correction: %s, %q, %q", v.State, v.Circumstances.Narrative, v.Person.Surname2)
	}
	if told := h.told(id); told[len(told)-1] != "referral_corrected centro.toluca@cedemas.example" {
		h.t.Errorf("told last: %q", told)
	}
	if n := h.count(`select count(*) from referral_returns where referral_id = $1 and answered_at is not null`, id); n != 1 {
		h.t.Errorf("answered returns = %d, want 1", n)
	}
	if p := h.panel(h.desk, PanelFilter{Text: "corregido"}); len(p.Rows) != 1 {
		h.t.Errorf("the corrected name finds %d referrals, want 1", len(p.Rows))
	}
	if p := h.panel(h.desk, PanelFilter{Text: "demo"}); len(p.Rows) != 0 {
		h.t.Errorf("the name before the correction still finds %d", len(p.Rows))
	}
}

// receipt is the acknowledgement that stands: the newest, and the only valid one.
func (h *house) receipt(id string) document.Document {
	h.t.Helper()
	all := h.open(h.clerk, id).Documents
	for i, d := range all {
		if d.Kind != document.Acknowledgement || d.Valid() != (i == len(all)-1) {
			h.t.Errorf("of %d documents, number %d is a %s, valid %v", len(all), i, d.Kind, d.Valid())
		}
	}
	return all[len(all)-1]
}

// TestACorrectionIssuesItsReceiptAnew checks that the paper of the first text no longer
// stands, in the file and for a stranger who holds it.
func TestACorrectionIssuesItsReceiptAnew(t *testing.T) {
	each(t, func(h *house) {
		id := h.returned()
		first := h.receipt(id)
		c := h.light()
		c.Basis.CaseValue = "777/2026"
		h.save(h.clerk, id, SectionBasis, c)
		h.clk.Advance(time.Hour)
		h.submit(h.clerk, id)
		second := h.receipt(id)
		if second.ID == first.ID || second.Folio != first.Folio {
			h.t.Fatalf("receipt %s of %s, then %s of %s", first.ID, first.Folio, second.ID, second.Folio)
		}
		_, content, err := h.documents.Read(h.ctx, h.clerk, second.ID)
		h.must(err)
		lines := map[string]string{}
		for _, l := range content.Lines {
			lines[l.Label] = l.Value
		}
		if lines["Expediente"] != "777/2026" || lines["Recibida"] == "" || lines["Corregida"] == "" || lines["Recibida"] == lines["Corregida"] {
			h.t.Errorf("the new receipt says %q", lines)
		}
		stranger := access.System("public", access.DocumentVerify)
		for id, valid := range map[string]bool{first.ID: false, second.ID: true} {
			code := value[string](h, `select code from documents where id = $1`, id)
			if public := got(h.documents.Verify(h.ctx, stranger, code))(h.t); public.Valid != valid {
				h.t.Errorf("%s: valid %v for a stranger, want %v", id, public.Valid, valid)
			}
		}
	})
}

// acceptWithAppointment ends the way: the institution's panel shows the next date.
func (h *house) acceptWithAppointment(id string) {
	h.t.Helper()
	h.cite(id)
	want := clock.MustDate("2026-11-25").At(10, 0)
	p := h.panel(h.clerk, PanelFilter{})
	if len(p.Rows) != 1 || p.Rows[0].State != Accepted || !p.Rows[0].AppointmentAt.Equal(want) || !p.Rows[0].DueOn.IsZero() ||
		p.Rows[0].Center != "Centro Toluca" {
		h.t.Errorf("panel = %+v, want accepted with an appointment at %s", p.Rows, want)
	}
	v := h.open(h.clerk, id)
	if v.Appointment == nil || !v.Appointment.StartsAt.Equal(want) || v.Appointment.Venue.ID == "" || v.Appointment.Mode != "in_person" {
		h.t.Errorf("appointment = %+v", v.Appointment)
	}
	var story []string
	for _, e := range v.Timeline {
		story = append(story, e.What.Key+" ("+e.Who+")")
	}
	clerk, desk := " ("+h.post(h.clerk)+")", " ("+h.post(h.desk)+")"
	if tale := []string{"Se empezó a capturar" + clerk, "Se envió la canalización" + clerk, "El centro la devolvió para corregir" + desk,
		"Se envió corregida" + clerk, "El centro la aceptó" + desk, "El centro ofreció cita" + desk}; !slices.Equal(story, tale) {
		h.t.Errorf("timeline = %q, want %q", story, tale)
	}
	if n := h.count(`select count(*) from referrals where id = $1 and draft is not null`, id); n != 0 {
		h.t.Error("the draft outlived the acceptance")
	}
	if report := got(h.ledger.Verify(h.ctx))(h.t); !report.OK() {
		h.t.Errorf("ledger: %+v", report.Findings)
	}
}
