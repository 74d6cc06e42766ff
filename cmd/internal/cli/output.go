package cli

import (
	"errors"
	"io"
	"io/fs"

	"scaffold/cmd/internal/app"
	"scaffold/generator/fault"
)

// output is where results go. Once a write fails the rest is dropped and the
// command goes on, so that what it does is done as a whole; its end says what
// was lost. See [env.end].
type output struct {
	to  io.Writer
	err error // of the first write that failed
}

func (o *output) Write(p []byte) (int, error) {
	if o.err == nil {
		_, o.err = o.to.Write(p)
	}
	return len(p), nil
}

// end reports how a command ended and gives the exit code. What could not be
// printed was not said: a result is lost then, and an error goes to stderr.
func end(e *app.Env, err error, out *output) int {
	code := exitDone
	if err != nil {
		code = report(e, err)
	}
	switch {
	case out.err == nil:
		return code
	case err == nil, fault.Is(err, fault.Found, fault.Conflicts, fault.Drift):
		err = lost(e, out.err)
	case !e.JSON: // it is on stderr already
		return code
	}
	writeError(e.Err, err)
	return exitOf(fault.KindOf(err)).code
}

// lost is output that could not be written.
func lost(e *app.Env, err error) error {
	reason := err
	if path := (*fs.PathError)(nil); errors.As(err, &path) {
		reason = path.Err
	}
	f := fault.New(fault.Output, "standard output cannot be written: %v", reason)
	if e.Made != "" {
		f.Message += "; the project in " + e.Made + " is complete"
	}
	f.Err = err
	return f
}
