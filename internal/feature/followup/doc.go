// Package followup is the year after a completed process: what the center, and each area
// whose mandate the process served, must find out three, six and twelve months later.
//
// Promises: a completion makes the follow-ups of both sides, in calendar months, due on a
// business day of whoever must do it; who is voluntary has the center's alone. Each side
// has its own rows and sees no answer of the other: an authority learns nothing from a
// follow-up of the center, or of another authority; the center learns whether the
// authorities have done theirs, and not what they found. An answer has three values, and
// unknown is never counted as no ([Known]). What was answered is corrected by a further
// answer and never overwritten. The center's last follow-up closes the case file. That a
// person who completed a process comes back by a new referral is shown to centers and to
// no authority.
//
// Days are fixed when a follow-up is made; where it stands is computed ([Followup.State]).
// Deadlines are those of clock.Deadline: due is its day, the window says when a late answer
// needs its reason.
//
// Tables: followups, followup_attempts, followup_answers. Permissions: access.FollowupRead,
// FollowupWork, FollowupContact, CaseContact, JobRun.
package followup
