// Package schema holds every table of SIGUE, as numbered migrations that run
// unchanged on SQLite and PostgreSQL (words in braces are types that the engines
// name differently, see db.Migrate).
//
// Each column line ends with its data class: public, personal, sensitive or secret,
// and "subject" when the person it is about may receive it. A test compares these
// with the real columns; an unclassified column fails the build.
package schema

import "embed"

// Migrations are the numbered migrations, in one sequence for the whole program.
//
//go:embed *.sql
var Migrations embed.FS
