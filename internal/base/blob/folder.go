package blob

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"strings"
	"time"
)

// drafts is where writes in progress live: in the same folder, so that a rename
// moves them into place at once.
const drafts = "tmp"

// Folder is a Store in a folder that only the program's user may read. Blobs stand
// two levels deep ("ab/cd/abcd…"), so that no folder grows too wide.
type Folder struct{ root *os.Root } // a Root follows no link out of the folder

var _ Store = (*Folder)(nil)

// OpenFolder opens the store in a folder, which it makes when missing.
func OpenFolder(dir string) (*Folder, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("blob: %w", err)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, fmt.Errorf("blob: %w", err)
	}
	if err := root.Mkdir(drafts, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		root.Close()
		return nil, fmt.Errorf("blob: %w", err)
	}
	return &Folder{root: root}, nil
}

// Close releases the folder. Blobs that are open stay readable.
func (f *Folder) Close() error { return f.root.Close() }

// Put is [Store.Put]. Of two that put one name at the same moment, either may win.
func (f *Folder) Put(ctx context.Context, name string, r io.Reader) error {
	if err := check(ctx, name); err != nil {
		return err
	}
	if _, err := f.root.Lstat(place(name)); err == nil {
		return taken(name)
	}
	draft := path.Join(drafts, strings.ToLower(rand.Text()))
	if err := f.write(ctx, draft, r); err != nil {
		return errors.Join(fmt.Errorf("blob: put: %w", err), f.remove(draft))
	}
	if err := f.settle(draft, name); err != nil {
		return errors.Join(fmt.Errorf("blob: put: %w", err), f.remove(draft))
	}
	return nil
}

// write copies r into a new file and waits until the disk has it.
func (f *Folder) write(ctx context.Context, draft string, r io.Reader) error {
	file, err := f.root.OpenFile(draft, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(file, &reader{ctx, r})
	if err == nil {
		err = file.Sync()
	}
	return errors.Join(err, file.Close())
}

// settle moves a finished draft to its place, and waits until the disk knows the
// folders in between too: a file whose folder entry is lost is lost.
func (f *Folder) settle(draft, name string) error {
	parent := "."
	for _, dir := range []string{name[:2], path.Join(name[:2], name[2:4])} {
		switch err := f.root.Mkdir(dir, 0o700); {
		case err == nil:
			if err := f.sync(parent); err != nil {
				return err
			}
		case !errors.Is(err, fs.ErrExist):
			return err
		}
		parent = dir
	}
	if err := f.root.Rename(draft, place(name)); err != nil {
		return err
	}
	if err := f.sync(parent); err != nil {
		return errors.Join(err, f.remove(place(name)))
	}
	return nil
}

func (f *Folder) sync(dir string) error {
	d, err := f.root.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// remove deletes a file; a missing one is fine.
func (f *Folder) remove(file string) error {
	if err := f.root.Remove(file); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// Open is [Store.Open].
func (f *Folder) Open(ctx context.Context, name string) (io.ReadCloser, error) {
	if err := check(ctx, name); err != nil {
		return nil, err
	}
	file, err := f.root.Open(place(name))
	if err != nil {
		return nil, fmt.Errorf("blob: open: %w", err)
	}
	return file, nil
}

// Delete is [Store.Delete].
func (f *Folder) Delete(ctx context.Context, name string) error {
	if err := check(ctx, name); err != nil {
		return err
	}
	if err := f.remove(place(name)); err != nil {
		return fmt.Errorf("blob: delete: %w", err)
	}
	return nil
}

// Each is [Store.Each]. Files that are not blobs of this store are passed over.
func (f *Folder) Each(ctx context.Context, fn func(Info) error) error {
	return f.walk(ctx, ".", func(file string, info fs.FileInfo) error {
		name := path.Base(file)
		if !Valid(name) || file != place(name) {
			return nil
		}
		return fn(Info{Name: name, Size: info.Size(), Stored: info.ModTime()})
	})
}

// Sweep is [Store.Sweep].
func (f *Folder) Sweep(ctx context.Context, before time.Time) (int, error) {
	swept := 0
	err := f.walk(ctx, drafts, func(file string, info fs.FileInfo) error {
		if !info.ModTime().Before(before) {
			return nil
		}
		swept++
		return f.remove(file)
	})
	return swept, err
}

// walk calls fn for each ordinary file below a folder. What vanishes meanwhile was
// removed by someone else and is not an error.
func (f *Folder) walk(ctx context.Context, dir string, fn func(file string, info fs.FileInfo) error) error {
	return fs.WalkDir(f.root.FS(), dir, func(file string, entry fs.DirEntry, err error) error {
		if err := ctx.Err(); err != nil {
			return err
		}
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err != nil || !entry.Type().IsRegular() {
			return err
		}
		info, err := entry.Info()
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err != nil {
			return err
		}
		return fn(file, info)
	})
}

func place(name string) string { return path.Join(name[:2], name[2:4], name) }

// reader ends a copy when its context does.
type reader struct {
	ctx context.Context
	r   io.Reader
}

func (c *reader) Read(p []byte) (int, error) {
	if err := c.ctx.Err(); err != nil {
		return 0, err
	}
	return c.r.Read(p)
}
