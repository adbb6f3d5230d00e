package ledger_test

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"sigue/internal/base/clock"
	"sigue/internal/base/db"
	"sigue/internal/base/db/dbtest"
	"sigue/internal/base/fault"
	"sigue/internal/platform/access"
	"sigue/internal/platform/ledger"
	"sigue/internal/platform/schema"
)

var (
	macKey = []byte("mac key of the tests")
	seed   = bytes.Repeat([]byte{7}, 32)

	clerk   = access.Actor{Account: "a1", Post: "p1", Role: access.Referrer, Institution: "i1", Area: "r1", Request: "req1"}
	auditor = access.Actor{Account: "a2", Role: access.Auditor}
	subject = ledger.Subject{Type: "referral", ID: "r-1"}
)

// book is a ledger, with a connection of its own beside the program's by which it is
// altered.
type book struct {
	*ledger.Ledger
	t   testing.TB
	ctx context.Context
	url string
	clk *clock.Fake
	db  *db.DB
	raw *sql.DB
}

func onBoth(t *testing.T, test func(b *book)) {
	t.Helper()
	for _, engine := range dbtest.Engines {
		t.Run(string(engine), func(t *testing.T) { test(open(t, engine)) })
	}
}

func open(t testing.TB, engine db.Engine) *book {
	t.Helper()
	clk := clock.NewFake(dbtest.Start)
	b := &book{t: t, ctx: t.Context(), url: dbtest.URL(t, engine, schema.Migrations), clk: clk}
	b.db, b.Ledger = b.process()
	driver, name := "pgx", b.url
	if path, ok := strings.CutPrefix(b.url, "sqlite:"); ok {
		driver, name = "sqlite", "file:"+path+"?_pragma=busy_timeout(10000)"
	}
	var err error
	if b.raw, err = sql.Open(driver, name); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = b.raw.Close() })
	return b
}

// process opens the ledger once more, as another process does.
func (b *book) process() (*db.DB, *ledger.Ledger) {
	b.t.Helper()
	d := dbtest.Connect(b.t, b.url, b.clk)
	l, err := ledger.New(d, macKey, seed)
	if err != nil {
		b.t.Fatal(err)
	}
	return d, l
}

