package paper

import (
	"sigue/internal/base/db"
	"sigue/internal/feature/agenda"
	"sigue/internal/feature/casefile"
	"sigue/internal/feature/catalogue"
	"sigue/internal/feature/center"
	"sigue/internal/feature/followup"
	"sigue/internal/feature/identity"
	"sigue/internal/feature/institution"
	"sigue/internal/feature/program"
	"sigue/internal/feature/referral"
	"sigue/internal/platform/document"
	"sigue/internal/platform/jobs"
	"sigue/internal/platform/ledger"
	"sigue/internal/platform/vault"
)

// Service is what one can do with the documents of a process.
type Service struct{ use Needs }

// Needs are the rooms and tools that the service works with.
type Needs struct {
	DB           *db.DB
	Ledger       *ledger.Ledger
	Vault        *vault.Vault
	Documents    *document.Service
	Catalogue    *catalogue.Service
	Identity     *identity.Service
	Institutions *institution.Service
	Centers      *center.Service
	Referrals    *referral.Service
	Programs     *program.Service
	Cases        *casefile.Service
	Agenda       *agenda.Service
	Followups    *followup.Service
	Runner       *jobs.Runner
}

// New makes the service and binds its background work.
func New(n Needs) *Service {
	s := &Service{n}
	s.bind(n.Runner)
	return s
}
