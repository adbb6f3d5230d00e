package demo

import (
	"testing"
	"time"

	"sigue/internal/base/config"
	"sigue/internal/platform/document"
)

// TestCertify checks that a demonstration signs from its start on, also at its second one,
// and keeps a certificate that was set.
func TestCertify(t *testing.T) {
	now := time.Now()
	cfg := config.Config{Data: t.TempDir()}
	for range 2 {
		made, err := certify(cfg, now)
		if err != nil {
			t.Fatal(err)
		}
		s, err := document.LoadSigner(made.SignCertificate, made.SignKey)
		if err != nil {
			t.Fatal(err)
		}
		if !s.Holds(now) || !s.Holds(now.Add(document.RenewWithin)) {
			t.Errorf("the certificate ends %s", s.Until())
		}
	}
	cfg.SignCertificate = "own.crt"
	if got, err := certify(cfg, now); err != nil || got != cfg {
		t.Errorf("got %+v, %v; want the one that was set", got, err)
	}
}
