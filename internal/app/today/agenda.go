package today

import (
	"net/url"
	"slices"

	"sigue/internal/base/clock"
	"sigue/internal/base/i18n"
	"sigue/internal/feature/agenda"
	"sigue/internal/feature/paper"
	"sigue/internal/platform/access"
	"sigue/internal/platform/document"
	"sigue/internal/platform/web"
)

// agenda adds what the agenda calls for: what authorities have not been told, whom to
// call, and one's own appointments of the day that want their attendance, by deadline.
func (p *pages) agenda(r *web.Request, page *todayPage) error {
	if r.Actor.May(access.ReportPrepare) {
		untold, err := p.Agenda.Untold(r.Context(), r.Actor)
		if err != nil {
			return err
		}
		for _, t := range untold {
			page.Tasks = append(page.Tasks, task{Due: t.Due, What: t.Kind.Label(), Folio: t.Referral, Detail: t.Area, Path: whereTold(t.Kind), Button: i18n.M("Ver")})
		}
	}
	if r.Actor.May(access.ReportSign) {
		if err := p.unsigned(r, page); err != nil {
			return err
		}
	}
	if r.Actor.May(access.AgendaBook) {
		calls, _, err := p.Agenda.CallList(r.Context(), r.Actor)
		if err != nil {
			return err
		}
		if err := p.visitCalls(r, page); err != nil {
			return err
		}
		for _, t := range calls {
			page.Tasks = append(page.Tasks, task{Due: t.Due, What: t.Kind.Label(), Folio: t.Folio, Detail: t.Person, Path: "/llamadas", Button: i18n.M("Ver")})
		}
	}
	if r.Actor.May(access.AttendanceRecord) {
		if err := p.appointments(r, page); err != nil {
			return err
		}
	}
	if r.Actor.May(access.AgendaRead) {
		if err := p.calledOff(r, page); err != nil {
			return err
		}
	}
	slices.SortStableFunc(page.Tasks, func(a, b task) int { return byDue(a.Due, b.Due) })
	return nil
}

// whereTold is the page on which an authority is told: of what a document tells, where
// documents are signed.
func whereTold(k agenda.TaskKind) string {
	if kind, ok := paper.KindOfTask(k); ok && kind != document.AbsenceNotice {
		return "/informes"
	}
	return "/autoridades"
}

// unsigned adds that documents wait for a signature, beside those whose deadline is a task
// already.
func (p *pages) unsigned(r *web.Request, page *todayPage) error {
	n, err := p.Papers.Unsigned(r.Context(), r.Actor)
	if err != nil || n == 0 {
		return err
	}
	page.Tasks = append(page.Tasks, task{What: i18n.M("Informes por firmar: %d", n), Path: "/informes", Button: i18n.M("Ver")})
	return nil
}

// visitCalls adds that somebody is to be called about appointments to come.
func (p *pages) visitCalls(r *web.Request, page *todayPage) error {
	n, err := p.Agenda.VisitCallsWaiting(r.Context(), r.Actor)
	if err != nil || n == 0 {
		return err
	}
	page.Tasks = append(page.Tasks, task{Due: clock.Deadline{Due: clock.DateOf(r.Now)}.Status(r.Now, clock.Calendar{}),
		What: i18n.M("Llamar por citas que vienen: %d", n), Path: "/llamadas", Button: i18n.M("Ver")})
	return nil
}

// calledOff adds what a transfer or an ending called off. There is nothing to do but to
// know it: whom no mail reaches stands in the list of calls.
func (p *pages) calledOff(r *web.Request, page *todayPage) error {
	all, err := p.Agenda.CalledOff(r.Context(), r.Actor)
	if err != nil {
		return err
	}
	for _, off := range all {
		t := task{What: i18n.M("Citas canceladas: %s", i18n.Number(off.Count)), Folio: off.Folio,
			Detail: off.Why.In(r.Lang) + " · " + i18n.M("la primera era el %s, con %s", clock.FormatMX(off.First), off.Staff).In(r.Lang),
			Path:   "/agenda?semana=" + url.QueryEscape(clock.DateOf(off.First).MX()), Button: i18n.M("Ver agenda")}
		page.Tasks = append(page.Tasks, t)
	}
	return nil
}

// byDue puts what is due sooner first; what has no deadline comes last.
func byDue(a, b clock.Status) int {
	switch {
	case a.Due == b.Due:
		return 0
	case a.Due.IsZero():
		return 1
	case b.Due.IsZero():
		return -1
	}
	return a.Due.Compare(b.Due)
}

func (p *pages) appointments(r *web.Request, page *todayPage) error {
	today := clock.DateOf(r.Now)
	day, err := p.Agenda.DayOf(r.Context(), r.Actor, today, agenda.Filter{Account: r.Actor.Account})
	if err != nil {
		return err
	}
	due := clock.Deadline{Due: today}.Status(r.Now, clock.Calendar{})
	for _, i := range day.Items {
		if i.Marked == 0 || i.Marked < i.Expected {
			detail := i.Who
			if standing := i.Standing(); !standing.IsZero() {
				detail += " · " + standing.In(r.Lang)
			}
			page.Tasks = append(page.Tasks, task{
				Due: due, What: i18n.M("%s a las %s", i.Kind.Label(), agenda.Hour(i.StartsAt.Time)), Folio: i.Folio, Detail: detail,
				Path: "/citas/" + url.PathEscape(i.ID), Button: i18n.M("Abrir"), OwnHour: true,
			})
		}
	}
	return nil
}
