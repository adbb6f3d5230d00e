package vault

import (
	"errors"
	"fmt"
	"io"

	aead "github.com/tink-crypto/tink-go/v2/aead/subtle"
	streaming "github.com/tink-crypto/tink-go/v2/streamingaead/subtle"
)

// segment is how much of a stream is sealed at a time, in bytes: a stream then holds
// two buffers of that size, and costs 0.03 % in length.
const segment = 64 << 10

// formatGCM is the first byte of a sealed field.
const formatGCM = 1

// Key is the key of one case. It is safe for many goroutines; let go of it with the
// request that asked for it.
type Key struct {
	id     string
	fields *aead.AESGCM
	stream *streaming.AESGCMHKDF
}

func newKey(id string, root []byte) (*Key, error) {
	fields, err := aead.NewAESGCM(derive(root, "sigue/field/v1"))
	if err != nil {
		return nil, fmt.Errorf("vault: %w", err)
	}
	stream, err := streaming.NewAESGCMHKDF(derive(root, "sigue/stream/v1"), "SHA256", keySize, segment, 0)
	if err != nil {
		return nil, fmt.Errorf("vault: %w", err)
	}
	return &Key{id: id, fields: fields, stream: stream}, nil
}

// ID is case_keys.id, for the row that owns the key.
func (k *Key) ID() string { return k.id }

// Seal encrypts a small field for a place (see [Place]). Equal texts give different
// bytes each time; the length shows.
func (k *Key) Seal(plain, ad []byte) ([]byte, error) {
	sealed, err := k.fields.Encrypt(plain, ad)
	if err != nil {
		return nil, fmt.Errorf("vault: seal: %w", err)
	}
	return append([]byte{formatGCM}, sealed...), nil
}

// Open decrypts what Seal gave for the same place, or gives [ErrBroken].
func (k *Key) Open(sealed, ad []byte) ([]byte, error) {
	if len(sealed) == 0 || sealed[0] != formatGCM {
		return nil, fmt.Errorf("%w: unknown format", ErrBroken)
	}
	plain, err := k.fields.Decrypt(sealed[1:], ad)
	if err != nil {
		return nil, fmt.Errorf("%w: %v", ErrBroken, err)
	}
	return plain, nil
}

// EncryptingWriter encrypts a stream into w, in constant memory. The stream is whole
// only when Close returned nil; it does not close w.
func (k *Key) EncryptingWriter(w io.Writer, ad []byte) (io.WriteCloser, error) {
	sealed, err := k.stream.NewEncryptingWriter(w, ad)
	if err != nil {
		return nil, fmt.Errorf("vault: seal: %w", err)
	}
	return sealed, nil
}

// DecryptingReader decrypts a stream from r, in constant memory. A stream that was
// altered, cut short or lengthened gives [ErrBroken] before the first wrong byte.
func (k *Key) DecryptingReader(r io.Reader, ad []byte) (io.Reader, error) {
	source := &noted{r: r}
	plain, err := k.stream.NewDecryptingReader(source, ad)
	if err != nil {
		return nil, source.judge(err)
	}
	return &opened{plain: plain, source: source}, nil
}

// noted remembers the error of a source, to tell a disk that failed from content
// that is wrong.
type noted struct {
	r   io.Reader
	err error
}

func (n *noted) Read(p []byte) (int, error) {
	count, err := n.r.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		n.err = err
	}
	return count, err
}

func (n *noted) judge(err error) error {
	if n.err != nil {
		return fmt.Errorf("vault: read: %w", n.err)
	}
	return fmt.Errorf("%w: %v", ErrBroken, err) // not %w: a cut header is an EOF, which would read as a good end
}

// opened keeps giving the first error: the library's reader, asked again after a
// segment that did not open, would say that the stream ended well.
type opened struct {
	plain  io.Reader
	source *noted
	err    error
}

func (o *opened) Read(p []byte) (int, error) {
	if o.err != nil {
		return 0, o.err
	}
	n, err := o.plain.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		err = o.source.judge(err)
	}
	o.err = err
	return n, err
}
