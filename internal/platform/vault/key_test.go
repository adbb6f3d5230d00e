package vault

import (
	"bytes"
	"crypto/rand"
	"errors"
	"io"
	"runtime"
	"testing"
	"testing/iotest"
)

func looseKey(t testing.TB, id string) *Key {
	t.Helper()
	root := make([]byte, keySize)
	rand.Read(root)
	k, err := newKey(id, root)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func TestSealedFields(t *testing.T) {
	k, other := looseKey(t, "k"), looseKey(t, "other")
	ad := Place("persons", "phone", "p1")
	sealed := seal(t, k, "555 0100", ad)
	if bytes.Equal(sealed, seal(t, k, "555 0100", ad)) {
		t.Error("equal texts sealed alike")
	}
	flipped := bytes.Clone(sealed)
	flipped[len(flipped)/2] ^= 1
	for _, tt := range []struct {
		name   string
		key    *Key
		sealed []byte
		ad     []byte
		opens  bool
	}{
		{"as sealed", k, sealed, ad, true},
		{"another key", other, sealed, ad, false},
		{"another row", k, sealed, Place("persons", "phone", "p2"), false},
		{"another column", k, sealed, Place("persons", "mobile", "p1"), false},
		{"one bit flipped", k, flipped, ad, false},
		{"cut", k, sealed[:len(sealed)-1], ad, false},
		{"too short to be anything", k, sealed[:1], ad, false},
		{"empty", k, nil, ad, false},
		{"unknown format", k, append([]byte{9}, sealed[1:]...), ad, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := tt.key.Open(tt.sealed, tt.ad)
			switch {
			case tt.opens && (err != nil || string(got) != "555 0100"):
				t.Errorf("Open = %q, %v", got, err)
			case !tt.opens && (!errors.Is(err, ErrBroken) || got != nil):
				t.Errorf("Open = %q, %v; want ErrBroken", got, err)
			}
		})
	}
}

func sealStream(t testing.TB, k *Key, plain, ad []byte) []byte {
	t.Helper()
	var out bytes.Buffer
	w, err := k.EncryptingWriter(&out, ad)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write(plain); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func openStream(k *Key, sealed io.Reader, ad []byte) ([]byte, error) {
	r, err := k.DecryptingReader(sealed, ad)
	if err != nil {
		return nil, err
	}
	return io.ReadAll(r)
}

func TestStreamsOfEveryLength(t *testing.T) {
	k, ad := looseKey(t, "k"), []byte("a1")
	for _, size := range []int{0, 1, segment - 57, segment - 56, segment, 2*segment + 1, 1 << 20} {
		plain := bytes.Repeat([]byte{'x'}, size)
		sealed := sealStream(t, k, plain, ad)
		if size > 0 && bytes.Contains(sealed, []byte("xxxxxxxx")) {
			t.Errorf("%d bytes: the plain text shows", size)
		}
		got, err := openStream(k, iotest.OneByteReader(bytes.NewReader(sealed)), ad)
		if err != nil || !bytes.Equal(got, plain) {
			t.Errorf("%d bytes: read %d, %v", size, len(got), err)
		}
	}
}

func TestStreamsThatDoNotOpen(t *testing.T) {
	k, ad := looseKey(t, "k"), []byte("a1")
	plain := bytes.Repeat([]byte("0123456789"), 20_000)
	sealed := sealStream(t, k, plain, ad)
	flipped := bytes.Clone(sealed)
	flipped[len(sealed)-100] ^= 1
	swapped := bytes.Clone(sealed) // segments 1 and 2 change places
	copy(swapped[segment:], sealed[2*segment:3*segment])
	copy(swapped[2*segment:], sealed[segment:2*segment])
	for _, tt := range []struct {
		name   string
		key    *Key
		sealed []byte
		ad     string
	}{
		{"another key", looseKey(t, "other"), sealed, "a1"},
		{"another place", k, sealed, "a2"},
		{"a bit flipped near the end", k, flipped, "a1"},
		{"segments swapped", k, swapped, "a1"},
		{"cut between two segments", k, sealed[:2*segment], "a1"},
		{"cut within a segment", k, sealed[:2*segment+100], "a1"},
		{"cut within its header", k, sealed[:20], "a1"},
		{"empty", k, nil, "a1"},
		{"bytes appended", k, append(bytes.Clone(sealed), 0), "a1"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := openStream(tt.key, bytes.NewReader(tt.sealed), []byte(tt.ad))
			if !errors.Is(err, ErrBroken) {
				t.Errorf("read %d bytes, %v; want ErrBroken", len(got), err)
			}
			if !bytes.HasPrefix(plain, got) {
				t.Error("wrong bytes were given before the error")
			}
		})
	}
}

func TestABrokenStreamStaysBroken(t *testing.T) {
	k := looseKey(t, "k")
	sealed := sealStream(t, k, []byte("text"), nil)
	sealed[len(sealed)-1] ^= 1
	r, err := k.DecryptingReader(bytes.NewReader(sealed), nil)
	if err != nil {
		t.Fatal(err)
	}
	for i := range 2 {
		if n, err := r.Read(make([]byte, 10)); n != 0 || !errors.Is(err, ErrBroken) {
			t.Errorf("read %d: %d bytes, %v; want ErrBroken", i, n, err)
		}
	}
}

func TestAFailingSourceIsNotABrokenStream(t *testing.T) {
	k := looseKey(t, "k")
	sealed := sealStream(t, k, bytes.Repeat([]byte("x"), 3*segment), nil)
	disk := errors.New("input/output error")
	for _, size := range []int{10, segment, 2*segment + 5} {
		_, err := openStream(k, io.MultiReader(bytes.NewReader(sealed[:size]), iotest.ErrReader(disk)), nil)
		if !errors.Is(err, disk) || errors.Is(err, ErrBroken) {
			t.Errorf("after %d bytes: %v, want the error of the disk", size, err)
		}
	}
}

// A stream must cost the same memory whatever its length.
func TestStreamsTakeConstantMemory(t *testing.T) {
	k := looseKey(t, "k")
	block := make([]byte, 1<<20)
	cost := func(blocks int) uint64 {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		w, err := k.EncryptingWriter(io.Discard, nil)
		if err != nil {
			t.Fatal(err)
		}
		for range blocks {
			if _, err := w.Write(block); err != nil {
				t.Fatal(err)
			}
		}
		w.Close()
		runtime.ReadMemStats(&after)
		return after.TotalAlloc - before.TotalAlloc
	}
	small, large := cost(1), cost(16)
	if large > small+64<<10 {
		t.Errorf("16 MiB cost %d bytes, 1 MiB %d", large, small)
	}
}

func BenchmarkEncryptingWriter(b *testing.B) {
	k := looseKey(b, "k")
	plain := make([]byte, 1<<20)
	b.SetBytes(int64(len(plain)))
	for b.Loop() {
		w, err := k.EncryptingWriter(io.Discard, nil)
		if err != nil {
			b.Fatal(err)
		}
		if _, err := w.Write(plain); err != nil {
			b.Fatal(err)
		}
		w.Close()
	}
}

func BenchmarkSeal(b *testing.B) {
	k, plain, ad := looseKey(b, "k"), make([]byte, 200), Place("referrals", "narrative", "r1")
	for b.Loop() {
		if _, err := k.Seal(plain, ad); err != nil {
			b.Fatal(err)
		}
	}
}
