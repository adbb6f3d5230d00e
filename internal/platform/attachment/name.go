package attachment

import (
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// maxName is the length of a display name, in characters.
const maxName = 120

// extensions that say a type, the one that is added first.
var extensions = map[Type][]string{
	PDF:  {".pdf"},
	JPEG: {".jpg", ".jpeg", ".jfif"},
	PNG:  {".png"},
}

// CleanName makes a name that a stranger chose safe to show and to download under:
// no folders, no control or invisible characters (those that turn the direction of
// the text hide an extension), nothing that a file system refuses, at most 120
// characters, and an extension that says what the file is.
func CleanName(name string, t Type) string {
	name = norm.NFC.String(strings.ToValidUTF8(name, ""))
	if i := strings.LastIndexAny(name, `/\`); i >= 0 {
		name = name[i+1:]
	}
	name = strings.Map(harmless, name)
	name = strings.Join(strings.Fields(name), " ")
	stem, ext := splitExt(name, t)
	stem = strings.Trim(stem, ". ")
	if stem == "" {
		stem = "archivo"
	}
	if runes := []rune(stem); len(runes)+len(ext) > maxName {
		stem = strings.TrimRight(string(runes[:maxName-len(ext)]), ". ")
	}
	return stem + ext
}

func harmless(r rune) rune {
	switch {
	case unicode.IsSpace(r):
		return ' '
	case unicode.In(r, unicode.C, unicode.Zl, unicode.Zp):
		return -1 // control, format, unassigned and private characters
	case strings.ContainsRune(`<>:"|?*`, r):
		return '-'
	}
	return r
}

// splitExt takes off what looks like an extension, and gives the one to put on: the
// sender's own when it fits the type.
func splitExt(name string, t Type) (stem, ext string) {
	fitting := extensions[t]
	dot := strings.LastIndexByte(name, '.')
	if dot < 0 {
		return name, fitting[0]
	}
	tail := strings.ToLower(name[dot:])
	switch {
	case slices.Contains(fitting, tail):
		return name[:dot], tail
	case isExtension(tail):
		return name[:dot], fitting[0]
	}
	return name, fitting[0]
}

// isExtension tells an extension from a number or a sentence after a point.
func isExtension(tail string) bool {
	if len(tail) < 3 || len(tail) > 5 || tail[1] < 'a' || tail[1] > 'z' {
		return false
	}
	for _, c := range []byte(tail[1:]) {
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') {
			return false
		}
	}
	return true
}
