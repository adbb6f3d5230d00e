// Package report counts what the other rooms did. Each figure has one definition (name,
// unit, formula, version) and one piece of code that derives it; page, file and recount
// read through it.
//
// Promises: a figure is the sum of facts, each derived from the tables of one referral or
// one case file ([Service.ObserveTx]) in the transaction that changed them: the ledger tells
// of every change. Facts can be thrown away and made again; [Service.Recount] derives all
// of them from nothing and tells where the stored ones differ. Units are never mixed. What
// leaves this room are sums: no id of a referral or of a case file.
//
// Tables: report_facts. Permission: access.StatisticsRead; access.JobRun for the recount.
package report
