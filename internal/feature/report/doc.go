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
// A month is closed once ([Service.Close]): its figures are copied, hashed and signed, and
// what changes in it afterwards is told unit by unit and adjusts a later close. Goals count
// what closes reported, are changed by two people, and not once their quarter is closed.
// What is published of a close hides small numbers ([Service.OpenData]).
//
// Tables: report_facts, report_sums, report_late, report_closings, report_closed_sums,
// report_closed_values, goals, goal_calendars, goal_notes. Permissions:
// access.StatisticsRead, StatisticsClose, GoalRead, GoalPropose, GoalApprove, GoalExplain;
// CaseRead and ReferralRead for what was counted; JobRun for the recount.
package report
