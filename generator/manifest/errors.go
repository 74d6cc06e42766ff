package manifest

import (
	"fmt"
	"strings"

	"scaffold/generator/fault"
)

// FileName is the manifest's name inside a template's directory.
const FileName = "template.yaml"

// Problems are all that is wrong in one document, in the order of the file. Each
// has its place and its remedy.
type Problems []*fault.Fault

func (p Problems) Error() string {
	lines := make([]string, len(p))
	for i, f := range p {
		lines[i] = fmt.Sprintf("%s:%d:%d: %s", f.Place.File, f.Place.Line, f.Place.Column, f.Message)
	}
	return strings.Join(lines, "\n")
}

// Unwrap gives each fault.
func (p Problems) Unwrap() []error {
	errs := make([]error, len(p))
	for i, f := range p {
		errs[i] = f
	}
	return errs
}

// problem is one thing wrong in a document; the place is added by who knows it.
func problem(file string, line, column int, message, remedy string) *fault.Fault {
	return fault.New(fault.Template, "%s", message).At(file, line, column).Try(remedy)
}

// tooMuch is a document or an expression that is too large or takes too long.
func tooMuch(limit any, format string, args ...any) error {
	return fault.New(fault.Limit, "%s: the limit is %v", fmt.Sprintf(format, args...), limit)
}
