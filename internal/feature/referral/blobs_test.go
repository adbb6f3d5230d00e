package referral

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"sigue/internal/base/blob"
	"sigue/internal/base/fault"
	"sigue/internal/platform/access"
)

var sweeper = access.System("test", access.JobRun)

// agedStore is the store of a house whose files were all put a while ago.
type agedStore struct {
	blob.Store
	stored time.Time
}

func (a agedStore) Each(ctx context.Context, fn func(blob.Info) error) error {
	return a.Store.Each(ctx, func(i blob.Info) error {
		i.Stored = a.stored
		return fn(i)
	})
}

// files looks at the store of a house as if each file had been put that long ago.
func (h *house) files(age time.Duration) *Files {
	return NewFiles(h.d, h.Service.ledger, agedStore{h.store, h.clk.Now().Add(-age)})
}

// orphan puts a file without a row, as a process that is killed in between leaves it.
func (h *house) orphan(n int) string {
	h.t.Helper()
	name := fmt.Sprintf("%04dorphanorphanorphan", n)
	h.must(h.store.Put(h.ctx, name, strings.NewReader("sealed")))
	return name
}

// names are the files in the store.
func (h *house) names() (names []string) {
	h.t.Helper()
	h.must(h.store.Each(h.ctx, func(i blob.Info) error {
		names = append(names, i.Name)
		return nil
	}))
	return names
}

// TestOrphansAreSwept checks that only files go that are old and have no row: not those
// of a draft, of a sent referral, or of a paper that was taken out after it was seen.
func TestOrphansAreSwept(t *testing.T) {
	each(t, func(h *house) {
		id := h.drafted(h.clerk, h.complete())
		paper := h.attach(h.clerk, id, "resolucion.pdf", pdf(t, "uno"))
		h.submit(h.clerk, id)
		h.must(h.Return(h.ctx, h.desk, id, note))
		h.must(h.Detach(h.ctx, h.clerk, id, paper.ID))
		draft := h.attach(h.clerk, h.start(h.clerk), "oficio.pdf", pdf(t, "dos"))
		kept := []string{paper.Blob, draft.Blob}
		orphans := []string{h.orphan(1), h.orphan(2)}

		young := h.files(orphanAge - time.Minute)
		if c, err := young.Compare(h.ctx, sweeper); err != nil || c != (Comparison{}) {
			h.t.Errorf("of this day: %+v, %v; want nothing", c, err)
		}
		if n, err := young.Sweep(h.ctx, sweeper); n != 0 || err != nil || len(h.names()) != 4 {
			h.t.Errorf("of this day: swept %d, %v", n, err)
		}
		old := h.files(orphanAge + time.Minute)
		if c, err := old.Compare(h.ctx, sweeper); err != nil || c != (Comparison{Orphans: 2}) {
			h.t.Errorf("of yesterday: %+v, %v; want 2 orphans", c, err)
		}
		if n, err := old.Sweep(h.ctx, sweeper); n != 2 || err != nil {
			h.t.Errorf("of yesterday: swept %d, %v; want 2", n, err)
		}
		left := h.names()
		for _, name := range kept {
			if !slices.Contains(left, name) {
				h.t.Errorf("the file %s of a row is gone", name)
			}
		}
		if slices.Contains(left, orphans[0]) || len(left) != 2 {
			h.t.Errorf("left: %v, want %v", left, kept)
		}
		if n, err := old.Sweep(h.ctx, sweeper); n != 0 || err != nil {
			h.t.Errorf("again: swept %d, %v", n, err)
		}
		if n := h.count(`select count(*) from ledger_entries where action = 'attachment.sweep'`); n != 1 {
			h.t.Errorf("%d entries in the ledger, want 1", n)
		}
	})
}

// TestALostFileIsCounted removes a file under its row.
func TestALostFileIsCounted(t *testing.T) {
	each(t, func(h *house) {
		id := h.drafted(h.clerk, h.complete())
		paper := h.attach(h.clerk, id, "resolucion.pdf", pdf(t, "uno"))
		h.attach(h.clerk, id, "oficio.pdf", pdf(t, "dos"))
		h.must(h.store.Delete(h.ctx, paper.Blob))
		if c, err := h.files(2*orphanAge).Compare(h.ctx, sweeper); err != nil || c != (Comparison{Lost: 1}) {
			h.t.Errorf("got %+v, %v; want 1 lost", c, err)
		}
	})
}

// TestAStrangeFolderIsLeftAlone checks that a folder full of files that this database
// does not know loses none.
func TestAStrangeFolderIsLeftAlone(t *testing.T) {
	each(t, func(h *house) {
		for n := range MostOrphans + 1 {
			h.orphan(n)
		}
		if n, err := h.files(2*orphanAge).Sweep(h.ctx, sweeper); n != 0 || err == nil || len(h.names()) != MostOrphans+1 {
			h.t.Errorf("swept %d, %v; want an error and nothing removed", n, err)
		}
	})
}

func TestFilesAreTheProgramsAffair(t *testing.T) {
	each(t, func(h *house) {
		_, compare := h.files(0).Compare(h.ctx, h.supervisor)
		_, sweep := h.files(0).Sweep(h.ctx, h.supervisor)
		if !fault.Is(compare, fault.NotFound) || !fault.Is(sweep, fault.NotFound) {
			h.t.Errorf("a supervisor compares: %v, sweeps: %v; want NotFound", compare, sweep)
		}
	})
}

// brokenStore fails in the middle.
type brokenStore struct{ blob.Store }

var errDisk = errors.New("the disk fails")

func (brokenStore) Open(context.Context, string) (io.ReadCloser, error) { return nil, errDisk }

// TestABrokenDiskIsNoLoss checks that an error of the disk is not read as "no file".
func TestABrokenDiskIsNoLoss(t *testing.T) {
	each(t, func(h *house) {
		h.attach(h.clerk, h.start(h.clerk), "oficio.pdf", pdf(t, "dos"))
		if _, err := NewFiles(h.d, h.Service.ledger, brokenStore{h.store}).Compare(h.ctx, sweeper); !errors.Is(err, errDisk) {
			h.t.Errorf("got %v, want the disk's error", err)
		}
	})
}
