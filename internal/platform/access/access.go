// Package access says who may do what, to which rows. A person acts as an
// [Actor]; each service method begins with [Actor.Require], which gives a [Scope];
// the Scope is the predicate of every query in that method. Permission and filter
// are one thing: a query without a Scope cannot be written by accident, because the
// method has nothing else to put in its WHERE.
//
// Promises: deny by default (a role, permission, reach or column that is not
// listed matches no row); a refusal is indistinguishable from absence.
package access

import (
	"fmt"

	"sigue/internal/base/db"
	"sigue/internal/base/fault"
)

// Reach says how far a grant goes.
type Reach int

// Reaches, from none to all. Place is the area of an actor of an institution and
// the center of an actor of a center.
const (
	Nothing Reach = iota
	Self
	Area
	Institution
	Center
	Place
	All
)

// Actor is who does something: an account in a post, nobody yet, or a named part
// of the program itself. It is passed as a parameter and never kept in a context.
type Actor struct {
	Account     string // accounts.id; empty for Anonymous and System
	Post        string // posts.id
	Role        Role
	Institution string // of the post; empty at a center and the Secretaría
	Area        string
	Center      string
	Session     string // sessions.id, to name the session that acts
	Request     string // request id, for the ledger

	system  string
	allowed []Permission
}

// Anonymous is whoever has not signed in. He may sign in, redeem a one-time link
// and verify a document.
func Anonymous(request string) Actor { return Actor{Role: roleAnonymous, Request: request} }

// System is a named part of the program with the few permissions it needs, over
// all rows.
func System(name string, allowed ...Permission) Actor {
	return Actor{system: name, allowed: allowed}
}

// SignedIn tells whether the actor is a person with an account.
func (a Actor) SignedIn() bool { return a.Account != "" }

// Name is how the ledger names the actor: "account:…", "system:…" or "anonymous".
func (a Actor) Name() string {
	switch {
	case a.system != "":
		return "system:" + a.system
	case a.Account != "":
		return "account:" + a.Account
	default:
		return "anonymous"
	}
}

// May tells whether the actor holds a permission over any row at all; for menus
// and buttons, never instead of Require.
func (a Actor) May(p Permission) bool { return a.reach(p) != Nothing }

// Require gives the rows over which the actor holds a permission, or NotFound.
func (a Actor) Require(p Permission) (Scope, error) {
	reach := a.reach(p)
	if reach == Place {
		reach = Area
		if a.Center != "" {
			reach = Center
		}
	}
	s := Scope{reach: reach}
	switch reach {
	case All:
		return s, nil
	case Self:
		s.value = a.Account
	case Area:
		s.value = a.Area
	case Institution:
		s.value = a.Institution
	case Center:
		s.value = a.Center
	}
	if s.value == "" && !(reach == Self && a.Role == roleAnonymous) {
		e := fault.Missing()
		e.Cause = fmt.Errorf("access: %s (%s) lacks %s", a.Name(), a.Role, p)
		return Scope{}, e
	}
	return s, nil
}

func (a Actor) reach(p Permission) Reach {
	if a.system != "" {
		for _, q := range a.allowed {
			if q == p {
				return All
			}
		}
		return Nothing
	}
	if a.Account == "" && a.Role != roleAnonymous {
		return Nothing // a role without an account is nobody
	}
	return grants[a.Role][p]
}

// Scope is the rows that a permission reaches, for one actor. The zero Scope
// reaches none.
type Scope struct {
	reach Reach
	value string
}

// Columns names, in one query, the columns that hold the owner of a row on each
// side. A side left empty is not reachable in that query.
type Columns struct {
	Institution, Area, Center, Account string
}

// SQL is the predicate for the WHERE of a query; it appends what it binds to args.
func (s Scope) SQL(c Columns, args *db.Args) string {
	column := ""
	switch s.reach {
	case All:
		return "1 = 1"
	case Self:
		column = c.Account
	case Area:
		column = c.Area
	case Institution:
		column = c.Institution
	case Center:
		column = c.Center
	}
	if column == "" || s.value == "" {
		return "1 = 0"
	}
	return column + " = " + args.Add(s.value)
}

// Covers tells whether a row with these owners lies inside the scope; for rows
// about to be created, where there is no WHERE.
func (s Scope) Covers(institution, area, center, account string) bool {
	switch s.reach {
	case All:
		return true
	case Self:
		return s.value != "" && s.value == account
	case Area:
		return s.value != "" && s.value == area
	case Institution:
		return s.value != "" && s.value == institution
	case Center:
		return s.value != "" && s.value == center
	}
	return false
}

// Reach tells how far the scope goes, for choosing words on a page ("de su área",
// "de su institución").
func (s Scope) Reach() Reach { return s.reach }
