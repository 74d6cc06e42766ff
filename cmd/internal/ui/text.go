package ui

import (
	"fmt"
	"strings"

	"scaffold/generator/fault"
)

// Indent keeps the following lines of a message under its first.
func Indent(s string) string { return strings.ReplaceAll(s, "\n", "\n  ") }

// Remedy is what to do about an error, or "".
func Remedy(err error) string {
	if f := fault.Of(err); f != nil {
		return f.Hint
	}
	return ""
}

// Count words a number of things.
func Count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}
