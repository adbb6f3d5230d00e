package referral

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"

	"sigue/internal/base/db"
	"sigue/internal/base/fault"
	"sigue/internal/feature/catalogue"
	"sigue/internal/platform/access"
)

func sha(body []byte) string {
	sum := sha256.Sum256(body)
	return hex.EncodeToString(sum[:])
}

// TestWhatIsDownloadedIsWhatWasKept compares bytes and hash, for a PDF and a photo.
func TestWhatIsDownloadedIsWhatWasKept(t *testing.T) {
	each(t, func(h *house) {
		id := h.drafted(h.clerk, h.complete())
		original, picture := pdf(t, "resolucion"), photo(t)
		paper, image := h.attach(h.clerk, id, "Resolución Ñ.pdf", original), h.attach(h.clerk, id, "foto.png", picture)
		h.submit(h.clerk, id)
		for _, a := range []Attachment{paper, image} {
			body := h.download(h.desk, id, a.ID)
			if sha(body) != a.SHA256 || int64(len(body)) != a.Size {
				h.t.Errorf("%s: %d bytes of %s, want %d of %s", a.Name, len(body), sha(body), a.Size, a.SHA256)
			}
		}
		if got := h.download(h.desk, id, paper.ID); !bytes.Equal(got, original) || paper.OriginalSHA256 != sha(original) {
			h.t.Error("the PDF is not kept byte for byte")
		}
		if image.Type != "jpeg" || !strings.HasSuffix(image.Name, ".jpg") && !strings.HasSuffix(image.Name, ".jpeg") || image.OriginalSHA256 != sha(picture) {
			h.t.Errorf("the photo is kept as %+v", image)
		}
		if n := h.count(`select count(*) from ledger_entries where action = 'attachment.read' and subject_id = $1 and actor = $2`, id, h.desk.Name()); n != 3 {
			h.t.Errorf("%d reads in the ledger, want 3", n)
		}
	})
}

// TestTheSameFileTwiceNamesTheFirst also tries it in another draft, where it is right.
func TestTheSameFileTwiceNamesTheFirst(t *testing.T) {
	each(t, func(h *house) {
		id, body := h.start(h.clerk), pdf(t, "uno")
		first := h.attach(h.clerk, id, "la primera.pdf", body)
		_, err := h.Attach(h.ctx, h.clerk, id, "other", "con otro nombre.pdf", bytes.NewReader(body))
		h.says(err, "file", "ya está adjunto como «la primera.pdf»")
		if n := h.blobs(); n != 1 {
			h.t.Errorf("%d files, want 1", n)
		}
		h.attach(h.clerk, h.start(h.clerk), "en otra.pdf", body)
		h.must(h.Detach(h.ctx, h.clerk, id, first.ID))
		h.attach(h.clerk, id, "otra vez.pdf", body)
	})
}

func TestTheSameFileAtOnceIsKeptOnce(t *testing.T) {
	each(t, func(h *house) {
		id, body := h.start(h.clerk), pdf(t, "uno")
		errs := h.atOnce(3, func(i int) error {
			_, err := h.Attach(h.ctx, h.clerk, id, "resolution", fmt.Sprintf("%d.pdf", i), bytes.NewReader(body))
			return err
		})
		won := slices.Index(errs, nil)
		for i, err := range errs {
			if i != won && !strings.Contains(atField(err, "file"), "ya está adjunto") {
				h.t.Errorf("number %d: %v, want one to win and the others to read why", i, err)
			}
		}
		if n := h.blobs(); n != 1 {
			h.t.Errorf("%d files, want 1", n)
		}
	})
}

// TestThereIsRoomForTwentyPapers fills a draft to its limit, the last two at once.
func TestThereIsRoomForTwentyPapers(t *testing.T) {
	each(t, func(h *house) {
		id := h.start(h.clerk)
		for i := range maxPapers - 1 {
			h.attach(h.clerk, id, "a.pdf", pdf(t, fmt.Sprint(i)))
		}
		bodies := [][]byte{pdf(t, "x"), pdf(t, "y")}
		errs := h.atOnce(2, func(i int) error {
			_, err := h.Attach(h.ctx, h.clerk, id, "other", "b.pdf", bytes.NewReader(bodies[i]))
			return err
		})
		won := slices.Index(errs, nil)
		if won < 0 || !strings.Contains(atField(errs[1-won], "file"), "Ya hay 20 documentos") {
			h.t.Errorf("the last two: %v, want one refused", errs)
		}
		if papers := h.writing(h.clerk, id).Papers; len(papers) != maxPapers || h.blobs() != maxPapers {
			h.t.Errorf("%d papers, %d files; want 20", len(papers), h.blobs())
		}
	})
}