// add appends n entries in one transaction.
func (b *book) add(n int) {
	b.t.Helper()
	err := b.db.Tx(b.ctx, func(tx *db.Tx) error {
		for i := range n {
			if err := b.AppendTx(b.ctx, tx, clerk, entry(i)); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		b.t.Fatal(err)
	}
	b.clk.Advance(time.Minute)
}

func entry(i int) ledger.Entry {
	return ledger.Entry{
		Action: "referral.submit", Subject: subject, Institution: "i1", Center: "c1", Reason: fmt.Sprint("motivo ", i),
		Changes: []ledger.Change{{Field: "state", Before: "draft", After: "submitted"}, {Field: "narrative"}},
	}
}

func (b *book) seal(want int) {
	b.t.Helper()
	got, err := b.Seal(b.ctx)
	if err != nil {
		b.t.Fatal(err)
	}
	if got != want {
		b.t.Fatalf("Seal sealed %d, want %d", got, want)
	}
}

func (b *book) verify(outside ...string) *ledger.Report {
	b.t.Helper()
	report, err := b.Verify(b.ctx, outside...)
	if err != nil {
		b.t.Fatal(err)
	}
	return report
}

func (b *book) wantOK(outside ...string) {
	b.t.Helper()
	if r := b.verify(outside...); !r.OK() {
		b.t.Errorf("got findings %v, want none", r.Findings)
	}
}

// alter runs a statement behind the program's back, which must touch something.
func (b *book) alter(query string, args ...any) {
	b.t.Helper()
	result, err := b.raw.ExecContext(b.ctx, query, args...)
	if err != nil {
		b.t.Fatal(err)
	}
	if n, err := result.RowsAffected(); err != nil || n == 0 {
		b.t.Fatalf("%s touched %d rows, %v", query, n, err)
	}
}

// strings reads a list of texts behind the program's back.
func (b *book) strings(query string, args ...any) []string {
	b.t.Helper()
	rows, err := b.raw.QueryContext(b.ctx, query, args...)
	if err != nil {
		b.t.Fatal(err)
	}
	defer rows.Close()
	var out []string
	for rows.Next() {
		var s string
		if err := rows.Scan(&s); err != nil {
			b.t.Fatal(err)
		}
		out = append(out, s)
	}
	if err := rows.Err(); err != nil {
		b.t.Fatal(err)
	}
	return out
}

// ids are those of all entries, oldest first.
func (b *book) ids() []string { return b.strings(`select id from ledger_entries order by id`) }

// notes are the signed checkpoints, oldest first.
func (b *book) notes() []string {
	return b.strings(`select note from ledger_checkpoints order by size`)
}

// written is the ledger that the tests alter: ten entries sealed at two times, and two
// loose ones.
func (b *book) written() {
	b.t.Helper()
	b.add(6)
	b.seal(6)
	b.add(4)
	b.seal(4)
	b.add(2)
}

func TestVerifyOK(t *testing.T) {
	onBoth(t, func(b *book) {
		b.wantOK()
		b.seal(0)
		b.written()
		r := b.verify(b.notes()...)
		if !r.OK() || r.Entries != 10 || r.Unsealed != 2 || r.Checkpoints != 4 {
			b.t.Errorf("got %+v, want 10 entries, 2 unsealed, 4 checkpoints and nothing wrong", r)
		}
		b.seal(2)
		b.seal(0)
		b.wantOK(b.notes()...)
		_, later := b.process()
		if r, err := later.Verify(b.ctx); err != nil || !r.OK() {
			b.t.Errorf("another process: got %+v, %v; want nothing wrong", r, err)
		}
	})
}

// insert writes an entry as somebody would who knows the tables and not the keys. Its
// id comes before all others when first.
func (b *book) insert(id string, sealed bool) {
	b.t.Helper()
	b.alter(`insert into ledger_entries (id, at, actor, post, role, action, subject_type, subject_id, institution_id, center_id,
		request_id, changes, reason, sealed, mac)
		select $1, at, actor, post, role, 'referral.accept', subject_type, subject_id, institution_id, center_id,
		request_id, changes, reason, $2, mac from ledger_entries where id = $3`, id, sealed, b.ids()[0])
}

const forged = "00000000-0000-7000-8000-00000000000"

func (b *book) insertLeaf(leaf int64, id string) {
	b.t.Helper()
	b.alter(`insert into ledger_leaves (leaf, entry_id, hash) values ($1, $2, $3)`, leaf, id, bytes.Repeat([]byte{1}, 32))
}

// forge signs a checkpoint with a key that is not ours and the name that is.
func forge(t testing.TB, size int) string {
	t.Helper()
	secret, _, err := note.GenerateKey(nil, "sigue-ledger")
	if err != nil {
		t.Fatal(err)
	}
	signer, err := note.NewSigner(secret)
	if err != nil {
		t.Fatal(err)
	}
	text := fmt.Sprintf("sigue-ledger\n%d\n%s\n2026-11-23T16:00:00Z\n", size, strings.Repeat("A", 43)+"=")
	signed, err := note.Sign(&note.Note{Text: text}, signer)
	if err != nil {
		t.Fatal(err)
	}
	return string(signed)
}

// TestFinds alters the ledger in every way that its tables allow, each through a
// connection of its own.
func TestFinds(t *testing.T) {
	tests := []struct {
		name  string
		alter func(b *book, ids []string)
		kind  string // of one of the findings
		entry int    // that it names; -1 for none
	}{
		{"a changed reason", func(b *book, ids []string) {
			b.alter(`update ledger_entries set reason = 'otro' where id = $1`, ids[3])
		}, "changed", 3},
		{"a changed instant", func(b *book, ids []string) {
			b.alter(`update ledger_entries set at = '2020-01-01T00:00:00.000000Z' where id = $1`, ids[3])
		}, "changed", 3},
		{"a change with its leaf", func(b *book, ids []string) {
			b.alter(`update ledger_entries set actor = 'account:other' where id = $1`, ids[9])
			b.alter(`update ledger_leaves set hash = $1 where entry_id = $2`, bytes.Repeat([]byte{1}, 32), ids[9])
		}, "changed", 9},
		{"a changed MAC", func(b *book, ids []string) {
			b.alter(`update ledger_entries set mac = $1 where id = $2`, []byte("mac"), ids[0])
		}, "changed", 0},
		{"two entries that changed places", func(b *book, ids []string) {
			b.alter(`update ledger_entries set id = 'x' where id = $1`, ids[1])
			b.alter(`update ledger_entries set id = $1 where id = $2`, ids[1], ids[2])
			b.alter(`update ledger_entries set id = $1 where id = 'x'`, ids[2])
		}, "changed", 1},
		{"a changed loose entry", func(b *book, ids []string) {
			b.alter(`update ledger_entries set action = 'x' where id = $1`, ids[10])
		}, "inserted", 10},
		{"a removed entry", func(b *book, ids []string) {
			b.alter(`delete from ledger_entries where id = $1`, ids[4])
		}, "removed", 4},
		{"the last removed", func(b *book, ids []string) {
			b.alter(`delete from ledger_entries where id = $1`, ids[9])
		}, "removed", 9},
		{"one removed with its leaf", func(b *book, ids []string) {
			b.alter(`delete from ledger_entries where id = $1`, ids[4])
			b.alter(`delete from ledger_leaves where entry_id = $1`, ids[4])
		}, "removed", -1},
		{"the last removed with its leaf", func(b *book, ids []string) {
			b.alter(`delete from ledger_entries where id = $1`, ids[9])
			b.alter(`delete from ledger_leaves where entry_id = $1`, ids[9])
		}, "removed", -1},
		{"one removed and the others moved up", func(b *book, ids []string) {
			b.alter(`delete from ledger_entries where id = $1`, ids[4])
			b.alter(`delete from ledger_leaves where entry_id = $1`, ids[4])
			for leaf := 5; leaf < 10; leaf++ {
				b.alter(`update ledger_leaves set leaf = $1 where leaf = $2`, leaf-1, leaf)
			}
		}, "tree", -1},
		{"a removed leaf", func(b *book, ids []string) {
			b.alter(`delete from ledger_leaves where entry_id = $1`, ids[4])
		}, "inserted", 4},
		{"an inserted entry", func(b *book, ids []string) { b.insert(forged+"1", false) }, "inserted", -1},
		{"an inserted entry that claims to be sealed", func(b *book, ids []string) { b.insert(forged+"1", true) }, "inserted", -1},
		{"an inserted entry with a leaf", func(b *book, ids []string) {
			b.insert(forged+"1", true)
			b.insertLeaf(10, forged+"1")
		}, "changed", -1},
		{"one with a leaf before the first", func(b *book, ids []string) {
			b.insert(forged+"1", true)
			b.insertLeaf(-1, forged+"1")
		}, "tree", -1},
		{"one with a leaf far behind", func(b *book, ids []string) {
			b.insert(forged+"1", true)
			b.insertLeaf(1_000_000, forged+"1")
		}, "tree", -1},
		{"one in the middle, the others moved down", func(b *book, ids []string) {
			b.insert(forged+"1", true)
			for leaf := 9; leaf >= 4; leaf-- {
				b.alter(`update ledger_leaves set leaf = $1 where leaf = $2`, leaf+1, leaf)
			}
			b.insertLeaf(4, forged+"1")
		}, "tree", -1},
		{"a leaf of nothing", func(b *book, ids []string) { b.insertLeaf(10, forged+"1") }, "removed", -1},
		{"a changed leaf", func(b *book, ids []string) {
			b.alter(`update ledger_leaves set hash = $1 where leaf = 2`, bytes.Repeat([]byte{1}, 32))
		}, "changed", 2},
		{"two leaves that changed places", func(b *book, ids []string) {
			b.alter(`update ledger_leaves set leaf = 100 where leaf = 1`)
			b.alter(`update ledger_leaves set leaf = 1 where leaf = 2`)
			b.alter(`update ledger_leaves set leaf = 2 where leaf = 100`)
		}, "tree", -1},
		{"a mark taken away", func(b *book, ids []string) {
			b.alter(`update ledger_entries set sealed = $1 where id = $2`, false, ids[5])
		}, "changed", 5},
		{"a changed hash", func(b *book, ids []string) {
			b.alter(`update ledger_hashes set hash = $1 where idx = 2`, bytes.Repeat([]byte{1}, 32))
		}, "tree", -1},
		{"a removed hash", func(b *book, ids []string) { b.alter(`delete from ledger_hashes where idx = 17`) }, "tree", -1},
		{"one hash too many", func(b *book, ids []string) {
			b.alter(`insert into ledger_hashes (idx, hash) values (1000, $1)`, bytes.Repeat([]byte{1}, 32))
		}, "tree", -1},
		{"a removed checkpoint", func(b *book, ids []string) { b.alter(`delete from ledger_checkpoints where size = 10`) }, "checkpoint", -1},
		{"a changed checkpoint", func(b *book, ids []string) {
			b.alter(`update ledger_checkpoints set note = replace(note, '2026', '2025')`)
		}, "checkpoint", -1},
		{"a checkpoint under another size", func(b *book, ids []string) {
			b.alter(`update ledger_checkpoints set size = 7 where size = 6`)
		}, "checkpoint", -1},
		{"a forged checkpoint", func(b *book, ids []string) {
			b.alter(`update ledger_checkpoints set note = $1 where size = 10`, forge(b.t, 10))
		}, "checkpoint", -1},
		{"a forged checkpoint of more", func(b *book, ids []string) {
			b.alter(`insert into ledger_checkpoints (size, at, note) values (1000, '2026-11-23T16:00:00.000000Z', $1)`, forge(b.t, 1000))
		}, "checkpoint", -1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			onBoth(t, func(b *book) {
				b.written()
				ids := b.ids()
				tt.alter(b, ids)
				r := b.verify()
				for _, f := range r.Findings {
					if f.Kind == tt.kind && (tt.entry < 0 || f.Where == ids[tt.entry]) {
						return
					}
				}
				b.t.Errorf("got %+v, want a finding %q", r.Findings, tt.kind)
			})
		})
	}
}

// TestEveryColumn changes each column of an entry that says something.
func TestEveryColumn(t *testing.T) {
	onBoth(t, func(b *book) {
		b.written()
		id := b.ids()[3]
		for _, column := range []string{
			"actor", "post", "role", "action", "subject_type", "subject_id", "institution_id", "center_id", "request_id", "changes", "reason",
		} {
			old := b.strings(`select `+column+` from ledger_entries where id = $1`, id)[0]
			b.alter(`update ledger_entries set `+column+` = $1 where id = $2`, old+"x", id)
			if r := b.verify(); r.OK() || r.Findings[0].Kind != "changed" || r.Findings[0].Where != id {
				b.t.Errorf("%s: got %+v, want it found changed", column, r.Findings)
			}
			b.alter(`update ledger_entries set `+column+` = $1 where id = $2`, old, id)
			b.wantOK()
		}
	})
}

// TestBadInstant checks that text which is no instant is a finding and not the end of
// the verification (SQLite keeps any text).
func TestBadInstant(t *testing.T) {
	b := open(t, db.SQLite)
	b.written()
	b.alter(`update ledger_entries set at = 'ayer' where id = $1`, b.ids()[3])
	if r := b.verify(); r.OK() || r.Findings[0].Kind != "changed" {
		t.Errorf("got %+v, want it found changed", r.Findings)
	}
}

// TestCutTail cuts off the newest entries with all that goes with them: only a
// checkpoint kept outside can tell.
func TestCutTail(t *testing.T) {
	onBoth(t, func(b *book) {
		b.written()
		notes, ids := b.notes(), b.ids()
		b.alter(`delete from ledger_entries where id >= $1`, ids[6])
		b.alter(`delete from ledger_leaves where leaf >= 6`)
		b.alter(`delete from ledger_hashes where idx >= $1`, tlog.StoredHashCount(6))
		b.alter(`delete from ledger_checkpoints where size > 6`)

		b.wantOK()
		b.wantOK(notes[0])
		r := b.verify(notes[1])
		if len(r.Findings) != 1 || r.Findings[0].Kind != "removed" || r.Findings[0].Where != "size 10" {
			b.t.Errorf("got %+v, want that entries of the outside checkpoint are missing", r.Findings)
		}
		b.add(20)
		b.seal(20)
		if r := b.verify(notes[1]); len(r.Findings) != 1 || r.Findings[0].Kind != "tree" {
			b.t.Errorf("after others took their place: got %+v, want another tree", r.Findings)
		}
	})
}

// TestRemovedBeforeSealing states what the ledger cannot see.
func TestRemovedBeforeSealing(t *testing.T) {
	onBoth(t, func(b *book) {
		b.written()
		b.alter(`delete from ledger_entries where id = $1`, b.ids()[11])
		b.wantOK()
	})
}

func TestForgedOutside(t *testing.T) {
	onBoth(t, func(b *book) {
		b.written()
		for name, text := range map[string]string{"forged": forge(b.t, 10), "no checkpoint": "hola", "empty": ""} {
			if r := b.verify(text); len(r.Findings) != 1 || r.Findings[0].Kind != "checkpoint" {
				b.t.Errorf("%s: got %+v, want one wrong checkpoint", name, r.Findings)
			}
		}
	})
}

func TestOtherKeys(t *testing.T) {
	onBoth(t, func(b *book) {
		b.written()
		for name, l := range map[string]func() (*ledger.Ledger, error){
			"another MAC key": func() (*ledger.Ledger, error) { return ledger.New(b.db, []byte("x"), seed) },
			"another seed":    func() (*ledger.Ledger, error) { return ledger.New(b.db, macKey, make([]byte, 32)) },
		} {
			other, err := l()
			if err != nil {
				b.t.Fatal(err)
			}
			if r, err := other.Verify(b.ctx); err != nil || r.OK() {
				b.t.Errorf("%s: got %+v, %v; want findings", name, r, err)
			}
		}
	})
}

// TestPublicKey pins the key that outside keepers of checkpoints hold: a release that
// derived another would look like a forgery.
func TestPublicKey(t *testing.T) {
	got, err := ledger.PublicKey(seed)
	if err != nil {
		t.Fatal(err)
	}
	if want := "sigue-ledger+e13dada4+AYunT4sIn+M0cTUZBvp11+aC8KNzKjrhb8HESwOss4WO"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// TestSealRefuses checks that nothing is signed on top of a tree that was altered.
func TestSealRefuses(t *testing.T) {
	tests := []struct {
		name  string
		alter func(b *book)
	}{
		{"a changed hash", func(b *book) { b.alter(`update ledger_hashes set hash = $1`, bytes.Repeat([]byte{1}, 32)) }},
		{"removed hashes", func(b *book) { b.alter(`delete from ledger_hashes`) }},
		{"a forged checkpoint", func(b *book) {
			b.alter(`insert into ledger_checkpoints (size, at, note) values (11, '2026-11-23T16:00:00.000000Z', $1)`, forge(b.t, 11))
		}},
		{"a checkpoint under another size", func(b *book) { b.alter(`update ledger_checkpoints set size = 11 where size = 10`) }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			onBoth(t, func(b *book) {
				b.written()
				tt.alter(b)
				if n, err := b.Seal(b.ctx); n != 0 || !errors.Is(err, ledger.ErrAltered) {
					b.t.Errorf("got %d, %v; want ErrAltered", n, err)
				}
			})
		})
	}
}

// TestSealPasses checks that entries which cannot be sealed do not keep the others out:
// more of them than a batch holds, all before the good one.
func TestSealPasses(t *testing.T) {
	onBoth(t, func(b *book) {
		b.written()
		b.seal(2)
		b.alter(`update ledger_entries set sealed = $1 where id = $2`, false, b.ids()[0])
		b.alter(`insert into ledger_entries (id, at, actor, post, role, action, subject_type, subject_id, institution_id, center_id,
			request_id, changes, reason, sealed, mac)
			with recursive n (i) as (select 1 union all select i + 1 from n where i < 4500)
			select '0-' || i, at, actor, post, role, action, subject_type, subject_id, institution_id, center_id,
			request_id, changes, reason, $1, mac from ledger_entries, n where id = $2`, false, b.ids()[5])
		b.add(1)
		b.seal(1)
		b.seal(0)
		inserted := 0
		for _, f := range b.verify().Findings {
			if f.Kind == "inserted" {
				inserted++
			}
		}
		if inserted != 4500 {
			b.t.Errorf("%d of 4500 forged entries were found", inserted)
		}
	})
}

// TestLong seals and verifies more than fits in one batch.
func TestLong(t *testing.T) {
	onBoth(t, func(b *book) {
		b.add(4100)
		b.seal(4100)
		r := b.verify(b.notes()...)
		if !r.OK() || r.Entries != 4100 {
			b.t.Errorf("got %d entries, %v; want 4100 and nothing wrong", r.Entries, r.Findings)
		}
		b.alter(`delete from ledger_leaves where leaf < 2100`)
		if r := b.verify(); r.OK() {
			b.t.Error("a gap of more than a batch was not found")
		}
	})
}

// TestSealersAtOnce lets four processes seal while two append.
func TestSealersAtOnce(t *testing.T) {
	onBoth(t, func(b *book) {
		const appenders, sealers, each = 2, 4, 60
		var working, sealing sync.WaitGroup
		done := make(chan struct{})
		for range appenders {
			_, l := b.process()
			working.Go(func() {
				for i := range each {
					if err := l.Append(b.ctx, clerk, entry(i)); err != nil {
						b.t.Errorf("append: %v", err)
					}
				}
			})
		}
		for range sealers {
			_, l := b.process()
			sealing.Go(func() {
				for {
					if _, err := l.Seal(b.ctx); err != nil {
						b.t.Errorf("seal: %v", err)
						return
					}
					select {
					case <-done:
						return
					default:
					}
				}
			})
		}
		working.Wait()
		close(done)
		sealing.Wait()
		if _, err := b.Seal(b.ctx); err != nil {
			b.t.Fatal(err)
		}
		r := b.verify(b.notes()...)
		if !r.OK() || r.Entries != appenders*each || r.Unsealed != 0 {
			b.t.Errorf("got %d entries, %d unsealed, %v; want %d and nothing wrong", r.Entries, r.Unsealed, r.Findings, appenders*each)
		}
	})
}

// TestRolledBack checks that an entry exists exactly when its change does.
func TestRolledBack(t *testing.T) {
	onBoth(t, func(b *book) {
		undone := errors.New("undone")
		err := b.db.Tx(b.ctx, func(tx *db.Tx) error {
			if err := b.AppendTx(b.ctx, tx, clerk, entry(1)); err != nil {
				return err
			}
			return undone
		})
		if !errors.Is(err, undone) {
			b.t.Fatalf("got %v, want %v", err, undone)
		}
		if ids := b.ids(); len(ids) != 0 {
			b.t.Errorf("%d entries outlived their transaction", len(ids))
		}
	})
}

func TestHistory(t *testing.T) {
	onBoth(t, func(b *book) {
		for _, action := range []string{"referral.submit", "referral.read", "referral.accept", "document.read"} {
			e := entry(0)
			e.Action = action
			if err := b.Append(b.ctx, clerk, e); err != nil {
				b.t.Fatal(err)
			}
			b.clk.Advance(time.Second)
		}
		other := entry(0)
		other.Subject.ID = "r-2"
		if err := b.Append(b.ctx, clerk, other); err != nil {
			b.t.Fatal(err)
		}
		err := b.db.View(b.ctx, func(tx *db.Tx) error {
			history, err := ledger.HistoryTx(b.ctx, tx, subject)
			if err != nil {
				return err
			}
			readers, err := ledger.ReadersTx(b.ctx, tx, subject)
			if got := actions(history) + " | " + actions(readers); got != "referral.submit referral.accept | document.read referral.read" {
				b.t.Errorf("got %q", got)
			}
			first := history[0]
			if first.Actor != "account:a1" || first.Post != "p1" || first.Role != access.Referrer || !first.At.Equal(dbtest.Start) ||
				first.Subject != subject || first.Reason != "motivo 0" || len(first.Changes) != 2 || first.Changes[1] != (ledger.Change{Field: "narrative"}) {
				b.t.Errorf("got %+v", first)
			}
			return err
		})
		if err != nil {
			b.t.Fatal(err)
		}
	})
}

func actions(records []ledger.Record) string {
	var out []string
	for _, r := range records {
		out = append(out, r.Action)
	}
	return strings.Join(out, " ")
}

func TestList(t *testing.T) {
	onBoth(t, func(b *book) {
		b.add(5)
		if err := b.Append(b.ctx, access.System("expiry"), entry(9)); err != nil {
			b.t.Fatal(err)
		}
		ids := b.ids()
		tests := []struct {
			name   string
			filter ledger.Filter
			limit  int
			want   int
		}{
			{"all", ledger.Filter{}, 100, 6},
			{"a page", ledger.Filter{}, 4, 4},
			{"the next page", ledger.Filter{Before: ids[2]}, 4, 2},
			{"of an actor", ledger.Filter{Actor: "system:expiry"}, 100, 1},
			{"on a subject", ledger.Filter{SubjectID: subject.ID}, 100, 6},
			{"on nothing", ledger.Filter{SubjectID: "r-9"}, 100, 0},
			{"in a post", ledger.Filter{Posts: []string{"p1", "p9"}}, 100, 5},
			{"in no post", ledger.Filter{Posts: []string{}}, 100, 0},
			{"of an action", ledger.Filter{Actions: []string{"referral.submit", "x"}}, 100, 6},
			{"of no action", ledger.Filter{Actions: []string{}}, 100, 0},
			{"from a minute on", ledger.Filter{From: dbtest.Start.Add(time.Minute)}, 100, 1},
			{"before a minute", ledger.Filter{To: dbtest.Start.Add(time.Minute)}, 100, 5},
			{"a page of that", ledger.Filter{To: dbtest.Start.Add(time.Minute), Before: ids[2]}, 100, 2},
			{"after an entry that is none", ledger.Filter{Before: "x"}, 100, 0},
			{"hostile lists", ledger.Filter{Posts: []string{"\x00"}, Actions: []string{"' or 1=1", "\xff"}}, 100, 0},
			{"hostile", ledger.Filter{SubjectID: "\x00\xff", Actor: "' or 1=1", Before: "\x00"}, 100, 0},
		}
		for _, tt := range tests {
			got, err := b.List(b.ctx, auditor, tt.filter, tt.limit)
			if err != nil || len(got) != tt.want {
				b.t.Errorf("%s: got %d, %v; want %d", tt.name, len(got), err, tt.want)
			}
		}
		if _, err := b.List(b.ctx, clerk, ledger.Filter{}, 1); !fault.Is(err, fault.NotFound) {
			b.t.Errorf("a clerk: got %v, want NotFound", err)
		}
	})
}

// TestKnown checks that the newest value of a field is what a thing is called.
func TestKnown(t *testing.T) {
	onBoth(t, func(b *book) {
		post, other := ledger.Subject{Type: "post", ID: "p1"}, ledger.Subject{Type: "center", ID: "c1"}
		for _, e := range []ledger.Entry{
			{Action: "post.open", Subject: post, Changes: []ledger.Change{{Field: "title", After: "Vieja"}, {Field: "role", After: "x"}}},
			{Action: "post.open", Subject: post, Changes: []ledger.Change{{Field: "title", Before: "Vieja", After: "Nueva"}}},
			{Action: "post.open", Subject: post, Changes: []ledger.Change{{Field: "title"}}},
			{Action: "center.create", Subject: other, Changes: []ledger.Change{{Field: "name", After: "Centro"}}},
		} {
			if err := b.Append(b.ctx, clerk, e); err != nil {
				b.t.Fatal(err)
			}
			b.clk.Advance(time.Second)
		}
		known, err := b.Known(b.ctx, auditor, []ledger.Subject{post, other, {Type: "post", ID: "p9"}}, "title", "name")
		if err != nil || len(known) != 2 || len(known[post]) != 1 || known[post]["title"] != "Nueva" || known[other]["name"] != "Centro" {
			b.t.Errorf("Known = %v, %v; want the newest title and the name", known, err)
		}
		if all, err := b.Every(b.ctx, auditor, "post", "title"); err != nil || len(all) != 1 || all[post]["title"] != "Nueva" {
			b.t.Errorf("Every = %v, %v; want the one post", all, err)
		}
		_, err = b.Known(b.ctx, clerk, nil, "name")
		_, every := b.Every(b.ctx, clerk, "post", "name")
		if !fault.Is(err, fault.NotFound) || !fault.Is(every, fault.NotFound) {
			b.t.Errorf("a clerk: got %v and %v, want NotFound", err, every)
		}
	})
}

func TestCheckpoints(t *testing.T) {
	onBoth(t, func(b *book) {
		b.written()
		got, err := b.Checkpoints(b.ctx, auditor, 1)
		if err != nil || len(got) != 1 || got[0].Size != 10 || got[0].Note != b.notes()[1] {
			b.t.Errorf("got %+v, %v; want the newest", got, err)
		}
		if _, err := b.Checkpoints(b.ctx, clerk, 1); !fault.Is(err, fault.NotFound) {
			b.t.Errorf("a clerk: got %v, want NotFound", err)
		}
	})
}

// TestAnyText checks that whatever somebody typed is kept, sealed and verified.
func TestAnyText(t *testing.T) {
	onBoth(t, func(b *book) {
		for _, text := range []string{"Ñandú Иван 😀", "a\x00b", "\xff\xfe", "' or 1=1 --", "<script>", "", strings.Repeat("x", 100_000)} {
			e := entry(0)
			e.Reason, e.Subject.ID = text, text
			e.Changes = []ledger.Change{{Field: "name", Before: text, After: text}}
			if err := b.Append(b.ctx, clerk, e); err != nil {
				b.t.Errorf("%.20q: %v", text, err)
			}
		}
		b.wantOK()
		b.seal(7)
		b.wantOK()
	})
}

func benchmarkAppend(b *testing.B, engine db.Engine) {
	book := open(b, engine)
	for b.Loop() {
		if err := book.Append(b.Context(), clerk, entry(1)); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkAppend is one durable append in a transaction of its own.
func BenchmarkAppend(b *testing.B) {
	for _, engine := range dbtest.Engines {
		b.Run(string(engine), func(b *testing.B) { benchmarkAppend(b, engine) })
	}
}

// BenchmarkAppendParallel is sixteen at once.
func BenchmarkAppendParallel(b *testing.B) {
	for _, engine := range dbtest.Engines {
		b.Run(string(engine), func(b *testing.B) {
			book := open(b, engine)
			b.SetParallelism(8)
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					if err := book.Append(b.Context(), clerk, entry(1)); err != nil {
						b.Error(err)
					}
				}
			})
		})
	}
}

// BenchmarkSeal is the sealing of a thousand entries.
func BenchmarkSeal(b *testing.B) {
	for _, engine := range dbtest.Engines {
		b.Run(string(engine), func(b *testing.B) {
			book := open(b, engine)
			for b.Loop() {
				b.StopTimer()
				book.add(1000)
				b.StartTimer()
				book.seal(1000)
			}
		})
	}
}
