package record

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"regexp"
	"slices"
	"time"

	"scaffold/generator/fault"
	"scaffold/generator/internal/tree"
	"scaffold/generator/manifest"
)

// maxLock is the size of a lock that is read, in bytes: a hundred thousand files
// take half of it.
const maxLock = 32 << 20

// ReadLock reads the lock of the project in dir, which may be a stranger's: its
// paths stay below the project, and all in it has the shape that scaffold
// writes. A directory without one is a fault that wraps [fs.ErrNotExist].
func ReadLock(dir fs.FS) (*Lock, error) {
	data, err := readFile(dir, LockFile, maxLock)
	if err != nil {
		return nil, broken(LockFile, err)
	}
	var doc lockDoc
	if err := manifest.DecodeLarge(LockFile, data, &doc); err != nil {
		return nil, broken(LockFile, err)
	}
	if doc.APIVersion != LockVersion {
		return nil, other(LockFile, doc.APIVersion, LockVersion)
	}
	l := doc.lock()
	if err := l.check(); err != nil {
		return nil, broken(LockFile, err)
	}
	return l, nil
}

// ReadAnswers reads a document of project answers; file names it in errors.
func ReadAnswers(file string, data []byte) (*Answers, error) {
	var doc answersDoc
	if err := manifest.Decode(file, data, &doc); err != nil {
		return nil, err
	}
	if doc.APIVersion != AnswersVersion {
		return nil, other(file, doc.APIVersion, AnswersVersion)
	}
	a := &Answers{}
	for _, p := range doc.Parts {
		a.Parts = append(a.Parts, AnswersPart{Path: p.Path, Template: Template(p.Template), Signals: p.Signals, Answers: values(p.Answers)})
	}
	if err := a.check(); err != nil {
		return nil, broken(file, err)
	}
	return a, nil
}

// ReadAnswersIn reads the answers of the project in dir.
func ReadAnswersIn(dir fs.FS) (*Answers, error) {
	data, err := readFile(dir, AnswersFile, 1<<20)
	if err != nil {
		return nil, broken(AnswersFile, err)
	}
	return ReadAnswers(AnswersFile, data)
}

// readFile reads a regular file of a bounded size.
func readFile(dir fs.FS, name string, limit int64) ([]byte, error) {
	info, err := fs.Stat(dir, name) // before opening: a FIFO would wait for a writer
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("it is not a regular file")
	}
	f, err := dir.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err == nil && int64(len(data)) > limit {
		err = fault.New(fault.Limit, "it has more than %d bytes", limit)
	}
	return data, err
}

type lockDoc struct {
	APIVersion string        `yaml:"apiVersion"`
	Scaffold   string        `yaml:"scaffold"`
	Parts      []lockPartDoc `yaml:"parts"`
}

type lockPartDoc struct {
	Path           string             `yaml:"path"`
	Answers        manifest.Answers   `yaml:"answers"`
	Signals        []string           `yaml:"signals"`
	Date           string             `yaml:"date"`
	Recommendation map[string]any     `yaml:"recommendation"`
	Tree           string             `yaml:"tree"`
	Layers         []layerDoc         `yaml:"layers"`
	Files          map[string]fileDoc `yaml:"files"`
}

type layerDoc struct {
	Name    string  `yaml:"name"`
	Source  string  `yaml:"source"`
	Ref     string  `yaml:"ref"`
	Commit  *string `yaml:"commit"`
	Version string  `yaml:"version"`
	SHA256  string  `yaml:"sha256"`
	Format  string  `yaml:"format"`
}

type fileDoc struct {
	SHA256  *string `yaml:"sha256"`
	Mode    string  `yaml:"mode"`
	Layer   string  `yaml:"layer"`
	Managed string  `yaml:"managed"`
	Merge   string  `yaml:"merge"`
}

type answersDoc struct {
	APIVersion string           `yaml:"apiVersion"`
	Parts      []answersPartDoc `yaml:"parts"`
}

type answersPartDoc struct {
	Path     string           `yaml:"path"`
	Template templateDoc      `yaml:"template"`
	Signals  []string         `yaml:"signals"`
	Answers  manifest.Answers `yaml:"answers"`
}

type templateDoc struct {
	Source string `yaml:"source"`
	Ref    string `yaml:"ref"`
}

