// Package agenda is everything about appointments: when somebody is free, who meets whom
// where, who came, and what follows when somebody did not.
//
// Promises: a person, a professional or a room is never in two appointments at once, also
// when many book in the same second, because each quarter of an hour of each of them is a
// row with a primary key; a refusal says who is taken and when, and never names another
// person of the center's cases. An appointment that was moved or called off keeps its row
// with who asked and why. An attendance is one fact for each person and appointment; a
// later word about it adds to its history. What a center cancels is nobody's absence.
// Each unexcused absence climbs the ladder of the rules of the day ([Ladder]), for each
// authority by its own mandate and for none where there is no mandate; what an authority
// must be told is a task with its deadline from the moment of the absence until it is
// told, and what it was told wrongly is a task to correct.
//
// Who is cited hears of it by e-mail if he gave a mailbox, with a calendar file and a
// one-time link on which he says whether he comes: given, changed, called off, and the day
// before. The mail says when and where and nothing else; whom no mail reaches is in the list of
// calls. That he cannot come calls nothing off. A professional may have a calendar feed
// behind a secret address, without a name in it.
//
// Tables: work_hours, staff_absences, appointments, bookings, attendances,
// attendance_changes, tasks, invitations, calendar_feeds. Permissions:
// access.AgendaRead, AgendaBook, AgendaManage, AttendanceRecord, GroupManage,
// ReportPrepare, AppointmentAnswer, CalendarRead, JobRun, ReferralReceive (accepting with a first appointment).
package agenda
