package document_test

import (
	"strings"
	"testing"
	"time"

	"sigue/internal/base/clock"
	"sigue/internal/base/db"
	"sigue/internal/base/fault"
	"sigue/internal/base/i18n"
	"sigue/internal/platform/access"
	"sigue/internal/platform/document"
)

var (
	writer  = access.Actor{Account: "a8", Role: access.ProgramAdmin}
	seeding = access.System("seed", access.TemplateManage)
)

func (h *house) wordings(kind document.Kind) *document.Wordings {
	h.t.Helper()
	w, err := h.Wordings(h.ctx, writer, kind)
	if err != nil {
		h.t.Fatal(err)
	}
	return w
}

func (h *house) must(err error) {
	h.t.Helper()
	if err != nil {
		h.t.Fatal(err)
	}
}

// says is the first paragraph that a summons of today begins with.
func (h *house) says() (text string) {
	h.t.Helper()
	h.tx(func(tx *db.Tx) error {
		values := document.Fields{}
		for _, f := range document.Summons.Fields() {
			values[f] = f.Example()
		}
		c, err := h.WordTx(h.ctx, tx, document.Summons, values)
		if err == nil {
			text = c.Body[0]
		}
		return err
	})
	return text
}

// TestWordingFromDraftToForce follows a text: a draft changes nothing, a published one holds
// from its day, and what was written meanwhile by another is not overwritten.
func TestWordingFromDraftToForce(t *testing.T) {
	onBoth(t, func(h *house) {
		h.must(h.Seed(h.ctx, seeding))
		h.must(h.Seed(h.ctx, seeding)) // as at each start
		form := document.WordingForm{Title: "Citatorio", Body: "Uno para {{persona}}.\n\n{{firma}}"}
		h.must(h.SaveWording(h.ctx, writer, document.Summons, form))
		if err := h.SaveWording(h.ctx, writer, document.Summons, form); !fault.Is(err, fault.Conflict) {
			h.t.Errorf("a second draft: %v, want a conflict", err)
		}
		form.Body, form.Revision = "Dos para {{ persona }}.\n\n\n\n{{firma}}", 1
		h.must(h.SaveWording(h.ctx, writer, document.Summons, form))
		if err := h.SaveWording(h.ctx, writer, document.Summons, form); !fault.Is(err, fault.Conflict) {
			h.t.Errorf("over a draft that another changed: %v, want a conflict", err)
		}
		if got := h.says(); strings.HasPrefix(got, "Dos") {
			h.t.Error("a draft is in force")
		}
		today := clock.DateOf(h.clk.Now())
		if err := h.PublishWording(h.ctx, writer, document.Summons, 2, today.AddDays(-1).MX()); !fault.Is(err, fault.Invalid) {
			h.t.Errorf("published for yesterday: %v", err)
		}
		h.must(h.PublishWording(h.ctx, writer, document.Summons, 2, today.AddDays(3).MX()))
		if got := h.says(); strings.HasPrefix(got, "Dos") {
			h.t.Error("a text is in force before its day")
		}
		h.clk.Advance(3 * 24 * time.Hour)
		if got, want := h.says(), "Dos para "+document.FieldPerson.Example()+"."; got != want {
			h.t.Errorf("on its day the document begins %q, want %q", got, want)
		}
		w := h.wordings(document.Summons)
		if w.InForce.Version != 2 || w.Draft != nil || len(w.Others) != 1 || w.Others[0].Version != 1 {
			h.t.Errorf("got %+v, want version 2 in force and 1 beside it", w)
		}
		h.must(h.SaveWording(h.ctx, writer, document.Summons, document.WordingForm{Title: "C", Body: "Tres."}))
		h.must(h.DiscardWording(h.ctx, writer, document.Summons, 1))
		if err := h.DiscardWording(h.ctx, writer, document.Summons, 1); !fault.Is(err, fault.Conflict) {
			h.t.Errorf("discarded twice: %v", err)
		}
		if _, err := h.Wordings(h.ctx, reception, document.Summons); !fault.Is(err, fault.NotFound) {
			h.t.Errorf("reception reads templates: %v", err)
		}
	})
}

// TestWordingIsRefused checks what cannot be written, with the sentence at its field.
func TestWordingIsRefused(t *testing.T) {
	tests := []struct {
		name        string
		kind        document.Kind
		title, body string
		field, says string
	}{
		{"no title", document.Summons, " ", "Texto.", "title", "no puede salir vacío"},
		{"no text", document.Summons, "Título", "\n \n", "body", "no puede salir vacío"},
		{"too long", document.Summons, "Título", strings.Repeat("ñ", document.MaxBody+1), "body", "6,000 caracteres o menos"},
		{"a field of another kind", document.Certificate, "Título", "Por {{motivo}}.", "body", "no tiene el dato {{motivo}}"},
		{"a field that nobody knows", document.Summons, "{{víctima}}", "Texto.", "title", "no tiene el dato {{víctima}}"},
		{"braces alone", document.Summons, "Título", "Hola {{persona.", "body", "llaves sin su pareja"},
		{"what attendance does not prove", document.Certificate, "Título", "Queda rehabilitado y sin riesgo.", "body", "no puede decir «rehabilitado»"},
	}
	onBoth(t, func(h *house) {
		h.must(h.Seed(h.ctx, seeding))
		for _, tt := range tests {
			err := h.SaveWording(h.ctx, writer, tt.kind, document.WordingForm{Title: tt.title, Body: tt.body})
			if got := fault.FieldsOf(err)[tt.field].In(i18n.Spanish); !strings.Contains(got, tt.says) {
				h.t.Errorf("%s: got %v at %q, want %q", tt.name, err, tt.field, tt.says)
			}
		}
		for _, kind := range []document.Kind{document.Acknowledgement, "nothing"} {
			if err := h.SaveWording(h.ctx, writer, kind, document.WordingForm{Title: "T", Body: "B"}); !fault.Is(err, fault.NotFound) {
				h.t.Errorf("a wording of %q: %v", kind, err)
			}
			if err := h.PublishWording(h.ctx, writer, kind, 1, ""); !fault.Is(err, fault.NotFound) {
				h.t.Errorf("publishing %q: %v", kind, err)
			}
		}
	})
}

// TestEveryWordingCanBePrinted draws each text that ships with its examples.
func TestEveryWordingCanBePrinted(t *testing.T) {
	onBoth(t, func(h *house) {
		h.must(h.Seed(h.ctx, seeding))
		for _, kind := range document.Kinds() {
			if !kind.Worded() {
				continue
			}
			d, c, err := h.Preview(h.ctx, writer, kind, 1)
			h.must(err)
			got := text(h.t, h.pdf(d, c))
			if !strings.Contains(got, "VISTA PREVIA") || strings.Contains(got, "{{") {
				h.t.Errorf("%s is printed as\n%s", kind, got)
			}
		}
	})
}
