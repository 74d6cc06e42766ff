// Command pack freezes the built-in templates as they are: see package release.
package main

import (
	"context"
	"fmt"
	"os"

	"scaffold/internal/release"
	"scaffold/templates"
)

func main() {
	list, err := release.Pack(context.Background(), templates.FS, "templates/releases")
	if err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(1)
	}
	for _, r := range list {
		fmt.Println(r.File, r.SHA256)
	}
}
