package reporthttp

import (
	"context"
	"strconv"
	"time"

	"sigue/internal/base/clock"
	"sigue/internal/base/fault"
	"sigue/internal/base/i18n"
	"sigue/internal/feature/program"
	"sigue/internal/feature/report"
	"sigue/internal/platform/access"
	"sigue/internal/platform/web"
)

// goalsPage is the annual plan of a year.
type goalsPage struct {
	Year    int
	Goals   []report.Goal
	Propose bool
}

func (p *pages) goals(r *web.Request) (web.Response, error) {
	year := clock.DateOf(p.clk.Now()).Year()
	if typed := r.Query().Get("year"); typed != "" {
		var err error
		if year, err = strconv.Atoi(typed); err != nil || year < 2020 || year > 2100 {
			return nil, fault.Missing()
		}
	}
	goals, err := p.svc.Goals(r.Context(), r.Actor, year)
	if err != nil {
		return nil, err
	}
	return web.Page(i18n.M("Metas de %d", year), goalsView(goalsPage{year, goals, r.Actor.May(access.GoalPropose)})).Wide().Print(), nil
}

// newGoalPage is the form of a goal.
type newGoalPage struct {
	Form    *web.Form
	Centers []report.Choice
}

func (p *pages) newGoal(r *web.Request) (web.Response, error) {
	form := web.NewForm(nil)
	form.Values.Set("year", strconv.Itoa(clock.DateOf(p.clk.Now()).Year()))
	return p.newGoalForm(r, form)
}

func (p *pages) newGoalForm(r *web.Request, form *web.Form) (web.Response, error) {
	choices, err := p.svc.Choices(r.Context(), r.Actor)
	if err != nil {
		return nil, err
	}
	return web.Page(i18n.M("Proponer una meta"), newGoalView(newGoalPage{form, choices[report.ByCenter]})), nil
}

func (p *pages) propose(r *web.Request) (web.Response, error) {
	form, err := r.Form()
	if err != nil {
		return nil, err
	}
	id, err := p.svc.Propose(r.Context(), r.Actor, report.GoalForm{Year: form.Get("year"), Figure: form.Get("figure"),
		Center: form.Get("center"), Service: form.Get("service"), CalendarForm: calendarOf(form)})
	if form.Fail(err) {
		return p.newGoalForm(r, form)
	}
	if err != nil {
		return nil, err
	}
	return web.Redirect("/metas/" + id), nil
}

// goalPage is one goal with the forms that the actor may use.
type goalPage struct {
	report.Goal
	Propose, Approve, Explain bool
	Calendar, Note            *web.Form
}

func (p *pages) goal(r *web.Request) (web.Response, error) { return p.goalForms(r, nil, nil) }

func (p *pages) goalForms(r *web.Request, calendar, note *web.Form) (web.Response, error) {
	g, err := p.svc.Goal(r.Context(), r.Actor, r.PathValue("goal"))
	if err != nil {
		return nil, err
	}
	if calendar == nil {
		calendar = web.NewForm(nil)
		for i, n := range g.Targets {
			calendar.Values.Set(report.MonthField(i+1), strconv.FormatInt(n, 10))
		}
	}
	if note == nil {
		note = web.NewForm(nil)
	}
	page := goalPage{g, r.Actor.May(access.GoalPropose), r.Actor.May(access.GoalApprove), r.Actor.May(access.GoalExplain), calendar, note}
	return web.Page(i18n.M("Meta: %s", g.Figure.Name), goalView(page)).Print(), nil
}

func (p *pages) proposeCalendar(r *web.Request) (web.Response, error) {
	form, err := r.Form()
	if err != nil {
		return nil, err
	}
	err = p.svc.ProposeCalendar(r.Context(), r.Actor, r.PathValue("goal"), calendarOf(form))
	if form.Fail(err) {
		return p.goalForms(r, form, nil)
	}
	return p.backToGoal(r, err)
}

func (p *pages) backToGoal(r *web.Request, err error) (web.Response, error) {
	if err != nil {
		return nil, err
	}
	return web.Redirect("/metas/" + r.PathValue("goal")), nil
}

func (p *pages) approve(r *web.Request) (web.Response, error) { return p.decide(r, true) }
func (p *pages) refuse(r *web.Request) (web.Response, error)  { return p.decide(r, false) }

func (p *pages) decide(r *web.Request, approve bool) (web.Response, error) {
	if _, err := r.Form(); err != nil {
		return nil, err
	}
	return p.backToGoal(r, p.svc.Decide(r.Context(), r.Actor, r.PathValue("goal"), approve))
}

func (p *pages) explain(r *web.Request) (web.Response, error) {
	form, err := r.Form()
	if err != nil {
		return nil, err
	}
	err = p.svc.Explain(r.Context(), r.Actor, r.PathValue("goal"), form.Get("quarter"), form.Get("text"))
	if form.Fail(err) {
		return p.goalForms(r, nil, form)
	}
	return p.backToGoal(r, err)
}

func figureOptions() []web.Option {
	var out []web.Option
	for _, f := range report.GoalFigures() {
		out = append(out, web.Option{Value: string(f.Key), Label: f.Name})
	}
	return out
}

func serviceOptions() []web.Option {
	var out []web.Option
	for _, a := range program.Areas {
		out = append(out, web.Option{Value: string(a), Label: a.Label()})
	}
	return out
}

func (p newGoalPage) centerOptions() []web.Option {
	var out []web.Option
	for _, c := range p.Centers {
		out = append(out, web.Option{Value: c.Value, Label: c.Label})
	}
	return out
}

// quarterOptions are the closed quarters.
func (p goalPage) quarterOptions() []web.Option {
	var out []web.Option
	for _, q := range p.Quarters {
		if q.Closed {
			out = append(out, web.Option{Value: strconv.Itoa(q.Number), Label: i18n.M("Trimestre %d", q.Number)})
		}
	}
	return out
}

// lightKind is the colour of a light; its words say the same.
func lightKind(l report.Light) web.TagKind {
	switch l {
	case report.Green:
		return web.TagGood
	case report.Yellow:
		return web.TagWait
	case report.Orange:
		return web.TagUrgent
	case report.Red, report.Planned:
		return web.TagBad
	}
	return web.TagPlain
}

func percent(reached, target int64) string {
	if target == 0 {
		return "—"
	}
	return strconv.FormatInt(reached*100/target, 10) + "\u00a0%"
}

func monthName(n int) i18n.Msg { return clock.MonthName(time.Month(n)) }

// shortMonth is the name of a month in three letters.
func shortMonth(ctx context.Context, n int) string { return i18n.Show(ctx, monthName(n))[:3] }

// calendarOf reads the twelve months and the reason.
func calendarOf(form *web.Form) report.CalendarForm {
	f := report.CalendarForm{Reason: form.Get("reason")}
	for i := range f.Months {
		f.Months[i] = form.Get(report.MonthField(i + 1))
	}
	return f
}
