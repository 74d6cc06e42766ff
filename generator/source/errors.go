package source

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"

	"scaffold/generator"
	"scaffold/generator/fault"
	"scaffold/generator/manifest"
	"scaffold/generator/nearest"
)

func quoted(s string) string { return fmt.Sprintf("%q", s) }

// errUnreachable is in the chain of a fault where nobody answered: what is
// locked may still be used.
var errUnreachable = errors.New("nobody answered")

// malformed is an address that cannot be read, or of a kind that scaffold does
// not read. text holds no credentials; problem completes "the address …".
func malformed(text, problem, remedy string) *fault.Fault {
	return fault.New(fault.Usage, "the address %q %s", text, problem).Try(remedy)
}

// unavailable is a repository, or a part of one, that cannot be had.
func unavailable(ref, problem, remedy string) *fault.Fault {
	return fault.New(fault.Source, "%s: %s", ref, problem).Try(remedy)
}

// denied is a repository that wants other credentials.
func denied(ref Reference, problem string) *fault.Fault {
	return fault.New(fault.Denied, "%s: %s", ref, problem).Try("log in with git once, until this works: git ls-remote " + ref.URL)
}

// caused adds what a fault came from, to what is there already.
func caused(f *fault.Fault, err error) *fault.Fault {
	f.Err = errors.Join(f.Err, err)
	return f
}

// moved is a tag that names another commit than was locked; now is "" where it
// is gone. name is what `source update` takes.
func moved(name, ref, was, now string) *fault.Fault {
	f := fault.New(fault.Moved, "%s: the tag has moved from %.12s, which was locked, to %.12s", ref, was, now)
	if now == "" {
		f = fault.New(fault.Moved, "%s: the ref is gone; it was locked at %.12s", ref, was)
	}
	return f.Try("find out why: `scaffold source update " + name + " --dry-run` shows what it brings, without --dry-run it accepts it; --offline uses the locked copy")
}

// tampered is a cached copy that is not what was locked.
func tampered(ref, file string) *fault.Fault {
	return fault.New(fault.Moved, "%s: the cached copy %s is not what was locked", ref, file).Try("run once without --offline: it is fetched again")
}

// differs is content of a server that is not what was locked.
func differs(ref, want, got string) *fault.Fault {
	return fault.New(fault.Moved, "%s: the repository holds %s where %s was locked", ref, short(got), short(want)).
		Try("find out why; `scaffold source update` accepts it")
}

func short(digest string) string {
	return strings.TrimPrefix(digest, "sha256:")[:min(12, len(strings.TrimPrefix(digest, "sha256:")))]
}

// uncached is a source that is needed and not in the cache.
func uncached(ref string) *fault.Fault {
	return fault.New(fault.Uncached, "%s: it is not in the cache, and this run is offline", ref).Try("run once without --offline")
}

// couldServe adds to an error of the network that the cache has what is wanted.
func couldServe(err error) error {
	f := fault.Of(err)
	if f == nil || strings.Contains(f.Hint, "--offline") {
		return err
	}
	with := *f
	with.Hint += "; --offline uses the locked copy"
	return &with
}

// exceeds is a repository that is too large or takes too long.
func exceeds(ref, what, limit string) *fault.Fault {
	return fault.New(fault.Limit, "%s: %s; the limit is %s", ref, what, limit).Try("keep templates in a repository of their own")
}

// refused is something in a repository that templates may not hold. reason
// completes "PATH …".
func refused(ref, path, reason string) *fault.Fault {
	return fault.New(fault.Unsafe, "%s: %s %s", ref, quoted(path), reason).Try("put plain files there; scaffold reads nothing else from a repository")
}

// misnamed is a source's name that cannot be used.
func misnamed(name, problem, remedy string) *fault.Fault {
	return fault.New(fault.Usage, "source %q %s", name, problem).Try(remedy)
}

// unknown is a template's name that is not in the catalogue.
func unknown(ref string, known []string) *fault.Fault {
	f := fault.New(fault.Usage, "no template is called %q", ref)
	kind, name, prefixed := strings.Cut(ref, ":")
	if !prefixed || kind != Builtin {
		kind, name = "", ref
	}
	if near, ok := nearest.Of(name, known); ok {
		if kind != "" {
			near = kind + ":" + near
		}
		return f.Try("did you mean " + near + "?")
	}
	return f.Try("templates: " + strings.Join(known, ", ") + "; a directory is written ./" + filepath.Base(ref))
}

// unreadable is a template that cannot be read.
func unreadable(ref string, err error) *fault.Fault {
	f := fault.New(fault.Source, "template %s: %v", ref, err).Try("a template is a directory with a " + manifest.FileName + " and files/")
	if f.Err = err; errors.Is(err, fs.ErrPermission) {
		f.Hint = "let this user read the template's files"
	}
	return f
}

// unfit is a template made for another version of scaffold.
func unfit(template string, m *manifest.Manifest) *fault.Fault {
	f := fault.New(fault.Template, "template %s needs scaffold %s; this is %s", template, m.Requires.Scaffold, generator.Version).Try("install a scaffold in that range, or widen it")
	f.Place = m.Problem("", "", "requires", "scaffold").Place
	f.Place.File = template + "/" + f.Place.File
	return f
}

// broken names the template of a source, or with folder "" the source, that an
// error is about.
func broken(source, folder string, err error) error {
	if folder == "" {
		return fmt.Errorf("source %s: %w", source, err)
	}
	return fmt.Errorf("template %s of source %s: %w", folder, source, err)
}
