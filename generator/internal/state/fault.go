package state

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"syscall"

	"scaffold/generator/fault"
)

// unreadable is a file that is left as it is; whoever calls adds the remedy.
func (f File[T]) unreadable(err error) *fault.Fault {
	e := fault.New(fault.State, "%s cannot be read: %v", f.What, plain(err))
	e.Place, e.Err = fault.Place{File: f.Path}, err
	return e
}

// broken is a file whose content is wrong.
func (f File[T]) broken(problem string) *fault.Fault {
	return f.unreadable(errors.New(problem)).Try("correct the file, or move it away: it is then as if nothing had been kept")
}

// misread is broken with the place in the file; err may be nil.
func (f File[T]) misread(err error) *fault.Fault {
	first := fault.Of(err)
	if first == nil {
		return f.broken("it names no apiVersion, which should be " + f.name())
	}
	e := f.broken(first.Message)
	if e.Place = first.Place; e.Place.File == "" {
		e.Place.File = f.Path
	}
	return e
}

func (f File[T]) unwritable(err error) *fault.Fault {
	e := fault.New(fault.State, "%s cannot be written: %v", f.What, plain(err))
	e.Place, e.Err = fault.Place{File: f.Path}, err
	e.Hint = "make its directory writable, or set XDG_CONFIG_HOME to one that is"
	if errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) {
		e.Hint = "make room on the disk"
	}
	return e
}

func (f File[T]) busy(pid int) *fault.Fault {
	holder := "another process"
	if pid > 0 {
		holder = fmt.Sprintf("process %d", pid)
	}
	e := fault.New(fault.Busy, "%s is locked by %s, which has not let go of it for %s", f.What, holder, f.patience())
	e.Place = fault.Place{File: f.Path}
	return e.Try("wait until it is done, or end it; nothing was changed")
}

// plain is what the system says of an operation, without the path, which stands
// on a line of its own.
func plain(err error) error {
	var path *fs.PathError
	var link *os.LinkError
	switch {
	case errors.As(err, &path):
		return path.Err
	case errors.As(err, &link):
		return link.Err
	default:
		return err
	}
}
