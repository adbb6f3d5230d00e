package web

import (
	"errors"
	"io"
	"log/slog"
	"net/http"

	"sigue/internal/base/fault"
	"sigue/internal/base/i18n"
)

// crossOrigin is a post that another site set off.
type crossOrigin struct{ cause error }

func (e *crossOrigin) Error() string { return "web: " + e.cause.Error() }

// wrongMethod is a request to an address that has pages of other methods only.
type wrongMethod struct{ method string }

func (e *wrongMethod) Error() string { return "web: method " + e.method }

// failure is what an error page shows.
type failure struct {
	Status  int
	Title   i18n.Msg
	Message i18n.Msg
	ID      string // request id; empty where nobody needs it
	Support string
}

// fail answers with the error's page, and logs what the page does not say.
func (rt *Router) fail(w http.ResponseWriter, r *Request, err error) {
	kind := fault.KindOf(err)
	if kind == fault.Unauthenticated && !r.wantsJSON() {
		rt.askSignIn(w, r)
		return
	}
	if kind == fault.NotFound && r.Actor.SignedIn() && rt.o.Denied != nil {
		rt.o.Denied(r.Context(), r.Actor, r.Method, r.URL.Path)
	}
	f := failureOf(err)
	rt.logFailure(r, f.Status, err)
	f.Support = rt.o.Branding.Support
	if f.Status == http.StatusTooManyRequests || f.Status == http.StatusServiceUnavailable {
		w.Header().Set("Retry-After", "60")
	}
	if f.Status >= 500 {
		f.ID = r.ID
	}
	if r.wantsJSON() {
		rt.sendFailure(w, r, f, failureJSON(r, f, err))
		return
	}
	rt.sendFailure(w, r, f, Page(f.Title, failureView(f)).Status(f.Status))
}

// maxDrain is how much of a body over the limit is read and thrown away, in bytes.
const maxDrain = 128 << 20

// sendFailure answers in plain words when even the error page cannot be made.
func (rt *Router) sendFailure(w http.ResponseWriter, r *Request, f failure, response Response) {
	w.Header().Del("Content-Disposition")
	if f.Status == http.StatusRequestEntityTooLarge && r.raw != nil {
		// A browser reads no answer before it has sent its whole body.
		_, _ = io.Copy(io.Discard, io.LimitReader(r.raw, maxDrain))
	}
	if err := response.send(rt, w, r); err != nil {
		rt.log.ErrorContext(r.Context(), "error page", "request", r.ID, "error", err.Error())
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		_ = write(w, r, http.StatusInternalServerError, []byte(f.Message.In(r.Lang)+"\n"+r.ID+"\n"))
	}
}

func (rt *Router) logFailure(r *Request, status int, err error) {
	level := slog.LevelInfo
	if status >= 500 {
		level = slog.LevelError
	}
	rt.log.Log(r.Context(), level, "failure", "request", r.ID, "route", r.route.Path, "status", status, "error", err.Error())
}

type problem struct {
	Message string            `json:"message"`
	Fields  map[string]string `json:"fields,omitempty"`
	ID      string            `json:"request,omitempty"`
}

// failureJSON is the answer to a script.
func failureJSON(r *Request, f failure, err error) Response {
	p := problem{Message: f.Message.In(r.Lang), ID: f.ID}
	for name, sentence := range fault.FieldsOf(err) {
		if p.Fields == nil {
			p.Fields = map[string]string{}
		}
		p.Fields[name] = sentence.In(r.Lang)
	}
	return jsonResponse{f.Status, p}
}

// failureOf maps an error to its page. Nothing else decides a status code of an error.
func failureOf(err error) failure {
	var foreign *crossOrigin
	var method *wrongMethod
	switch {
	case errors.As(err, &foreign):
		return failure{Status: http.StatusForbidden, Title: i18n.M("No aceptamos el envío"),
			Message: i18n.M("El formulario llegó desde otro sitio. Abra SIGUE desde su propia dirección y vuelva a intentarlo.")}
	case errors.As(err, &method):
		return failure{Status: http.StatusMethodNotAllowed, Title: i18n.M("Esta dirección no se abre así"),
			Message: i18n.M("Aquí solo se reciben formularios. Vuelva al inicio y llegue a la página desde el menú.")}
	}
	f := byKind(fault.KindOf(err))
	var e *fault.Error
	if errors.As(err, &e) && e.Kind != fault.Internal && !e.Public.IsZero() {
		f.Message = e.Public
	}
	return f
}

func byKind(kind fault.Kind) failure {
	switch kind {
	case fault.Invalid:
		return failure{Status: http.StatusUnprocessableEntity, Title: i18n.M("No pudimos usar esos datos"),
			Message: i18n.M("Vuelva a la página anterior, revise lo que escribió y envíelo otra vez.")}
	case fault.NotFound:
		return failure{Status: http.StatusNotFound, Title: i18n.M("No encontramos esa página"),
			Message: fault.Missing().Public}
	case fault.Conflict:
		return failure{Status: http.StatusConflict, Title: i18n.M("El registro ya cambió"),
			Message: i18n.M("Alguien lo modificó mientras usted trabajaba. Ábralo de nuevo para ver cómo quedó.")}
	case fault.Unauthenticated:
		return failure{Status: http.StatusUnauthorized, Title: i18n.M("Entre de nuevo"),
			Message: i18n.M("Su sesión terminó. Entre de nuevo para continuar.")}
	case fault.TooMany:
		return failure{Status: http.StatusTooManyRequests, Title: i18n.M("Espere un momento"),
			Message: i18n.M("Hubo demasiados intentos. Espere un minuto y vuelva a intentarlo.")}
	case fault.TooLarge:
		return failure{Status: http.StatusRequestEntityTooLarge, Title: i18n.M("Es demasiado grande"),
			Message: i18n.M("Lo que envió es demasiado grande. Quite texto o archivos y vuelva a enviarlo.")}
	case fault.Unavailable:
		return failure{Status: http.StatusServiceUnavailable, Title: i18n.M("Por ahora no podemos atenderle"),
			Message: i18n.M("Una parte del sistema no responde. Lo ya guardado está a salvo. Espere un minuto y vuelva a intentarlo.")}
	}
	return failure{Status: http.StatusInternalServerError, Title: i18n.M("Algo falló de nuestro lado"),
		Message: i18n.M("Lo ya guardado está a salvo. Vuelva a intentarlo; si sigue fallando, llame y diga el número de abajo.")}
}
