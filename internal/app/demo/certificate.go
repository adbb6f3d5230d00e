package demo

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"os"
	"path/filepath"
	"time"

	"sigue/internal/base/config"
)

// certify gives a demonstration that has no certificate a fictional one, which nobody
// vouches for, so that signed documents can be seen. It is made anew at each start.
func certify(cfg config.Config, now time.Time) (config.Config, error) {
	if cfg.SignCertificate != "" {
		return cfg, nil
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return cfg, fmt.Errorf("demo: certificate: %w", err)
	}
	of := &x509.Certificate{
		SerialNumber: big.NewInt(now.UnixNano()), Subject: pkix.Name{CommonName: "Institución ficticia de demostración"},
		NotBefore: now.Add(-time.Hour), NotAfter: now.AddDate(1, 0, 0), KeyUsage: x509.KeyUsageDigitalSignature,
	}
	certificate, err := x509.CreateCertificate(rand.Reader, of, of, key.Public(), key)
	if err != nil {
		return cfg, fmt.Errorf("demo: certificate: %w", err)
	}
	secret, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return cfg, fmt.Errorf("demo: certificate: %w", err)
	}
	cfg.SignCertificate, cfg.SignKey = filepath.Join(cfg.Data, "demo-sign.crt"), filepath.Join(cfg.Data, "demo-sign.key")
	return cfg, errors.Join(
		writePEM(cfg.SignCertificate, "CERTIFICATE", certificate),
		writePEM(cfg.SignKey, "PRIVATE KEY", secret))
}

func writePEM(file, kind string, der []byte) error {
	return os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600)
}
