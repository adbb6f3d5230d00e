package document_test

import (
	"context"
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"sigue/internal/base/clock"
	"sigue/internal/base/db"
	"sigue/internal/base/db/dbtest"
	"sigue/internal/base/fault"
	"sigue/internal/platform/access"
	"sigue/internal/platform/document"
	"sigue/internal/platform/folio"
	"sigue/internal/platform/ledger"
	"sigue/internal/platform/schema"
	"sigue/internal/platform/vault"
)

// The people of the tests. The clerk's area issues; the rest are others.
var (
	clerk      = access.Actor{Account: "a1", Role: access.Referrer, Institution: "i1", Area: "r1"}
	neighbour  = access.Actor{Account: "a2", Role: access.Referrer, Institution: "i1", Area: "r2"}
	supervisor = access.Actor{Account: "a3", Role: access.InstitutionSupervisor, Institution: "i1", Area: "r2"}
	stranger   = access.Actor{Account: "a4", Role: access.Referrer, Institution: "i2", Area: "r3"}
	reception  = access.Actor{Account: "a5", Role: access.Reception, Center: "c1"}
	elsewhere  = access.Actor{Account: "a6", Role: access.Reception, Center: "c2"}
	auditor    = access.Actor{Account: "a7", Role: access.Auditor}
	anybody    = access.Anonymous("request")
)

// house is a document service on a database.
type house struct {
	t      *testing.T
	ctx    context.Context
	db     *db.DB
	clk    *clock.Fake
	vault  *vault.Vault
	ledger *ledger.Ledger
	*document.Service
}

func newHouse(t *testing.T, d *db.DB, clk *clock.Fake) *house {
	t.Helper()
	file := filepath.Join(t.TempDir(), "keys.json")
	if err := vault.Create(file); err != nil {
		t.Fatal(err)
	}
	v, err := vault.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	l, err := ledger.New(d, v.SigningKey(vault.LedgerMAC), v.SigningKey(vault.LedgerNote))
	if err != nil {
		t.Fatal(err)
	}
	s := document.New(d, v, l, document.Branding{}, "https://sigue.example/")
	return &house{t: t, ctx: t.Context(), db: d, clk: clk, vault: v, ledger: l, Service: s}
}

func onBoth(t *testing.T, test func(h *house)) {
	t.Helper()
	dbtest.Run(t, schema.Migrations, func(t *testing.T, d *db.DB, clk *clock.Fake) { test(newHouse(t, d, clk)) })
}

var subject = ledger.Subject{Type: "referral", ID: "0197f0a0-0000-7000-8000-000000000001"}

// content holds words that must stay inside.
var content = document.Content{
	Lines: []document.Line{
		{Label: "Canaliza", Value: "Juzgado Tercero Familiar, Toluca"},
		{Label: "Expediente", Value: "CANARIO-1184/2026"},
		{Label: "Persona (iniciales)", Value: "J. Ñ. Ü."},
	},
	Attachments: []document.Attachment{{Name: "resolución.pdf", SHA256: strings.Repeat("9f86d081", 8), Size: 312_456}},
	Paragraphs:  []string{"El centro responde a más tardar el 24/11/2026."},
}

func (h *house) tx(do func(tx *db.Tx) error) {
	h.t.Helper()
	if err := h.db.Tx(h.ctx, do); err != nil {
		h.t.Fatal(err)
	}
}

func (h *house) issueWith(key *vault.Key, c document.Content) document.Document {
	h.t.Helper()
	var d document.Document
	h.tx(func(tx *db.Tx) error {
		var err error
		if key == nil {
			if key, err = h.vault.NewKeyTx(h.ctx, tx); err != nil {
				return err
			}
		}
		d, err = h.IssueTx(h.ctx, tx, clerk, document.Issue{
			Kind: document.Acknowledgement, Folio: folio.Mint(2026, 123), Subject: subject,
			Institution: "i1", Area: "r1", Center: "c1", Key: key, Content: c,
		})
		return err
	})
	return d
}

func (h *house) issue() document.Document {
	h.t.Helper()
	return h.issueWith(nil, content)
}

func (h *house) list() []document.Document {
	h.t.Helper()
	var out []document.Document
	h.tx(func(tx *db.Tx) error {
		var err error
		out, err = h.ListTx(h.ctx, tx, subject)
		return err
	})
	return out
}

// actions are what the ledger says was done to the subject, oldest first.
func (h *house) actions() []string {
	h.t.Helper()
	var out []string
	h.tx(func(tx *db.Tx) error {
		return tx.Select(h.ctx, &out, `select action || ' ' || actor from ledger_entries
			where subject_type = $1 and subject_id = $2 order by id`, subject.Type, subject.ID)
	})
	return out
}

