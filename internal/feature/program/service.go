package program

import (
	"sigue/internal/base/db"
	"sigue/internal/feature/catalogue"
	"sigue/internal/feature/center"
	"sigue/internal/feature/identity"
	"sigue/internal/platform/ledger"
)

// Service is what one can do with programs and groups.
type Service struct {
	db        *db.DB
	ledger    *ledger.Ledger
	catalogue *catalogue.Service
	identity  *identity.Service
	centers   *center.Service
}

// New makes the service.
func New(d *db.DB, l *ledger.Ledger, c *catalogue.Service, id *identity.Service, centers *center.Service) *Service {
	return &Service{db: d, ledger: l, catalogue: c, identity: id, centers: centers}
}
