package document_test

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"sigue/internal/base/clock"
	"sigue/internal/base/db/dbtest"
	"sigue/internal/platform/document"
	"sigue/internal/platform/schema"
)

// signs is a signing certificate of a day and of a year after it.
func signs(from time.Time) x509.Certificate {
	return x509.Certificate{
		SerialNumber: big.NewInt(7), Subject: pkix.Name{CommonName: "Secretaría de Ejemplo"},
		NotBefore: from, NotAfter: from.AddDate(1, 0, 0), KeyUsage: x509.KeyUsageDigitalSignature,
	}
}

// certify writes a certificate that its own key signed, and the key.
func certify(t *testing.T, key crypto.Signer, of x509.Certificate) (certificate, keyFile string) {
	t.Helper()
	der, err := x509.CreateCertificate(rand.Reader, &of, &of, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	pkcs8, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	certificate, keyFile = filepath.Join(dir, "sign.crt"), filepath.Join(dir, "sign.key")
	write(t, certificate, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
	write(t, keyFile, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: pkcs8}))
	return certificate, keyFile
}

func write(t *testing.T, file string, content []byte) {
	t.Helper()
	if err := os.WriteFile(file, content, 0o600); err != nil {
		t.Fatal(err)
	}
}

func rsaKey(t *testing.T) crypto.Signer {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func ecdsaKey(t *testing.T) crypto.Signer {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// signer gives what signs with a key of its own, from a day of the clock on.
func signer(t *testing.T, key crypto.Signer, from time.Time) *document.Signer {
	t.Helper()
	s, err := document.LoadSigner(certify(t, key, signs(from)))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// signing is a house that signs, with a document to draw; key nil signs nothing.
func signing(t *testing.T, key crypto.Signer) (*house, document.Document, *clock.Fake) {
	t.Helper()
	d, clk := dbtest.SQLite(t, schema.Migrations)
	h := newHouse(t, d, clk)
	h.Service = document.New(d, h.vault, h.ledger, document.Branding{Signer: signer(t, key, clk.Now().Add(-time.Hour))}, "https://sigue.example")
	return h, h.issue(), clk
}

// pdfsig is what an independent reader says of the signatures of a PDF.
func pdfsig(t *testing.T, pdf []byte) string {
	t.Helper()
	dir := t.TempDir()
	file := filepath.Join(dir, "a.pdf")
	write(t, file, pdf)
	cmd := exec.CommandContext(t.Context(), tool(t, "pdfsig"), file)
	cmd.Env = append(os.Environ(), "HOME="+dir) // where it looks for whom to believe: nobody
	out, _ := cmd.CombinedOutput()              // its words tell of the signature; its exit, of the certificate too
	return string(out)
}

func has(t *testing.T, text string, words ...string) {
	t.Helper()
	for _, w := range words {
		if !strings.Contains(text, w) {
			t.Errorf("got\n%s\nwant in it %q", text, w)
		}
	}
}

// TestSignature has an independent program judge what was signed, whole and with one byte
// changed, before the signature and after it.
func TestSignature(t *testing.T) {
	for name, key := range map[string]func(*testing.T) crypto.Signer{"RSA": rsaKey, "ECDSA": ecdsaKey} {
		t.Run(name, func(t *testing.T) {
			h, d, _ := signing(t, key(t))
			pdf := h.pdf(d, content)
			has(t, pdfsig(t, pdf), "Signature Validation: Signature is Valid.", "Total document signed", "ETSI.CAdES.detached", "Secretaría de Ejemplo", "SHA-256")
			if got := strings.Count(text(t, pdf), "Firmado electrónicamente con el certificado de Secretaría de Ejemplo."); got != len(pages(t, pdf)) {
				t.Errorf("%d pages say that they are signed, want each", got)
			}
			for _, at := range []int{bytes.Index(pdf, []byte("Length")) + 60, bytes.LastIndex(pdf, []byte("sigue.example"))} {
				changed := bytes.Clone(pdf)
				changed[at] ^= 1
				has(t, pdfsig(t, changed), "Signature Validation: Digest Mismatch.")
			}
		})
	}
}

// TestSignatureIsAppended checks that what is signed is drawn the same each time, that the
// signature claims the time at which it was made, and that a draft has none.
func TestSignatureIsAppended(t *testing.T) {
	h, d, clk := signing(t, ecdsaKey(t))
	first := h.pdf(d, content)
	clk.Advance(24 * time.Hour)
	second := h.pdf(d, content)
	end := bytes.Index(first, []byte("%%EOF"))
	if !bytes.Equal(first[:end], second[:end]) {
		t.Error("the document under its signature has other bytes the next day")
	}
	for day, pdf := range map[string][]byte{"D:20261123160000Z": first, "D:20261124160000Z": second} {
		if !bytes.Contains(pdf, []byte("/M ("+day+")")) {
			t.Errorf("a signature does not claim %s", day)
		}
	}
	draft := h.pdf(document.Draft(d.Kind, d.Folio, clk.Now()), content)
	if bytes.Contains(draft, []byte("/Sig")) || strings.Contains(text(t, draft), "electrónica") {
		t.Error("a draft is signed, or speaks of it")
	}
}

// TestEndedCertificate checks that nothing is signed with a certificate that is not in
// force, and that each page says so.
func TestEndedCertificate(t *testing.T) {
	h, d, clk := signing(t, ecdsaKey(t))
	clk.Advance(366 * 24 * time.Hour)
	pdf := h.pdf(d, content)
	if bytes.Contains(pdf, []byte("/Sig")) {
		t.Error("it is signed with a certificate that ended")
	}
	if got := strings.Count(text(t, pdf), "Sin firma electrónica: el certificado de la institución no está vigente."); got != len(pages(t, pdf)) {
		t.Errorf("%d pages say that they are not signed, want each", got)
	}
}

// TestSignerHolds checks both ends of a certificate.
func TestSignerHolds(t *testing.T) {
	from := time.Date(2026, 11, 23, 16, 0, 0, 0, time.UTC)
	s := signer(t, ecdsaKey(t), from)
	for _, tt := range []struct {
		name string
		at   time.Time
		want bool
	}{
		{"before", from.Add(-time.Second), false},
		{"its first second", from, true},
		{"its last second", s.Until(), true},
		{"after", s.Until().Add(time.Second), false},
	} {
		if got := s.Holds(tt.at); got != tt.want {
			t.Errorf("%s: got %t, want %t", tt.name, got, tt.want)
		}
	}
}

// TestLoadSignerRefuses checks what cannot sign, and that it is told why.
func TestLoadSignerRefuses(t *testing.T) {
	now := time.Now()
	good, goodKey := certify(t, ecdsaKey(t), signs(now))
	_, otherKey := certify(t, ecdsaKey(t), signs(now))
	open := filepath.Join(t.TempDir(), "open.key")
	content, err := os.ReadFile(goodKey)
	if err != nil {
		t.Fatal(err)
	}
	write(t, open, content)
	if err := os.Chmod(open, 0o644); err != nil {
		t.Fatal(err)
	}
	_, edwards, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	ed, edKey := certify(t, edwards, signs(now))
	enciphers, nameless := signs(now), signs(now)
	enciphers.KeyUsage, nameless.Subject = x509.KeyUsageKeyEncipherment, pkix.Name{}
	wrongUse, wrongUseKey := certify(t, ecdsaKey(t), enciphers)
	noName, noNameKey := certify(t, ecdsaKey(t), nameless)
	for _, tt := range []struct{ name, certificate, key, want string }{
		{"no key", good, goodKey + "x", "no such file"},
		{"no certificate", good + "x", goodKey, "no such file"},
		{"a key that others may read", good, open, "chmod 600"},
		{"the key of another", good, otherKey, "does not match"},
		{"no PEM", goodKey, goodKey, "certificate"},
		{"another kind of key", ed, edKey, "neither RSA nor ECDSA"},
		{"not made to sign", wrongUse, wrongUseKey, "not made to sign"},
		{"of nobody", noName, noNameKey, "names nobody"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if _, err := document.LoadSigner(tt.certificate, tt.key); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want an error with %q", err, tt.want)
			}
		})
	}
	if _, err := document.LoadSigner(good, goodKey); err != nil {
		t.Error(err)
	}
}
