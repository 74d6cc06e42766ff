package manifest

import (
	"fmt"
	"strings"
)

// FileName is the manifest's name inside a template's directory.
const FileName = "template.yaml"

// An Error is one thing that is wrong in a manifest.
type Error struct {
	File         string
	Line, Column int // from 1; 0 when unknown
	Message      string
	Remedy       string
}

func (e *Error) Error() string { return e.Message }

// Hint says what to do.
func (e *Error) Hint() string { return e.Remedy }

// At is the place in the file.
func (e *Error) At() (file string, line, column int) { return e.File, e.Line, e.Column }

// Problems are all the errors of one manifest, in the order of the file.
type Problems []*Error

func (p Problems) Error() string {
	lines := make([]string, len(p))
	for i, e := range p {
		lines[i] = fmt.Sprintf("%s:%d:%d: %s", e.File, e.Line, e.Column, e.Message)
	}
	return strings.Join(lines, "\n")
}

// Unwrap gives each error.
func (p Problems) Unwrap() []error {
	errs := make([]error, len(p))
	for i, e := range p {
		errs[i] = e
	}
	return errs
}

// ExitCode is 3: the template is invalid.
func (p Problems) ExitCode() int { return 3 }

// A LimitError reports a document or an expression that is too large or takes
// too long.
type LimitError struct {
	What  string
	Limit string
}

func (e *LimitError) Error() string { return fmt.Sprintf("%s: the limit is %s", e.What, e.Limit) }

// ExitCode is 9: a limit was reached.
func (e *LimitError) ExitCode() int { return 9 }

// A NameError reports a project name that breaks the rule.
type NameError struct {
	Name    string
	Nearest string // a valid name close to it, or ""
}

func (e *NameError) Error() string {
	return fmt.Sprintf("%q is not a project name: a to z, 0 to 9 and -, a letter first, at most 63, no reserved device name", e.Name)
}

// Hint offers the nearest valid name.
func (e *NameError) Hint() string {
	if e.Nearest == "" {
		return "choose a name such as my-shop"
	}
	return "use " + e.Nearest
}

// ExitCode is 2: usage.
func (e *NameError) ExitCode() int { return 2 }
