// Package record is what a project keeps of how it was made: .scaffold/answers.yaml,
// which people edit, and .scaffold/lock.yaml, which an update starts from. Both
// are lists of parts, one a generated service.
//
// It writes and reads the two documents and holds what it reads against their
// shape. It touches no disk and renders nothing.
package record

import (
	"cmp"
	"strings"

	"scaffold/generator/manifest"
)

// The files, below the project's directory.
const (
	AnswersFile = ".scaffold/answers.yaml"
	LockFile    = ".scaffold/lock.yaml"
)

// The versions of the documents.
const (
	AnswersVersion = "scaffold/answers/v1"
	LockVersion    = "scaffold/lock/v1"
)

// Answers is answers.yaml: plain, and edited by hand. It holds no secrets.
type Answers struct {
	Parts []AnswersPart
}

// An AnswersPart is what one part was asked for.
type AnswersPart struct {
	Path     string // below the project's directory, "." is the directory itself
	Template Template
	Signals  []string
	Answers  Values
}

// A Template is what a person named.
type Template struct {
	Source string
	Ref    string
}

// Lock is lock.yaml: what was generated, and from what.
type Lock struct {
	Scaffold string // the version that made the project
	Parts    []LockPart
}

// A LockPart is one part as it was generated.
type LockPart struct {
	Path           string
	Answers        Values // the base of an update
	Signals        []string
	Date           string // what .scaffold.date was
	Recommendation any    // as templates saw it; nil without one
	Tree           string // the digest of the files without secrets
	Layers         []Layer
	Files          []File
}

// A Layer is one template of a chain, from the base to the one that was chosen.
type Layer struct {
	Name    string `json:"name"`
	Source  string `json:"source"` // without credentials
	Ref     string `json:"ref"`    // as requested
	Commit  string `json:"commit,omitempty"`
	Version string `json:"version"`
	SHA256  string `json:"digest"`           // of the layer's whole directory
	Format  string `json:"format,omitempty"` // the tool that it is written for; "" is scaffold
}

// A File is one generated file.
type File struct {
	Path    string // below its part
	SHA256  string // hex, as generated; "" where a secret went into it
	Mode    string // 0644, 0755 or link
	Layer   string // that gave it
	Managed string // free, strict, once or lock
	Merge   string // how an update merges it: json, yaml or toml; "" where no rule says so
}

// Values are answers in the order of the questions.
type Values []Value

// A Value is one answer: a string, an int, a bool or a []string; after reading a
// [manifest.Scalar].
type Value struct {
	ID    string
	Value any
}

// Answers gives the values as they would be typed.
func (v Values) Answers() manifest.Answers {
	out := manifest.Answers{}
	for _, one := range v {
		switch x := one.Value.(type) {
		case manifest.Scalar:
			out[one.ID] = x
		case []string:
			out[one.ID] = manifest.Scalar{List: x, Many: true}
		default:
			out[one.ID] = manifest.Scalar{Text: manifest.Typed(x)}
		}
	}
	return out
}

// Template is the layer that the person chose.
func (p LockPart) Template() Layer { return p.Layers[len(p.Layers)-1] }

// Reference names a layer so that its source gives the same bytes again.
func (l Layer) Reference() string { return reference(l.Source, cmp.Or(l.Commit, l.Ref)) }

// Reference names a template as --template takes it.
func (t Template) Reference() string { return reference(t.Source, t.Ref) }

// reference puts a ref into an address; other sources have none in their name.
func reference(source, ref string) string {
	if !strings.HasPrefix(source, "git+") || ref == "" {
		return source
	}
	repo, folder, ok := strings.Cut(source, "#")
	if !ok {
		return repo + "@" + ref
	}
	return repo + "@" + ref + "#" + folder
}
