package document

import (
	"fmt"
	"regexp"
	"strings"
)

// checkTables tells a caller that a table cannot be drawn.
func (c Content) checkTables() error {
	tables := c.Tables
	for _, s := range c.Sections {
		tables = append(tables[:len(tables):len(tables)], s.Tables...)
	}
	for _, t := range tables {
		for _, col := range t.Columns {
			if col.Share <= 0 {
				return fmt.Errorf("document: column %q of table %q has no width", col.Title, t.Title)
			}
		}
		for n, cells := range t.Rows {
			if len(cells) != len(t.Columns) {
				return fmt.Errorf("document: row %d of table %q has %d cells of %d", n+1, t.Title, len(cells), len(t.Columns))
			}
		}
	}
	return nil
}

// text is what the content says in its own words: title and paragraphs.
func (c Content) text() string {
	all := append([]string{c.Title}, c.Body...)
	for _, s := range c.Sections {
		all = append(append(all, s.Title), s.Body...)
	}
	return strings.Join(append(all, c.Paragraphs...), "\n")
}

// claims are what attending sessions does not prove: nobody reads from a paper of ours
// that a woman is safe.
var claims = regexp.MustCompile(`(?i)rehabilitad[oa]s?|se rehabilitó|sin riesgo|sin peligro|libre de riesgo|no representa (?:un |ningún )?(?:riesgo|peligro)|ya no es (?:violento|peligroso)|(?:está|quedó) curad[oa]`)

// claim gives the first such words of a text; empty when there are none.
func claim(text string) string { return claims.FindString(text) }

// Claim gives the first words of a text that a document of the kind may not say: what
// attending sessions does not prove. Empty when it may say all of it.
func (k Kind) Claim(text string) string {
	if !kinds[k].modest {
		return ""
	}
	return claim(text)
}
