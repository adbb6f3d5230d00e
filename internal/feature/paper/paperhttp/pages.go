// Package paperhttp is the documents' only contact with HTTP at the center: preparing,
// signing and sending them. It decides nothing.
package paperhttp

import (
	"sigue/internal/feature/paper"
	"sigue/internal/platform/web"
)

type pages struct{ svc *paper.Service }

// Register adds the room's routes.
func Register(rt *web.Router, svc *paper.Service) {
	_ = &pages{svc}
}
