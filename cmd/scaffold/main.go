// Command scaffold makes ready-to-run backend projects.
package main

import (
	"os"

	"scaffold/cmd/internal/cli"
	"scaffold/cmd/internal/guard"
)

func main() {
	guard.Restore()
	os.Exit(cli.Main(os.Args[1:]))
}