// brokenReader ends in the middle, as a connection does.
type brokenReader struct{ io.Reader }

var errCut = errors.New("the line was cut")

func (r brokenReader) Read(p []byte) (int, error) {
	n, err := r.Reader.Read(p)
	if errors.Is(err, io.EOF) {
		err = errCut
	}
	return n, err
}

// TestARefusedFileLeavesNothingAndTheTextStays sends what cannot be kept.
func TestARefusedFileLeavesNothingAndTheTextStays(t *testing.T) {
	each(t, func(h *house) {
		id := h.drafted(h.clerk, h.complete())
		whole := pdf(t, "uno")
		for _, tt := range []struct {
			name, class string
			body        io.Reader
			kind        fault.Kind
		}{
			{"a page named .pdf", "resolution", strings.NewReader("<!DOCTYPE html><script>alert(1)</script>"), fault.Invalid},
			{"nothing", "resolution", strings.NewReader(""), fault.Invalid},
			{"11 MB", "resolution", io.MultiReader(bytes.NewReader(whole), bytes.NewReader(make([]byte, 11<<20))), fault.TooLarge},
			{"half a PDF", "resolution", bytes.NewReader(whole[:len(whole)/2]), fault.Invalid},
			{"a cut line", "resolution", brokenReader{bytes.NewReader(whole[:200])}, fault.Internal},
			{"no class", "", bytes.NewReader(whole), fault.Invalid},
			{"a class that is none", "selfie\x00", bytes.NewReader(whole), fault.Invalid},
		} {
			if _, err := h.Attach(h.ctx, h.clerk, id, tt.class, "a.pdf", tt.body); err == nil || fault.KindOf(err) != tt.kind {
				h.t.Errorf("%s: %v, want kind %d", tt.name, err, tt.kind)
			}
			if n := h.blobs() + h.count(`select count(*) from referral_attachments`); n != 0 {
				h.t.Errorf("%s: %d files or rows stayed", tt.name, n)
			}
		}
		if v := h.writing(h.clerk, id); v.Content.Facts.Narrative != h.complete().Facts.Narrative || v.Version != 4 {
			h.t.Errorf("after refused files: version %d, %q", v.Version, v.Content.Facts.Narrative)
		}
	})
}

// sendingReader does something before its first byte.
type sendingReader struct {
	io.Reader
	send func()
}

func (r *sendingReader) Read(p []byte) (int, error) {
	if r.send != nil {
		r.send()
		r.send = nil
	}
	return r.Reader.Read(p)
}

// TestAFileWhoseRowIsRefusedIsRemoved sends the referral while the file streams in.
func TestAFileWhoseRowIsRefusedIsRemoved(t *testing.T) {
	each(t, func(h *house) {
		id := h.drafted(h.clerk, h.light())
		body := &sendingReader{Reader: bytes.NewReader(pdf(t, "tarde")), send: func() { h.submit(h.clerk, id) }}
		_, err := h.Attach(h.ctx, h.clerk, id, "other", "tarde.pdf", body)
		h.refused(err, fault.Conflict)
		if n := h.blobs(); n != 0 {
			h.t.Errorf("%d files stayed", n)
		}
	})
}

// TestNoPaperSlipsIntoWhatIsBeingSent attaches and sends at the same moment: the
// receipt lists exactly the papers that are kept.
func TestNoPaperSlipsIntoWhatIsBeingSent(t *testing.T) {
	each(t, func(h *house) {
		for range 4 {
			id := h.drafted(h.clerk, h.light())
			errs := h.atOnce(2, func(i int) error {
				if i == 0 {
					_, err := h.Submit(h.ctx, h.clerk, id)
					return err
				}
				_, err := h.Attach(h.ctx, h.clerk, id, "other", "a.pdf", bytes.NewReader(pdf(t, id)))
				return err
			})
			if errs[0] != nil || errs[1] != nil && !fault.Is(errs[1], fault.Conflict) {
				h.t.Errorf("errors %v, want it sent, and the paper kept or refused", errs)
			}
			v := h.open(h.clerk, id)
			_, content, err := h.documents.Read(h.ctx, h.clerk, v.Documents[0].ID)
			h.must(err)
			if len(content.Attachments) != len(v.Papers) || (errs[1] == nil) != (len(v.Papers) == 1) {
				h.t.Errorf("the receipt lists %d papers, %d are kept, attaching gave %v", len(content.Attachments), len(v.Papers), errs[1])
			}
		}
	})
}

