package blob

import (
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/iotest"
	"time"
)

const name = "0123456789abcdef"

func open(t *testing.T) (*Folder, string) {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "blobs")
	f, err := OpenFolder(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f, dir
}

func put(t *testing.T, s Store, name, content string) {
	t.Helper()
	if err := s.Put(t.Context(), name, strings.NewReader(content)); err != nil {
		t.Fatalf("Put(%q) = %v", name, err)
	}
}

// files lists every file below a folder, relative to it.
func files(t *testing.T, dir string) []string {
	t.Helper()
	var all []string
	err := fs.WalkDir(os.DirFS(dir), ".", func(file string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() {
			all = append(all, file)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func TestPutOpenDelete(t *testing.T) {
	for _, tt := range []struct{ name, content string }{
		{"text", "una sentencia"},
		{"empty", ""},
		{"larger than a buffer", strings.Repeat("página ", 50_000)},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f, dir := open(t)
			put(t, f, name, tt.content)
			r, err := f.Open(t.Context(), name)
			if err != nil {
				t.Fatal(err)
			}
			defer r.Close()
			if got, err := io.ReadAll(r); err != nil || string(got) != tt.content {
				t.Errorf("read %d bytes, %v; want %d", len(got), err, len(tt.content))
			}
			for range 2 { // the second time there is nothing left, which is fine
				if err := f.Delete(t.Context(), name); err != nil {
					t.Errorf("Delete = %v", err)
				}
			}
			if _, err := f.Open(t.Context(), name); !errors.Is(err, fs.ErrNotExist) {
				t.Errorf("Open after Delete = %v, want fs.ErrNotExist", err)
			}
			if got := files(t, dir); len(got) != 0 {
				t.Errorf("left behind: %v", got)
			}
		})
	}
}

func TestOnlyTheOwnerMayRead(t *testing.T) {
	f, dir := open(t)
	put(t, f, name, "x")
	for path, want := range map[string]fs.FileMode{
		".": 0o700, "tmp": 0o700, "01": 0o700, "01/23": 0o700, "01/23/" + name: 0o600,
	} {
		info, err := os.Stat(filepath.Join(dir, path))
		if err != nil {
			t.Fatal(err)
		}
		if got := info.Mode().Perm(); got != want {
			t.Errorf("%s has mode %o, want %o", path, got, want)
		}
	}
}

func TestABlobNeverChanges(t *testing.T) {
	f, _ := open(t)
	put(t, f, name, "first")
	if err := f.Put(t.Context(), name, strings.NewReader("second")); !errors.Is(err, fs.ErrExist) {
		t.Errorf("second Put = %v, want fs.ErrExist", err)
	}
	r, err := f.Open(t.Context(), name)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if got, _ := io.ReadAll(r); string(got) != "first" {
		t.Errorf("content = %q, want the first", got)
	}
}

func TestAFailedPutLeavesNothing(t *testing.T) {
	broken := errors.New("the line broke")
	cancelled, cancel := context.WithCancel(t.Context())
	for _, tt := range []struct {
		name string
		ctx  context.Context
		r    io.Reader
		want error
	}{
		{"the source fails", t.Context(), io.MultiReader(strings.NewReader("half"), iotest.ErrReader(broken)), broken},
		{"given up halfway", cancelled, io.MultiReader(strings.NewReader("half"), calling(cancel), strings.NewReader("rest")), context.Canceled},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f, dir := open(t)
			if err := f.Put(tt.ctx, name, tt.r); !errors.Is(err, tt.want) {
				t.Errorf("Put = %v, want %v", err, tt.want)
			}
			if got := files(t, dir); len(got) != 0 {
				t.Errorf("left behind: %v", got)
			}
		})
	}
}

// calling is a source that calls a function and gives one byte.
type calling func()

func (c calling) Read(p []byte) (int, error) {
	c()
	p[0] = '.'
	return 1, io.EOF
}

