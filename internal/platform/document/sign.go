package document

import (
	"cmp"
	"crypto"
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"os"
	"time"

	"sigue/internal/base/i18n"
)

// RenewWithin is how long before its end a certificate is to be renewed.
const RenewWithin = 30 * 24 * time.Hour

// Signer signs what is issued with the certificate of the institution (ADR 0023).
type Signer struct {
	key   crypto.Signer
	chain []*x509.Certificate // that of the key first, then whoever vouches for it
}

// LoadSigner reads a certificate, with those that vouch for it after it, and its key, both
// PEM. It takes RSA and ECDSA keys without a password, in a file that nobody else may
// read. Whether the certificate is of this day, [Signer.Holds] tells.
func LoadSigner(certificate, key string) (*Signer, error) {
	info, err := os.Stat(key)
	if err != nil {
		return nil, fmt.Errorf("document: key of the signature: %w", err)
	}
	if info.Mode().Perm()&0o077 != 0 {
		return nil, fmt.Errorf("document: the key %s may be read by others; chmod 600 %s", key, key)
	}
	pair, err := tls.LoadX509KeyPair(certificate, key)
	if err != nil {
		return nil, fmt.Errorf("document: certificate %s: %w", certificate, err)
	}
	s := &Signer{}
	for _, der := range pair.Certificate {
		c, err := x509.ParseCertificate(der)
		if err != nil {
			return nil, fmt.Errorf("document: certificate %s: %w", certificate, err)
		}
		s.chain = append(s.chain, c)
	}
	switch k := pair.PrivateKey.(type) {
	case *rsa.PrivateKey:
		s.key = k
	case *ecdsa.PrivateKey:
		s.key = k
	default:
		return nil, fmt.Errorf("document: certificate %s: its key is neither RSA nor ECDSA", certificate)
	}
	const signs = x509.KeyUsageDigitalSignature | x509.KeyUsageContentCommitment
	if use := s.chain[0].KeyUsage; use != 0 && use&signs == 0 {
		return nil, fmt.Errorf("document: certificate %s: it was not made to sign", certificate)
	}
	if s.Name() == "" {
		return nil, errors.New("document: certificate " + certificate + ": it names nobody")
	}
	return s, nil
}

// Name is whose certificate it is.
func (s *Signer) Name() string {
	subject := s.chain[0].Subject
	if len(subject.Organization) == 0 {
		return subject.CommonName
	}
	return cmp.Or(subject.CommonName, subject.Organization[0])
}

// Until is when the certificate ends.
func (s *Signer) Until() time.Time { return s.chain[0].NotAfter }

// Holds tells whether the certificate is good at an instant: no other signature says
// anything.
func (s *Signer) Holds(at time.Time) bool {
	return !at.Before(s.chain[0].NotBefore) && !at.After(s.chain[0].NotAfter)
}

// line says on each page whether it is signed. Where nothing is signed it says nothing;
// where the certificate ran out it says so, so that no paper is silently unsigned.
func (s *Signer) line(at time.Time) string {
	switch {
	case s == nil:
		return ""
	case s.Holds(at):
		return "\n" + clean(es(i18n.M("Firmado electrónicamente con el certificado de %s.", s.Name())))
	}
	return "\n" + es(i18n.M("Sin firma electrónica: el certificado de la institución no está vigente."))
}

// seal signs a drawn document, if there is a certificate with which to do so.
func (s *Signer) seal(pdf []byte, at time.Time) ([]byte, error) {
	if s == nil || !s.Holds(at) {
		return pdf, nil
	}
	return s.sign(pdf, at)
}
