// Package institution holds who refers: institutions, their administrative areas with
// the mailbox that gets the notices, and the days on which an institution is closed.
//
// Promises: an institution or area is never removed, it is closed, so that old referrals
// keep the name of who sent them; whoever belongs to an institution sees his own and no
// other; a new name reaches the posts of its areas in the same transaction; every change
// is in the ledger with before and after.
//
// Tables: institutions, areas; closed_days through catalogue. Permissions:
// access.InstitutionRead, access.InstitutionAdmin. Methods that end in Tx are for the
// rooms above, inside a transaction whose permission the caller has required.
package institution