func wantMissing(t *testing.T, what string, err error) {
	t.Helper()
	if !fault.Is(err, fault.NotFound) {
		t.Errorf("%s: got %v, want NotFound", what, err)
	}
}

func TestRead(t *testing.T) {
	onBoth(t, func(h *house) {
		d := h.issue()
		for name, actor := range map[string]access.Actor{"the area": clerk, "its supervisor": supervisor, "the center": reception} {
			got, c, err := h.Read(h.ctx, actor, d.ID)
			if err != nil {
				h.t.Errorf("%s: %v", name, err)
				continue
			}
			if got != d || len(c.Lines) != 3 || c.Lines[2].Value != "J. Ñ. Ü." || c.Attachments[0] != content.Attachments[0] || c.Paragraphs[0] != content.Paragraphs[0] {
				h.t.Errorf("%s: got %+v, %+v", name, got, c)
			}
		}
		if got := len(h.actions()); got != 4 {
			h.t.Errorf("the ledger has %v, want one issue and three reads", h.actions())
		}
	})
}

// TestIsolation checks that the document of another does not exist, and that who asks
// in vain reads nothing.
func TestIsolation(t *testing.T) {
	onBoth(t, func(h *house) {
		d := h.issue()
		before := len(h.actions())
		for name, actor := range map[string]access.Actor{
			"another area": neighbour, "another institution": stranger, "another center": elsewhere, "an auditor": auditor, "nobody": anybody,
		} {
			got, c, err := h.Read(h.ctx, actor, d.ID)
			wantMissing(h.t, name, err)
			if got != (document.Document{}) || len(c.Lines) != 0 {
				h.t.Errorf("%s: got %+v, %+v with the error", name, got, c)
			}
			wantMissing(h.t, name+" revoking", h.Revoke(h.ctx, actor, d.ID, "porque sí"))
		}
		for _, id := range []string{"", "x", "\x00", "' or 1=1 --", subject.ID} {
			_, _, err := h.Read(h.ctx, clerk, id)
			wantMissing(h.t, "id "+id, err)
		}
		if after := len(h.actions()); after != before {
			h.t.Errorf("%d entries for reads that were none", after-before)
		}
	})
}

func TestVerify(t *testing.T) {
	onBoth(t, func(h *house) {
		d := h.issue()
		h.clk.Advance(48 * 3600e9)
		want := document.Public{Kind: document.Acknowledgement, IssuedAt: dbtest.Start, Valid: true}
		for name, code := range map[string]string{
			"as in the QR": d.Code(), "as printed": document.Grouped(d.Code()), "in small letters": strings.ToLower(d.Code()),
		} {
			if got, err := h.Verify(h.ctx, anybody, code); err != nil || got != want {
				h.t.Errorf("%s: got %+v, %v; want %+v", name, got, err, want)
			}
		}
		if got, err := h.Verify(h.ctx, stranger, d.Code()); err != nil || got != want {
			h.t.Errorf("another institution: got %+v, %v; want what everybody gets", got, err)
		}
		for _, code := range []string{"", "x", document.NewCode(), d.ID, "\x00", strings.Repeat("A", 1000)} {
			got, err := h.Verify(h.ctx, anybody, code)
			wantMissing(h.t, "code "+code, err)
			if got != (document.Public{}) {
				h.t.Errorf("code %q: got %+v", code, got)
			}
		}
		if _, err := h.Verify(h.ctx, access.Actor{}, d.Code()); !fault.Is(err, fault.NotFound) {
			h.t.Errorf("an actor that is nobody: got %v, want NotFound", err)
		}
	})
}

func TestRevoke(t *testing.T) {
	onBoth(t, func(h *house) {
		d := h.issue()
		for _, reason := range []string{"", "  \n", strings.Repeat("x", 501)} {
			if err := h.Revoke(h.ctx, reception, d.ID, reason); !fault.Is(err, fault.Invalid) || fault.FieldsOf(err)["reason"].IsZero() {
				h.t.Errorf("reason of %d: got %v, want Invalid at the field", len(reason), err)
			}
		}
		wantMissing(h.t, "who may not", h.Revoke(h.ctx, clerk, d.ID, "se equivocó"))
		if err := h.Revoke(h.ctx, reception, d.ID, "El folio era de CANARIO"); err != nil {
			h.t.Fatal(err)
		}
		if got, err := h.Verify(h.ctx, anybody, d.Code()); err != nil || got.Valid {
			h.t.Errorf("got %+v, %v; want it no longer valid", got, err)
		}
		if got := h.list(); len(got) != 1 || got[0].Valid() {
			h.t.Errorf("got %+v, want it listed as revoked", got)
		}
		if err := h.Revoke(h.ctx, reception, d.ID, "otra vez"); !fault.Is(err, fault.Conflict) {
			h.t.Errorf("again: got %v, want Conflict", err)
		}
		var stored string
		h.tx(func(tx *db.Tx) error {
			return tx.Get(h.ctx, &stored, `select revoked_by || ' ' || revoked_reason from documents`)
		})
		if want := "account:a5 revoked"; stored != want {
			h.t.Errorf("got %q in the row, want %q: the words are in the ledger", stored, want)
		}
		if got := h.actions(); len(got) != 2 || got[1] != "document.revoke account:a5" {
			h.t.Errorf("the ledger has %v", got)
		}
	})
}

