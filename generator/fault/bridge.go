package fault

import "errors"

// An older error says with methods what a fault says with fields. The packages
// source, trust and internal/write still have such errors; this file goes with
// the last of them.
type older interface {
	error
	ExitCode() int
	Hint() string
}

// bridged is the outermost fault of err, given the outermost one that is a
// [Fault] or carries one.
func bridged(err error, f *Fault) *Fault {
	var o older
	if !errors.As(err, &o) {
		return f
	}
	var inside interface{ Fault() *Fault }
	if f != nil && !errors.As(error(o), &inside) { // f is around o
		return f
	}
	out := &Fault{Kind: olderKind(o.ExitCode()), Message: o.Error(), Hint: o.Hint(), Err: o}
	if placed, ok := error(o).(interface{ At() (string, int, int) }); ok {
		out.Place.File, out.Place.Line, out.Place.Column = placed.At()
	}
	return out
}

func olderKind(code int) Kind {
	switch code {
	case 2:
		return Usage
	case 3:
		return Template
	case 4:
		return Unsafe
	case 5:
		return Destination
	case 6:
		return Source
	case 8:
		return Step
	case 9:
		return Limit
	default:
		return Bug
	}
}
