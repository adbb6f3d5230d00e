package attachment

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/jpeg"
	"image/png"
	"io"
	"slices"
	"testing"

	"sigue/internal/base/fault"
)

func decode(t testing.TB, file []byte) image.Image {
	t.Helper()
	m, _, err := image.Decode(bytes.NewReader(file))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// near tells whether a pixel has about a colour; JPEG changes all a little.
func near(got, want color.Color) bool {
	a, b := color.NRGBAModel.Convert(got).(color.NRGBA), color.NRGBAModel.Convert(want).(color.NRGBA)
	far := func(x, y uint8) bool { return max(x, y)-min(x, y) > 24 }
	return !far(a.R, b.R) && !far(a.G, b.G) && !far(a.B, b.B) && !far(a.A, b.A)
}

// corners are the colours in the four quarters, row by row.
func corners(m image.Image) (c [4]color.Color) {
	b := m.Bounds()
	for i := range c {
		c[i] = m.At(b.Min.X+b.Dx()*(1+2*(i%2))/4, b.Min.Y+b.Dy()*(1+2*(i/2))/4)
	}
	return c
}

func TestAPhotoKeepsNothingButItsPicture(t *testing.T) {
	b := newBench(t, DefaultLimit)
	for _, order := range []binary.ByteOrder{binary.LittleEndian, binary.BigEndian} {
		t.Run(order.String(), func(t *testing.T) {
			file := withEXIF(t, asJPEG(t, photo(320, 240)), order, 6)
			file = append(file, "<?php appended; ?>"...)
			if !bytes.Contains(file, []byte(phoneOwner)) || exifOrientation(file[12:]) != 6 {
				t.Fatal("the fixture holds no metadata")
			}
			s := b.receive(t, "IMG_0001.JPG", file)
			kept := b.content(t, s)
			for _, secret := range []string{"Exif", phoneOwner, "php", "\x88\x25", "\x25\x88"} {
				if bytes.Contains(kept, []byte(secret)) {
					t.Errorf("%q is still in the file", secret)
				}
			}
			if s.Type != JPEG || s.Name != "IMG_0001.jpg" || s.Width != 240 || s.Height != 320 || s.Shrunk {
				t.Errorf("Stored = %+v", s)
			}
			if s.OriginalSHA256 != hexSum(file) || s.SHA256 != hexSum(kept) || s.Size != int64(len(kept)) {
				t.Errorf("hashes and size of Stored = %+v do not fit", s)
			}
		})
	}
}

// Each orientation is how a camera stores a picture that was turned in one way. The
// test stores an upright picture so, with the inverse of what the viewer must do.
func TestOrientations(t *testing.T) {
	up := photo(80, 40)
	want := corners(up)
	for o := 1; o <= 8; o++ {
		t.Run(fmt.Sprint(o), func(t *testing.T) {
			w, h := 80, 40
			if o >= 5 {
				w, h = h, w
			}
			stored := image.NewRGBA(image.Rect(0, 0, w, h))
			for y := range 40 {
				for x := range 80 {
					sx, sy := asStored(o, x, y, 79, 39)
					stored.Set(sx, sy, up.At(x, y))
				}
			}
			got := upright(stored, o)
			if got.Bounds().Dx() != 80 || got.Bounds().Dy() != 40 {
				t.Fatalf("bounds %v, want 80 × 40", got.Bounds())
			}
			for i, c := range corners(got) {
				if !near(c, want[i]) {
					t.Errorf("quarter %d is %v, want %v", i, c, want[i])
				}
			}
		})
	}
}

// asStored gives where a camera stores the pixel x, y of an upright picture whose
// last column is r and last row b. It is written from the table of the EXIF standard
// (which side of the scene row 0 and column 0 of the file are).
func asStored(orientation, x, y, r, b int) (sx, sy int) {
	switch orientation {
	case 2: // row 0 top, column 0 right
		return r - x, y
	case 3: // bottom, right
		return r - x, b - y
	case 4: // bottom, left
		return x, b - y
	case 5: // left, top
		return y, x
	case 6: // right, top
		return y, r - x
	case 7: // right, bottom
		return b - y, r - x
	case 8: // left, bottom
		return b - y, x
	}
	return x, y
}

func TestLargeImagesAreShrunk(t *testing.T) {
	b := newBench(t, DefaultLimit)
	gray := image.NewGray(image.Rect(0, 0, 3000, 1000))
	palette := image.NewPaletted(image.Rect(0, 0, 2600, 100), color.Palette{color.White, color.Black})
	offset := photo(4000, 4000).SubImage(image.Rect(500, 0, 3500, 4000))
	for _, tt := range []struct {
		name   string
		file   []byte
		w, h   int
		shrunk bool
	}{
		{"a photo", asJPEG(t, photo(4000, 3000)), 2400, 1800, true},
		{"a tall photo", asJPEG(t, photo(1500, 3000)), 1200, 2400, true},
		{"a turned photo", withEXIF(t, asJPEG(t, photo(4000, 3000)), binary.BigEndian, 8), 1800, 2400, true},
		{"just small enough", asJPEG(t, photo(2400, 30)), 2400, 30, false},
		{"one pixel too long", asPNG(t, photo(2401, 7)), 2400, 7, true},
		{"a thread", asPNG(t, photo(20000, 1)), 2400, 1, true},
		{"a screen", asPNG(t, photo(2800, 1400)), 2400, 1200, true},
		{"gray", asPNG(t, gray), 2400, 800, true},
		{"with a palette", asPNG(t, palette), 2400, 92, true},
		{"a part", asPNG(t, offset), 1800, 2400, true},
		{"one point", asPNG(t, photo(1, 1)), 1, 1, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := b.receive(t, "x", tt.file)
			m := decode(t, b.content(t, s))
			if s.Width != tt.w || s.Height != tt.h || s.Shrunk != tt.shrunk || m.Bounds().Dx() != tt.w || m.Bounds().Dy() != tt.h {
				t.Errorf("Stored %d × %d, shrunk %v, drawn %v; want %d × %d, %v",
					s.Width, s.Height, s.Shrunk, m.Bounds(), tt.w, tt.h, tt.shrunk)
			}
		})
	}
}

