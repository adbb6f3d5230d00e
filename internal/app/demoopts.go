package app

import (
	"sigue/internal/feature/identity/identityhttp"
	"sigue/internal/platform/web"
)

// Demo is what a demonstration adds: accounts on the sign-in page and pages of its own.
type Demo struct {
	Accounts []identityhttp.DemoAccount
	Register func(rt *web.Router)
}
