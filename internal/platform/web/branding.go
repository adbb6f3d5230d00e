package web

import (
	"fmt"
	"regexp"
)

// Branding is what a State sets: names and colours. Its zero value is that of the
// State of México.
type Branding struct {
	Name    string // "SIGUE"
	State   string // "Gobierno del Estado de México"
	Support string // whom to call: "Mesa de ayuda, 722 000 0000"
	Logo    string // an SVG or PNG as data URL, or empty

	// Colours as #rrggbb: the brand on light and on dark paper. Text in them must reach
	// a contrast of 4.5 to 1.
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

// Check tells what is wrong with the settings; they go into a style sheet, so nothing
// but a colour passes for one.
func (b Branding) Check() error {
	b = b.withDefaults()
	for name, value := range map[string]string{
		"Brand": b.Brand, "BrandDark": b.BrandDark, "BrandSoft": b.BrandSoft, "BrandSoftDark": b.BrandSoftDark,
	} {
		if !colour.MatchString(value) {
			return fmt.Errorf("web: branding %s %q is not a colour like #5b2a86", name, value)
		}
	}
	if b.Logo != "" && !logoURL.MatchString(b.Logo) {
		return fmt.Errorf("web: branding Logo is not a data:image/png or data:image/svg+xml URL in base64")
	}
	return nil
}

// css is the generated style sheet: the brand's tokens, in the layer of the others.
func (b Branding) css() string {
	return fmt.Sprintf(`@layer tokens {
  :root { --brand: %s; --brand-soft: %s }
  @media (prefers-color-scheme: dark) { :root { --brand: %s; --brand-soft: %s } }
}
`, b.Brand, b.BrandSoft, b.BrandDark, b.BrandSoftDark)
}