func TestShrinkingKeepsThePicture(t *testing.T) {
	big := photo(3601, 2705)
	for i, c := range corners(shrink(big)) {
		if want := corners(big)[i]; !near(c, want) {
			t.Errorf("quarter %d is %v, want %v", i, c, want)
		}
	}
	// The mean of every area is exact: of one light, all of it stays; of a fine
	// chequer, just half.
	for name, pixel := range map[string]func(x, y int) uint8{
		"white":   func(int, int) uint8 { return 255 },
		"chequer": func(x, y int) uint8 { return uint8((x + y) % 2 * 254) },
	} {
		m := image.NewGray(image.Rect(0, 0, 7200, 24))
		for i := range m.Pix {
			m.Pix[i] = pixel(i%7200, i/7200)
		}
		want := map[string]uint8{"white": 255, "chequer": 127}[name]
		for i, got := range shrink(m).(*image.Gray).Pix {
			if max(got, want)-min(got, want) > 15 { // an area of 3 × 3 holds four or five of the nine
				t.Fatalf("%s: point %d is %d, want %d", name, i, got, want)
			}
		}
	}
}

func TestTransparencyAndDepth(t *testing.T) {
	b := newBench(t, DefaultLimit)
	clear := image.NewNRGBA(image.Rect(0, 0, 3000, 20))
	draw.Draw(clear, clear.Rect, image.NewUniform(color.NRGBA{200, 100, 50, 128}), image.Point{}, draw.Src)
	deep := image.NewNRGBA64(image.Rect(0, 0, 30, 20))
	draw.Draw(deep, deep.Rect, image.NewUniform(color.NRGBA64{200 << 8, 100 << 8, 50 << 8, 128 << 8}), image.Point{}, draw.Src)
	deepGray := image.NewGray16(image.Rect(0, 0, 30, 20))
	for _, tt := range []struct {
		name  string
		m     image.Image
		point color.Color
		model color.Model
	}{
		{"half transparent", clear, color.NRGBA{200, 100, 50, 128}, color.NRGBAModel},
		{"sixteen bits", deep, color.NRGBA{200, 100, 50, 128}, color.NRGBAModel},
		{"sixteen bits of gray", deepGray, color.Black, color.GrayModel},
	} {
		t.Run(tt.name, func(t *testing.T) {
			m := decode(t, b.content(t, b.receive(t, "x.png", asPNG(t, tt.m))))
			if got := m.At(5, 5); !near(got, tt.point) || m.ColorModel() != tt.model {
				t.Errorf("point %v, want %v; model %T", got, tt.point, m.ColorModel())
			}
		})
	}
}

