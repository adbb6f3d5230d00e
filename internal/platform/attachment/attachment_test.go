package attachment

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"runtime"
	"strings"
	"testing"
	"testing/iotest"

	"codeberg.org/go-pdf/fpdf"

	"sigue/internal/base/blob"
	"sigue/internal/base/fault"
	"sigue/internal/platform/vault"
)

func hexSum(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

func TestAPDFIsKeptByteForByte(t *testing.T) {
	b := newBench(t, DefaultLimit)
	for _, tt := range []struct {
		name string
		file []byte
	}{
		{"compressed", makePDF(t, 3)},
		{"not compressed", makePDF(t, 3, func(f *fpdf.Fpdf) { f.SetCompression(false) })},
		{"longer than any buffer", makePDF(t, 400, func(f *fpdf.Fpdf) { f.SetCompression(false) })},
		{"blanks after the end", append(makePDF(t, 1), "\r\n \x00\n"...)},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := b.receive(t, "acuerdo.pdf", tt.file)
			if !bytes.Equal(b.content(t, s), tt.file) {
				t.Error("the content changed")
			}
			want := Stored{
				ID: "a1", Name: "acuerdo.pdf", Type: PDF, Size: int64(len(tt.file)),
				SHA256: hexSum(tt.file), OriginalSHA256: hexSum(tt.file), Blob: s.Blob,
			}
			if s != want {
				t.Errorf("Stored = %+v\nwant %+v", s, want)
			}
		})
	}
}

func TestTheSourceMayGiveSinglesOrHalves(t *testing.T) {
	b, file := newBench(t, DefaultLimit), makePDF(t, 2)
	for _, slow := range []func(io.Reader) io.Reader{iotest.OneByteReader, iotest.HalfReader, iotest.DataErrReader} {
		s, err := b.Receive(t.Context(), b.key, "a1", "a.pdf", slow(bytes.NewReader(file)))
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(b.content(t, s), file) {
			t.Error("the content changed")
		}
	}
}

func TestWhatIsStoredIsEncrypted(t *testing.T) {
	b := newBench(t, DefaultLimit)
	file := makePDF(t, 1, func(f *fpdf.Fpdf) { f.SetCompression(false) })
	s := b.receive(t, "a.pdf", file)
	r, err := b.store.Open(t.Context(), s.Blob)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	raw, err := io.ReadAll(r)
	if err != nil || bytes.Contains(raw, []byte("PDF")) || bytes.Contains(raw, []byte("canaliza")) {
		t.Errorf("the plain text shows in the store (%v)", err)
	}
	if again := b.receive(t, "a.pdf", file); again.OriginalSHA256 != s.OriginalSHA256 || again.Blob == s.Blob {
		t.Errorf("the same file twice: %+v and %+v; want one hash and two blobs", s, again)
	}
}

func TestOpenNeedsKeyAndID(t *testing.T) {
	b := newBench(t, DefaultLimit)
	s := b.receive(t, "a.pdf", makePDF(t, 1))
	moved := s
	moved.ID = "a2"
	if _, err := b.Open(t.Context(), b.other, s); !errors.Is(err, vault.ErrBroken) {
		t.Errorf("with the key of another case: %v, want ErrBroken", err)
	}
	if _, err := b.Open(t.Context(), b.key, moved); !errors.Is(err, vault.ErrBroken) {
		t.Errorf("for another attachment: %v, want ErrBroken", err)
	}
	if err := b.Remove(t.Context(), s); err != nil {
		t.Fatal(err)
	}
	if _, err := b.Open(t.Context(), b.key, s); err == nil {
		t.Error("opened what was removed")
	}
	if err := b.Remove(t.Context(), s); err != nil {
		t.Errorf("removing again: %v", err)
	}
}

// broken is a store that takes nothing.
type broken struct{ blob.Store }

var errDiskFull = errors.New("no space left on device")

func (broken) Put(_ context.Context, _ string, r io.Reader) error {
	_, _ = io.CopyN(io.Discard, r, 100)
	return errDiskFull
}

func TestFailuresThatAreNotTheFile(t *testing.T) {
	b := newBench(t, DefaultLimit)
	file, image := makePDF(t, 20), asPNG(t, photo(40, 40))
	lost := errors.New("connection reset")
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	for _, tt := range []struct {
		name string
		in   *Intake
		ctx  context.Context
		r    io.Reader
		want error
	}{
		{"the sender goes away at once", b.Intake, t.Context(), iotest.ErrReader(lost), lost},
		{"the sender goes away in a PDF", b.Intake, t.Context(), io.MultiReader(bytes.NewReader(file[:8000]), iotest.ErrReader(lost)), lost},
		{"the sender goes away in an image", b.Intake, t.Context(), io.MultiReader(bytes.NewReader(image[:50]), iotest.ErrReader(lost)), lost},
		{"the disk is full", New(broken{}, DefaultLimit), t.Context(), bytes.NewReader(file), errDiskFull},
		{"given up", b.Intake, cancelled, bytes.NewReader(file), context.Canceled},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := tt.in.Receive(tt.ctx, b.key, "a1", "a.pdf", tt.r)
			if !errors.Is(err, tt.want) || fault.KindOf(err) != fault.Internal {
				t.Errorf("Receive = %v, want %v and no fault", err, tt.want)
			}
			if n := b.blobs(t); n != 0 {
				t.Errorf("%d blobs stayed", n)
			}
		})
	}
}

