package casefilehttp

import (
	"net/url"

	"github.com/a-h/templ"

	"sigue/internal/base/i18n"
	"sigue/internal/feature/casefile"
	"sigue/internal/feature/catalogue"
	"sigue/internal/platform/web"
)

// step is a page with one form about a case file: what it asks, what follows from it,
// and what it calls.
type step struct {
	title   func(v *casefile.View) i18n.Msg
	button  i18n.Msg
	follows func(v *casefile.View) i18n.Msg // what happens when it is sent
	fields  func(p stepPage) templ.Component
	do      func(p *pages, r *web.Request, id string, v url.Values) error
	back    string                           // tab to which it leads afterwards
	view    func(p stepPage) templ.Component // of a page that shows more than its form
}

// stepPage is a step on one case file.
type stepPage struct {
	step
	View    *casefile.View
	Form    *web.Form
	Lang    i18n.Lang
	Centers []web.Option
	Mandate casefile.MandateView
}

// list gives the choices of a catalogue list.
func (p stepPage) list(name string) []web.Option { return options(p.Lang, p.View.Lists, name) }

func (p *pages) form(s step) web.Handler {
	return func(r *web.Request) (web.Response, error) { return p.show(r, s, web.NewForm(nil)) }
}

func (p *pages) show(r *web.Request, s step, form *web.Form) (web.Response, error) {
	view, err := p.open(r)
	if err != nil {
		return nil, err
	}
	page := stepPage{step: s, View: view, Form: form, Lang: r.Lang}
	for _, m := range view.Mandates {
		if m.ReferralID == r.PathValue("mandate") {
			page.Mandate = m
		}
	}
	if page.Centers, err = p.otherCenters(r, view); err != nil {
		return nil, err
	}
	if s.view != nil {
		return web.Page(s.title(view), s.view(page)), nil
	}
	return web.Page(s.title(view), stepView(page)), nil
}

// open reads the case file that the address names, and of a mandate only if it is his.
func (p *pages) open(r *web.Request) (*casefile.View, error) {
	id, mandate := r.PathValue("case"), r.PathValue("mandate")
	if mandate != "" {
		return p.svc.OpenMandate(r.Context(), r.Actor, id, mandate)
	}
	return p.svc.Open(r.Context(), r.Actor, id)
}

func (p *pages) otherCenters(r *web.Request, v *casefile.View) ([]web.Option, error) {
	centers, err := p.centers.Centers(r.Context(), r.Actor)
	if err != nil {
		return nil, err
	}
	var out []web.Option
	for _, c := range centers {
		if c.ID != v.CenterID {
			out = append(out, web.Option{Value: c.ID, Text: c.Name})
		}
	}
	return out, nil
}

func (p *pages) post(s step) web.Handler {
	return func(r *web.Request) (web.Response, error) {
		form, err := r.Form()
		if err != nil {
			return nil, err
		}
		id := r.PathValue("case")
		err = s.do(p, r, id, form.Values)
		if form.Fail(err) {
			return p.show(r, s, form)
		}
		if err != nil {
			return nil, err
		}
		if s.back == "lista" { // the actor no longer sees it
			return web.Redirect("/expedientes"), nil
		}
		return web.Redirect(tab{name: s.back}.path(id)), nil
	}
}

// told says who learns of a decision.
func told(v *casefile.View) i18n.Msg {
	if v.Voluntary {
		return i18n.M("Viene por voluntad propia: no se avisa a ninguna autoridad.")
	}
	return i18n.M("Cada autoridad que lo canalizó recibe un aviso sin datos personales, solo sobre lo suyo.")
}

func nobody(*casefile.View) i18n.Msg { return i18n.M("No se avisa a nadie fuera del centro.") }

func says(m i18n.Msg) func(*casefile.View) i18n.Msg {
	return func(*casefile.View) i18n.Msg { return m }
}

