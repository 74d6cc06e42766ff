package source

import (
	"regexp"
	"sync"
)

// pattern is a regular expression that is compiled when it is first needed: most
// runs of the program reach no source, and every run would pay for it at its
// start.
func pattern(expr string) func() *regexp.Regexp {
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(expr) })
}
