// Command pgtemp runs a private PostgreSQL server for the tests: it prints the
// server's URL and keeps it until its standard input closes.
package main

import (
	"fmt"
	"io"
	"os"

	"sigue/internal/base/db/dbtest/pgtemp"
)

func main() {
	c, err := pgtemp.Start()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Println(c.URL)
	_, _ = io.Copy(io.Discard, os.Stdin)
	c.Stop()
}
