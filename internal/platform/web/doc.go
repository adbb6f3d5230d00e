// Package web is the page kit: a router that demands a permission for each route,
// forms, the page frame, the parts that pages share, the style sheet and the
// scripts. It knows no case work by name.
//
// Promises:
//   - A handler runs only after its route's permission was found in the actor. What
//     a signed-in actor may not do does not exist (404) and is reported to
//     Options.Denied; who is not signed in is asked to sign in and loses nothing typed.
//   - A page is rendered whole before its first byte is sent. An error shows its public
//     sentence; its cause goes to the log with the request id that the page shows.
//   - No page holds an inline script or style; every answer carries the strict policy,
//     and all but the static files are kept in no cache.
//   - Everything works without scripts.
//
// # Routes that need no session
//
// A route whose permission the anonymous actor holds is open to everyone. When the
// signed-in actor lacks that permission (sign-in, one-time links), the handler runs
// with Actor anonymous, while Session still names who is signed in.
//
// # Forms
//
// A form page is a GET and a POST on one path. The POST handler reads r.Form(), calls
// the service, and when form.Fail(err) takes the error renders the same page again:
//
//	form, err := r.Form()
//	if err != nil {
//		return nil, err
//	}
//	if err := s.Send(r.Context(), r.Actor, decode(form)); form.Fail(err) {
//		return web.Page(title, view(form)), nil
//	} else if err != nil {
//		return nil, err
//	}
//	return web.Redirect("/canalizaciones"), nil
//
// The part ErrorSummary, put first in the body, shows the errors; it alone makes the
// page answer 422 (409 after a conflict) and puts "Error:" before its title. Fields are
// named as in fault.Form. A date is one text field, dd/mm/aaaa: it is quicker to type,
// to paste and to fill than three; Form.Date reads it, digits alone and ISO too.
//
// # Scripts
//
//   - <form data-autosave> posts itself to its own action with the header X-Autosave: 1
//     ([Request.Autosave]); answer with [Saved], or an error. [PostForm] writes it.
//   - FieldProps.Fill ("/curp") makes a field ask GET /curp?curp=VALUE for a JSON object
//     {"fields":{"birth_date":"14/03/1985",…},"message":"…"} and fill empty fields with it;
//     answer with [Fill].
//   - The session dialog posts to /sesion/seguir; answer with [SessionEnds].
//   - A press on "/" goes to the first search field (FieldProps.Type "search").
//
// # Addresses used by the frame
//
// /entrar?seguir=… (sign in), POST /salir (sign out), POST /sesion/seguir (stay). The
// language is changed by ?lang=en or ?lang=es-MX on any GET, which stores a cookie; until
// then it is Spanish, whatever the browser asks for.
//
// # Choices that a reader may question
//
//   - Referrer-Policy is same-origin, not no-referrer: with the latter, browsers send
//     "Origin: null" with our own forms, and the cross-origin check would refuse them
//     where there is no https.
//   - Pages are not compressed: they mix what a visitor can choose with what he must not
//     learn, and a compressed length tells (BREACH). Static files are.
//   - A PDF shown in place is sent without the sandbox, in which browsers refuse to show
//     it; every other file has it.
//   - A refused upload is read to its end, up to 128 MB: browsers show no answer before.
//   - Autosave is not for forms with files: those are sent by their own form.
package web