func TestNamesStayInside(t *testing.T) {
	f, dir := open(t)
	outside := filepath.Join(filepath.Dir(dir), "outside-outside-outside")
	if err := os.WriteFile(outside, []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, bad := range []string{
		"", "short", "../outside-outside-outside", "/etc/passwd-passwd-passwd", "01/23/0123456789abcdef",
		"..\\..\\0123456789abcdef", "0123456789ABCDEF", "0123456789abcde\x00", "-123456789abcdef",
		"....................", "ñ123456789abcdef", strings.Repeat("a", 129),
	} {
		_, openErr := f.Open(t.Context(), bad)
		for what, err := range map[string]error{
			"Put":    f.Put(t.Context(), bad, strings.NewReader("x")),
			"Open":   openErr,
			"Delete": f.Delete(t.Context(), bad),
		} {
			if !errors.Is(err, ErrName) {
				t.Errorf("%s(%q) = %v, want ErrName", what, bad, err)
			}
		}
	}
	if got, _ := os.ReadFile(outside); string(got) != "mine" {
		t.Errorf("the file outside is now %q", got)
	}
}

func TestALinkOutOfTheFolderIsNotFollowed(t *testing.T) {
	f, dir := open(t)
	elsewhere := t.TempDir()
	if err := os.MkdirAll(filepath.Join(elsewhere, "23"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(elsewhere, filepath.Join(dir, "01")); err != nil {
		t.Skip("no symbolic links here:", err)
	}
	if err := f.Put(t.Context(), name, strings.NewReader("x")); err == nil {
		t.Error("Put through a link out of the folder succeeded")
	}
	if got := files(t, elsewhere); len(got) != 0 {
		t.Errorf("written outside: %v", got)
	}
}

func TestEach(t *testing.T) {
	f, dir := open(t)
	put(t, f, name, "four")
	put(t, f, "fedcba9876543210", "seven..")
	if err := os.WriteFile(filepath.Join(dir, "README-not-a-blob"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, drafts, "aaaaaaaaaaaaaaaa"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	got := map[string]int64{}
	err := f.Each(t.Context(), func(i Info) error {
		if i.Stored.IsZero() {
			t.Errorf("%s has no time", i.Name)
		}
		got[i.Name] = i.Size
		return nil
	})
	if err != nil || len(got) != 2 || got[name] != 4 || got["fedcba9876543210"] != 7 {
		t.Errorf("Each gave %v, %v", got, err)
	}
	stop := errors.New("enough")
	if err := f.Each(t.Context(), func(Info) error { return stop }); !errors.Is(err, stop) {
		t.Errorf("Each = %v, want the error of fn", err)
	}
}

func TestSweep(t *testing.T) {
	f, dir := open(t)
	put(t, f, name, "kept")
	now := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	for file, at := range map[string]time.Time{
		"tmp/old": now.Add(-25 * time.Hour), "tmp/young": now.Add(-time.Hour), "01/23/" + name: now.AddDate(-1, 0, 0),
	} {
		file = filepath.Join(dir, file)
		if _, err := os.Stat(file); err != nil {
			if err := os.WriteFile(file, []byte("half"), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		if err := os.Chtimes(file, at, at); err != nil {
			t.Fatal(err)
		}
	}
	if n, err := f.Sweep(t.Context(), now.Add(-24*time.Hour)); n != 1 || err != nil {
		t.Errorf("Sweep = %d, %v; want 1", n, err)
	}
	if got := strings.Join(files(t, dir), " "); got != "01/23/"+name+" tmp/young" {
		t.Errorf("left: %s", got)
	}
}

func TestManyAtOnce(t *testing.T) {
	f, dir := open(t)
	var all sync.WaitGroup
	for i := range 16 {
		all.Go(func() { // names that share their folders, made at the same moment
			if err := f.Put(t.Context(), name+strings.Repeat("a", i), bytes.NewReader(make([]byte, 1000))); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if got := len(files(t, dir)); got != 16 {
		t.Errorf("%d files, want 16", got)
	}
}
