package document_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"sigue/internal/base/db"
	"sigue/internal/platform/document"
	"sigue/internal/platform/folio"
	"sigue/internal/platform/ledger"
	"sigue/internal/platform/vault"
)

// letter is a commitment letter of a case of a center.
func letter(key *vault.Key, of, center string) document.Issue {
	return document.Issue{Kind: document.Commitment, Folio: folio.Mint(2026, 7), Subject: ledger.Subject{Type: "case", ID: of},
		Center: center, Key: key, Content: document.Content{Body: []string{"Texto."}}}
}

func (h *house) key() (key *vault.Key) {
	h.t.Helper()
	h.tx(func(tx *db.Tx) (err error) { key, err = h.vault.NewKeyTx(h.ctx, tx); return err })
	return key
}

// number issues a document and gives its number.
func (h *house) number(i document.Issue) (number string) {
	h.t.Helper()
	h.tx(func(tx *db.Tx) error {
		d, err := h.IssueTx(h.ctx, tx, clerk, i)
		number = d.Number
		return err
	})
	return number
}

// TestNumbersHaveNoGaps lets thirty issue at once, some of whom think better of it: the
// numbers that stand are 1 to n, each once.
func TestNumbersHaveNoGaps(t *testing.T) {
	onBoth(t, func(h *house) {
		const many = 30
		key, undone := h.key(), errors.New("undone")
		numbers, errs := make([]string, many), make([]error, many)
		var all sync.WaitGroup
		for i := range many {
			all.Go(func() {
				errs[i] = h.db.Tx(h.ctx, func(tx *db.Tx) error {
					d, err := h.IssueTx(h.ctx, tx, clerk, letter(key, fmt.Sprint("case-", i), "c1"))
					if err == nil && i%5 == 0 {
						err = undone
					}
					numbers[i] = d.Number
					return err
				})
			})
		}
		all.Wait()
		var stand []string
		for i, err := range errs {
			switch {
			case err == nil:
				stand = append(stand, numbers[i])
			case !errors.Is(err, undone):
				h.t.Fatal(err)
			}
		}
		slices.Sort(stand)
		for i, got := range stand {
			if want := fmt.Sprintf("CCO-2026-%04d", i+1); got != want {
				h.t.Fatalf("number %d is %s, want %s (%v)", i+1, got, want, stand)
			}
		}
		if len(stand) != many-many/5 {
			h.t.Errorf("%d stand, want %d", len(stand), many-many/5)
		}
	})
}

// TestSeriesAreApart: centers, kinds and years count for themselves, and what an authority
// reads is counted by its own folio.
func TestSeriesAreApart(t *testing.T) {
	onBoth(t, func(h *house) {
		key := h.key()
		notice := func(f folio.Folio, occasion string) document.Issue {
			return document.Issue{Kind: document.AbsenceNotice, Folio: f, Occasion: occasion, Subject: ledger.Subject{Type: "referral", ID: f.String()},
				Institution: "i1", Area: "r1", Center: "c1", Key: key, Content: document.Content{Body: []string{"Texto."}}}
		}
		mine, other := folio.Mint(2026, 41), folio.Mint(2026, 42)
		for _, tt := range []struct {
			issue document.Issue
			want  string
		}{
			{letter(key, "a", "c1"), "CCO-2026-0001"},
			{letter(key, "b", "c1"), "CCO-2026-0002"},
			{letter(key, "c", "c2"), "CCO-2026-0001"},
			{notice(mine, "1"), mine.String() + "-01"},
			{notice(other, "1"), other.String() + "-01"},
			{notice(mine, "2"), mine.String() + "-02"},
		} {
			if got := h.number(tt.issue); got != tt.want {
				h.t.Errorf("got number %s, want %s", got, tt.want)
			}
		}
		h.clk.Advance(60 * 24 * time.Hour)
		if got := h.number(letter(key, "d", "c1")); got != "CCO-2027-0001" {
			h.t.Errorf("in the next year got %s, want its first", got)
		}
		if got := h.number(notice(mine, "3")); !strings.HasSuffix(got, "-03") {
			h.t.Errorf("in the next year the folio's third is %s", got)
		}
	})
}
