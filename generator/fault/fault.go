// Package fault is what can go wrong: one shape of error that every package
// returns, with a kind that others may branch on.
//
// It prints nothing and knows no exit codes: those are the command line's.
package fault

import (
	"context"
	"errors"
	"fmt"
	"slices"
)

// A Kind is what sort of thing went wrong. Callers branch on kinds, never on
// texts.
type Kind string

// The kinds. Each belongs to one exit code, by the table in cmd/internal/cli.
const (
	Bug Kind = "bug" // scaffold's own

	Usage   Kind = "usage"   // a command line that cannot be understood
	Answer  Kind = "answer"  // missing, unknown or invalid answers
	Encoded Kind = "encoded" // an input file that is not what it has to be: no UTF-8, no YAML

	Template Kind = "template" // a template that is invalid
	Found    Kind = "found"    // lint or a template's tests found something

	Unsafe    Kind = "unsafe"    // a path or a link that leaves the project, a secret that would be committed
	Untrusted Kind = "untrusted" // commands that nobody allowed
	Policy    Kind = "policy"    // the machine's policy forbids it

	Destination Kind = "destination" // where the project goes is not usable
	NotEmpty    Kind = "not-empty"   // it holds something already
	Exists      Kind = "exists"      // something is where the project has to be
	Busy        Kind = "busy"        // another run holds it
	Full        Kind = "full"        // no space left
	NotWritable Kind = "not-writable"
	Changed     Kind = "changed" // what was planned is no longer what is there
	Unclean     Kind = "unclean" // the work tree has changes that are not committed
	State       Kind = "state"   // scaffold's own files on this machine cannot be read or written
	Git         Kind = "git"     // git is missing, too old, or in the middle of something
	Output      Kind = "output"  // what was to be printed could not be

	Source    Kind = "source"    // a source that is not found or not reachable
	Denied    Kind = "denied"    // a source that wants other credentials
	Moved     Kind = "moved"     // a source that differs from its lock
	Uncached  Kind = "uncached"  // --offline, and the cache does not hold it
	Conflicts Kind = "conflicts" // an update left conflicts
	Step      Kind = "step"      // a command of the project failed
	Limit     Kind = "limit"     // time, size or count
	Drift     Kind = "drift"     // check found a project that differs

	Cancelled  Kind = "cancelled"
	Terminated Kind = "terminated"
)

// A Fault is one thing that went wrong, in the words of the person who sees it:
// lower case, no full stop, and no "failed to".
type Fault struct {
	Kind    Kind
	Message string
	Hint    string   // one thing to do; printed on a line of its own
	Place   Place    // where it is written
	Lines   []string // what belongs under the message
	Err     error    // what it came from
}

// A Place is a position in a file that a person can open. Line and Column count
// from 1; 0 is unknown.
type Place struct {
	File         string
	Line, Column int
}

func (p Place) String() string {
	switch {
	case p.Line == 0 || p.File == "":
		return p.File
	case p.Column == 0:
		return fmt.Sprintf("%s:%d", p.File, p.Line)
	default:
		return fmt.Sprintf("%s:%d:%d", p.File, p.Line, p.Column)
	}
}

func (f *Fault) Error() string { return f.Message }

func (f *Fault) Unwrap() error { return f.Err }

// Fault is f itself. An error type that has data of its own says by a method of
// this name what fault it is.
func (f *Fault) Fault() *Fault { return f }

// New is a fault with a formatted message.
func New(kind Kind, format string, args ...any) *Fault {
	return &Fault{Kind: kind, Message: fmt.Sprintf(format, args...)}
}

// As is err seen as another kind: its message, remedy, place and lines stay.
func As(kind Kind, err error) *Fault {
	out := &Fault{Kind: kind, Message: err.Error(), Err: err}
	if f := Of(err); f != nil {
		out.Hint, out.Place, out.Lines = f.Hint, f.Place, f.Lines
	}
	return out
}

// At adds the place.
func (f *Fault) At(file string, line, column int) *Fault {
	f.Place = Place{File: file, Line: line, Column: column}
	return f
}

// Try adds the remedy.
func (f *Fault) Try(hint string) *Fault {
	f.Hint = hint
	return f
}

// Of is the outermost fault in err's chain; nil where there is none.
func Of(err error) *Fault {
	var carrier interface {
		error
		Fault() *Fault
	}
	if errors.As(err, &carrier) {
		return carrier.Fault()
	}
	return nil
}

// KindOf is the kind of err. What comes of a cancelled context is [Cancelled],
// and what no package has claimed a [Bug]; nil has no kind.
func KindOf(err error) Kind {
	if err == nil {
		return ""
	}
	if errors.Is(err, context.Canceled) {
		return Cancelled
	}
	if f := Of(err); f != nil {
		return f.Kind
	}
	return Bug
}

// Is reports whether err is of one of the kinds, by [KindOf].
func Is(err error, kinds ...Kind) bool {
	return err != nil && slices.Contains(kinds, KindOf(err))
}
