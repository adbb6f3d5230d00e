package attachment

import (
	"bytes"
	"slices"
	"unicode/utf8"

	"sigue/internal/base/i18n"
)

// headSize is how many bytes the type of a file is judged from.
const headSize = 4 << 10

// sniff tells the type of a file from its first bytes, or refuses it with a sentence
// that names what it looks like.
func sniff(head []byte) (Type, error) {
	switch {
	case len(head) == 0:
		return "", invalid(i18n.M("El archivo está vacío (0 bytes). Compruebe que abre en su equipo y vuelva a adjuntarlo."))
	case starts(head, "%PDF-"):
		return PDF, nil
	case starts(head, "\xff\xd8\xff"):
		return JPEG, nil
	case starts(head, "\x89PNG\r\n\x1a\n"):
		return PNG, nil
	}
	for _, l := range looks {
		if l.matches(head) {
			return "", invalid(i18n.M("%s Se aceptan PDF, JPG y PNG. %s", l.what, l.todo))
		}
	}
	return "", invalid(i18n.M("No reconocemos el tipo de este archivo. Se aceptan PDF, JPG y PNG. Ábralo con el programa con que se hizo y guárdelo como PDF."))
}

// What to do with a file of another type.
var (
	saveAsPDF   = i18n.M("Ábralo, elija «Guardar como» o «Imprimir», guárdelo como PDF y adjunte el PDF.")
	saveAsImage = i18n.M("Ábrala, guárdela como JPG o PNG y adjúntela de nuevo.")
	takeOut     = i18n.M("Saque los archivos que contiene y adjúntelos uno por uno.")
	onlyPapers  = i18n.M("Adjunte el documento escaneado o una foto de él.")
	printPDF    = i18n.M("Ábralo, elija «Imprimir», guárdelo como PDF y adjunte ese archivo.")
)

// look is a type that is known and not taken.
type look struct {
	what, todo i18n.Msg
	matches    func(head []byte) bool
}

// looks are tried in order, so the particular stands before the general.
var looks = []look{
	{i18n.M("El archivo es un documento de Word."), saveAsPDF, office("word/")},
	{i18n.M("El archivo es una hoja de Excel."), saveAsPDF, office("xl/")},
	{i18n.M("El archivo es una presentación de PowerPoint."), saveAsPDF, office("ppt/")},
	{i18n.M("El archivo es un documento de LibreOffice."), saveAsPDF, office("mimetypeapplication/vnd.oasis.opendocument")},
	{i18n.M("El archivo es un documento de Office de un formato antiguo."), saveAsPDF, prefix("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")},
	{i18n.M("El archivo es un documento de texto con formato (RTF)."), saveAsPDF, prefix(`{\rtf`)},
	{i18n.M("El archivo es una carpeta comprimida (ZIP, RAR o 7z)."), takeOut, prefix("PK\x03\x04", "PK\x05\x06", "Rar!\x1a", "7z\xbc\xaf\x27\x1c", "\x1f\x8b")},
	{
		i18n.M("La imagen es una foto HEIC, como las que toma un iPhone."),
		i18n.M("En el iPhone elija Ajustes, Cámara, Formatos, «Más compatible» y tome la foto otra vez; o ábrala, expórtela como JPG y adjúntela."),
		brand("heic", "heix", "heim", "heis", "hevc", "hevx", "mif1", "msf1"),
	},
	{i18n.M("La imagen es de un formato que no se acepta (GIF, WebP, TIFF, BMP, AVIF o SVG)."), saveAsImage, otherImage},
	{i18n.M("El archivo es un video."), onlyPapers, video},
	{i18n.M("El archivo es un audio."), onlyPapers, prefix("ID3", "OggS", "fLaC", "\xff\xfb", "#!AMR")},
	{i18n.M("El archivo es un programa."), onlyPapers, prefix("MZ", "\x7fELF", "#!/")},
	{i18n.M("El archivo es una página web (HTML)."), saveAsPDF, markup("<!doctype html", "<html", "<head", "<body", "<script", "<title", "<meta", "<iframe", "<table", "<div", "<p>", "<!--")},
	{i18n.M("El archivo es un XML."), saveAsPDF, markup("<?xml")},
	{i18n.M("El PDF trae algo delante de su comienzo y no se puede aceptar así."), printPDF, contains("%PDF-")},
	{i18n.M("El archivo es texto sin formato."), saveAsPDF, plainText},
}

func starts(head []byte, prefix string) bool { return bytes.HasPrefix(head, []byte(prefix)) }

func prefix(any ...string) func([]byte) bool {
	return func(head []byte) bool {
		return slices.ContainsFunc(any, func(p string) bool { return starts(head, p) })
	}
}

func contains(part string) func([]byte) bool {
	return func(head []byte) bool { return bytes.Contains(head, []byte(part)) }
}

// office recognises a document that is a ZIP inside by a name near its beginning.
func office(part string) func([]byte) bool {
	return func(head []byte) bool { return starts(head, "PK\x03\x04") && contains(part)(head) }
}

// brand recognises a file of the ISO media family by its brand.
func brand(any ...string) func([]byte) bool {
	return func(head []byte) bool {
		return len(head) >= 12 && string(head[4:8]) == "ftyp" && slices.Contains(any, string(head[8:12]))
	}
}

func otherImage(head []byte) bool {
	return prefix("GIF8", "BM", "II*\x00", "MM\x00*", "II+\x00", "MM\x00+")(head) ||
		brand("avif", "avis")(head) || markup("<svg")(head) ||
		starts(head, "RIFF") && len(head) >= 12 && string(head[8:12]) == "WEBP"
}

func video(head []byte) bool {
	return len(head) >= 12 && string(head[4:8]) == "ftyp" || prefix("\x1aE\xdf\xa3", "RIFF", "\x00\x00\x01\xba")(head)
}

// markup recognises the first tag of a text, past blanks and a byte order mark.
func markup(tags ...string) func([]byte) bool {
	return func(head []byte) bool {
		head = bytes.TrimPrefix(head, []byte("\xef\xbb\xbf"))
		head = bytes.ToLower(bytes.TrimLeft(head, " \t\r\n\f"))
		return prefix(tags...)(head)
	}
}

// plainText tells whether a head is UTF-8 without control characters. The last rune
// may be cut.
func plainText(head []byte) bool {
	for len(head) > 0 {
		r, size := utf8.DecodeRune(head)
		if r == utf8.RuneError && size == 1 && utf8.FullRune(head) {
			return false
		}
		if r < ' ' && r != '\n' && r != '\r' && r != '\t' && r != '\f' {
			return false
		}
		head = head[size:]
	}
	return true
}
