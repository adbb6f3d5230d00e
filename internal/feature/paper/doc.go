// Package paper writes the documents of a process: what each says, from which facts, who
// prepares it, who signs it, and what follows when it is issued. How a document is
// numbered, drawn, verified and revoked is package document's; this room stands above
// casefile and agenda because a report tells of both.
//
// Promises: each authority is told of its own mandate alone; what goes to an authority is
// issued about its referral, what goes to the person or stays inside about the case file;
// nothing clinical and nothing of a victim is in what leaves the center; a report that an
// authority was owed is told in the same transaction that issues it.
//
// Permissions: access.ReportPrepare, ReportSign, CaseRead, CaseDecide.
package paper
