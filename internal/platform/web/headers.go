package web

import "net/http"

// pagePolicy allows nothing but this site's own files, and no inline script or style.
const pagePolicy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; " +
	"font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; object-src 'none'"

// setHeaders sets what every answer carries. A static file loosens Cache-Control, a file
// for download has a policy of its own.
//
// Referrer-Policy is same-origin: with no-referrer a browser sends "Origin: null" with our
// own forms, and where there is no https the cross-origin check has nothing else to go by.
func (rt *Router) setHeaders(h http.Header, requestID string) {
	h.Set("X-Request-Id", requestID)
	h.Set("Content-Security-Policy", pagePolicy)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "same-origin")
	h.Set("Permissions-Policy", "camera=(), microphone=(), geolocation=(), payment=(), usb=()")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("X-Frame-Options", "DENY")
	h.Set("Cache-Control", "no-store")
	if rt.o.Secure {
		h.Set("Strict-Transport-Security", "max-age=63072000; includeSubDomains")
	}
}
