package cli

import (
	"context"
	"errors"
	"fmt"

	"sigue/internal/app"
	"sigue/internal/feature/identity"
	"sigue/internal/platform/access"
)

// userCommand opens the first account, with which all others are opened, and prints
// its one-time link.
func userCommand(ctx context.Context, c *cmdline) error {
	if len(c.args) == 0 || c.args[0] != "create" {
		fmt.Fprintln(c.err, "usage: sigue user create --email ADDRESS --name NAME")
		return errUsage
	}
	s := c.settings("user create")
	email := s.set.String("email", "", "address of the account")
	name := s.set.String("name", "", "name of the person")
	cfg, err := s.load(c.args[1:])
	if err != nil {
		return err
	}
	a, err := app.New(ctx, cfg, app.WithLog(logger(c.err)))
	if err != nil {
		return err
	}
	link, err := openSecurityAccount(ctx, a, *email, *name)
	if err == nil {
		fmt.Fprintf(c.out, "the account is open; set its password within 24 hours at\n%s\n", link)
	}
	return errors.Join(err, a.Close())
}

func openSecurityAccount(ctx context.Context, a *app.App, email, name string) (string, error) {
	actor := access.System("cli", access.AccountAdminister)
	account, err := a.Identity.OpenAccount(ctx, actor, identity.NewAccount{
		Role: access.SecurityAdmin, Title: "Seguridad", Place: a.Config.State, Name: name, Email: email,
	})
	if err != nil {
		return "", err
	}
	return link(ctx, a, actor, account)
}

// link gives the one-time link of an account, to be handed over in person.
func link(ctx context.Context, a *app.App, actor access.Actor, account string) (string, error) {
	issued, err := a.Identity.IssueLink(ctx, actor, account)
	return issued.URL, err
}
