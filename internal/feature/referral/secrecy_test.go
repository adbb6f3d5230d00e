package referral

import (
	"bytes"
	"errors"
	"io"
	"os"
	"slices"
	"strings"
	"testing"

	"sigue/internal/base/blob"
	"sigue/internal/base/db"
	"sigue/internal/base/fault"
	"sigue/internal/platform/vault"
)

// canaries are texts that stand nowhere but where they were typed, by what they are.
var canaries = map[string]string{
	"given name": "Zacarias", "surname": "Xolotzin", "alias": "ElCanario", "telephone": "7225559137", "address": "Calle Canario 4411",
	"authority": "Juez Canario", "case number": "CANARIO/7391", "narrative": "RELATO-CANARIO-8842", "return note": "NOTA-CANARIO-1157",
	"file name": "archivo-canario-5512", "paper": "PAPEL-CANARIO-6603", "draft only": "edad-canaria-2208",
}

// canaryContent holds the canaries.
func (h *house) canaryContent() Content {
	c := h.complete()
	c.Person.GivenNames, c.Person.Surname1, c.Person.Alias = canaries["given name"], canaries["surname"], canaries["alias"]
	c.Person.Phone, c.Person.Address = canaries["telephone"], canaries["address"]
	c.Basis.Authority, c.Basis.CaseValue = canaries["authority"], canaries["case number"]
	c.Facts.Narrative = "Antes " + canaries["narrative"] + " después"
	return c
}

// wholeLife leads a referral with the canaries through everything that writes: refused
// files, returns, corrections, answers, reads, searches, reminders, mails.
func (h *house) wholeLife() string {
	h.t.Helper()
	c := h.canaryContent()
	id := h.drafted(h.clerk, c)
	_, err := h.Attach(h.ctx, h.clerk, id, "other", canaries["file name"]+".html", strings.NewReader("<html>"+canaries["paper"]))
	h.refused(err, fault.Invalid)
	paper := h.attach(h.clerk, id, canaries["file name"]+".pdf", pdf(h.t, canaries["paper"]))
	gone := h.attach(h.clerk, id, canaries["file name"]+"-2.pdf", pdf(h.t, canaries["paper"]+" otra vez"))
	h.must(h.Detach(h.ctx, h.clerk, id, gone.ID))
	h.submit(h.clerk, id)
	h.open(h.desk, id)
	h.download(h.desk, id, paper.ID)
	h.panel(h.desk, PanelFilter{Text: canaries["surname"]})
	h.must(h.Return(h.ctx, h.desk, id, ReturnNote{Reasons: []string{"other"}, Note: "Antes " + canaries["return note"]}))
	h.submit(h.clerk, id)
	h.must(h.Reassign(h.ctx, h.desk, id, h.lerma.center, Motive{Reason: "closer"}))
	h.clk.Set(h.row(id).DueOn.At(9, 0))
	h.drain()
	h.must(h.Accept(h.ctx, h.lermaDesk, id))
	h.must(h.Withdraw(h.ctx, h.clerk, id, Motive{Reason: "mistake"}))
	h.drain()
	return id
}

// TestLedgerNoticesAndJobsHoldNothingOfThePerson leads a referral through its whole
// life and reads every text of those tables.
func TestLedgerNoticesAndJobsHoldNothingOfThePerson(t *testing.T) {
	each(t, func(h *house) {
		h.wholeLife()
		h.must(h.DiscardDraft(h.ctx, h.clerk, h.drafted(h.clerk, h.canaryContent())))
		for table, columns := range map[string]string{
			"ledger_entries": `id || actor || post || role || action || subject_type || subject_id || institution_id || center_id || request_id || changes || reason`,
			"notices":        `id || kind || folio || link || to_type || to_id || address || lang || last_error`,
			"jobs":           `id || kind || payload || coalesce(unique_key, '') || state || worker || last_error`,
		} {
			var rows []string
			h.must(h.d.View(h.ctx, func(tx *db.Tx) error { return tx.Select(h.ctx, &rows, `select `+columns+` from `+table) }))
			if len(rows) < 5 {
				h.t.Errorf("%s holds %d rows: the life was too short to tell", table, len(rows))
			}
			text := strings.ToLower(strings.Join(rows, "\n"))
			for what, canary := range canaries {
				if strings.Contains(text, strings.ToLower(canary)) {
					h.t.Errorf("%s holds the %s", table, what)
				}
			}
		}
		for _, m := range h.mail.Messages() {
			for what, canary := range canaries {
				if strings.Contains(m.Subject+m.Body+m.To, canary) {
					h.t.Errorf("a mail to %s holds the %s", m.To, what)
				}
			}
		}
	})
}

// file is the SQLite database as it lies on the disk, with what is still in its log.
func (h *house) file() []byte {
	h.t.Helper()
	path := value[string](h, `select file from pragma_database_list where name = 'main'`)
	all := got(os.ReadFile(path))(h.t)
	if log, err := os.ReadFile(path + "-wal"); err == nil {
		all = append(all, log...)
	}
	return all
}

