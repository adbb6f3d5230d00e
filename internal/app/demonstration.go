package app

import (
	"sigue/internal/base/i18n"
	"sigue/internal/feature/identity/identityhttp"
	"sigue/internal/platform/web"
)

// Demo is what a demonstration adds: accounts on the sign-in page and pages of its own.
type Demo struct {
	Accounts []DemoAccount
	Register func(rt *web.Router)
}

// DemoAccount is an account that the sign-in page of a demonstration offers.
type DemoAccount struct {
	Role                         i18n.Msg
	Name, Place, Email, Password string
}

// doors are the accounts as the sign-in page takes them.
func (d *Demo) doors() []identityhttp.DemoAccount {
	out := make([]identityhttp.DemoAccount, len(d.Accounts))
	for i, a := range d.Accounts {
		out[i] = identityhttp.DemoAccount(a)
	}
	return out
}
