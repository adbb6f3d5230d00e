package document

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"time"
)

// What is looked for in a PDF that this package drew. It is no reader of others' files.
var (
	pdfEnd   = regexp.MustCompile(`/Size (\d+)\s+/Root (\d+) 0 R\s+/Info (\d+) 0 R\s+>>\s+startxref\s+(\d+)\s+%%EOF\s*$`)
	pdfPages = regexp.MustCompile(`/Pages (\d+) 0 R`)
	pdfKids  = regexp.MustCompile(`/Kids \[(\d+) 0 R`)
)

// revision is what is appended to a PDF: objects in place of others or beside them. What
// was there stays byte by byte (ISO 32000-1, 7.5.6).
type revision struct {
	old              []byte
	out              bytes.Buffer
	size, root, info int
	table            int         // where the table of the objects of old begins
	at               map[int]int // where the appended objects begin
}

func revise(pdf []byte) (*revision, error) {
	m := pdfEnd.FindSubmatch(pdf)
	if m == nil {
		return nil, errors.New("document: to sign: no trailer")
	}
	r := &revision{old: pdf, at: map[int]int{}, size: atoi(m[1]), root: atoi(m[2]), info: atoi(m[3]), table: atoi(m[4])}
	r.out.Write(pdf)
	r.out.WriteByte('\n')
	return r, nil
}

// atoi reads digits. What is too long for a number is 0, where no object is.
func atoi(digits []byte) int {
	n, err := strconv.Atoi(string(digits))
	if err != nil {
		return 0
	}
	return n
}

// object gives the dictionary of an object, found by the table.
func (r *revision) object(n int) ([]byte, error) {
	const entry = 20
	head := fmt.Appendf(nil, "xref\n0 %d\n", r.size)
	row := r.table + len(head) + n*entry
	if row+entry > len(r.old) || !bytes.HasPrefix(r.old[r.table:], head) {
		return nil, errors.New("document: to sign: no table of objects")
	}
	begin := fmt.Appendf(nil, "%d 0 obj\n", n)
	body, ok := bytes.CutPrefix(r.old[min(atoi(r.old[row:row+10]), len(r.old)):], begin)
	body, _, end := bytes.Cut(body, []byte("endobj"))
	if !ok || !end {
		return nil, fmt.Errorf("document: to sign: no object %d", n)
	}
	return bytes.TrimSpace(body), nil
}

// ref gives the number of the object that a dictionary names.
func (r *revision) ref(n int, name *regexp.Regexp) (int, error) {
	dict, err := r.object(n)
	if err != nil {
		return 0, err
	}
	m := name.FindSubmatch(dict)
	if m == nil {
		return 0, fmt.Errorf("document: to sign: object %d has no %s", n, name)
	}
	return atoi(m[1]), nil
}

func (r *revision) put(n int, dict []byte) {
	r.at[n] = r.out.Len()
	fmt.Fprintf(&r.out, "%d 0 obj\n%s\nendobj\n", n, dict)
}

// add puts an object again with one entry more.
func (r *revision) add(n int, entry string) error {
	dict, err := r.object(n)
	if err != nil {
		return err
	}
	r.put(n, fmt.Appendf(nil, "%s\n%s\n>>", bytes.TrimSuffix(dict, []byte(">>")), entry))
	return nil
}

// annotate puts a page again with one annotation more.
func (r *revision) annotate(page, widget int) error {
	const annots = "/Annots ["
	dict, err := r.object(page)
	if err != nil {
		return err
	}
	if !bytes.Contains(dict, []byte(annots)) {
		return r.add(page, fmt.Sprintf("%s%d 0 R]", annots, widget))
	}
	r.put(page, bytes.Replace(dict, []byte(annots), fmt.Appendf(nil, "%s%d 0 R ", annots, widget), 1))
	return nil
}

// finish writes the table of what was appended, and gives the whole file.
func (r *revision) finish() []byte {
	start := r.out.Len()
	r.out.WriteString("xref\n")
	for _, n := range slices.Sorted(maps.Keys(r.at)) {
		fmt.Fprintf(&r.out, "%d 1\n%010d 00000 n \n", n, r.at[n])
	}
	fmt.Fprintf(&r.out, "trailer\n<</Size %d /Root %d 0 R /Info %d 0 R /Prev %d>>\nstartxref\n%d\n%%%%EOF\n",
		slices.Max(slices.Collect(maps.Keys(r.at)))+1, r.root, r.info, r.table, start)
	return r.out.Bytes()
}

// What is filled in last: where the signature is not, and the signature.
const (
	rangeFormat = "[0 %-10d %-10d %-10d]"
	sigFormat   = "<</Type /Sig /Filter /Adobe.PPKLite /SubFilter /ETSI.CAdES.detached /M (D:%sZ)\n/ByteRange %s\n/Contents <%s>>>"
)

// sign appends a signature of the whole file: PAdES, level B-B, without a time stamp (ETSI
// EN 319 142-1). at is the time that the signature claims.
func (s *Signer) sign(pdf []byte, at time.Time) ([]byte, error) {
	r, err := revise(pdf)
	if err != nil {
		return nil, err
	}
	pages, err := r.ref(r.root, pdfPages)
	if err != nil {
		return nil, err
	}
	page, err := r.ref(pages, pdfKids)
	if err != nil {
		return nil, err
	}
	field, value := r.size, r.size+1
	noRange := fmt.Sprintf(rangeFormat, 0, 0, 0)
	noSignature := string(bytes.Repeat([]byte("0"), 2*s.room()))
	r.put(field, fmt.Appendf(nil, "<</Type /Annot /Subtype /Widget /FT /Sig /T (Firma) /F 132 /Rect [0 0 0 0] /P %d 0 R /V %d 0 R>>", page, value))
	r.put(value, fmt.Appendf(nil, sigFormat, at.UTC().Format("20060102150405"), noRange, noSignature))
	if err := errors.Join(r.annotate(page, field), r.add(r.root, fmt.Sprintf("/AcroForm <</SigFlags 3 /Fields [%d 0 R]>>", field))); err != nil {
		return nil, err
	}
	out := r.finish()
	return out, s.fillIn(out, r.at[value], noRange, noSignature)
}

// room is the most bytes that a signature takes: the certificates and some more.
func (s *Signer) room() int {
	n := 2048
	for _, c := range s.chain {
		n += len(c.Raw)
	}
	return n
}

// fillIn writes the signature of all that surrounds it into its place in the object that
// begins at value.
func (s *Signer) fillIn(out []byte, value int, noRange, noSignature string) error {
	from := value + bytes.Index(out[value:], []byte("<"+noSignature+">"))
	to := from + len(noSignature) + 2
	copy(out[value+bytes.Index(out[value:], []byte(noRange)):], fmt.Sprintf(rangeFormat, from, to, len(out)-to))
	hash := sha256.New()
	hash.Write(out[:from])
	hash.Write(out[to:])
	signature, err := s.cms(hash.Sum(nil))
	if err != nil {
		return err
	}
	if 2*len(signature) > len(noSignature) {
		return fmt.Errorf("document: a signature of %d bytes has no room", len(signature))
	}
	hex.Encode(out[from+1:], signature)
	return nil
}
