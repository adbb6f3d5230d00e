package followuphttp

import (
	"context"

	"sigue/internal/base/i18n"
	"sigue/internal/feature/catalogue"
	"sigue/internal/feature/followup"
	"sigue/internal/platform/web"
)

// tallyText says how answers of three values fell. What is not known has its own number.
func tallyText(t followup.Tally) i18n.Msg {
	return i18n.M("sí %d · no %d · no se sabe %d", i18n.Number(t.Yes), i18n.Number(t.No), i18n.Number(t.Unknown))
}

// safeText says whether leaving a message is safe. What nobody asked is not.
func safeText(ctx context.Context, lists *catalogue.Lists, code string) string {
	if code == "" {
		return i18n.T(ctx, "no se sabe; no lo deje")
	}
	return lists.Label(catalogue.YesNo, code, i18n.From(ctx))
}

// aboutRows say what a follow-up is about.
func aboutRows(v *followup.View) []web.SummaryRow {
	who := web.SummaryRow{Label: i18n.M("Persona"), Value: v.Who}
	if v.Side == followup.OfInstitution {
		who.Label = i18n.M("Expediente de la autoridad")
	}
	return []web.SummaryRow{
		who,
		{Label: i18n.M("Concluyó el proceso"), Value: v.CompletedOn.MX()},
		{Label: i18n.M("Fecha del seguimiento"), Value: v.DueOn.MX()},
		{Label: i18n.M("Ventana"), Text: i18n.M("del %s al %s", v.OpensOn.MX(), v.ClosesOn.MX())},
	}
}

// contactRows are whom to call.
func contactRows(v *followup.View, lang i18n.Lang) []web.SummaryRow {
	p := v.Contact
	rows := []web.SummaryRow{
		{Label: i18n.M("Nombre"), Value: p.Name.Full()},
		{Label: i18n.M("Teléfono"), Value: p.Phone},
		{Label: i18n.M("Es seguro dejar mensaje"), Value: v.Lists.Label(catalogue.YesNo, p.SafeMessage, lang)},
		{Label: i18n.M("Domicilio"), Value: p.Address},
	}
	if p.Email != "" {
		rows = append(rows, web.SummaryRow{Label: i18n.M("Correo"), Value: p.Email})
	}
	return rows
}

// answerRows are one answer.
func answerRows(lists *catalogue.Lists, h followup.Answered, lang i18n.Lang) []web.SummaryRow {
	on := web.SummaryRow{Label: i18n.M("Se supo el"), Value: h.On.MX()}
	if h.Outside {
		on.Value, on.Text = "", i18n.M("%s, fuera de ventana", h.On.MX())
	}
	rows := []web.SummaryRow{
		on,
		{Label: i18n.M("Se localizó a la persona"), Text: h.Reached.Label()},
		{Label: i18n.M("Nuevo reporte o incumplimiento"), Text: sourced(lists, h.Relapse, h.RelapseSource, lang)},
		{Label: i18n.M("Sin violencia desde entonces"), Text: sourced(lists, h.Abstains, h.AbstainsSource, lang)},
	}
	if h.Why != "" {
		rows = append(rows, web.SummaryRow{Label: i18n.M("Motivo"), Value: h.Why})
	}
	return append(rows, web.SummaryRow{Label: i18n.M("Lo anotó"), Text: i18n.M("%s, el %s", h.Who, web.ShowTime(h.At))})
}

// sourced is an answer with who gave it.
func sourced(lists *catalogue.Lists, k followup.Known, source string, lang i18n.Lang) i18n.Msg {
	if source == "" {
		return k.Label()
	}
	return i18n.M("%s, según: %s", k.Label(), lists.Label(catalogue.FollowupSource, source, lang))
}

// noteHint says what does not belong into a note.
func noteHint(s followup.Side) i18n.Msg {
	if s == followup.OfCenter {
		return i18n.M("Breve. Queda cifrada con el expediente; no escriba nada de la víctima.")
	}
	return i18n.M("Breve y sin datos personales. Solo la ve su institución.")
}

// whyHint says when a reason is asked for.
func whyHint(v *followup.View) i18n.Msg {
	if v.Answers > 0 {
		return i18n.M("Por qué se corrige. La respuesta anterior queda en la historia.")
	}
	return i18n.M("Solo si el día queda fuera de la ventana.")
}

// answerFollows says what follows from an answer.
func answerFollows(v *followup.View) i18n.Msg {
	switch {
	case v.Side == followup.OfInstitution:
		return i18n.M("El centro verá que lo hizo, y nada de lo que anote.")
	case v.Last() && v.Answers == 0:
		return i18n.M("Es el último: el expediente queda cerrado. Ninguna autoridad ve lo que anote.")
	}
	return i18n.M("Ninguna autoridad ve lo que anote.")
}

// totalText says how many a list holds.
func totalText(p listPage) i18n.Msg {
	if p.State == "" {
		return i18n.M("Con ese folio: %d", i18n.Number(p.Total))
	}
	return i18n.M("%s: %d", stateLabel(p.State), i18n.Number(p.Total))
}
