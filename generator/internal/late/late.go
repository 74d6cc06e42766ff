// Package late sets up what most runs do not need when it is first needed. What a
// package sets up at its start, every run of the program pays for.
package late

import (
	"regexp"
	"sync"
)

// Pattern is a regular expression that is compiled when it is first asked for.
func Pattern(expr string) func() *regexp.Regexp {
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(expr) })
}
