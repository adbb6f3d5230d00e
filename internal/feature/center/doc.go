// Package center holds who receives: the re-education centers, their venues, the
// municipalities that each one serves, how many people it can take in a week, and the
// days on which it is closed.
//
// Promises: a center or venue is never removed, it is closed, so that old referrals keep
// their names; a suggestion says why it is made and never hides a center; a new name
// reaches the posts of the center in the same transaction; every change is in the ledger
// with before and after.
//
// Tables: centers, venues, center_coverage; closed_days through catalogue. Permissions:
// access.CenterRead (the directory, for everyone signed in), access.CenterAdmin. Methods
// that end in Tx are for the rooms above, inside a transaction whose permission the
// caller has required.
package center
