package referralhttp

import (
	"net/url"

	"sigue/internal/base/i18n"
	"sigue/internal/feature/catalogue"
	"sigue/internal/feature/referral"
	"sigue/internal/platform/web"
)

func (p *pages) queue(r *web.Request) (web.Response, error) {
	after := r.Query().Get("desde")
	queue, err := p.svc.Queue(r.Context(), r.Actor, after)
	if err != nil {
		return nil, err
	}
	return web.Page(i18n.M("Por recibir"), queueView(queue, after != "", done(r.Query().Get("hecho")))).Wide(), nil
}

// done is what the step before did, as the next page says it. It comes in the address,
// so it chooses one of our sentences and brings no text of its own.
type done string

const (
	didAccept   done = "aceptada"
	didOffer    done = "citada"
	didReturn   done = "devuelta"
	didDecline  done = "declinada"
	didReassign done = "reasignada"
	didWithdraw done = "retirada"
)

func (d done) text() i18n.Msg {
	switch d {
	case didAccept:
		return i18n.M("Se aceptó la canalización. Quien canaliza recibe un aviso. Falta dar la primera cita.")
	case didOffer:
		return i18n.M("La canalización está aceptada y con primera cita. Quien canaliza recibe un aviso y puede ver el día, la hora y el lugar.")
	case didReturn:
		return i18n.M("Se devolvió para corregir. Quien canaliza recibe un aviso.")
	case didDecline:
		return i18n.M("Quedó como no aceptada. Quien canaliza recibe un aviso y puede leer el motivo.")
	case didReassign:
		return i18n.M("Se pasó al otro centro, que recibe un aviso, igual que quien canaliza. El plazo para responder sigue igual.")
	case didWithdraw:
		return i18n.M("Se retiró la canalización. El centro recibe un aviso.")
	}
	return i18n.Msg{}
}

const queuePath = "/recepcion"

func waitingText(n int) i18n.Msg {
	if n == 1 {
		return i18n.M("1 por atender.")
	}
	return i18n.M("%d por atender.", i18n.Number(n))
}

// queuePages are the addresses of the first and the next page of the queue, each empty
// where there is none.
func queuePages(queue *referral.Waiting, further bool) (first, next string) {
	if further {
		first = queuePath
	}
	if queue.Next != "" {
		next = queuePath + "?" + url.Values{"desde": {queue.Next}}.Encode()
	}
	return first, next
}

func (p *pages) giveBack(r *web.Request) (web.Response, error) {
	return p.showChoice(r, web.NewForm(nil), giveBackPage)
}

func (p *pages) decline(r *web.Request) (web.Response, error) {
	return p.showChoice(r, web.NewForm(nil), declinePage)
}

func (p *pages) reassign(r *web.Request) (web.Response, error) {
	return p.showChoice(r, web.NewForm(nil), reassignPage)
}

// choiceKind is one of the answers that ask for a coded reason: the list it is from,
// and whether the referral leaves the center with it.
type choiceKind struct {
	list  string
	moves bool
	did   done
}

var (
	giveBackPage = choiceKind{list: catalogue.ReturnReason, did: didReturn}
	declinePage  = choiceKind{list: catalogue.DeclineReason, did: didDecline}
	reassignPage = choiceKind{list: catalogue.ReassignReason, moves: true, did: didReassign}
)

func (p *pages) showChoice(r *web.Request, form *web.Form, kind choiceKind) (web.Response, error) {
	view, err := p.svc.Brief(r.Context(), r.Actor, r.PathValue("referral"))
	if err != nil {
		return nil, err
	}
	page := choicePage{View: view, Form: form, Options: options(r, view.Lists, kind.list), Waits: view.State == referral.Submitted}
	if !page.Waits && !form.Failed() { // answered, in another window perhaps: the file says what became of it
		return web.Redirect(path(view.ID, "")), nil
	}
	switch kind.list {
	case catalogue.ReturnReason:
		return web.Page(i18n.M("Devolver %s para corregir", view.Folio), giveBackView(page)), nil
	case catalogue.DeclineReason:
		return web.Page(i18n.M("No aceptar %s", view.Folio), declineView(page)), nil
	}
	if page.Centers, err = p.choices(r, view.Municipality); err != nil {
		return nil, err
	}
	return web.Page(i18n.M("Pasar %s a otro centro", view.Folio), reassignView(page)), nil
}

func (p *pages) doGiveBack(r *web.Request) (web.Response, error) {
	return p.answer(r, giveBackPage, func(id string, form *web.Form) error {
		var n referral.ReturnNote
		if err := decode(&n, form.Values); err != nil {
			return err
		}
		return p.svc.Return(r.Context(), r.Actor, id, n)
	})
}

func (p *pages) doDecline(r *web.Request) (web.Response, error) {
	return p.answer(r, declinePage, func(id string, form *web.Form) error {
		var why referral.Motive
		if err := decode(&why, form.Values); err != nil {
			return err
		}
		return p.svc.Decline(r.Context(), r.Actor, id, why)
	})
}

func (p *pages) doReassign(r *web.Request) (web.Response, error) {
	return p.answer(r, reassignPage, func(id string, form *web.Form) error {
		var why referral.Motive
		if err := decode(&why, form.Values); err != nil {
			return err
		}
		return p.svc.Reassign(r.Context(), r.Actor, id, form.Get("center_id"), why)
	})
}

// answer runs one answer of the center and shows its form again when it is refused.
func (p *pages) answer(r *web.Request, kind choiceKind, do func(id string, form *web.Form) error) (web.Response, error) {
	form, err := r.Form()
	if err != nil {
		return nil, err
	}
	id := r.PathValue("referral")
	err = do(id, form)
	if form.Fail(err) {
		return p.showChoice(r, form, kind)
	}
	if err != nil {
		return nil, err
	}
	if kind.moves {
		return web.Redirect(queuePath + "?hecho=" + string(kind.did)), nil // it is no longer ours to see
	}
	return web.Redirect(path(id, "") + "?hecho=" + string(kind.did)), nil
}
