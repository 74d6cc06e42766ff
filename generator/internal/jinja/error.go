package jinja

import (
	"errors"
	"fmt"
)

// A Kind says what sort of error it is.
type Kind string

// The kinds of errors.
const (
	Syntaxes    Kind = "syntax"      // the text is not Jinja
	Runtime     Kind = "runtime"     // Jinja2 fails there, too
	Missing     Kind = "undefined"   // an undefined name is used; Jinja2 fails there, too
	NotFound    Kind = "not found"   // a template that is included is not there
	Unsupported Kind = "unsupported" // Jinja2 would go on; this package does not do it
	Exceeded    Kind = "limit"       // the template does more than it may
)

// An Error is why a text cannot be rendered, and where.
type Error struct {
	Kind         Kind
	File         string
	Line, Column int // from 1; 0 where the place is not known
	Message      string
}

func (e *Error) Error() string {
	switch {
	case e.File == "":
		return e.Message
	case e.Line == 0:
		return e.File + ": " + e.Message
	}
	return fmt.Sprintf("%s:%d:%d: %s", e.File, e.Line, e.Column, e.Message)
}

func fail(kind Kind, format string, args ...any) *Error {
	return &Error{Kind: kind, Message: fmt.Sprintf(format, args...)}
}

func runtime(format string, args ...any) error   { return fail(Runtime, format, args...) }
func undefined(format string, args ...any) error { return fail(Missing, format, args...) }
func unsupported(format string, args ...any) error {
	return fail(Unsupported, format, args...)
}

// at gives an error its place, where it has none.
func at(err error, file string, p pos) error {
	var e *Error
	if errors.As(err, &e) && e.Line == 0 {
		e.File, e.Line, e.Column = file, p.line, p.column
	}
	return err
}
