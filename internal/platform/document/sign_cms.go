package document

import (
	"bytes"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509/pkix"
	"encoding/asn1"
	"fmt"
	"math/big"
)

// The names of what a signature holds (RFC 5652, 5754, 5035).
var (
	oidData               = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 7, 1}
	oidSignedData         = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 7, 2}
	oidContentType        = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 3}
	oidMessageDigest      = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 4}
	oidSigningCertificate = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 16, 2, 47} // version 2
	oidSHA256             = asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 2, 1}
	oidRSA                = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 1}
	oidECDSA              = asn1.ObjectIdentifier{1, 2, 840, 10045, 4, 3, 2} // with SHA-256
)

type (
	contentInfo struct {
		Type    asn1.ObjectIdentifier
		Content signedData `asn1:"explicit,tag:0"`
	}
	signedData struct {
		Version      int
		Digests      []pkix.AlgorithmIdentifier `asn1:"set"`
		Content      struct{ Type asn1.ObjectIdentifier }
		Certificates asn1.RawValue
		Signers      []signerInfo `asn1:"set"`
	}
	signerInfo struct {
		Version    int
		Issuer     issuerAndSerial
		Digest     pkix.AlgorithmIdentifier
		Attributes asn1.RawValue
		Algorithm  pkix.AlgorithmIdentifier
		Signature  []byte
	}
	issuerAndSerial struct {
		Name   asn1.RawValue
		Serial *big.Int
	}
	signedAttribute struct {
		Type   asn1.ObjectIdentifier
		Values []any `asn1:"set"`
	}
	// certificateRef names a certificate by its SHA-256, so that no other takes its place.
	certificateRef struct {
		Certificates []struct{ Hash []byte }
	}
)

// cms signs a SHA-256 digest: a detached CAdES signature of level B-B. It holds no
// signing time: in a PDF that stands beside it (ETSI EN 319 142-1, 6.3).
func (s *Signer) cms(digest []byte) ([]byte, error) {
	own := sha256.Sum256(s.chain[0].Raw)
	attributes, err := asn1.MarshalWithParams([]signedAttribute{
		{oidContentType, []any{oidData}},
		{oidMessageDigest, []any{digest}},
		{oidSigningCertificate, []any{certificateRef{[]struct{ Hash []byte }{{own[:]}}}}},
	}, "set")
	if err != nil {
		return nil, fmt.Errorf("document: signature: %w", err)
	}
	toSign := sha256.Sum256(attributes)
	signature, err := s.key.Sign(rand.Reader, toSign[:], crypto.SHA256)
	if err != nil {
		return nil, fmt.Errorf("document: signature: %w", err)
	}
	attributes = bytes.Clone(attributes)
	attributes[0] = 0xa0 // signed as a SET, stored as [0] (RFC 5652, 5.4)
	hash := pkix.AlgorithmIdentifier{Algorithm: oidSHA256}
	out := contentInfo{Type: oidSignedData, Content: signedData{
		Version: 1, Digests: []pkix.AlgorithmIdentifier{hash}, Certificates: s.certificates(),
		Signers: []signerInfo{{
			Version: 1, Digest: hash, Attributes: asn1.RawValue{FullBytes: attributes}, Algorithm: s.algorithm(), Signature: signature,
			Issuer: issuerAndSerial{asn1.RawValue{FullBytes: s.chain[0].RawIssuer}, s.chain[0].SerialNumber},
		}},
	}}
	out.Content.Content.Type = oidData
	return asn1.Marshal(out)
}

func (s *Signer) algorithm() pkix.AlgorithmIdentifier {
	if _, ok := s.key.(*rsa.PrivateKey); ok {
		return pkix.AlgorithmIdentifier{Algorithm: oidRSA, Parameters: asn1.NullRawValue}
	}
	return pkix.AlgorithmIdentifier{Algorithm: oidECDSA}
}

func (s *Signer) certificates() asn1.RawValue {
	all := asn1.RawValue{Class: asn1.ClassContextSpecific, Tag: 0, IsCompound: true}
	for _, c := range s.chain {
		all.Bytes = append(all.Bytes, c.Raw...)
	}
	return all
}
