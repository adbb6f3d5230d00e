package demo

import (
	"context"
	"fmt"
	"math/rand/v2"

	"sigue/internal/base/clock"
	"sigue/internal/feature/survey"
	"sigue/internal/platform/access"
)

// opinions are what people wrote at the end of a survey. Most write nothing.
var opinions = []string{
	"Que haya horarios en sábado.", "El lugar es difícil de encontrar, falta un letrero.", "Me gustaría que las sesiones empezaran a tiempo.",
	"Explican con paciencia.", "Más ejemplos de la vida diaria.", "Al principio no quería venir y ahora sí me sirve.", "Que avisen antes cuando cambia la fecha.",
	"El grupo ayuda a hablar.", "Está bien como está.", "Más sillas en la sala de espera.",
}

// surveys plans what people answer at the centers: some each month, a little better from
// month to month.
func (t *teller) surveys(ctx context.Context) error {
	all, err := t.app.Surveys.List(ctx, t.houses[0].desk)
	if err != nil {
		return fmt.Errorf("demo: surveys: %w", err)
	}
	dice := rand.New(rand.NewPCG(7, 21)) // its own, so that the other tales stay as they are
	months := 0
	for day := clock.DateOf(t.clock.Now()).AddDays(100); day.Before(clock.DateOf(t.now)); day = day.AddDays(30) {
		months++
		for i, h := range t.houses {
			if !h.staffed() {
				continue
			}
			for _, s := range all {
				n, level := 2+dice.IntN(5)-2*min(i, 1), 3+min(months/6, 1)
				if s.Stage == survey.AtEnd {
					n = dice.IntN(4)
				}
				if n > 0 {
					t.on(t.calendar.Add(day, 1+dice.IntN(8)).At(13, 30), func(ctx context.Context) error { return t.opine(ctx, dice, h, s, n, level) })
				}
			}
		}
	}
	return nil
}

// opine hands out a sheet of a survey and answers all of it.
func (t *teller) opine(ctx context.Context, dice *rand.Rand, h *house, s survey.Row, n, level int) error {
	sheet, err := t.app.Surveys.Sheet(ctx, h.desk, s.ID, survey.SheetForm{Count: fmt.Sprint(n)})
	if err != nil {
		return err
	}
	for _, code := range sheet.Codes {
		f := survey.AnswerForm{Marks: map[string]string{}}
		for q := range s.Current.Questions {
			if dice.IntN(20) > 0 { // one in twenty is left out
				f.Marks[survey.MarkField(q)] = fmt.Sprint(min(max(level+dice.IntN(4)-1, 1), survey.Marks))
			}
		}
		if dice.IntN(3) == 0 {
			f.Text = opinions[dice.IntN(len(opinions))]
		}
		if _, err := t.app.Surveys.Answer(ctx, access.Anonymous(""), code, f); err != nil {
			return err
		}
	}
	return nil
}
