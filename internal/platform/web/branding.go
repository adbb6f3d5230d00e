package web

import (
	"fmt"
	"math"
	"regexp"
	"strconv"
)

// Branding is what a State sets: names and colours. Its zero value is that of the
// State of México.
type Branding struct {
	Name    string // "SIGUE"
	State   string // "Gobierno del Estado de México"
	Support string // whom to call: "Mesa de ayuda, 722 000 0000"
	Logo    string // an SVG or PNG as data URL, or empty

	// Colours as #rrggbb: the brand on light and on dark paper, and the ground under it.
	// Check demands that text in them can be read.
	Brand, BrandDark         string
	BrandSoft, BrandSoftDark string
}

func (b Branding) withDefaults() Branding {
	set := func(field *string, value string) {
		if *field == "" {
			*field = value
		}
	}
	set(&b.Name, "SIGUE")
	set(&b.State, "Gobierno del Estado de México")
	set(&b.Brand, "#5b2a86")
	set(&b.BrandDark, "#c9a6f0")
	set(&b.BrandSoft, "#f0e8f8")
	set(&b.BrandSoftDark, "#2d2240")
	return b
}

var (
	colour  = regexp.MustCompile(`^#[0-9a-fA-F]{6}$`)
	logoURL = regexp.MustCompile(`^data:image/(png|svg\+xml);base64,[A-Za-z0-9+/=]+$`)
)

// The papers of sigue.css, on which the brand's colours must be read.
const (
	paper     = "#ffffff"
	paperDark = "#16131d"
)

// minContrast is that of WCAG 2.2, 1.4.3, for text of any size.
const minContrast = 4.5

// Check tells what is wrong with the settings. They go into a style sheet, so nothing
// but a colour passes for one, and no colour that cannot be read.
func (b Branding) Check() error {
	b = b.withDefaults()
	for _, pair := range []struct{ name, ink, ground string }{
		{"Brand", b.Brand, paper}, {"BrandSoft", b.Brand, b.BrandSoft},
		{"BrandDark", b.BrandDark, paperDark}, {"BrandSoftDark", b.BrandDark, b.BrandSoftDark},
	} {
		if !colour.MatchString(pair.ink) || !colour.MatchString(pair.ground) {
			return fmt.Errorf("web: branding %s: %q on %q are not colours like #5b2a86", pair.name, pair.ink, pair.ground)
		}
		if c := contrast(pair.ink, pair.ground); c < minContrast {
			return fmt.Errorf("web: branding %s: %s on %s has a contrast of %.1f, needs %.1f", pair.name, pair.ink, pair.ground, c, minContrast)
		}
	}
	if b.Logo != "" && !logoURL.MatchString(b.Logo) {
		return fmt.Errorf("web: branding Logo is not a data:image/png or data:image/svg+xml URL in base64")
	}
	return nil
}

// contrast is the ratio of WCAG 2.2 between two colours, 1 to 21.
func contrast(a, b string) float64 {
	la, lb := luminance(a), luminance(b)
	return (max(la, lb) + .05) / (min(la, lb) + .05)
}

// luminance is the relative luminance of a #rrggbb colour, 0 to 1.
func luminance(colour string) float64 {
	rgb, _ := strconv.ParseUint(colour[1:], 16, 32) // the caller checked its form
	linear := func(shift uint) float64 {
		c := float64(rgb>>shift&0xff) / 255
		if c <= .04045 {
			return c / 12.92
		}
		return math.Pow((c+.055)/1.055, 2.4)
	}
	return .2126*linear(16) + .7152*linear(8) + .0722*linear(0)
}

// css is the generated style sheet: the brand's tokens, in the layer of the others.
func (b Branding) css() string {
	return fmt.Sprintf(`@layer tokens {
  :root { --brand: %s; --brand-soft: %s }
  @media (prefers-color-scheme: dark) { :root { --brand: %s; --brand-soft: %s } }
}
`, b.Brand, b.BrandSoft, b.BrandDark, b.BrandSoftDark)
}
