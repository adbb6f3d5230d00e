package db

import "strconv"

// Args collects what a query binds, in order.
type Args []any

// Add binds a value and gives its placeholder, "$1", "$2", …
func (a *Args) Add(v any) string {
	*a = append(*a, v)
	return "$" + strconv.Itoa(len(*a))
}
