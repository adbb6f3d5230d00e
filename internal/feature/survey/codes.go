package survey

import (
	"context"
	"crypto/rand"
	"encoding/base32"
	"strconv"
	"strings"
	"unicode"

	"sigue/internal/base/clock"
	"sigue/internal/base/db"
	"sigue/internal/base/fault"
	"sigue/internal/base/i18n"
	"sigue/internal/platform/access"
	"sigue/internal/platform/ledger"
)

// A code is eight characters drawn by chance and four that prove that we drew them: so a
// code that is gone from the table is known for one that was answered.
const (
	drawnLength = 8
	proofLength = 4
	codeLength  = drawnLength + proofLength

	// Crockford's base 32: no I, L, O or U, which are read as 1, 1, 0 and V.
	alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
)

var encoding = base32.NewEncoding(alphabet).WithPadding(base32.NoPadding)

// secretOf draws characters that nobody can guess.
func secretOf(length int) string {
	b := make([]byte, length*5/8+1)
	_, _ = rand.Read(b) // never fails: it ends the program instead
	return encoding.EncodeToString(b)[:length]
}

// newCode draws a code.
func (s *Service) newCode() string {
	drawn := secretOf(drawnLength)
	return drawn + s.proof(drawn)
}

func (s *Service) proof(drawn string) string {
	return encoding.EncodeToString(s.mac("proof", drawn))[:proofLength]
}

// ShowCode writes a code in groups for the eye.
func ShowCode(code string) string {
	var groups []string
	for len(code) > 4 {
		groups, code = append(groups, code[:4]), code[4:]
	}
	return strings.Join(append(groups, code), "-")
}

// parseCode reads a code as people type it: in small letters, with dashes or spaces, with
// a letter O for a zero. False for one that we never made.
func (s *Service) parseCode(typed string) (string, bool) {
	if len(typed) > 4*codeLength {
		return "", false
	}
	code := strings.Map(func(r rune) rune {
		switch r = unicode.ToUpper(r); {
		case r == '-' || unicode.IsSpace(r):
			return -1
		case r == 'O':
			return '0'
		case r == 'I' || r == 'L':
			return '1'
		}
		return r
	}, typed)
	if len(code) != codeLength || strings.Trim(code, alphabet) != "" || s.proof(code[:drawnLength]) != code[drawnLength:] {
		return "", false
	}
	return code, true
}

// codeMonths is how long a code is good: to the end of the third month from now. It is a
// month and no day, so that it does not tell who got it by when it was given.
const codeMonths = 3

func lastMonth(day clock.Date) clock.Date { return day.AddMonths(codeMonths) }

// issueTx makes codes for a version at a center.
func (s *Service) issueTx(ctx context.Context, tx *db.Tx, version, center string, n int) ([]string, error) {
	codes, rows := make([]string, n), make([]code, n)
	until := monthOf(lastMonth(today(tx)))
	for i := range codes {
		codes[i] = s.newCode()
		rows[i] = code{MAC: s.stored("code", codes[i]), VersionID: version, CenterID: center, Until: until}
	}
	return codes, mixCodesTx(ctx, tx, version, center, rows, "")
}

// maxSheet is how many slips one sheet may have.
const maxSheet = 40

// SheetForm says how many slips to print.
type SheetForm struct {
	Count string `form:"count"`
}

// Sheet is what is printed: slips to cut and hand out. The codes are nowhere else.
type Sheet struct {
	Version
	Center string // name
	Codes  []string
	Until  clock.Date // its month is the last one
}

// Sheet makes the codes of a sheet.
func (s *Service) Sheet(ctx context.Context, actor access.Actor, id string, f SheetForm) (*Sheet, error) {
	if _, err := actor.Require(access.SurveyCollect); err != nil {
		return nil, err
	}
	var sheet *Sheet
	err := s.db.Tx(ctx, func(tx *db.Tx) error {
		v, err := askedTx(ctx, tx, id)
		if err != nil {
			return err
		}
		n, err := strconv.Atoi(strings.TrimSpace(f.Count))
		if err != nil || n < 1 || n > maxSheet {
			var form fault.Form
			form.Add("count", i18n.M("Escriba un número del 1 al %d.", maxSheet))
			return form.Err()
		}
		where, err := s.centers.CenterTx(ctx, tx, actor.Center)
		if err != nil {
			return err
		}
		codes, err := s.issueTx(ctx, tx, v.ID, actor.Center, n)
		if err != nil {
			return err
		}
		sheet = &Sheet{Version: v, Center: where.Name, Codes: codes, Until: lastMonth(today(tx))}
		return s.ledger.AppendTx(ctx, tx, actor, at(actor.Center, entry("survey.sheet", id, ledger.Change{Field: "count", After: strconv.Itoa(n)})))
	})
	return sheet, err
}

// askedTx gives the version of a survey that is asked now.
func askedTx(ctx context.Context, tx *db.Tx, id string) (Version, error) {
	if _, err := loadTx(ctx, tx, id); err != nil {
		return Version{}, err
	}
	v, err := currentTx(ctx, tx, id)
	if fault.Is(err, fault.NotFound) {
		return v, fault.New(fault.Conflict, i18n.M("Esta encuesta aún no se publica. La administración del programa la publica cuando está lista."))
	}
	return v, err
}

// CodePath is the page on which a code is answered.
func CodePath(code string) string { return "/encuesta/" + ShowCode(code) }

// Address is the full address of a path, to be printed.
func (s *Service) Address(path string) string { return s.outbox.Absolute(path) }
