// Package attachment takes in one uploaded file: it judges it by its content,
// cleans it, encrypts it with the key of its case and stores it. It has no table:
// rows, and who may see them, belong to the feature that owns the file.
//
// Promises: what is stored is a PDF, a JPEG or a PNG, whatever its name or its sender
// said; a PDF is kept byte for byte, in constant memory, and is whole, not encrypted
// and nothing else at once; an image is drawn anew, upright and at most 2400 pixels
// long, so that no metadata (place, device, owner) and no appended byte survives.
// A refusal is a fault that says what the file is and what to do, and leaves nothing
// stored.
//
// What it does not promise: a PDF may hide scripts in compressed objects, so a
// download must be served as an attachment under a strict policy; and the colour
// profile of a photo goes with its metadata.
package attachment

import (
	"bufio"
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"strings"

	"sigue/internal/base/blob"
	"sigue/internal/base/fault"
	"sigue/internal/base/i18n"
	"sigue/internal/platform/vault"
)

// DefaultLimit is how many bytes a file may have where no setting says otherwise
// (DOMAIN, section 3: 10 MB each).
const DefaultLimit = 10 << 20

// Type is what a file is, judged from its content.
type Type string

// The types that are kept.
const (
	PDF  Type = "pdf"
	JPEG Type = "jpeg"
	PNG  Type = "png"
)

// MIME is the media type to serve a file with; empty for an unknown type.
func (t Type) MIME() string {
	switch t {
	case PDF:
		return "application/pdf"
	case JPEG:
		return "image/jpeg"
	case PNG:
		return "image/png"
	}
	return ""
}

// Stored is what became of one file.
type Stored struct {
	ID             string
	Name           string // for display and download; made safe, its extension that of Type
	Type           Type
	Size           int64  // bytes kept
	SHA256         string // of the bytes kept, in hex
	OriginalSHA256 string // of the bytes uploaded, in hex: the same file twice has the same
	Blob           string // where it lies, see blob.Store
	Shrunk         bool   // the image was made smaller
	Width, Height  int    // of the image kept, in pixels; zero for a PDF
}

// Intake receives files. It is safe for many goroutines; images are decoded one at
// a time, because one may need 256 MiB.
type Intake struct {
	store     blob.Store
	limit     int64
	maxPixels int64
	decoding  chan struct{} // holds one token while an image is decoded
}

// New makes an intake that stores into store and refuses files over limit bytes.
func New(store blob.Store, limit int64) *Intake {
	return &Intake{store: store, limit: limit, maxPixels: maxPixels, decoding: make(chan struct{}, 1)}
}

// WithLimit is the same intake with another limit in bytes: the limit is a rule of the
// place, which may change while the program runs.
func (in *Intake) WithLimit(limit int64) *Intake {
	other := *in
	other.limit = limit
	return &other
}

// Receive judges, cleans, encrypts and stores the file r, which came under a name.
// The id is that of the attachment's row: the content opens only for that id and
// key. A file that is refused is Invalid or TooLarge; any other error is of the
// reader, the store or the context. Nothing is stored then. When the transaction
// that should keep the row fails afterwards, call [Intake.Remove].
func (in *Intake) Receive(ctx context.Context, key *vault.Key, id, name string, r io.Reader) (Stored, error) {
	original := newTally()
	body := bufio.NewReaderSize(io.TeeReader(&capped{r: r, limit: in.limit}, original), headSize)
	head, err := body.Peek(headSize)
	if err != nil && !errors.Is(err, io.EOF) {
		return Stored{}, refusal(err)
	}
	t, err := sniff(head)
	if err != nil {
		return Stored{}, err
	}
	s := Stored{ID: id, Type: t, Name: CleanName(name, t), Blob: strings.ToLower(rand.Text())}
	var content io.Reader = body
	if t == PDF {
		content = &inspected{r: body, inspector: new(inspector)}
	} else if content, err = in.redraw(ctx, body, &s); err != nil {
		return Stored{}, err
	}
	kept := newTally()
	if err := in.keep(ctx, key, s, io.TeeReader(content, kept)); err != nil {
		return Stored{}, refusal(err)
	}
	s.Size, s.SHA256, s.OriginalSHA256 = kept.size, kept.sum(), original.sum()
	return s, nil
}

// redraw reads an image whole and gives it drawn anew.
func (in *Intake) redraw(ctx context.Context, r io.Reader, s *Stored) (io.Reader, error) {
	raw, err := io.ReadAll(r)
	if err != nil {
		return nil, refusal(err)
	}
	select {
	case in.decoding <- struct{}{}:
		defer func() { <-in.decoding }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	p, err := redraw(raw, s.Type, in.maxPixels)
	if err != nil {
		return nil, err
	}
	s.Width, s.Height, s.Shrunk = p.width, p.height, p.shrunk
	return bytes.NewReader(p.encoded), nil
}

func (in *Intake) keep(ctx context.Context, key *vault.Key, s Stored, plain io.Reader) error {
	sealed, err := seal(key, plain, place(s.ID))
	if err != nil {
		return err
	}
	return in.store.Put(ctx, s.Blob, sealed)
}

// Open gives the content of a stored file; only its ID and Blob matter. Content that
// was altered, or belongs to another key or id, is an error here or, further on,
// before the first wrong byte.
func (in *Intake) Open(ctx context.Context, key *vault.Key, s Stored) (io.ReadCloser, error) {
	sealed, err := in.store.Open(ctx, s.Blob)
	if err != nil {
		return nil, fmt.Errorf("attachment %s: %w", s.ID, err)
	}
	plain, err := key.DecryptingReader(sealed, place(s.ID))
	if err != nil {
		return nil, errors.Join(fmt.Errorf("attachment %s: %w", s.ID, err), sealed.Close())
	}
	// The first piece is opened now: whoever serves the file can still say that it
	// is broken, before any header has gone out.
	first := bufio.NewReader(plain)
	if _, err := first.Peek(1); err != nil && !errors.Is(err, io.EOF) {
		return nil, errors.Join(fmt.Errorf("attachment %s: %w", s.ID, err), sealed.Close())
	}
	return struct {
		io.Reader
		io.Closer
	}{first, sealed}, nil
}

// Remove deletes the content of a stored file; only its Blob matters. It may be
// called again.
func (in *Intake) Remove(ctx context.Context, s Stored) error {
	return in.store.Delete(ctx, s.Blob)
}

// place binds content to its attachment. The table is the feature's affair; ids are
// unique across tables.
func place(id string) []byte { return vault.Place("attachment", "content", id) }

// refusal takes the fault out of what the store wrapped around it, so that all
// faults come back alike.
func refusal(err error) error {
	if f, ok := errors.AsType[*fault.Error](err); ok {
		return f
	}
	return fmt.Errorf("attachment: %w", err)
}

func invalid(m i18n.Msg) error { return fault.New(fault.Invalid, m) }
