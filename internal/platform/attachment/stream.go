package attachment

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"hash"
	"io"
	"strconv"

	"sigue/internal/base/fault"
	"sigue/internal/base/i18n"
	"sigue/internal/platform/vault"
)

// capped is a reader that ends in a fault once there are more than limit bytes.
type capped struct {
	r     io.Reader
	limit int64
	read  int64
}

func (c *capped) Read(p []byte) (int, error) {
	if left := c.limit - c.read + 1; int64(len(p)) > left {
		p = p[:left] // one byte more than allowed tells a full file from one too large
	}
	n, err := c.r.Read(p)
	c.read += int64(n)
	if c.read > c.limit {
		return 0, fault.New(fault.TooLarge, i18n.M("El archivo pesa más de %s, que es el máximo por archivo. Escanéelo con menos resolución o divídalo en partes.", megabytes(c.limit)))
	}
	return n, err
}

// megabytes writes a limit as people say it: "10 MB".
func megabytes(n int64) string {
	switch {
	case n >= 1<<20:
		return strconv.FormatFloat(float64(n*10>>20)/10, 'f', -1, 64) + " MB"
	case n >= 1<<10:
		return strconv.FormatInt(n>>10, 10) + " KB"
	}
	return strconv.FormatInt(n, 10) + " bytes"
}

// tally counts and hashes what is written to it.
type tally struct {
	hash hash.Hash
	size int64
}

func newTally() *tally { return &tally{hash: sha256.New()} }

func (t *tally) Write(p []byte) (int, error) {
	t.size += int64(len(p))
	return t.hash.Write(p)
}

func (t *tally) sum() string { return hex.EncodeToString(t.hash.Sum(nil)) }

// inspected shows an inspector all that is read, and ends in its verdict. Nothing
// that the inspector refused is given on.
type inspected struct {
	r         io.Reader
	inspector *inspector
}

func (i *inspected) Read(p []byte) (int, error) {
	n, err := i.r.Read(p)
	if _, refused := i.inspector.Write(p[:n]); refused != nil {
		return 0, refused
	}
	if errors.Is(err, io.EOF) {
		if refused := i.inspector.Close(); refused != nil {
			return 0, refused
		}
	}
	return n, err
}

// sealing turns the vault's writer around: it encrypts as it is read. A store that
// pulls sees the error of the source as an error of its read, and keeps nothing.
type sealing struct {
	plain  io.Reader
	writer io.WriteCloser
	out    bytes.Buffer
	chunk  []byte
	err    error
}

func seal(key *vault.Key, plain io.Reader, ad []byte) (io.Reader, error) {
	s := &sealing{plain: plain, chunk: make([]byte, 32<<10)}
	var err error
	s.writer, err = key.EncryptingWriter(&s.out, ad)
	return s, err
}

func (s *sealing) Read(p []byte) (int, error) {
	for s.out.Len() == 0 && s.err == nil {
		s.err = s.pump()
	}
	if s.out.Len() > 0 && (s.err == nil || s.err == io.EOF) {
		return s.out.Read(p)
	}
	return 0, s.err
}

// pump encrypts the next chunk. It gives EOF only once the whole stream is sealed.
func (s *sealing) pump() error {
	n, err := s.plain.Read(s.chunk)
	if _, failed := s.writer.Write(s.chunk[:n]); failed != nil {
		return failed
	}
	if err == io.EOF {
		if failed := s.writer.Close(); failed != nil {
			return failed
		}
	}
	return err
}
