// Package institution holds who refers: institutions, their areas, the mailboxes that
// get their notices, and the days on which they do not work. A caseload belongs to an
// area, so it stays when people change.
//
// Promises: an institution or area is closed, never deleted, so history can be read;
// a changed name shows at once on the posts of its accounts.
//
// Tables: institutions, areas; closed days through catalogue. Permissions:
// access.InstitutionRead, access.InstitutionAdmin.
package institution
