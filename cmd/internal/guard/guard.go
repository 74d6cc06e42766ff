// Package guard keeps a library from questioning the terminal before main runs.
//
// The prompt's library asks the terminal for its background colour while its
// packages initialise, and waits up to five seconds where nothing answers, even
// for a command that prompts for nothing. It does not ask a terminal that calls
// itself dumb. So this package makes TERM say that until main calls [Restore].
//
// Go initialises packages in the order of their import paths among those whose
// imports are ready (the language specification, "Program initialization").
// The asking package waits for text/template; this one must come first, so its
// path sorts before that and it imports nothing but os.
package guard

import "os"

var term, isSet = os.LookupEnv("TERM")

func init() { _ = os.Setenv("TERM", "dumb") }

// Restore gives TERM back its value. It is the first thing that main does.
func Restore() {
	if isSet {
		_ = os.Setenv("TERM", term)
	} else {
		_ = os.Unsetenv("TERM")
	}
}
