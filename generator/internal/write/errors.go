package write

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"syscall"
)

// What the command line exits with.
const (
	exitUnsafe      = 4
	exitDestination = 5
)

// A NotEmptyError reports a target directory that already holds something.
type NotEmptyError struct {
	Dir   string
	First string // the first entry found there
}

func (e *NotEmptyError) Error() string {
	return fmt.Sprintf("%s is not empty: it holds %s", e.Dir, e.First)
}

// Hint says what to do instead.
func (e *NotEmptyError) Hint() string {
	return "choose another directory, or add --force to write beside what is there"
}

// ExitCode is the command line's.
func (e *NotEmptyError) ExitCode() int { return exitDestination }

// An ExistsError reports something that is where the project, or a part of it
// that cannot go elsewhere, has to be.
type ExistsError struct {
	Path string
}

func (e *ExistsError) Error() string { return e.Path + " is already there" }

// Hint says what to do instead.
func (e *ExistsError) Hint() string { return "move it away, or choose another directory" }

// ExitCode is the command line's.
func (e *ExistsError) ExitCode() int { return exitDestination }

// A BusyError reports a directory that another run is writing into.
type BusyError struct {
	Dir string
}

func (e *BusyError) Error() string { return "another run is writing into " + e.Dir }

// Hint says what to do instead.
func (e *BusyError) Hint() string { return "wait until it is done" }

// ExitCode is the command line's.
func (e *BusyError) ExitCode() int { return exitDestination }

// A FullError reports a disk, or a quota, without room for the project.
type FullError struct {
	Dir string
	Err error
}

func (e *FullError) Error() string { return "no room left on the disk for " + e.Dir }

// Unwrap gives the operation that found it.
func (e *FullError) Unwrap() error { return e.Err }

// Hint says what to do instead.
func (e *FullError) Hint() string { return "make room, or choose a directory on another disk" }

// ExitCode is the command line's.
func (e *FullError) ExitCode() int { return exitDestination }

// A NotWritableError reports a directory that the system does not let us
// write, for whatever reason but a full disk.
type NotWritableError struct {
	Dir string
	Err error
}

func (e *NotWritableError) Error() string {
	reason := e.Err
	if errno, ok := errors.AsType[syscall.Errno](e.Err); ok {
		reason = errno
	}
	return fmt.Sprintf("%s cannot be written: %v", e.Dir, reason)
}

// Unwrap gives the operation that found it.
func (e *NotWritableError) Unwrap() error { return e.Err }

// Hint says what to do instead.
func (e *NotWritableError) Hint() string {
	if errors.Is(e.Err, fs.ErrPermission) {
		return "check who may write there, or choose another directory"
	}
	return "check the disk, or choose another directory"
}

// ExitCode is the command line's.
func (e *NotWritableError) ExitCode() int { return exitDestination }

// A LinkError reports a symbolic link on the way to a destination. Links there
// are not followed, as nobody knows who made them.
type LinkError struct {
	Path string
}

func (e *LinkError) Error() string { return e.Path + " is a link, and links are not followed" }

// Hint says what to do instead.
func (e *LinkError) Hint() string { return "name the directory that it leads to" }

// ExitCode is the command line's.
func (e *LinkError) ExitCode() int { return exitUnsafe }

// classify turns what the system says about a disk into an error that says
// what it means for a project in dir. Others it leaves as they are.
func classify(dir string, err error) error {
	if err == nil {
		return nil
	}
	if _, ok := errors.AsType[interface {
		error
		ExitCode() int
	}](err); ok {
		return err
	}
	if errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) {
		return &FullError{Dir: dir, Err: err}
	}
	if fromDisk(err) {
		return &NotWritableError{Dir: dir, Err: err}
	}
	return err
}

func fromDisk(err error) bool {
	if _, ok := errors.AsType[*fs.PathError](err); ok {
		return true
	}
	if _, ok := errors.AsType[*os.LinkError](err); ok {
		return true
	}
	_, ok := errors.AsType[syscall.Errno](err)
	return ok || errors.Is(err, io.ErrShortWrite)
}
