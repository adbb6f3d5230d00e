package document

import (
	"time"

	"sigue/internal/base/db"
	"sigue/internal/platform/folio"
)

// For the tests of this package.
var (
	ParseCode = parseCode
	NewCode   = newCode
	Grouped   = grouped
	Clean     = clean
)

// Code is the code of a document.
func (d Document) Code() string { return d.code }

// QRPlace is where the square stands on the last page: left, top and side, in millimetres.
func QRPlace() (x, y, size float64) { return margin, footerTop - 4 - (qrSize + 9) + 5, qrSize }

// Sample is a document without a database, to be drawn.
func Sample() Document {
	issued := db.At(time.Date(2026, time.November, 23, 16, 0, 0, 0, time.UTC))
	return Document{Kind: Acknowledgement, Folio: folio.Mint(2026, 123), IssuedAt: issued, code: newCode()}
}