func TestGivingUpWhileAnotherImageIsDecoded(t *testing.T) {
	b := newBench(t, DefaultLimit)
	b.decoding <- struct{}{}
	ctx, cancel := context.WithCancel(t.Context())
	source := io.MultiReader(bytes.NewReader(asPNG(t, photo(40, 40))), iotest.ErrReader(io.EOF))
	cancel()
	if _, err := b.Receive(ctx, b.key, "a1", "a.png", source); !errors.Is(err, context.Canceled) {
		t.Errorf("Receive = %v, want context.Canceled", err)
	}
}

func TestTheLimit(t *testing.T) {
	file := makePDF(t, 30)
	picture := asPNG(t, photo(300, 300))
	b := newBench(t, int64(len(file)))
	b.receive(t, "exactly.pdf", file)
	b.refused(t, "one more.pdf", append([]byte(nil), append(file, '\n')...), fault.TooLarge, "El archivo pesa más de ")
	b.Intake.limit = int64(len(picture) - 1)
	b.refused(t, "one more.png", picture, fault.TooLarge, "El archivo pesa más de ")

	b = newBench(t, DefaultLimit)
	huge := io.MultiReader(strings.NewReader("%PDF-1.4\n%"), io.LimitReader(zeros{}, 60<<20))
	_, err := b.Receive(t.Context(), b.key, "a1", "60 MB.pdf", huge)
	if !fault.Is(err, fault.TooLarge) || !strings.Contains(err.(*fault.Error).Public.In("en"), "10 MB") {
		t.Errorf("60 MB: %v, want TooLarge naming 10 MB", err)
	}
	if n := b.blobs(t); n != 0 {
		t.Errorf("%d blobs stayed", n)
	}
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}

func TestMegabytes(t *testing.T) {
	for n, want := range map[int64]string{
		10 << 20: "10 MB", 3 << 19: "1.5 MB", 512 << 10: "512 KB", 100: "100 bytes", 2500 << 10: "2.4 MB",
	} {
		if got := megabytes(n); got != want {
			t.Errorf("megabytes(%d) = %q, want %q", n, got, want)
		}
	}
}

// A PDF streams through: the memory that it costs does not grow with it.
func TestPDFsTakeConstantMemory(t *testing.T) {
	b := newBench(t, DefaultLimit)
	cost := func(size int) uint64 {
		file := bytes.Replace(makePDF(t, 1), []byte("endstream"), append(bytes.Repeat([]byte("e nd"), size/4), "\nendstream"...), 1)
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		s, err := b.Receive(t.Context(), b.key, "a1", "a.pdf", bytes.NewReader(file))
		runtime.ReadMemStats(&after)
		if err != nil {
			t.Fatal(err)
		}
		in := after.TotalAlloc - before.TotalAlloc
		r, err := b.Open(t.Context(), b.key, s)
		if err != nil {
			t.Fatal(err)
		}
		defer r.Close()
		runtime.ReadMemStats(&before)
		if _, err := io.Copy(io.Discard, r); err != nil {
			t.Fatal(err)
		}
		runtime.ReadMemStats(&after)
		return in + after.TotalAlloc - before.TotalAlloc
	}
	small, large := cost(900<<10), cost(9<<20)
	t.Logf("900 KB cost %d KB, 9 MB %d KB", small>>10, large>>10)
	if large > small+64<<10 || large > 1<<20 {
		t.Errorf("9 MB cost %d bytes, 900 KB %d; want about the same and under 1 MB", large, small)
	}
}

func BenchmarkReceivePDF(b *testing.B) {
	bench := newBench(b, DefaultLimit)
	noise := bytes.Repeat([]byte("0123456789abcdfghijklmopqrtuvwxyz\x00\xff("), 300<<10/36)
	file := bytes.Replace(makePDF(b, 1), []byte("endstream"), append(noise, "\nendstream"...), 1)
	b.SetBytes(int64(len(file)))
	b.ReportAllocs()
	for b.Loop() {
		bench.receive(b, "a.pdf", file)
	}
}

func BenchmarkReceivePhoto(b *testing.B) {
	bench := newBench(b, DefaultLimit)
	file := asJPEG(b, photo(4000, 3000))
	b.ReportAllocs()
	for b.Loop() {
		bench.receive(b, "a.jpg", file)
	}
}

func BenchmarkInspect(b *testing.B) {
	file := makePDF(b, 100, func(f *fpdf.Fpdf) { f.SetCompression(false) })
	b.SetBytes(int64(len(file)))
	for b.Loop() {
		var p inspector
		_, _ = p.Write(file)
		if err := p.Close(); err != nil {
			b.Fatal(err)
		}
	}
}
