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

// Wrap breaks a text at blanks into lines of at most width bytes.
func Wrap(text string, width int) string {
	var lines []string
	line := ""
	for _, word := range strings.Fields(text) {
		if line != "" && len(line)+1+len(word) > width {
			lines, line = append(lines, line), ""
		}
		line = strings.TrimPrefix(line+" "+word, " ")
	}
	return strings.Join(append(lines, line), "\n")
}

// WrapList joins words by commas in lines of at most so many characters.
func WrapList(words []string, width int) []string {
	var lines []string
	for i, w := range words {
		if i < len(words)-1 {
			w += ","
		}
		if last := len(lines) - 1; last >= 0 && len(lines[last])+1+len(w) <= width {
			lines[last] += " " + w
		} else {
			lines = append(lines, w)
		}
	}
	return lines
}

// Count words a number of things.
func Count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}