func TestImagesThatAreRefused(t *testing.T) {
	photo := asJPEG(t, photo(600, 400))
	screen := asPNG(t, image.NewRGBA(image.Rect(0, 0, 300, 300)))
	for _, tt := range []struct {
		name string
		file []byte
		says string
	}{
		{"a JPEG cut in its data", photo[:len(photo)*2/3], "incompleta"},
		{"a JPEG cut in its header", photo[:30], "incompleta"},
		{"a JPEG of three bytes", photo[:3], "incompleta"},
		{"a JPEG without its end mark", photo[:len(photo)-2], "incompleta"},
		{"a PNG cut in its data", screen[:len(screen)-30], "incompleta"},
		{"a PNG cut in its header", screen[:20], "incompleta"},
		{"a PNG bomb", pngHeader(50_000, 50_000), "mide 50000 × 50000 puntos"},
		{"a PNG of zero width", pngHeader(0, 10), "dañada"},
		{"a JPEG bomb", jpegHeader(0xc0, 65_000, 65_000), "mide 65000 × 65000 puntos"},
		{"a progressive JPEG that needs more memory than it has points", jpegHeader(0xc2, 6000, 6000), "mide 6000 × 6000 puntos"},
		{"a JPEG with two frames", slices.Concat(jpegHeader(0xc0, 10, 10)[:19], jpegHeader(0xc0, 10, 10)[2:]), "dañada"},
		{"a JPEG with nothing in it", []byte("\xff\xd8\xff\xd9"), "dañada"},
		{"a JPEG of a kind that is not read", jpegHeader(0xc9, 10, 10), "dañada"},
		{"a PNG with a wrong checksum", append(slices.Clone(screen[:29]), append([]byte{1, 2, 3, 4}, screen[33:]...)...), "dañada"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			newBench(t, DefaultLimit).refused(t, "x.jpg", tt.file, fault.Invalid, tt.says)
		})
	}
}

func TestScanJPEG(t *testing.T) {
	file := asJPEG(t, photo(64, 48))
	info, err := scanJPEG(file)
	want := jpegInfo{width: 64, height: 48, perPixel: 1.5, scans: 1, orientation: 1}
	if err != nil || info != want {
		t.Errorf("scanJPEG = %+v, %v; want %+v", info, err, want)
	}
	for n := 3; n < len(file); n++ {
		if _, err := scanJPEG(file[:n]); !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Fatalf("cut at %d: %v, want io.ErrUnexpectedEOF", n, err)
		}
	}
}

// Each scan of a progressive JPEG is work over the whole picture, and costs its sender
// only a few bytes.
func TestEndlessScansAreRefusedBeforeDecoding(t *testing.T) {
	for scans, taken := range map[int]bool{1: true, maxScans: true, maxScans + 1: false} {
		file := jpegHeader(0xc2, 2000, 2000)
		file = append(file[:len(file)-2], bytes.Repeat([]byte{0xff, 0xda, 0, 2}, scans-1)...)
		_, err := examine(append(file, 0xff, 0xd9), JPEG, maxPixels)
		if (err == nil) != taken {
			t.Errorf("%d scans: %v, want them taken: %v", scans, err, taken)
		}
	}
}

func TestPictureDataIsNoMarker(t *testing.T) {
	file := jpegHeader(0xc0, 10, 10)
	data := []byte{0x12, 0xff, 0x00, 0x34, 0xff, 0xd3, 0x56, 0xff, 0xff, 0xd7} // a stuffed 0xFF, restarts, filling
	info, err := scanJPEG(slices.Concat(file[:len(file)-2], data, file[len(file)-2:]))
	if err != nil || info.scans != 1 {
		t.Errorf("scanJPEG = %+v, %v; want one scan", info, err)
	}
}

func TestExifThatIsBroken(t *testing.T) {
	good := withEXIF(t, asJPEG(t, photo(8, 8)), binary.LittleEndian, 3)[12:]
	if got := exifOrientation(good); got != 3 {
		t.Fatalf("orientation %d, want 3", got)
	}
	far := slices.Clone(good)
	binary.LittleEndian.PutUint32(far[4:], 0xfffffff0)
	wild := slices.Clone(good)
	binary.LittleEndian.PutUint16(wild[8+2+12+8:], 99)
	for name, block := range map[string][]byte{
		"empty": nil, "cut": good[:12], "cut in an entry": good[:20], "a directory far away": far, "orientation 99": wild,
	} {
		if got := exifOrientation(block); got != 1 {
			t.Errorf("%s: %d, want 1", name, got)
		}
	}
}

func BenchmarkShrink(b *testing.B) {
	m, err := jpeg.Decode(bytes.NewReader(asJPEG(b, photo(4000, 3000))))
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		shrink(m)
	}
}

func BenchmarkEncodePNG(b *testing.B) {
	m := photo(2400, 1800)
	for b.Loop() {
		if err := png.Encode(io.Discard, m); err != nil {
			b.Fatal(err)
		}
	}
}
