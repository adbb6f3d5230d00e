package attachment

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"io"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"codeberg.org/go-pdf/fpdf"

	"sigue/internal/base/blob"
	"sigue/internal/base/db"
	"sigue/internal/base/db/dbtest"
	"sigue/internal/base/fault"
	"sigue/internal/platform/schema"
	"sigue/internal/platform/vault"
)

// bench is an intake on a real folder with a real key.
type bench struct {
	*Intake
	store *blob.Folder
	key   *vault.Key
	other *vault.Key
}

func newBench(t testing.TB, limit int64) *bench {
	t.Helper()
	store, err := blob.OpenFolder(filepath.Join(t.TempDir(), "blobs"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { store.Close() })
	b := &bench{Intake: New(store, limit), store: store}
	b.key, b.other = newKeys(t)
	return b
}

// newKeys makes the keys of two cases.
func newKeys(t testing.TB) (a, b *vault.Key) {
	t.Helper()
	ctx := context.Background()
	file := filepath.Join(t.TempDir(), "keys.json")
	if err := vault.Create(file); err != nil {
		t.Fatal(err)
	}
	v, err := vault.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	d, _ := dbtest.SQLite(t, schema.Migrations)
	err = d.Tx(ctx, func(tx *db.Tx) (err error) {
		if a, err = v.NewKeyTx(ctx, tx); err != nil {
			return err
		}
		b, err = v.NewKeyTx(ctx, tx)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return a, b
}

// receive takes in a file that must be taken.
func (b *bench) receive(t testing.TB, name string, content []byte) Stored {
	t.Helper()
	s, err := b.Receive(context.Background(), b.key, "a1", name, bytes.NewReader(content))
	if err != nil {
		t.Fatalf("Receive(%s, %d bytes) = %v", name, len(content), err)
	}
	return s
}

// content reads back what was stored.
func (b *bench) content(t testing.TB, s Stored) []byte {
	t.Helper()
	r, err := b.Open(context.Background(), b.key, s)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	got, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

// blobs counts what the store holds.
func (b *bench) blobs(t testing.TB) (n int) {
	t.Helper()
	if err := b.store.Each(context.Background(), func(blob.Info) error { n++; return nil }); err != nil {
		t.Fatal(err)
	}
	return n
}

// refused takes in a file that must be refused, with a sentence that holds a text,
// and checks that nothing stayed.
func (b *bench) refused(t testing.TB, name string, content []byte, kind fault.Kind, says string) {
	t.Helper()
	before := b.blobs(t)
	_, err := b.Receive(context.Background(), b.key, "a1", name, bytes.NewReader(content))
	var f *fault.Error
	if !errors.As(err, &f) || f.Kind != kind {
		t.Fatalf("Receive(%s) = %v, want a fault of kind %d", name, err, kind)
	}
	if got := f.Public.In("es-MX"); !strings.Contains(got, says) {
		t.Errorf("says %q, want %q in it", got, says)
	}
	if got := b.blobs(t); got != before {
		t.Errorf("%d blobs stayed", got-before)
	}
	if n, err := b.store.Sweep(context.Background(), time.Now().Add(time.Hour)); n != 0 || err != nil {
		t.Errorf("%d half-written files stayed, %v", n, err)
	}
}

// makePDF makes a document of some pages; change may alter it before it is written.
func makePDF(t testing.TB, pages int, change ...func(*fpdf.Fpdf)) []byte {
	t.Helper()
	f := fpdf.New("P", "mm", "Letter", "")
	f.SetTitle("Acuerdo (copia) con /JavaScript y <html> en el título", true)
	f.SetFont("Helvetica", "", 12)
	for range pages {
		f.AddPage()
		f.MultiCell(0, 6, strings.Repeat("Se canaliza a la persona al centro. ", 60), "", "", false)
	}
	for _, c := range change {
		c(f)
	}
	var out bytes.Buffer
	if err := f.Output(&out); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// photo draws an image whose four corners differ: red, green, blue, white.
func photo(w, h int) *image.RGBA {
	m := image.NewRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			c := color.RGBA{220, 30, 30, 255}
			switch left, top := x < w/2, y < h/2; {
			case !left && top:
				c = color.RGBA{30, 200, 30, 255}
			case left && !top:
				c = color.RGBA{30, 30, 220, 255}
			case !left && !top:
				c = color.RGBA{240, 240, 240, 255}
			}
			m.SetRGBA(x, y, c)
		}
	}
	return m
}

func asJPEG(t testing.TB, m image.Image) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := jpeg.Encode(&out, m, &jpeg.Options{Quality: 90}); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func asPNG(t testing.TB, m image.Image) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := png.Encode(&out, m); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// secrets that a phone writes into its photos.
const (
	phoneOwner = "Phone of Fictional Owner"
	gpsTag     = 0x8825
)

// withEXIF puts an EXIF block with an orientation, an owner and a GPS position into a
// JPEG, in either byte order.
func withEXIF(t testing.TB, file []byte, order binary.ByteOrder, orientation uint16) []byte {
	t.Helper()
	var tiff bytes.Buffer
	put := func(v any) {
		if err := binary.Write(&tiff, order, v); err != nil {
			t.Fatal(err)
		}
	}
	entry := func(tag, kind uint16, count, value uint32) {
		put([]uint16{tag, kind})
		put([]uint32{count, value})
	}
	if order == binary.BigEndian {
		tiff.WriteString("MM")
	} else {
		tiff.WriteString("II")
	}
	put(uint16(42))
	put(uint32(8))
	put(uint16(3)) // entries of the first directory, which takes 8 … 50
	entry(0x010f, 2, uint32(len(phoneOwner)), 50)
	put([]uint16{0x0112, 3})
	put(uint32(1))
	put([]uint16{orientation, 0})
	entry(gpsTag, 4, 1, 50+uint32(len(phoneOwner)))
	put(uint32(0))
	tiff.WriteString(phoneOwner)
	put(uint16(1)) // the GPS directory: latitude 19° 17′ 33″
	entry(2, 5, 3, 50+uint32(len(phoneOwner))+18)
	put(uint32(0))
	put([]uint32{19, 1, 17, 1, 33, 1})

	segment := append([]byte("Exif\x00\x00"), tiff.Bytes()...)
	head := []byte{0xff, 0xd8, 0xff, 0xe1, 0, 0}
	binary.BigEndian.PutUint16(head[4:], uint16(len(segment)+2))
	return slices.Concat(head, segment, file[2:])
}

// pngHeader makes a PNG that claims a size and holds next to nothing.
func pngHeader(w, h uint32) []byte {
	ihdr := binary.BigEndian.AppendUint32([]byte("IHDR"), w)
	ihdr = binary.BigEndian.AppendUint32(ihdr, h)
	ihdr = append(ihdr, 8, 6, 0, 0, 0)
	out := binary.BigEndian.AppendUint32([]byte("\x89PNG\r\n\x1a\n"), 13)
	out = append(out, ihdr...)
	return binary.BigEndian.AppendUint32(out, crc32.ChecksumIEEE(ihdr))
}

// jpegHeader makes a JPEG that claims a size, of a kind of frame, and holds no data.
func jpegHeader(kind byte, w, h uint16) []byte {
	out := []byte{0xff, 0xd8, 0xff, kind, 0, 17, 8}
	out = binary.BigEndian.AppendUint16(out, h)
	out = binary.BigEndian.AppendUint16(out, w)
	out = append(out, 3, 1, 0x11, 0, 2, 0x11, 0, 3, 0x11, 0)
	return append(out, 0xff, 0xda, 0, 2, 0xff, 0xd9)
}

// zipEndRecord is the end of a ZIP with one entry and a comment of some length.
func zipEndRecord(comment int) []byte {
	end := []byte("PK\x05\x06\x00\x00\x00\x00\x01\x00\x01\x00\x30\x00\x00\x00\x10\x00\x00\x00")
	return binary.LittleEndian.AppendUint16(end, uint16(comment))
}
