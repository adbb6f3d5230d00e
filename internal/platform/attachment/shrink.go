package attachment

import (
	"image"
	"image/draw"
)

// shrink makes an image smaller until its longer side is maxSide; a smaller one it
// gives back as it is. Each new pixel is the exact mean of the area that it covers,
// so that thin strokes of a scan grow pale but do not vanish. Beside the two images
// it takes three rows of memory.
func shrink(m image.Image) image.Image {
	w, h := m.Bounds().Dx(), m.Bounds().Dy()
	long := max(w, h)
	if long <= maxSide {
		return m
	}
	small := func(side int) int { return max(1, (side*maxSide+long/2)/long) }
	return like(m, average(m, small(w), small(h)))
}

// average scales an image down to dw × dh. Lengths are counted in units in which both
// images are sw·dw wide and sh·dh high: a source pixel is then dw × dh, a new one
// sw × sh, and all shares are whole numbers.
func average(m image.Image, dw, dh int) *image.RGBA {
	sw, sh := m.Bounds().Dx(), m.Bounds().Dy()
	dst := image.NewRGBA(image.Rect(0, 0, dw, dh))
	line := image.NewRGBA(image.Rect(0, 0, sw, 1))
	row, sum := make([]uint32, 4*dw), make([]uint64, 4*dw)
	filled := 0 // how much of the present new row is covered
	y := 0
	for sy := range sh {
		draw.Draw(line, line.Rect, m, m.Bounds().Min.Add(image.Pt(0, sy)), draw.Src)
		squeeze(row, line.Pix, dw)
		share := min(dh, sh-filled)
		add(sum, row, share)
		if filled += share; filled < sh {
			continue
		}
		settle(dst.Pix[y*dst.Stride:], sum, uint64(sw)*uint64(sh))
		y++
		filled = dh - share
		add(sum, row, filled)
	}
	return dst
}

// squeeze sums a row of source pixels into len(row)/4 new ones, each weighed by its
// share of the new width.
func squeeze(row []uint32, pix []byte, dw int) {
	clear(row)
	sw := len(pix) / 4
	x, filled := 0, 0
	for at := 0; at < len(pix); at += 4 {
		p := pix[at : at+4 : at+4]
		share := min(dw, sw-filled)
		weigh(row[4*x:], p, uint32(share))
		if filled += share; filled == sw {
			x++
			if filled = dw - share; filled > 0 {
				weigh(row[4*x:], p, uint32(filled))
			}
		}
	}
}

func weigh(sum []uint32, p []byte, weight uint32) {
	_ = sum[3]
	sum[0] += uint32(p[0]) * weight
	sum[1] += uint32(p[1]) * weight
	sum[2] += uint32(p[2]) * weight
	sum[3] += uint32(p[3]) * weight
}

func add(sum []uint64, row []uint32, weight int) {
	for i, v := range row {
		sum[i] += uint64(v) * uint64(weight)
	}
}

// settle writes a finished row and empties its sums.
func settle(pix []byte, sum []uint64, area uint64) {
	for i, v := range sum {
		pix[i] = byte((v + area/2) / area)
		sum[i] = 0
	}
}
