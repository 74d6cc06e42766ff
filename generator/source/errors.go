package source

import (
	"fmt"
	"strings"
)

func quoted(s string) string { return fmt.Sprintf("%q", s) }

// A ReferenceError reports an address that is malformed or of a kind that
// scaffold does not read.
type ReferenceError struct {
	Text    string // without credentials
	Problem string // completes "the address …": "names no host"
	Remedy  string
}

func (e *ReferenceError) Error() string { return fmt.Sprintf("the address %q %s", e.Text, e.Problem) }

// Hint says how to write it.
func (e *ReferenceError) Hint() string { return e.Remedy }

// ExitCode is 2: usage.
func (e *ReferenceError) ExitCode() int { return 2 }

// A FetchError reports a repository, or a part of one, that could not be had.
type FetchError struct {
	Ref     string
	Problem string
	Remedy  string
	Err     error // may be nil

	unreachable bool // nobody answered; what is locked may still be used
}

func (e *FetchError) Error() string { return e.Ref + ": " + e.Problem }
func (e *FetchError) Unwrap() error { return e.Err }

// Hint says what to do.
func (e *FetchError) Hint() string { return e.Remedy }

// ExitCode is 6: the source.
func (e *FetchError) ExitCode() int { return 6 }

// A MovedError reports a tag that names another commit than the one that was
// locked.
type MovedError struct {
	Name     string // what to give `source update`
	Ref      string
	Was, Now string // commits; Now is "" where the ref is gone
}

func (e *MovedError) Error() string {
	if e.Now == "" {
		return fmt.Sprintf("%s: the ref is gone; it was locked at %.12s", e.Ref, e.Was)
	}
	return fmt.Sprintf("%s: the tag has moved from %.12s, which was locked, to %.12s", e.Ref, e.Was, e.Now)
}

// Hint says how to accept the move.
func (e *MovedError) Hint() string {
	return "find out why; `scaffold source update " + e.Name + "` accepts it, --offline uses the locked copy"
}

// ExitCode is 6: the source differs from the lock.
func (e *MovedError) ExitCode() int { return 6 }

// A TamperedError reports content that is not what was locked.
type TamperedError struct {
	Ref, File string // File is "" for what a server sent
	Want, Got string // digests
}

func (e *TamperedError) Error() string {
	if e.File == "" {
		return fmt.Sprintf("%s: the repository holds %s where %s was locked", e.Ref, short(e.Got), short(e.Want))
	}
	return fmt.Sprintf("%s: the cached copy %s is not what was locked", e.Ref, e.File)
}

// Hint says how to get the right copy.
func (e *TamperedError) Hint() string {
	if e.File == "" {
		return "find out why; `scaffold source update` accepts it"
	}
	return "run once without --offline: it is fetched again"
}

// ExitCode is 6: the source differs from the lock.
func (e *TamperedError) ExitCode() int { return 6 }

func short(digest string) string {
	return strings.TrimPrefix(digest, "sha256:")[:min(12, len(strings.TrimPrefix(digest, "sha256:")))]
}

// An OfflineError reports a source that is needed and not in the cache.
type OfflineError struct{ Ref string }

func (e *OfflineError) Error() string {
	return e.Ref + ": it is not in the cache, and this run is offline"
}

// Hint says how to get it there.
func (e *OfflineError) Hint() string { return "run once without --offline" }

// ExitCode is 6: the source is not reachable.
func (e *OfflineError) ExitCode() int { return 6 }

// A LimitError reports a repository that is too large or takes too long.
type LimitError struct{ Ref, What, Limit string }

func (e *LimitError) Error() string {
	return fmt.Sprintf("%s: %s; the limit is %s", e.Ref, e.What, e.Limit)
}

// Hint says what to do.
func (e *LimitError) Hint() string { return "keep templates in a repository of their own" }

// ExitCode is 9: a limit was reached.
func (e *LimitError) ExitCode() int { return 9 }

// A RefusedError reports something in a repository that templates may not hold.
type RefusedError struct {
	Ref, Path string
	Reason    string // completes "Path …": "is a link"
}

func (e *RefusedError) Error() string {
	return fmt.Sprintf("%s: %s %s", e.Ref, quoted(e.Path), e.Reason)
}

// Hint says what to do.
func (e *RefusedError) Hint() string {
	return "put plain files there; scaffold reads nothing else from a repository"
}

// ExitCode is 4: refused for safety.
func (e *RefusedError) ExitCode() int { return 4 }

// A NameError reports a source's name that cannot be used.
type NameError struct{ Name, Problem, Remedy string }

func (e *NameError) Error() string { return fmt.Sprintf("source %q %s", e.Name, e.Problem) }

// Hint says what to do.
func (e *NameError) Hint() string { return e.Remedy }

// ExitCode is 2: usage.
func (e *NameError) ExitCode() int { return 2 }

// A RecordError reports that the file of sources and locks cannot be read or
// written.
type RecordError struct {
	File string
	Err  error
}

func (e *RecordError) Error() string { return fmt.Sprintf("%s: %v", e.File, e.Err) }
func (e *RecordError) Unwrap() error { return e.Err }

// Hint says whose the file is.
func (e *RecordError) Hint() string {
	return "the file is scaffold's own; correct it, or remove it and add the sources again"
}

// ExitCode is 2: what the person keeps is wrong.
func (e *RecordError) ExitCode() int { return 2 }
