package survey

import (
	"strings"
	"sync"
	"testing"

	"sigue/internal/base/clock"
	"sigue/internal/base/fault"
	"sigue/internal/platform/access"
)

// TestCodeIsGoodOnce answers a code, and then again.
func TestCodeIsGoodOnce(t *testing.T) {
	each(t, func(h *house) {
		code := h.codes(h.desk, h.survey(During), 1)[0]
		typed := strings.ToLower(ShowCode(code)) + " "
		if q := got(h.Coded(h.ctx, nobody, typed))(t); q.Done || q.Title.ES == "" {
			t.Errorf("a fresh code gives %+v", q)
		}
		h.put(typed, marked(4, ""))
		if q := got(h.Coded(h.ctx, nobody, code))(t); !q.Done {
			t.Error("a spent code does not say so")
		}
		if taken := got(h.Answer(h.ctx, nobody, code, marked(1, "")))(t); taken {
			t.Error("a spent code took another answer")
		}
		if n := h.count(`select sum(n) from survey_tallies where question = 0`); n != 1 {
			t.Errorf("%d answers are counted, want 1", n)
		}
	})
}

// TestCodeAtOnce answers one code from several windows at once.
func TestCodeAtOnce(t *testing.T) {
	each(t, func(h *house) {
		code := h.codes(h.desk, h.survey(During), 3)[0]
		var wg sync.WaitGroup
		taken := make(chan bool, 6)
		for range cap(taken) {
			wg.Go(func() {
				ok, err := h.Answer(h.ctx, nobody, code, marked(3, "Un texto."))
				if err != nil {
					t.Error(err)
				}
				taken <- ok
			})
		}
		wg.Wait()
		close(taken)
		n := 0
		for ok := range taken {
			if ok {
				n++
			}
		}
		if counted, texts := h.count(`select sum(n) from survey_tallies where question = 0`), h.count(`select count(*) from survey_texts`); n != 1 || counted != 1 || texts != 1 {
			t.Errorf("taken %d times, counted %d, %d texts, want 1 of each", n, counted, texts)
		}
		if left := h.count(`select count(*) from survey_codes`); left != 2 {
			t.Errorf("%d codes are left, want 2", left)
		}
	})
}

// TestMany answers different codes at once: none is lost.
func TestMany(t *testing.T) {
	each(t, func(h *house) {
		var wg sync.WaitGroup
		for _, code := range h.codes(h.desk, h.survey(During), 12) {
			wg.Go(func() {
				if ok, err := h.Answer(h.ctx, nobody, code, marked(2, "Un texto.")); !ok || err != nil {
					t.Error(ok, err)
				}
			})
		}
		wg.Wait()
		if counted, texts := h.count(`select sum(n) from survey_tallies where question = 3 and mark = 2`), h.count(`select count(*) from survey_texts`); counted != 12 || texts != 12 {
			t.Errorf("counted %d, %d texts, want 12 of each", counted, texts)
		}
	})
}

func TestCodesThatAreNone(t *testing.T) {
	each(t, func(h *house) {
		code := h.codes(h.desk, h.survey(During), 1)[0]
		other := "0"
		if code[0] == '0' {
			other = "1"
		}
		for _, typed := range []string{"", "x", "K7QM-2X9F-H4TD", other + code[1:], code + "0", code[:11], "ññññññññññññ", strings.Repeat("0", 500)} {
			h.refused("reading "+typed, only(h.Coded(h.ctx, nobody, typed)), fault.NotFound, "")
			h.refused("answering "+typed, only(h.Answer(h.ctx, nobody, typed, marked(1, ""))), fault.NotFound, "")
		}
	})
}

// TestCodeExpires lets the months of a code pass: to the end of the third.
func TestCodeExpires(t *testing.T) {
	each(t, func(h *house) {
		code := h.codes(h.desk, h.survey(During), 2)[0]
		h.clk.Set(clock.MustDate("2027-02-28").At(23, 0))
		if q := got(h.Coded(h.ctx, nobody, code))(t); q.Done {
			t.Error("it is over before its month is")
		}
		if n := got(h.Sweep(h.ctx, system))(t); n != 0 {
			t.Errorf("%d good codes were removed", n)
		}
		h.clk.Set(clock.MustDate("2027-03-01").At(1, 0))
		if q := got(h.Coded(h.ctx, nobody, code))(t); !q.Done {
			t.Error("it is good after its month")
		}
		if n := got(h.Sweep(h.ctx, system))(t); n != 2 {
			t.Errorf("%d codes were removed, want 2", n)
		}
	})
}

func TestAnswerIsChecked(t *testing.T) {
	each(t, func(h *house) {
		code := h.codes(h.desk, h.survey(During), 1)[0]
		for _, tt := range []struct {
			name  string
			form  AnswerForm
			field string
		}{
			{"nothing", AnswerForm{}, "p1"},
			{"only spaces", AnswerForm{Text: " \n "}, "p1"},
			{"a mark too high", AnswerForm{Marks: map[string]string{"p2": "6"}}, "p2"},
			{"a mark too low", AnswerForm{Marks: map[string]string{"p2": "0"}}, "p2"},
			{"no mark", AnswerForm{Marks: map[string]string{"p3": "mucho"}}, "p3"},
			{"too long a text", AnswerForm{Marks: map[string]string{"p1": "1"}, Text: strings.Repeat("ñ", maxText+1)}, "text"},
		} {
			h.refused(tt.name, only(h.Answer(h.ctx, nobody, code, tt.form)), fault.Invalid, tt.field)
		}
		h.put(code, AnswerForm{Marks: map[string]string{"p2": " 5 ", "p99": "x"}})
		if left, given := h.count(`select sum(n) from survey_tallies where mark = 0`), h.count(`select n from survey_tallies where question = 1 and mark = 5`); left != 7 || given != 1 {
			t.Errorf("%d questions were left out and %d answered, want 7 and 1", left, given)
		}
	})
}

