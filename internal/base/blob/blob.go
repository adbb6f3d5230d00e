// Package blob keeps files under names: opaque bytes, written once, whole or not
// at all. It stores what it is given; whoever must hide the content encrypts it
// above. [Folder] keeps them in a folder of the machine; the interface asks for no
// more than any object store offers.
//
// Promises: when Put returns nil the blob survives a power cut; when it returns an
// error there is no blob; nobody ever sees half of one. No name reaches outside
// the store.
package blob

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"time"
)

// ErrName is given for a name that is not one: see [Valid].
var ErrName = errors.New("blob: not a name")

// Store keeps blobs. It is safe for many goroutines and many processes.
type Store interface {
	// Put stores all of r under a new name. An error of r ends it and is wrapped in
	// what it returns. A taken name is fs.ErrExist: blobs never change.
	Put(ctx context.Context, name string, r io.Reader) error

	// Open reads a blob from its beginning. A missing one is fs.ErrNotExist.
	Open(ctx context.Context, name string) (io.ReadCloser, error)

	// Delete removes a blob. To remove what is not there is no error, so that a
	// removal can be tried again.
	Delete(ctx context.Context, name string) error

	// Each calls fn for every blob, in no promised order, until fn gives an error.
	Each(ctx context.Context, fn func(Info) error) error

	// Sweep removes what writes that were interrupted before an instant left behind,
	// and tells how many leftovers that were.
	Sweep(ctx context.Context, before time.Time) (int, error)
}

// Info is what a store knows of a blob without opening it.
type Info struct {
	Name   string
	Size   int64 // bytes
	Stored time.Time
}

// Lengths of a name. The shortest leaves room for the fan-out and for chance.
const (
	minName = 16
	maxName = 128
)

// Valid tells whether a name is one: 16 to 128 of a-z, 0-9 and "-", beginning with
// a letter or digit. Names should begin with chance, which spreads the blobs evenly.
func Valid(name string) bool {
	if len(name) < minName || len(name) > maxName || name[0] == '-' {
		return false
	}
	for _, c := range []byte(name) {
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' {
			return false
		}
	}
	return true
}

func check(ctx context.Context, name string) error {
	if !Valid(name) {
		return fmt.Errorf("%w: %q", ErrName, name)
	}
	return ctx.Err()
}

func taken(name string) error {
	return fmt.Errorf("blob: %s: %w", name, fs.ErrExist)
}
