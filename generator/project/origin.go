package project

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"scaffold/generator/fault"
	"scaffold/generator/internal/foreign"
	"scaffold/generator/manifest"
)

// An Origin is what another tool has left in a project about where it came from.
type Origin = foreign.Origin

// FindOrigin reads what copier or cruft has left in a directory; nil where there
// is nothing of theirs. A template that it names by a relative path is looked for
// from the directory from.
func FindOrigin(dir, from string) (*Origin, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, fault.New(fault.Destination, "%s is not a directory that can be read", dir).Try("name a project's directory")
	}
	defer root.Close()
	o, err := foreign.FindOrigin(root.FS(), filepath.ToSlash(from))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return o, err
}

// Replayed reads the answers of a replay file of cookiecutter; nil for any other
// document.
func Replayed(name string, data []byte) *Origin { return foreign.Replayed(name, data) }

// AnswersOf are the answers of an origin to the questions of a template.
func AnswersOf(o *Origin, m *manifest.Manifest) manifest.Answers { return o.Answers(m) }
