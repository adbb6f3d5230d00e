// Package identity holds the accounts of people in posts: how one signs in, how a
// session lives and ends, one-time links, and who may open, suspend and hand over an
// account. A post belongs to a place (an area of an institution, a center, the
// Secretaría) and keeps its caseload; an account belongs to one person in one post and
// never outlives it.
//
// Promises: whoever signs in learns the same, in the same time, from an address that
// has no account as from a wrong password; no more guesses are heard than the limit
// allows, however many arrive at once; neither a password, a token nor a link can be
// read from the database; what ends an account, a post or a password ends its sessions
// in the same transaction; nobody opens or changes an account of a role that
// access.Role.CanGrant refuses him, nor outside his scope; the last working security
// account stays; who acts for another by delegation does so under his own account, in a
// place that is the same as his, and no longer than its last day.
//
// Tables: posts, accounts, sessions, delegations, sign_in_failures, one_time_links. Permissions:
// access.SessionOpen, SelfManage, AccountAdminister, JobRun. Methods that end in Tx are
// for the rooms above: they name accounts inside a transaction whose permission the
// caller has required.
package identity
