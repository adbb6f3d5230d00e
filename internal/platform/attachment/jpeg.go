package attachment

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
)

// errJPEG is given for bytes that are not built like a JPEG.
var errJPEG = errors.New("attachment: not a JPEG")

// jpegInfo is what the markers of a JPEG say, before anything is decoded.
type jpegInfo struct {
	width, height int
	perPixel      float64 // samples for each pixel, all components together
	progressive   bool
	scans         int
	orientation   int // of EXIF, 1 to 8; 1 is upright
}

// scanJPEG walks the markers of the first image of a JPEG, whose start marker has been
// seen. One that ends before its end marker is io.ErrUnexpectedEOF.
func scanJPEG(b []byte) (jpegInfo, error) {
	info := jpegInfo{orientation: 1}
	for at := 2; ; { // past the start marker
		next := nextMarker(b, at)
		if next < 0 {
			return info, io.ErrUnexpectedEOF
		}
		marker := b[next]
		at = next + 1
		switch {
		case marker == 0xd9: // end of image
			return info, info.check()
		case marker == 0x01 || marker == 0xd8:
			continue // these stand alone
		case len(b)-at < 2:
			return info, io.ErrUnexpectedEOF
		}
		length := int(binary.BigEndian.Uint16(b[at:]))
		if length < 2 {
			return info, errJPEG
		}
		if at+length > len(b) {
			return info, io.ErrUnexpectedEOF
		}
		if err := info.segment(marker, b[at+2:at+length]); err != nil {
			return info, err
		}
		at += length
	}
}

// nextMarker finds the kind of the next marker. Within picture data 0xFF is followed
// by 0 or by a restart, which are no markers here.
func nextMarker(b []byte, at int) int {
	for {
		i := bytes.IndexByte(b[at:], 0xff)
		if i < 0 {
			return -1
		}
		at += i
		for at < len(b) && b[at] == 0xff { // any number of 0xFF may fill up
			at++
		}
		if at == len(b) {
			return -1
		}
		if c := b[at]; c != 0 && (c < 0xd0 || c > 0xd7) {
			return at
		}
	}
}

func (j *jpegInfo) segment(marker byte, data []byte) error {
	switch {
	case marker == 0xda:
		j.scans++
	case marker == 0xe1:
		if tiff, ok := bytes.CutPrefix(data, []byte("Exif\x00\x00")); ok {
			j.orientation = exifOrientation(tiff)
		}
	case marker >= 0xc0 && marker <= 0xcf && marker != 0xc4 && marker != 0xc8 && marker != 0xcc:
		return j.frame(marker, data)
	}
	return nil
}

// frame reads the header that gives the size of the picture.
func (j *jpegInfo) frame(marker byte, data []byte) error {
	if j.width != 0 || len(data) < 6 || len(data) < 6+3*int(data[5]) {
		return errJPEG
	}
	j.progressive = marker == 0xc2
	j.height = int(binary.BigEndian.Uint16(data[1:]))
	j.width = int(binary.BigEndian.Uint16(data[3:]))
	samples, across, down := 0, 1, 1
	for i := range int(data[5]) {
		h, v := int(data[7+3*i]>>4), int(data[7+3*i]&15)
		samples += h * v
		across, down = max(across, h), max(down, v)
	}
	j.perPixel = float64(samples) / float64(across*down)
	return nil
}

func (j *jpegInfo) check() error {
	if j.width == 0 || j.height == 0 || j.scans == 0 {
		return errJPEG
	}
	return nil
}

// memory is what decoding takes, in bytes: the samples, and for a progressive one
// its coefficients of four bytes too; four components are turned into pixels apart.
func (j *jpegInfo) memory() int64 {
	pixels := float64(j.width) * float64(j.height)
	bytes := pixels * j.perPixel
	if j.progressive {
		bytes *= 5
	}
	if j.perPixel > 3 {
		bytes += 4 * pixels
	}
	return int64(bytes)
}

// exifOrientation reads the orientation of an EXIF block; 1, upright, when it has
// none or is broken.
func exifOrientation(tiff []byte) int {
	if len(tiff) < 8 {
		return 1
	}
	var order binary.ByteOrder = binary.BigEndian
	if string(tiff[:2]) == "II" {
		order = binary.LittleEndian
	}
	at := uint64(order.Uint32(tiff[4:]))
	if at+2 > uint64(len(tiff)) {
		return 1
	}
	entries := tiff[at+2:]
	for range order.Uint16(tiff[at:]) {
		if len(entries) < 12 {
			break
		}
		if order.Uint16(entries) == 0x0112 {
			if o := int(order.Uint16(entries[8:])); o >= 1 && o <= 8 {
				return o
			}
			break
		}
		entries = entries[12:]
	}
	return 1
}
