// Package casefile holds the process of one person at one center, from the day a
// referral is accepted, or he comes by himself, until the file is closed: mandates,
// intake, assessments, risk, notes, plan, groups, suspension, transfer, discharge and
// completion.
//
// Promises: one process serves several mandates, and each authority learns its own
// progress and no trace of another; a plan is a snapshot, which no later version
// changes; nothing written is overwritten; what is sensitive is sealed with the key of
// the case; a completion needs its attendance, or a reason, and its report; whoever is
// voluntary is never reported to an authority; every change and every read has its
// entry in the ledger, in the same transaction; a sealed file exists for the accounts
// that it names, and for nobody else.
//
// Facts are stored as they happened; the state is computed from them ([Facts.State])
// and cached in a column for lists. What may be done in a state stands in one table
// (moves), who may read and write which part in one function ([Policy]).
//
// Assessment instruments belong to the program: whoever manages it writes their versions.
//
// Tables: case_files, case_words, case_mandates, mandate_changes, intakes, instruments,
// assessments, risk_levels, notes, plans, plan_components, plan_sessions, suspensions,
// transfers, group_members, kept_apart, amendments, case_seals. Permissions:
// access.CaseContact, CaseRead, CaseWork, CaseDecide, CaseReason, RiskWrite, ProgramManage,
// ReadersRead. Methods that end in Tx are for the rooms above, inside a transaction
// whose permission the caller has required.
package casefile
