package attachment

import (
	"bytes"
	"encoding/binary"
	"strings"

	"sigue/internal/base/i18n"
)

// inspector reads a PDF once, as it passes by, and remembers only where in its
// grammar it stands and the last 64 KiB. It judges what stands outside streams and
// strings: compressed bytes and the text of a form may look like anything. It is no
// parser: broken PDFs that viewers mend are let through.
type inspector struct {
	state   state
	err     error
	word    []byte // the keyword, name or comment being read, cut at maxWord
	tag     []byte // what follows a "<", to find markup
	depth   int    // of parentheses in a string
	escaped bool   // the last byte of the string was a backslash
	matched int    // how much of "endstream" has been seen
	closed  bool   // a dictionary has just ended, so a stream may begin
	ended   bool   // %%EOF has been seen and nothing since
	objects bool   // there is an object
	tail    tail
}

// state is where in the grammar an inspector stands.
type state int

const (
	plain   state = iota // between tokens, or within a keyword or number
	comment              // after "%"
	name                 // after "/"
	text                 // in a literal string
	opening              // after "<": a dictionary or a hexadecimal string
	hexText              // in a hexadecimal string
	closing              // after ">"
	stream               // between "stream" and "endstream"
)

// maxWord is longer than any word that matters, each byte of it written as #xx.
const maxWord = 48

const endstream = "endstream"

var (
	errPDFEncrypted = i18n.M("El PDF está protegido con contraseña. Guárdelo sin contraseña y vuelva a adjuntarlo.")
	errPDFCut       = i18n.M("El PDF está incompleto: le falta el final. Descárguelo o escanéelo otra vez, compruebe que abre y vuelva a adjuntarlo.")
	errPDFAppended  = i18n.M("El PDF trae algo más pegado después de su final. Ábralo, elija «Imprimir», guárdelo como PDF y adjunte ese archivo.")
	errPDFDouble    = i18n.M("El archivo es un PDF y otra cosa a la vez, y no se puede aceptar así. Ábralo, elija «Imprimir», guárdelo como PDF y adjunte ese archivo.")
	errPDFDamaged   = i18n.M("El PDF está dañado o no tiene páginas. Compruebe que abre en su equipo, guárdelo otra vez como PDF y vuelva a adjuntarlo.")
	errPDFActive    = i18n.M("El PDF contiene programas o abre otros (JavaScript). Ábralo, elija «Imprimir», guárdelo como PDF y adjunte ese archivo.")
	errPDFFiles     = i18n.M("El PDF lleva otros archivos dentro. Adjunte cada uno por separado y el PDF sin ellos; para quitarlos, ábralo, elija «Imprimir» y guárdelo como PDF.")
)

// refusedNames are the names that a PDF must not contain, decoded.
var refusedNames = map[string]i18n.Msg{
	"Encrypt":      errPDFEncrypted,
	"JavaScript":   errPDFActive,
	"Launch":       errPDFActive,
	"EmbeddedFile": errPDFFiles,
}

// Markup that browsers and interpreters look for anywhere in a file.
var refusedTags = []string{"<html", "<script", "<!doctype", "<body", "<iframe", "<svg", "<?php"}

// Write inspects the next bytes. After the first refusal it gives the same again.
func (p *inspector) Write(b []byte) (int, error) {
	p.tail.write(b)
	for i := 0; i < len(b) && p.err == nil; i++ {
		if p.state == stream && p.matched == 0 {
			skip := bytes.IndexByte(b[i:], endstream[0])
			if skip < 0 {
				break
			}
			i += skip
		}
		p.step(b[i])
	}
	return len(b), p.err
}

// Close judges the PDF as a whole.
func (p *inspector) Close() error {
	end := bytes.TrimRight(p.tail.bytes(), "\x00\t\n\f\r ")
	switch {
	case p.err != nil:
	case !bytes.HasSuffix(end, []byte("%%EOF")):
		p.refuse(unfinished(end))
	case p.state == stream:
		p.refuse(errPDFCut)
	case !p.objects || !bytes.Contains(end, []byte("startxref")):
		p.refuse(errPDFDamaged)
	case endsInZIP(p.tail.bytes()):
		p.refuse(errPDFDouble)
	}
	return p.err
}

// unfinished tells a PDF that was cut from one that something was glued to. A cut one
// may have an end in it too, where a later version of it began.
func unfinished(end []byte) i18n.Msg {
	_, rest, found := bytes.Cut(end[max(0, bytes.LastIndex(end, []byte("%%EOF"))):], []byte("%%EOF"))
	rest = bytes.TrimLeft(rest, "\x00\t\n\f\r ")
	if found && len(rest) > 0 && !continues(rest[0]) {
		return errPDFAppended
	}
	return errPDFCut
}

// continues tells whether a later version of a PDF may begin with a byte: that of an
// object's number, or of xref, trailer, startxref or a comment.
func continues(c byte) bool { return strings.IndexByte("0123456789xts%", c) >= 0 }

func (p *inspector) refuse(m i18n.Msg) {
	if p.err == nil {
		p.err = invalid(m)
	}
}

// step takes one byte.
func (p *inspector) step(c byte) {
	if p.state != text && p.state != stream {
		p.markup(c)
	}
	switch p.state {
	case plain:
		p.inPlain(c)
	case comment:
		p.inComment(c)
	case name:
		p.inName(c)
	case text:
		p.inText(c)
	case opening:
		p.state = hexText
		if c == '<' {
			p.state = plain
		}
	case hexText:
		if c == '>' {
			p.state = plain
		}
	case closing:
		p.state, p.closed = plain, c == '>'
		if !p.closed {
			p.inPlain(c)
		}
	case stream:
		p.inStream(c)
	}
}