func (d lockDoc) lock() *Lock {
	l := &Lock{Scaffold: d.Scaffold}
	for _, p := range d.Parts {
		part := LockPart{Path: p.Path, Answers: values(p.Answers), Signals: p.Signals, Date: p.Date, Recommendation: asJSON(p.Recommendation), Tree: p.Tree}
		for _, y := range p.Layers {
			part.Layers = append(part.Layers, Layer{Name: y.Name, Source: y.Source, Ref: y.Ref, Commit: text(y.Commit), Version: y.Version, SHA256: y.SHA256, Format: y.Format})
		}
		for _, path := range slices.Sorted(maps.Keys(p.Files)) {
			f := p.Files[path]
			part.Files = append(part.Files, File{Path: path, SHA256: text(f.SHA256), Mode: f.Mode, Layer: f.Layer, Managed: f.Managed, Merge: f.Merge})
		}
		l.Parts = append(l.Parts, part)
	}
	return l
}

func text(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

// values gives answers by id, since their order is not known any more.
func values(a manifest.Answers) Values {
	var out Values
	for _, id := range slices.Sorted(maps.Keys(a)) {
		out = append(out, Value{ID: id, Value: a[id]})
	}
	return out
}

// asJSON is a value as JSON knows it: whole numbers are float64, too. A value
// that JSON cannot hold is nil.
func asJSON(v map[string]any) any {
	if v == nil {
		return nil
	}
	var out any
	if data, err := json.Marshal(v); err == nil {
		_ = json.Unmarshal(data, &out)
	}
	return out
}

var (
	digestText = regexp.MustCompile(`^sha256:[0-9a-f]{64}$`)
	sumText    = regexp.MustCompile(`^[0-9a-f]{64}$`)
)

func (a *Answers) check() error {
	paths := make([]string, len(a.Parts))
	for i, p := range a.Parts {
		paths[i] = p.Path
		if p.Template.Source == "" {
			return fmt.Errorf("part %q names no template", p.Path)
		}
	}
	return checkParts(paths)
}

func (l *Lock) check() error {
	paths := make([]string, len(l.Parts))
	for i, p := range l.Parts {
		paths[i] = p.Path
		if err := p.check(); err != nil {
			return fmt.Errorf("part %q: %w", p.Path, err)
		}
	}
	return checkParts(paths)
}

// checkParts holds that there are parts, each in a place of its own below the
// project.
func checkParts(paths []string) error {
	if len(paths) == 0 {
		return fmt.Errorf("it lists no parts")
	}
	for i, path := range paths {
		if path != "." {
			if _, err := tree.SafeRel(path); err != nil {
				return err
			}
		}
		if slices.Contains(paths[:i], path) {
			return fmt.Errorf("part %q is there twice", path)
		}
	}
	return nil
}

func (p LockPart) check() error {
	if len(p.Layers) == 0 {
		return fmt.Errorf("it has no layers")
	}
	names := []string{""}
	for _, l := range p.Layers {
		if l.Name == "" || l.Source == "" || !digestText.MatchString(l.SHA256) {
			return fmt.Errorf("layer %q lacks its name, source or digest", l.Name)
		}
		names = append(names, l.Name)
	}
	if !digestText.MatchString(p.Tree) {
		return fmt.Errorf("tree %q is no digest", p.Tree)
	}
	if _, err := time.Parse(time.DateOnly, p.Date); err != nil {
		return fmt.Errorf("date %q is none", p.Date)
	}
	for _, f := range p.Files {
		if err := f.check(names); err != nil {
			return err
		}
	}
	return nil
}

func (f File) check(layers []string) error {
	_, err := tree.SafeRel(f.Path)
	switch {
	case err != nil:
		return err
	case f.SHA256 != "" && !sumText.MatchString(f.SHA256):
		return fmt.Errorf("the sha256 of %s is none", f.Path)
	case !slices.Contains([]string{"0644", "0755", "link"}, f.Mode):
		return fmt.Errorf("the mode of %s is %q", f.Path, f.Mode)
	case !slices.Contains(manifest.ManagedModes(), f.Managed):
		return fmt.Errorf("%s is managed %q", f.Path, f.Managed)
	case f.Merge != "" && !slices.Contains(manifest.MergeModes(), f.Merge):
		return fmt.Errorf("%s is merged as %q", f.Path, f.Merge)
	case !slices.Contains(layers, f.Layer):
		return fmt.Errorf("%s comes from %q, which is no layer", f.Path, f.Layer)
	}
	return nil
}

// broken is a record that is missing, unreadable or of another shape.
func broken(file string, err error) error {
	f := fault.New(fault.Destination, "%s cannot be read: %v", file, err)
	if errors.Is(err, fs.ErrNotExist) {
		f.Message = "it was not made by scaffold: there is no " + file
	}
	if inner := fault.Of(err); inner != nil {
		f.Place = inner.Place
	}
	f.Err = err
	return f.Try("name a project's directory; " + file + " is in its first commit")
}

// other is a record of another version.
func other(file, version, known string) error {
	return fault.New(fault.Destination, "%s is of version %q; this scaffold reads %s", file, version, known).
		Try("use the scaffold that made the project, or a newer one")
}