// TestIssuedAgain checks that of one kind and subject one document stands.
func TestIssuedAgain(t *testing.T) {
	onBoth(t, func(h *house) {
		first := h.issue()
		h.clk.Advance(3600e9)
		second := h.issue()
		if got, _ := h.Verify(h.ctx, anybody, first.Code()); got.Valid {
			h.t.Error("the first is still valid")
		}
		if got, _ := h.Verify(h.ctx, anybody, second.Code()); !got.Valid {
			h.t.Error("the second is not valid")
		}
		if got := h.list(); len(got) != 2 || got[0].ID != first.ID || got[1].ID != second.ID {
			h.t.Errorf("got %+v, want both, the oldest first", got)
		}
		if h.VerifyURL(h.list()[0]) != "" {
			h.t.Error("a list gives away the codes")
		}
	})
}

func TestMove(t *testing.T) {
	onBoth(t, func(h *house) {
		d := h.issue()
		h.tx(func(tx *db.Tx) error { return h.MoveTx(h.ctx, tx, subject, "c2") })
		if _, _, err := h.Read(h.ctx, elsewhere, d.ID); err != nil {
			h.t.Errorf("the new center: %v", err)
		}
		_, _, err := h.Read(h.ctx, reception, d.ID)
		wantMissing(h.t, "the old center", err)
	})
}

// TestSealed checks that the content is unreadable in the database, in another row, and
// once its key is erased.
func TestSealed(t *testing.T) {
	onBoth(t, func(h *house) {
		d := h.issue()
		var raw []byte
		h.tx(func(tx *db.Tx) error { return tx.Get(h.ctx, &raw, `select content from documents where id = $1`, d.ID) })
		if strings.Contains(string(raw), "CANARIO") || strings.Contains(string(raw), "Juzgado") {
			h.t.Error("the content is stored in clear")
		}
		other := h.issue()
		h.tx(func(tx *db.Tx) error {
			_, err := tx.Exec(h.ctx, `update documents set content = $1, key_id = (select key_id from documents where id = $2) where id = $3`,
				raw, d.ID, other.ID)
			return err
		})
		if _, _, err := h.Read(h.ctx, clerk, other.ID); !errors.Is(err, vault.ErrBroken) {
			h.t.Errorf("content moved to another row: got %v, want ErrBroken", err)
		}
		h.tx(func(tx *db.Tx) error {
			var key string
			if err := tx.Get(h.ctx, &key, `select key_id from documents where id = $1`, d.ID); err != nil {
				return err
			}
			return h.vault.EraseTx(h.ctx, tx, key)
		})
		_, _, err := h.Read(h.ctx, clerk, d.ID)
		wantMissing(h.t, "after its key was erased", err)
		if got, err := h.Verify(h.ctx, anybody, d.Code()); err != nil || got.Kind != document.Acknowledgement {
			h.t.Errorf("got %+v, %v; want that the paper can still be verified", got, err)
		}
	})
}

func TestIssueRefuses(t *testing.T) {
	onBoth(t, func(h *house) {
		err := h.db.Tx(h.ctx, func(tx *db.Tx) error {
			key, err := h.vault.NewKeyTx(h.ctx, tx)
			if err != nil {
				return err
			}
			whole := document.Issue{Kind: document.Acknowledgement, Folio: folio.Mint(2026, 1), Subject: subject, Key: key}
			for name, change := range map[string]func(*document.Issue){
				"an unknown kind": func(i *document.Issue) { i.Kind = "x" },
				"no folio":        func(i *document.Issue) { i.Folio = folio.Folio{} },
				"no key":          func(i *document.Issue) { i.Key = nil },
			} {
				i := whole
				change(&i)
				if _, err := h.IssueTx(h.ctx, tx, clerk, i); err == nil {
					h.t.Errorf("%s was issued", name)
				}
			}
			return nil
		})
		if err != nil {
			h.t.Fatal(err)
		}
	})
}