func (p *inspector) inPlain(c byte) {
	if !isDelimiter(c) && !isSpace(c) {
		p.note(c)
		return
	}
	p.endWord()
	if isSpace(c) || p.state == stream {
		return
	}
	if c != '%' { // a comment changes nothing
		p.endsNot(c)
		p.closed = false
	}
	switch c {
	case '%':
		p.state = comment
	case '/':
		p.state = name
	case '(':
		p.state, p.depth, p.escaped = text, 1, false
	case '<':
		p.state = opening
	case '>':
		p.state = closing
	}
}

// note takes a byte of the word being read.
func (p *inspector) note(c byte) {
	if len(p.word) == 0 && p.state == plain {
		p.endsNot(c)
	}
	if len(p.word) < maxWord {
		p.word = append(p.word, c)
	}
}

// endsNot says that more follows an end of the file, which begins with c.
func (p *inspector) endsNot(c byte) {
	if p.ended && !continues(c) {
		p.refuse(errPDFAppended)
	}
	p.ended = false
}

func (p *inspector) endWord() {
	if len(p.word) == 0 {
		return
	}
	switch {
	case string(p.word) == "stream" && p.closed:
		p.state, p.matched = stream, 0
	case string(p.word) == "obj":
		p.objects = true
	}
	p.closed = false
	p.word = p.word[:0]
}

func (p *inspector) inComment(c byte) {
	if c != '\n' && c != '\r' {
		p.note(c)
		return
	}
	switch line := strings.TrimRight(string(p.word), "\x00\t\f "); {
	case line == "%EOF":
		p.ended = true
	case p.ended && strings.HasPrefix(line, "PDF-"):
		p.refuse(errPDFAppended)
	}
	p.word = p.word[:0]
	p.state = plain
}

func (p *inspector) inName(c byte) {
	if !isDelimiter(c) && !isSpace(c) {
		p.note(c)
		return
	}
	if sentence, refused := refusedNames[decodeName(p.word)]; refused {
		p.refuse(sentence)
	}
	p.word = p.word[:0]
	p.state = plain
	p.inPlain(c)
}

func (p *inspector) inText(c byte) {
	switch {
	case p.escaped:
		p.escaped = false
	case c == '\\':
		p.escaped = true
	case c == '(':
		p.depth++
	case c == ')':
		if p.depth--; p.depth == 0 {
			p.state = plain
		}
	}
}

func (p *inspector) inStream(c byte) {
	switch {
	case c == endstream[p.matched]:
		p.matched++
	case p.matched == 7 && c == endstream[1]:
		p.matched = 2 // "endstre" ends in the beginning of another "en"
	case c == endstream[0]:
		p.matched = 1
	default:
		p.matched = 0
	}
	if p.matched == len(endstream) {
		p.state = plain
	}
}

// markup finds tags outside strings and streams, where no PDF has any.
func (p *inspector) markup(c byte) {
	switch {
	case c == '<':
		p.tag = append(p.tag[:0], c)
		return
	case len(p.tag) == 0:
		return
	case 'A' <= c && c <= 'Z':
		c += 'a' - 'A'
	}
	p.tag = append(p.tag, c)
	partial := false
	for _, tag := range refusedTags {
		if string(p.tag) == tag {
			p.refuse(errPDFDouble)
		}
		partial = partial || strings.HasPrefix(tag, string(p.tag))
	}
	if !partial {
		p.tag = p.tag[:0]
	}
}

func isSpace(c byte) bool { return strings.IndexByte("\x00\t\n\f\r ", c) >= 0 }

func isDelimiter(c byte) bool { return strings.IndexByte("()<>[]{}/%", c) >= 0 }

// decodeName writes out the #xx of a name.
func decodeName(raw []byte) string {
	out := make([]byte, 0, len(raw))
	for i := 0; i < len(raw); i++ {
		if raw[i] == '#' && i+2 < len(raw) && unhex(raw[i+1]) >= 0 && unhex(raw[i+2]) >= 0 {
			out = append(out, byte(unhex(raw[i+1])<<4|unhex(raw[i+2])))
			i += 2
			continue
		}
		out = append(out, raw[i])
	}
	return string(out)
}

func unhex(c byte) int { return strings.IndexByte("0123456789abcdef", c|0x20) }

// ZIP readers look for the end of the directory in the last 64 KiB and 22 bytes.
const (
	zipEnd   = 22
	tailSize = 64<<10 + zipEnd
)

// endsInZIP tells whether a ZIP reader would find an archive at the end of a file.
// The record is checked in all its parts, because its four-byte mark alone turns up
// in compressed bytes by chance.
func endsInZIP(end []byte) bool {
	for {
		i := bytes.Index(end, []byte("PK\x05\x06"))
		if i < 0 || len(end)-i < zipEnd {
			return false
		}
		end = end[i:]
		oneDisk := binary.LittleEndian.Uint32(end[4:]) == 0
		sameCount := string(end[8:10]) == string(end[10:12])
		comment := int(binary.LittleEndian.Uint16(end[20:]))
		if oneDisk && sameCount && zipEnd+comment <= len(end) {
			return true
		}
		end = end[4:]
	}
}

// tail keeps the last tailSize bytes of what is written to it, or a little more.
type tail struct{ kept []byte }

func (t *tail) write(b []byte) {
	if len(b) > tailSize {
		b = b[len(b)-tailSize:]
	}
	if t.kept == nil {
		t.kept = make([]byte, 0, 2*tailSize)
	}
	if len(t.kept)+len(b) > cap(t.kept) {
		n := copy(t.kept, t.kept[len(t.kept)-tailSize:])
		t.kept = t.kept[:n]
	}
	t.kept = append(t.kept, b...)
}

func (t *tail) bytes() []byte {
	return t.kept[max(0, len(t.kept)-tailSize):]
}
