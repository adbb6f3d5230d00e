// Package referralhttp is the referral room's only contact with HTTP: the pages on
// which an institution writes and follows its referrals, and those on which a center
// answers them. It decodes forms, calls the service and shows typed pages; it decides
// nothing.
package referralhttp

import (
	"net/url"
	"strconv"
	"strings"

	"github.com/go-playground/form/v4"

	"sigue/internal/base/fault"
	"sigue/internal/base/i18n"
	"sigue/internal/feature/catalogue"
	"sigue/internal/feature/center"
	"sigue/internal/feature/referral"
	"sigue/internal/platform/access"
	"sigue/internal/platform/web"
)

// Options are what the pages work with.
type Options struct {
	Referrals *referral.Service
	Centers   *center.Service
	// UploadLimit is how much of an upload is read, in bytes; over it the connection is
	// cut. It lies well above the limit of a paper, so that a paper that is too large
	// gets its sentence.
	UploadLimit int64
}

type pages struct {
	svc     *referral.Service
	centers *center.Service
}

// Register adds the room's routes.
func Register(rt *web.Router, o Options) {
	p := &pages{svc: o.Referrals, centers: o.Centers}
	p.registerWriting(rt, o.UploadLimit)
	p.registerReading(rt)
	p.registerReceiving(rt)
}

func (p *pages) registerWriting(rt *web.Router, uploadLimit int64) {
	rt.Handle("GET /canalizaciones/nueva", access.ReferralWrite, p.start)
	rt.Handle("POST /canalizaciones", access.ReferralWrite, p.create)
	rt.Handle("GET /canalizaciones/{referral}/captura", access.ReferralWrite, p.tasks)
	for _, section := range []referral.Section{referral.SectionPerson, referral.SectionBasis, referral.SectionFacts, referral.SectionCenter} {
		rt.Handle("GET /canalizaciones/{referral}/captura/"+string(section), access.ReferralWrite, p.section(section))
		rt.Handle("POST /canalizaciones/{referral}/captura/"+string(section), access.ReferralWrite, p.saveSection(section))
	}
	rt.Handle("GET /canalizaciones/{referral}/captura/documentos", access.ReferralWrite, p.papers)
	rt.HandleUpload("POST /canalizaciones/{referral}/captura/documentos", access.ReferralWrite, uploadLimit, p.attach)
	rt.Handle("POST /canalizaciones/{referral}/adjuntos/{attachment}/quitar", access.ReferralWrite, p.detach)
	rt.Handle("GET /canalizaciones/{referral}/captura/revisar", access.ReferralWrite, p.review)
	rt.Handle("POST /canalizaciones/{referral}/enviar", access.ReferralWrite, p.submit)
	rt.Handle("GET /canalizaciones/{referral}/enviada", access.ReferralWrite, p.sent)
	rt.Handle("POST /canalizaciones/{referral}/descartar", access.ReferralWrite, p.discard)
	rt.Handle("GET /canalizaciones/{referral}/retirar", access.ReferralWrite, p.withdraw)
	rt.Handle("POST /canalizaciones/{referral}/retirar", access.ReferralWrite, p.doWithdraw)
	rt.Handle("GET /curp", access.ReferralWrite, p.curp)
}

func (p *pages) registerReading(rt *web.Router) {
	rt.Handle("GET /canalizaciones", access.ReferralRead, p.panel)
	rt.Handle("GET /canalizaciones/{referral}", access.ReferralRead, p.file)
	rt.Handle("GET /canalizaciones/{referral}/adjuntos/{attachment}", access.ReferralRead, p.paper)
	rt.Handle("GET /canalizaciones/{referral}/lecturas", access.ReadersRead, p.readers)
}

func (p *pages) registerReceiving(rt *web.Router) {
	rt.Handle("GET /recepcion", access.ReferralReceive, p.queue)
	rt.Handle("GET /recepcion/{referral}/devolver", access.ReferralReceive, p.giveBack)
	rt.Handle("POST /recepcion/{referral}/devolver", access.ReferralReceive, p.doGiveBack)
	rt.Handle("GET /recepcion/{referral}/declinar", access.ReferralReceive, p.decline)
	rt.Handle("POST /recepcion/{referral}/declinar", access.ReferralReceive, p.doDecline)
	rt.Handle("GET /recepcion/{referral}/reasignar", access.ReferralReceive, p.reassign)
	rt.Handle("POST /recepcion/{referral}/reasignar", access.ReferralReceive, p.doReassign)
}

// path is an address of one referral.
func path(id, rest string) string {
	p := "/canalizaciones/" + url.PathEscape(id)
	if rest != "" {
		p += "/" + rest
	}
	return p
}

func receivePath(id, action string) string { return "/recepcion/" + url.PathEscape(id) + "/" + action }

var (
	decoder = form.NewDecoder()
	encoder = form.NewEncoder()
)

// values shows a typed part as form values.
func values(part any) url.Values {
	v, err := encoder.Encode(part)
	if err != nil {
		panic(err) // plain structs of strings: cannot fail
	}
	return v
}

// decode reads form values into a typed part; what the part does not know is left out.
// A name with brackets is none of ours, and the decoder takes it for an index.
func decode(into any, v url.Values) error {
	plain := make(url.Values, len(v))
	for name, values := range v {
		if !strings.ContainsAny(name, "[]") {
			plain[name] = values
		}
	}
	if err := decoder.Decode(into, plain); err != nil {
		return fault.Wrap(fault.Invalid, i18n.M("El formulario no llegó completo. Vuelva a la página e inténtelo de nuevo."), err)
	}
	return nil
}

func decodeInto(v url.Values) func(part any) error {
	return func(part any) error { return decode(part, v) }
}

func number(s string) int {
	n, err := strconv.Atoi(s)
	if err != nil {
		return -1 // no page has that version
	}
	return n
}

// options are the entries of a list as choices, in the language of the request.
func options(r *web.Request, lists *catalogue.Lists, name string) []web.Option {
	var out []web.Option
	for _, e := range lists.Entries(name) {
		out = append(out, web.Option{Value: e.Code, Text: e.Label(r.Lang)})
	}
	return out
}

func labels(r *web.Request, lists *catalogue.Lists, name string, codes []string) []string {
	var out []string
	for _, c := range codes {
		out = append(out, lists.Label(name, c, r.Lang))
	}
	return out
}

// sectionTitle names a section of the task list.
func sectionTitle(s referral.Section) i18n.Msg {
	switch s {
	case referral.SectionPerson:
		return i18n.M("Persona")
	case referral.SectionBasis:
		return i18n.M("Base legal y obligación ordenada")
	case referral.SectionFacts:
		return i18n.M("Hechos y riesgo")
	case referral.SectionPapers:
		return i18n.M("Documentos")
	case referral.SectionCenter:
		return i18n.M("Centro")
	}
	return i18n.Msg{}
}

// next is where "guardar y seguir" leads.
func next(s referral.Section) string {
	for i, section := range referral.Sections {
		if section == s && i+1 < len(referral.Sections) {
			return "captura/" + string(referral.Sections[i+1])
		}
	}
	return "captura/revisar"
}