// TestKiosk answers one after another on a tablet, until it is closed or the day ends.
func TestKiosk(t *testing.T) {
	each(t, func(h *house) {
		id := h.survey(During)
		screen := got(h.OpenKiosk(h.ctx, h.leader, id))(t)
		v := got(h.Screen(h.ctx, nobody, screen))(t)
		f := marked(5, "")
		f.Version = v.ID
		for range 3 {
			h.must(h.AnswerScreen(h.ctx, nobody, screen, f))
		}
		if n := h.count(`select n from survey_tallies where question = 0 and mark = 5 and center_id = $1`, h.toluca); n != 3 {
			t.Errorf("counted %d, want 3", n)
		}
		if dump := h.dump(); strings.Contains(dump, screen) {
			t.Error("the database holds the address of the kiosk")
		}
		for _, version := range []string{"", "x", h.text(`select v.id from survey_versions v where v.survey_id <> $1`, id)} {
			f.Version = version
			h.refused("of version "+version, h.AnswerScreen(h.ctx, nobody, screen, f), fault.Conflict, "")
		}
		second := got(h.OpenKiosk(h.ctx, h.leader, id))(t)
		view := got(h.Open(h.ctx, h.desk, id))(t)
		if len(view.Kiosks) != 2 || len(got(h.Open(h.ctx, h.away, id))(t).Kiosks) != 0 {
			t.Errorf("the center sees %d kiosks, want 2, and another one none", len(view.Kiosks))
		}
		h.refused("closed by another center", only(h.CloseKiosk(h.ctx, h.away, view.Kiosks[0].ID)), fault.NotFound, "")
		got(h.CloseKiosk(h.ctx, h.desk, view.Kiosks[0].ID))(t)
		h.refused("a closed kiosk", only(h.Screen(h.ctx, nobody, screen)), fault.NotFound, "")
		h.refused("an answer to a closed kiosk", h.AnswerScreen(h.ctx, nobody, screen, f), fault.NotFound, "")
		h.clk.Set(clock.MustDate("2026-11-23").At(23, 59))
		got(h.Screen(h.ctx, nobody, second))(t)
		h.clk.Set(clock.MustDate("2026-11-24").At(0, 0))
		h.refused("the day after", only(h.Screen(h.ctx, nobody, second)), fault.NotFound, "")
	})
}

// TestKioskOfAReplacedVersion takes what somebody was answering while another version was
// published.
func TestKioskOfAReplacedVersion(t *testing.T) {
	each(t, func(h *house) {
		id := h.survey(During)
		screen := got(h.OpenKiosk(h.ctx, h.desk, id))(t)
		old := got(h.Screen(h.ctx, nobody, screen))(t)
		h.publish(id, "Una sola pregunta.")
		f := marked(4, "")
		f.Version = old.ID
		h.must(h.AnswerScreen(h.ctx, nobody, screen, f))
		if n := h.count(`select count(*) from survey_tallies where version_id = $1 and n = 1`, old.ID); n != len(old.Questions) {
			t.Errorf("%d questions of the old version are counted, want %d", n, len(old.Questions))
		}
		if now := got(h.Screen(h.ctx, nobody, screen))(t); now.Number != 2 || len(now.Questions) != 1 {
			t.Errorf("the kiosk asks version %d", now.Number)
		}
	})
}

// TestThisDevice ends the session of who makes a kiosk of the device he works on.
func TestThisDevice(t *testing.T) {
	each(t, func(h *house) {
		screen := got(h.LeaveTo(h.ctx, h.desk, h.survey(AtEnd)))(t)
		got(h.Screen(h.ctx, nobody, screen))(t)
		h.refused("by the court", only(h.LeaveTo(h.ctx, h.clerk, h.survey(AtEnd))), fault.NotFound, "")
	})
}

func TestSheetIsChecked(t *testing.T) {
	each(t, func(h *house) {
		for _, count := range []string{"", "0", "41", "-1", "dos", "1.5"} {
			h.refused("of "+count, only(h.Sheet(h.ctx, h.desk, h.survey(During), SheetForm{Count: count})), fault.Invalid, "count")
		}
		fresh := got(h.Create(h.ctx, h.admin, CreateForm{Name: "Otra", Stage: "end"}))(t)
		h.refused("of a survey without a version", only(h.Sheet(h.ctx, h.desk, fresh, SheetForm{Count: "1"})), fault.Conflict, "")
		h.refused("a kiosk without a version", only(h.OpenKiosk(h.ctx, h.desk, fresh)), fault.Conflict, "")
	})
}

// publish publishes a version with one question.
func (h *house) publish(id, question string) {
	h.t.Helper()
	f := FormOf(got(h.Open(h.ctx, h.admin, id))(h.t).Newest())
	f.QuestionsES, f.QuestionsEN = question, ""
	h.must(h.Save(h.ctx, h.admin, id, f))
	h.must(h.Publish(h.ctx, h.admin, id, "1"))
}

func only[T any](_ T, err error) error { return err }

// TestAnswerNeedsNoAccount lets in whoever comes without one, and no account.
func TestAnswerNeedsNoAccount(t *testing.T) {
	each(t, func(h *house) {
		code := h.codes(h.desk, h.survey(During), 1)[0]
		for who, actor := range map[string]access.Actor{"staff": h.desk, "the court": h.clerk, "nobody at all": {}} {
			h.refused(who, only(h.Coded(h.ctx, actor, code)), fault.NotFound, "")
			h.refused(who, only(h.Answer(h.ctx, actor, code, marked(1, ""))), fault.NotFound, "")
		}
	})
}
