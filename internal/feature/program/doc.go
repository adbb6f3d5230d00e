// Package program holds what the centers give: programs as data, with versions,
// components, sessions and topics; and the groups in which they are given.
//
// Promises: the content of a published version never changes, so that what was planned
// with it can always be read; a new version is a draft until it is complete and somebody
// publishes it; a program or version is never removed, only offered no more (a draft may
// be discarded); a group belongs to one center and no other sees it; who led a group on a
// day can always be told; every change is in the ledger.
//
// Tables: programs, program_versions, program_components, program_sessions,
// program_topics, program_session_topics; program_groups, group_staff. Permissions:
// access.ProgramRead, access.ProgramManage; access.GroupRead, access.GroupManage. Methods
// that end in Tx are for the rooms above, inside a transaction whose permission the
// caller has required.
package program
