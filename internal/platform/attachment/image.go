package attachment

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/jpeg"
	"image/png"
	"io"

	"sigue/internal/base/i18n"
)

// Bounds of an image.
const (
	maxPixels = 64_000_000
	maxMemory = 256 << 20 // bytes, while it is decoded
	maxScans  = 100       // of a progressive JPEG, which has about ten; each is work over the whole picture
	maxSide   = 2400      // pixels kept: a page at 200 points an inch
	quality   = 82        // of the JPEG that is kept
)

var (
	errImageCut     = i18n.M("La imagen está incompleta: le falta una parte. Envíela o descárguela otra vez, compruebe que se ve entera y vuelva a adjuntarla.")
	errImageDamaged = i18n.M("La imagen está dañada o es de una variante que no se puede leer. Ábrala, guárdela de nuevo como JPG o PNG y vuelva a adjuntarla.")
)

// picture is an image drawn anew.
type picture struct {
	encoded       []byte
	width, height int
	shrunk        bool
}

// redraw decodes an image within bounds and draws it anew: upright, no longer than
// maxSide, eight bits to a sample, with nothing in the file but its pixels.
func redraw(raw []byte, t Type, maxPixels int64) (picture, error) {
	orientation, err := examine(raw, t, maxPixels)
	if err != nil {
		return picture{}, err
	}
	decode := png.Decode
	if t == JPEG {
		decode = jpeg.Decode
	}
	decoded, err := decode(bytes.NewReader(raw))
	if err != nil {
		if t == PNG && !bytes.Contains(raw, []byte("IEND")) {
			err = io.ErrUnexpectedEOF // the decoder only says that it lacks data
		}
		return picture{}, unreadable(err)
	}
	drawn := upright(shrink(plainDepth(decoded)), orientation)
	p := picture{width: drawn.Bounds().Dx(), height: drawn.Bounds().Dy()}
	p.shrunk = max(p.width, p.height) < max(decoded.Bounds().Dx(), decoded.Bounds().Dy())
	p.encoded, err = encode(drawn, t)
	return p, err
}

// examine judges an image by its headers, before memory is spent on it, and gives
// the orientation that it asks for.
func examine(raw []byte, t Type, maxPixels int64) (orientation int, err error) {
	var width, height int
	var memory int64
	switch t {
	case JPEG:
		info, err := scanJPEG(raw)
		if err != nil {
			return 0, unreadable(err)
		}
		if info.scans > maxScans {
			return 0, invalid(errImageDamaged)
		}
		width, height, memory, orientation = info.width, info.height, info.memory(), info.orientation
	case PNG:
		config, err := png.DecodeConfig(bytes.NewReader(raw))
		if err != nil {
			return 0, unreadable(err)
		}
		width, height, orientation = config.Width, config.Height, 1
		memory = int64(width) * int64(height) * depth(config.ColorModel)
	}
	if int64(width)*int64(height) > maxPixels || memory > maxMemory {
		return 0, invalid(i18n.M("La imagen es demasiado grande para abrirla: mide %d × %d puntos. Redúzcala, o tome la foto con menos resolución, y vuelva a adjuntarla.", width, height))
	}
	return orientation, nil
}

// depth is how many bytes a decoded pixel takes.
func depth(m color.Model) int64 {
	switch m {
	case color.GrayModel:
		return 1
	case color.Gray16Model:
		return 2
	case color.NRGBA64Model, color.RGBA64Model:
		return 8
	}
	if _, palette := m.(color.Palette); palette {
		return 1
	}
	return 4
}

// unreadable says what is wrong with an image that does not decode.
func unreadable(err error) error {
	if errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) {
		return invalid(errImageCut)
	}
	return invalid(errImageDamaged)
}

func encode(m image.Image, t Type) ([]byte, error) {
	var out bytes.Buffer
	var err error
	if t == JPEG {
		err = jpeg.Encode(&out, m, &jpeg.Options{Quality: quality})
	} else {
		err = png.Encode(&out, m)
	}
	if err != nil {
		return nil, fmt.Errorf("attachment: encode: %w", err)
	}
	return out.Bytes(), nil
}

// plainDepth brings images of sixteen bits to a sample down to eight, which no eye
// tells apart and which halves the file.
func plainDepth(m image.Image) image.Image {
	var out draw.Image
	switch m.(type) {
	case *image.Gray16:
		out = image.NewGray(m.Bounds())
	case *image.NRGBA64, *image.RGBA64:
		out = image.NewNRGBA(m.Bounds())
	default:
		return m
	}
	draw.Draw(out, m.Bounds(), m, m.Bounds().Min, draw.Src)
	return out
}

// upright turns and mirrors an image as its EXIF orientation (1 to 8) asks. From 5 on
// its sides change places.
func upright(m image.Image, orientation int) image.Image {
	if orientation == 1 {
		return m
	}
	src := asRGBA(m)
	w, h := src.Rect.Dx(), src.Rect.Dy()
	across, down := w, h
	if orientation >= 5 {
		across, down = h, w
	}
	dst := image.NewRGBA(image.Rect(0, 0, across, down))
	for y := range down {
		for x := range across {
			sx, sy := source(orientation, x, y, w, h)
			copy(dst.Pix[dst.PixOffset(x, y):][:4], src.Pix[sy*src.Stride+4*sx:])
		}
	}
	return like(m, dst)
}

// source gives the pixel of a w × h image that belongs at x, y of the upright one.
func source(orientation, x, y, w, h int) (sx, sy int) {
	switch orientation {
	case 2:
		return w - 1 - x, y
	case 3:
		return w - 1 - x, h - 1 - y
	case 4:
		return x, h - 1 - y
	case 5:
		return y, x
	case 6:
		return y, h - 1 - x
	case 7:
		return w - 1 - y, h - 1 - x
	case 8:
		return w - 1 - y, x
	}
	return x, y
}

func asRGBA(m image.Image) *image.RGBA {
	if same, ok := m.(*image.RGBA); ok && same.Rect.Min == (image.Point{}) {
		return same
	}
	out := image.NewRGBA(image.Rect(0, 0, m.Bounds().Dx(), m.Bounds().Dy()))
	draw.Draw(out, out.Rect, m, m.Bounds().Min, draw.Src)
	return out
}

// like gives a drawn image back in gray when the one it came from was gray, which
// makes a smaller file.
func like(m image.Image, drawn *image.RGBA) image.Image {
	if m.ColorModel() != color.GrayModel {
		return drawn
	}
	out := image.NewGray(drawn.Rect)
	draw.Draw(out, out.Rect, drawn, image.Point{}, draw.Src)
	return out
}
