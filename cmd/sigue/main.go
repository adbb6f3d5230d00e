// Command sigue is the whole program: server, demonstration and tools.
package main

import (
	"os"

	"sigue/internal/app/cli"
)

func main() { os.Exit(cli.Main(os.Args[1:], os.Stdout, os.Stderr)) }