// TestSealedColumnsDoNotHoldWhatWasTyped reads them as bytes, on both engines.
func TestSealedColumnsDoNotHoldWhatWasTyped(t *testing.T) {
	each(t, func(h *house) {
		draft := h.drafted(h.clerk, h.canaryContent())
		id := h.drafted(h.clerk, h.canaryContent())
		h.attach(h.clerk, id, "a.pdf", pdf(h.t, canaries["paper"]))
		h.submit(h.clerk, id)
		h.must(h.Return(h.ctx, h.desk, id, ReturnNote{Reasons: []string{"other"}, Note: canaries["return note"]}))
		for what, sealed := range map[string][]byte{
			"draft":          value[[]byte](h, `select draft from referrals where id = $1`, draft),
			"returned draft": value[[]byte](h, `select draft from referrals where id = $1`, id),
			"narrative":      value[[]byte](h, `select narrative from referrals where id = $1`, id),
			"return note":    value[[]byte](h, `select note from referral_returns where referral_id = $1`, id),
			"document":       value[[]byte](h, `select content from documents where subject_id = $1`, id),
		} {
			if len(sealed) < 30 {
				h.t.Errorf("%s: only %d bytes", what, len(sealed))
			}
			for name, canary := range canaries {
				if bytes.Contains(sealed, []byte(canary)) {
					h.t.Errorf("%s holds the %s in clear", what, name)
				}
			}
		}
		h.must(h.store.Each(h.ctx, func(info blob.Info) error {
			body := got(h.store.Open(h.ctx, info.Name))(h.t)
			defer body.Close()
			if bytes.Contains(got(io.ReadAll(body))(h.t), []byte(canaries["paper"])) {
				h.t.Error("a file holds its paper in clear")
			}
			return nil
		}))
	})
}

// TestTheDatabaseFileDoesNotHoldWhatIsSealed reads the raw file: of a draft nothing is
// in it; of a sent referral only what stands in the columns of the person and the case.
func TestTheDatabaseFileDoesNotHoldWhatIsSealed(t *testing.T) {
	each(t, func(h *house) {
		if h.d.Engine() != db.SQLite {
			return // the file is that of SQLite; the test above reads the columns of both engines
		}
		c := h.canaryContent()
		c.Person.EstimatedAge = canaries["draft only"]
		h.save(h.clerk, h.drafted(h.clerk, c), SectionPerson, Content{}) // written, then emptied
		h.drafted(h.clerk, c)
		h.inFile("a draft", nil)
		id := h.drafted(h.clerk, h.canaryContent())
		h.attach(h.clerk, id, canaries["file name"]+".pdf", pdf(h.t, canaries["paper"]))
		h.submit(h.clerk, id)
		h.must(h.Return(h.ctx, h.desk, id, ReturnNote{Reasons: []string{"other"}, Note: canaries["return note"]}))
		h.inFile("a sent referral", []string{"given name", "surname", "alias", "telephone", "address", "authority", "case number", "file name"})
		if bytes.Contains(h.file(), []byte("El centro responde a más tardar")) {
			h.t.Error("the text of the receipt lies in the file in clear")
		}
	})
}

// inFile checks that of the canaries exactly some are in the database file.
func (h *house) inFile(of string, plain []string) {
	h.t.Helper()
	file := h.file()
	for what, canary := range canaries {
		if found, want := bytes.Contains(file, []byte(canary)), slices.Contains(plain, what); found != want {
			h.t.Errorf("%s: the %s lies in the file in clear: %v, want %v", of, what, found, want)
		}
	}
}

// TestErasingTheKeyErasesTheCase checks that text, papers and documents are unreadable
// then, and that whoever asks is told so.
func TestErasingTheKeyErasesTheCase(t *testing.T) {
	each(t, func(h *house) {
		id, other := h.drafted(h.clerk, h.complete()), h.sent()
		paper := h.attach(h.clerk, id, "a.pdf", pdf(h.t, "uno")).ID
		h.submit(h.clerk, id)
		receipt := h.open(h.clerk, id).Documents[0].ID
		h.must(h.d.Tx(h.ctx, func(tx *db.Tx) error { return h.vault.EraseTx(h.ctx, tx, h.row(id).KeyID) }))
		_, open := h.Open(h.ctx, h.desk, id)
		_, download := h.OpenPaper(h.ctx, h.desk, id, paper)
		_, _, read := h.documents.Read(h.ctx, h.clerk, receipt)
		for what, err := range map[string]error{"page": open, "paper": download, "receipt": read,
			"return": h.Return(h.ctx, h.desk, id, note)} {
			if s := h.refused(err, fault.NotFound); !strings.Contains(s, "fue borrado") || !errors.Is(err, vault.ErrErased) {
				h.t.Errorf("%s says %q (%v), want that it was erased", what, s, err)
			}
		}
		h.open(h.desk, other)
		if p := h.panel(h.desk, PanelFilter{}); len(p.Rows) != 2 {
			h.t.Errorf("the panel shows %d rows, want both", len(p.Rows))
		}
	})
}

// TestASealedTextOpensOnlyInItsPlace moves the narrative of one referral to another,
// and one column over another.
func TestASealedTextOpensOnlyInItsPlace(t *testing.T) {
	each(t, func(h *house) {
		for name, query := range map[string]string{
			"of another referral": `update referrals set narrative = (select narrative from referrals where id = $2) where id = $1`,
			"of another key": `update referrals set narrative = (select narrative from referrals where id = $2),
				key_id = (select key_id from referrals where id = $2) where id = $1`,
			"of another column": `update referrals set narrative = draft where id = $1 and id <> $2`,
		} {
			one, two := h.sent(), h.sent()
			h.exec(query, one, two)
			if _, err := h.Open(h.ctx, h.desk, one); !errors.Is(err, vault.ErrBroken) {
				h.t.Errorf("a text %s: %v, want that it does not open", name, err)
			}
		}
	})
}