var (
	noticeStep = step{
		title: func(v *casefile.View) i18n.Msg { return i18n.M("Aviso de privacidad, %s", v.Folio) }, button: i18n.M("Registrar"),
		follows: nobody, fields: noticeFields,
		do: func(p *pages, r *web.Request, id string, v url.Values) error {
			var f casefile.NoticeForm
			if err := decode(&f, v); err != nil {
				return err
			}
			return p.svc.AcceptNotice(r.Context(), r.Actor, id, f)
		},
	}
	letterStep = step{
		title: func(v *casefile.View) i18n.Msg { return i18n.M("Carta compromiso, %s", v.Folio) }, button: i18n.M("Registrar la firma"),
		follows: nobody, fields: letterFields,
		do: func(p *pages, r *web.Request, id string, v url.Values) error {
			return p.svc.Commit(r.Context(), r.Actor, id, v.Get("committed_on"))
		},
	}
	amendStep = step{
		title: func(v *casefile.View) i18n.Msg { return i18n.M("Corregir un dato de %s", v.Folio) }, button: i18n.M("Corregir"),
		follows: says(i18n.M("El dato anterior se conserva, con el motivo y quién lo cambió. Lo que escribió la autoridad en su canalización no cambia.")),
		fields:  amendFields,
		do: func(p *pages, r *web.Request, id string, v url.Values) error {
			var f casefile.AmendForm
			if err := decode(&f, v); err != nil {
				return err
			}
			return p.svc.Amend(r.Context(), r.Actor, id, f)
		},
	}
	riskStep = step{
		title: func(v *casefile.View) i18n.Msg { return i18n.M("Nivel de riesgo de %s", v.Folio) }, button: i18n.M("Registrar el nivel"),
		follows: says(i18n.M("Trabajo social y jurídico ven el nivel, no el motivo. Los niveles anteriores se conservan.")), fields: riskFields,
		do: func(p *pages, r *web.Request, id string, v url.Values) error {
			var f casefile.RiskForm
			if err := decode(&f, v); err != nil {
				return err
			}
			return p.svc.SetRisk(r.Context(), r.Actor, id, f)
		},
	}
	waitStep = step{
		title:   func(v *casefile.View) i18n.Msg { return i18n.M("Poner %s en lista de espera", v.Folio) },
		button:  i18n.M("Poner en lista de espera"),
		follows: says(i18n.M("Queda en la lista del centro hasta que se elija su programa. La autoridad ve el estado en su canalización.")), fields: noFields,
		do: func(p *pages, r *web.Request, id string, _ url.Values) error {
			return p.svc.PutOnWaitingList(r.Context(), r.Actor, id)
		},
	}
	suspendStep = step{
		title: func(v *casefile.View) i18n.Msg { return i18n.M("Suspender %s", v.Folio) }, button: i18n.M("Suspender"), follows: told, fields: suspendFields,
		do: func(p *pages, r *web.Request, id string, v url.Values) error {
			var f casefile.SuspendForm
			if err := decode(&f, v); err != nil {
				return err
			}
			return p.svc.Suspend(r.Context(), r.Actor, id, f)
		},
	}
	resumeStep = step{
		title: func(v *casefile.View) i18n.Msg { return i18n.M("Reanudar %s", v.Folio) }, button: i18n.M("Reanudar"), follows: told, fields: noFields,
		do: func(p *pages, r *web.Request, id string, _ url.Values) error {
			return p.svc.Resume(r.Context(), r.Actor, id)
		},
	}
	dischargeStep = step{
		title: func(v *casefile.View) i18n.Msg { return i18n.M("Dar de baja %s", v.Folio) }, button: i18n.M("Dar de baja"), follows: dischargeFollows, fields: dischargeFields,
		do: func(p *pages, r *web.Request, id string, v url.Values) error {
			var f casefile.DischargeForm
			if err := decode(&f, v); err != nil {
				return err
			}
			return p.svc.Discharge(r.Context(), r.Actor, id, f)
		},
	}
	referOutStep = step{
		title: func(v *casefile.View) i18n.Msg { return i18n.M("Derivar %s a otro servicio", v.Folio) }, button: i18n.M("Derivar"), follows: dischargeFollows, fields: referOutFields,
		do: func(p *pages, r *web.Request, id string, v url.Values) error {
			var f casefile.ReferOutForm
			if err := decode(&f, v); err != nil {
				return err
			}
			return p.svc.ReferOut(r.Context(), r.Actor, id, f)
		},
	}
	completeStep = step{
		title: func(v *casefile.View) i18n.Msg { return i18n.M("Concluir %s", v.Folio) }, button: i18n.M("Concluir"), follows: told, fields: completeFields,
		do: func(p *pages, r *web.Request, id string, v url.Values) error {
			return p.svc.Complete(r.Context(), r.Actor, id, v.Get("override"))
		},
	}
	closeStep = step{
		title: func(v *casefile.View) i18n.Msg { return i18n.M("Cerrar %s", v.Folio) }, button: i18n.M("Cerrar expediente"),
		follows: says(i18n.M("El expediente se conserva para consulta. Si la persona vuelve, se abre uno nuevo.")), fields: noFields,
		do: func(p *pages, r *web.Request, id string, _ url.Values) error {
			return p.svc.CloseFile(r.Context(), r.Actor, id)
		},
	}
	transferStep = step{
		title: func(v *casefile.View) i18n.Msg { return i18n.M("Pasar %s a otro centro", v.Folio) }, button: i18n.M("Pasar a ese centro"),
		follows: says(i18n.M("El otro centro recibe todo: plan, asistencias, notas y documentos. Su centro deja de ver el expediente y se le quita de sus grupos. No se puede deshacer desde aquí.")),
		fields:  transferFields, back: "lista",
		do: func(p *pages, r *web.Request, id string, v url.Values) error {
			var f casefile.TransferForm
			if err := decode(&f, v); err != nil {
				return err
			}
			return p.svc.Transfer(r.Context(), r.Actor, id, f)
		},
	}
	mandateStep = step{
		title: func(v *casefile.View) i18n.Msg { return i18n.M("Una obligación de %s", v.Folio) }, button: i18n.M("Registrar el cambio"),
		follows: says(i18n.M("Solo la autoridad que la ordenó ve el cambio. Si quedó sin efecto, el proceso sigue hasta que usted decida darlo de baja o continuarlo.")),
		fields:  mandateFields, view: mandateView, back: "plan",
		do: func(p *pages, r *web.Request, id string, v url.Values) error {
			var f casefile.MandateForm
			if err := decode(&f, v); err != nil {
				return err
			}
			return p.svc.ChangeMandate(r.Context(), r.Actor, id, r.PathValue("mandate"), f)
		},
	}
	separateStep = step{
		title: func(v *casefile.View) i18n.Msg { return i18n.M("Separar una obligación de %s", v.Folio) }, button: i18n.M("Abrir un expediente aparte"),
		follows: says(i18n.M("Esa canalización tendrá un expediente propio, que empieza de nuevo. Este sigue como está.")), fields: noFields, back: "plan",
		do: func(p *pages, r *web.Request, id string, _ url.Values) error {
			_, err := p.svc.Separate(r.Context(), r.Actor, id, r.PathValue("mandate"))
			return err
		},
	}
	apartStep = step{
		title: func(v *casefile.View) i18n.Msg { return i18n.M("Mantener separado a %s", v.Folio) }, button: i18n.M("Mantener separados"),
		follows: says(i18n.M("No podrán estar en el mismo grupo. A quien intente inscribirlo no se le dice por qué.")), fields: apartFields,
		do: func(p *pages, r *web.Request, id string, v url.Values) error {
			return p.svc.KeepApart(r.Context(), r.Actor, id, v.Get("folio"), v.Get("reason"))
		},
	}
	joinStep = step{
		title: func(v *casefile.View) i18n.Msg { return i18n.M("Unir %s a otro expediente", v.Folio) }, button: i18n.M("Unir"),
		follows: says(i18n.M("Sus obligaciones pasan al otro expediente y este queda como duplicado. Ninguna autoridad se entera de las otras.")), fields: joinFields,
		do: func(p *pages, r *web.Request, id string, v url.Values) error {
			_, err := p.svc.Join(r.Context(), r.Actor, id, v.Get("folio"))
			return err
		},
	}
)

