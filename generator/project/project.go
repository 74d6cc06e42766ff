// Package project is a project that scaffold made: what its record says, held
// against its shape, and the templates that it came from.
//
// It reads .scaffold/ and nothing else of the project, and changes nothing.
package project

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"scaffold/generator"
	"scaffold/generator/fault"
	"scaffold/generator/internal/record"
	"scaffold/generator/source"
)

// A Project is a directory with a record.
type Project struct {
	Dir      string // absolute
	Scaffold string // the version that made it
	Parts    []Part // at least one
}

// A Part is one generated service, as it was generated. Its paths are safe and
// below the project, whatever the record says.
type Part = record.LockPart

// Asked is what a part is asked for now: its answers may have been edited since.
type Asked = record.AnswersPart

// Open reads the record of the project in dir.
func Open(ctx context.Context, dir string) (*Project, error) {
	p := &Project{Dir: dir}
	err := p.within(ctx, func(root *os.Root) error {
		lock, err := record.ReadLock(root.FS())
		if err == nil {
			p.Scaffold, p.Parts = lock.Scaffold, lock.Parts
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return p, nil
}

// Asked reads answers.yaml, a part in the place of each of the lock's.
func (p *Project) Asked(ctx context.Context) ([]Asked, error) {
	byPath := map[string]Asked{}
	err := p.within(ctx, func(root *os.Root) error {
		answers, err := record.ReadAnswersIn(root.FS())
		if err != nil {
			return err
		}
		for _, a := range answers.Parts {
			byPath[a.Path] = a
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	asked := make([]Asked, len(p.Parts))
	for i, part := range p.Parts {
		a, ok := byPath[part.Path]
		if !ok || len(byPath) != len(p.Parts) {
			return nil, fault.New(fault.Destination, "%s and %s do not have the same parts", record.AnswersFile, record.LockFile).
				Try("restore them as they are in the last commit")
		}
		asked[i] = a
	}
	return asked, nil
}

// within opens the directory: nothing outside of it is read.
func (p *Project) within(ctx context.Context, read func(*os.Root) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	root, err := os.OpenRoot(p.Dir)
	if err != nil {
		return fault.New(fault.Destination, "%s is not a directory that can be read", filepath.Base(p.Dir)).Try("name a project's directory")
	}
	defer root.Close()
	return read(root)
}

// PartDir is where a part is.
func (p *Project) PartDir(part Part) string {
	return filepath.Join(p.Dir, filepath.FromSlash(part.Path))
}

// Load gives the template that a part was made from. A layer that is built in
// may be another one by now, and a warning says so; any other has to be what was
// locked.
func Load(ctx context.Context, from *source.Catalog, part Part) (*generator.Template, []string, error) {
	t, err := from.Of(part.Layers).Load(ctx, part.Template().Reference())
	if err != nil {
		return nil, nil, err
	}
	if len(t.Layers) != len(part.Layers) {
		return nil, nil, moved(part.Template())
	}
	var warnings []string
	for i, was := range part.Layers {
		now := t.Layers[i]
		switch {
		case now.Source == was.Source && now.SHA256 == was.SHA256:
		case now.Source == was.Source && strings.HasPrefix(was.Source, source.Builtin+":"):
			warnings = append(warnings, fmt.Sprintf("the project was made by another %s (%s); it is verified by the steps of %s", was.Name, was.Version, now.Version))
		default:
			return nil, nil, moved(was)
		}
	}
	return t, warnings, nil
}

// moved is a template that is no longer what a project was made from.
func moved(layer record.Layer) error {
	return fault.New(fault.Moved, "template %s is not what this project was made from", layer.Source).
		Try("restore the template that " + record.LockFile + " names")
}
