// Package catalogue holds what other systems hard-code: the lists that forms offer, the
// rules (deadlines and limits), the municipalities and the days on which nobody works.
// All of it is data, by effective date, with its legal source, and the program's
// administration edits it.
//
// Promises: an entry that has begun is never removed, it ends on a day, so that what was
// recorded with it can always be shown; no two entries of a list read alike on one day;
// [Service.Seed] adds what is missing and never touches what is there; a change is seen
// by this process at once and by others within [freshFor]; the lists of a day do not
// change while a page is made of them.
//
// Tables: catalogue_entries, rules, municipalities, closed_days. Permissions:
// access.CatalogueRead, access.CatalogueManage. Methods that end in Tx are for the rooms
// above, inside a transaction whose permission the caller has required.
package catalogue
