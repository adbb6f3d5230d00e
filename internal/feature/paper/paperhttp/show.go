package paperhttp

import (
	"sigue/internal/base/i18n"
)

// writeAction is where the form of a draft goes by its first button.
func writeAction(p preparePage) string {
	if p.MaySign {
		return "firmar"
	}
	return "a-firma"
}

// signLabel is the button that issues: what nobody gets by mail is not sent.
func signLabel(p preparePage) i18n.Msg {
	if p.Mandate == nil {
		return i18n.M("Firmar y emitir")
	}
	return i18n.M("Firmar y enviar")
}
