package db

import (
	"strconv"
	"strings"
)

// Args collects what a query binds, in order.
type Args []any

// Add binds a value and gives its placeholder, "$1", "$2", …
func (a *Args) Add(v any) string {
	*a = append(*a, v)
	return "$" + strconv.Itoa(len(*a))
}

// In binds each distinct value that is not empty and gives their placeholders for an
// "in (…)"; empty when there is none.
func (a *Args) In(values []string) string {
	seen := map[string]bool{"": true}
	out := ""
	for _, v := range values {
		if seen[v] {
			continue
		}
		seen[v] = true
		if out != "" {
			out += ", "
		}
		out += a.Add(v)
	}
	return out
}

// Row binds values in order and gives them as a row of an "insert … values": "($1, $2)".
func (a *Args) Row(values ...any) string {
	row := make([]string, len(values))
	for i, v := range values {
		row[i] = a.Add(v)
	}
	return "(" + strings.Join(row, ", ") + ")"
}