func dischargeFollows(v *casefile.View) i18n.Msg {
	if v.Voluntary {
		return i18n.M("El proceso termina y sale de sus grupos. No se avisa a ninguna autoridad. Si vuelve, empieza un expediente nuevo.")
	}
	return i18n.M("El proceso termina y sale de sus grupos. Cada autoridad recibe un aviso sin datos personales. Si vuelve, empieza un expediente nuevo.")
}

// dischargeGroups put the causes into groups, for reading; a cause that the catalogue has
// besides stands in the last one.
var dischargeGroups = []struct {
	label i18n.Msg
	codes []string
}{
	{i18n.M("Asistencia"), []string{casefile.NeverPresented, "absence_limit", casefile.ByOwnDecision, "relocation"}},
	{i18n.M("Conducta y seguridad"), []string{"threat_violence", "new_violence", "intoxicated"}},
	{i18n.M("Autoridad y situación jurídica"), []string{"revoked", "imprisonment"}},
	{i18n.M("Salud y vida"), []string{"death", "other_care"}},
}

// dischargeOptions are the causes with the name of their group.
func (p stepPage) dischargeOptions() []web.Option {
	all := p.list(catalogue.DischargeReason)
	var out []web.Option
	taken := map[string]bool{}
	for _, g := range dischargeGroups {
		for _, code := range g.codes {
			for _, o := range all {
				if o.Value == code {
					o.Group, taken[code] = g.label.In(p.Lang), true
					out = append(out, o)
				}
			}
		}
	}
	for _, o := range all {
		if !taken[o.Value] {
			o.Group = i18n.M("Otros").In(p.Lang)
			out = append(out, o)
		}
	}
	return out
}

func fieldOptions() []web.Option {
	var out []web.Option
	for _, f := range casefile.Fields {
		out = append(out, web.Option{Value: string(f), Label: f.Label()})
	}
	return out
}

func riskOptions() []web.Option {
	var out []web.Option
	for _, l := range casefile.RiskLevels {
		out = append(out, web.Option{Value: string(l), Label: l.Label()})
	}
	return out
}