// TestThePaperOfAnotherReferralIsNotFound crosses ids of two referrals of one clerk.
func TestThePaperOfAnotherReferralIsNotFound(t *testing.T) {
	each(t, func(h *house) {
		one, two := h.start(h.clerk), h.start(h.clerk)
		paper, removed := h.attach(h.clerk, one, "a.pdf", pdf(t, "uno")), h.attach(h.clerk, one, "b.pdf", pdf(t, "dos"))
		h.must(h.Detach(h.ctx, h.clerk, one, removed.ID))
		for name, ids := range map[string][2]string{
			"of another referral": {two, paper.ID}, "taken out": {one, removed.ID}, "that never was": {one, db.NewID()},
			"that is no id": {one, "x\x00"}, "of no referral": {"\xff", paper.ID},
		} {
			if _, err := h.OpenPaper(h.ctx, h.clerk, ids[0], ids[1]); !fault.Is(err, fault.NotFound) {
				h.t.Errorf("opening a paper %s: %v, want NotFound", name, err)
			}
			if err := h.Detach(h.ctx, h.clerk, ids[0], ids[1]); !fault.Is(err, fault.NotFound) {
				h.t.Errorf("taking out a paper %s: %v, want NotFound", name, err)
			}
		}
		h.download(h.clerk, one, paper.ID)
	})
}

// TestTheBytesOfAPaperTakenOutOfADraftGo checks that nothing personal lies around.
func TestTheBytesOfAPaperTakenOutOfADraftGo(t *testing.T) {
	each(t, func(h *house) {
		id := h.start(h.clerk)
		paper := h.attach(h.clerk, id, "a.pdf", pdf(t, "uno"))
		h.must(h.Detach(h.ctx, h.clerk, id, paper.ID))
		h.drain()
		if n := h.blobs() + h.count(`select count(*) from referral_attachments`); n != 0 {
			h.t.Errorf("%d files or rows stayed", n)
		}
	})
}

// A paper of the legal file opens for those who may read it, and for reception only while
// the referral waits for its answer.
func TestLegalPapersAreForThoseWhoReadThem(t *testing.T) {
	each(t, func(h *house) {
		id := h.drafted(h.clerk, h.complete())
		paper := h.attach(h.clerk, id, "Resolución.pdf", pdf(t, "legal"))
		h.submit(h.clerk, id)
		opened := func(role access.Role, where spot) bool {
			p, err := h.OpenPaper(h.ctx, h.actor(role, where), id, paper.ID)
			if err != nil && !fault.Is(err, fault.NotFound) {
				h.t.Fatal(err)
			}
			return err == nil && p.Body.Close() == nil
		}
		for _, tt := range []struct {
			role  access.Role
			where spot
			want  bool
		}{
			{access.Referrer, h.areaA1, true}, {access.InstitutionSupervisor, h.areaA1, true}, {access.Legal, h.toluca, true},
			{access.SocialWork, h.toluca, true}, {access.CenterCoordinator, h.toluca, true}, {access.Reception, h.toluca, true},
			{access.Psychology, h.toluca, false},
		} {
			if got := opened(tt.role, tt.where); got != tt.want {
				h.t.Errorf("%s: opened %v, want %v", tt.role, got, tt.want)
			}
		}
		h.must(h.Accept(h.ctx, h.desk, id))
		if opened(access.Reception, h.toluca) {
			h.t.Error("reception opens the legal file after its answer")
		}
	})
}

func TestOpensByClass(t *testing.T) {
	for _, class := range []catalogue.AccessClass{catalogue.AccessReferral, catalogue.AccessIdentity} {
		if !opens(access.Psychology, class, Accepted) || !opens(access.Reception, class, Accepted) {
			t.Errorf("class %s is closed to who reaches the referral", class)
		}
	}
}
