package tree

import (
	"fmt"
	"iter"

	"scaffold/generator/fault"
)

// A CollisionError reports two files of a template that cannot both be in one
// project on every file system.
type CollisionError struct {
	Paths   [2]string // as generated
	Sources [2]string // the files of the template that give them
	Reason  string    // completes "A and B …"
}

func (e *CollisionError) Error() string {
	return fmt.Sprintf("%s and %s %s", side(e.Sources[0], e.Paths[0]), side(e.Sources[1], e.Paths[1]), e.Reason)
}

// Fault is an invalid template.
func (e *CollisionError) Fault() *fault.Fault {
	return fault.New(fault.Template, "%s", e).Try("rename one of the two, or give them a `when` of which only one can be true").At(e.Sources[1], 0, 0)
}

func side(source, path string) string {
	if source == "" || source == path {
		return fmt.Sprintf("%q", path)
	}
	return fmt.Sprintf("%q (from %s)", path, source)
}

// A place is a file, or a directory that some file is in.
type place struct {
	path string // as the first file that needs it spells it
	file int    // that file
	dir  bool
}

// collisions looks for files that are in each other's way. The files are in
// path order, so the error is the same in every run.
func collisions(files []File) error {
	places := make(map[string]place, 2*len(files))
	for i, f := range files {
		for want := range placesOf(f.Path.path, i) {
			key := fold(want.path)
			have, taken := places[key]
			if !taken {
				places[key] = want
				continue
			}
			if reason := conflict(have, want); reason != "" {
				return &CollisionError{
					Paths:   [2]string{have.path, want.path},
					Sources: [2]string{files[have.file].Source, f.Source},
					Reason:  reason,
				}
			}
		}
	}
	return nil
}

// placesOf lists the directories that a file is in, outermost first, and then
// the file.
func placesOf(path string, file int) iter.Seq[place] {
	return func(yield func(place) bool) {
		for i := range len(path) {
			if path[i] == '/' && !yield(place{path: path[:i], file: file, dir: true}) {
				return
			}
		}
		yield(place{path: path, file: file})
	}
}

func conflict(a, b place) string {
	switch {
	case a.dir != b.dir:
		return "need a file and a directory in one place"
	case a.path != b.path:
		return "differ only in case or Unicode form"
	case !a.dir:
		return "are one path"
	}
	return ""
}
