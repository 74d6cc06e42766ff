package generator

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"

	"github.com/goccy/go-yaml"

	"scaffold/generator/fault"
	"scaffold/generator/internal/tree"
	"scaffold/generator/manifest"
)

// What scaffold keeps in a generated project. Neither file holds a time of day
// or a secret, so that two runs give the same bytes.
const (
	AnswersFile = ".scaffold/answers.yaml"
	LockFile    = ".scaffold/lock.yaml"
)

const lockVersion = "scaffold/lock/v1"

// answersRecord is .scaffold/answers.yaml: plain, and edited by hand.
type answersRecord struct {
	APIVersion string         `yaml:"apiVersion"`
	Template   templateRecord `yaml:"template,flow"`
	Signals    []string       `yaml:"signals,flow"`
	Answers    yaml.MapSlice  `yaml:"answers"`
}

type templateRecord struct {
	Source string `yaml:"source"`
	Ref    string `yaml:"ref"`
}

// lockRecord is .scaffold/lock.yaml: what an update starts from.
type lockRecord struct {
	APIVersion string       `yaml:"apiVersion"`
	Scaffold   string       `yaml:"scaffold"`
	Parts      []partRecord `yaml:"parts"`
}

type partRecord struct {
	Path    string        `yaml:"path"`
	Answers yaml.MapSlice `yaml:"answers"`
	Signals []string      `yaml:"signals,flow"`
	Tree    string        `yaml:"tree"`
	Layers  []layerRecord `yaml:"layers"`
	Files   yaml.MapSlice `yaml:"files"`
}

// layerRecord writes commit: null where a layer has none.
type layerRecord struct {
	Name    string  `yaml:"name"`
	Source  string  `yaml:"source"`
	Ref     string  `yaml:"ref"`
	Commit  *string `yaml:"commit"`
	Version string  `yaml:"version"`
	SHA256  string  `yaml:"sha256"`
}

type fileRecord struct {
	SHA256  string `yaml:"sha256"`
	Mode    string `yaml:"mode"`
	Layer   string `yaml:"layer"`
	Managed string `yaml:"managed"`
	Merge   string `yaml:"merge,omitempty"` // how an update merges it, where a rule says so
}

// MarshalYAML keeps a file on one line, so that a diff of the lock reads well.
func (f fileRecord) MarshalYAML() ([]byte, error) {
	type plain fileRecord
	return yaml.MarshalWithOptions(plain(f), yaml.Flow(true))
}

// records renders answers.yaml and lock.yaml of a plan.
func (p *Plan) records() ([]tree.File, error) {
	part := p.Parts[0]
	top := part.Template.Top()
	recorded := part.recorded()
	answers, err := recordFile(AnswersFile, "# The answers that this project was made with.\n", answersRecord{
		APIVersion: manifest.AnswersVersion,
		Template:   templateRecord{Source: top.Source, Ref: top.Ref},
		Signals:    part.Signals,
		Answers:    recorded,
	})
	if err != nil {
		return nil, err
	}
	lock, err := recordFile(LockFile, "# What scaffold generated, and from what. Do not edit.\n", lockRecord{
		APIVersion: lockVersion,
		Scaffold:   Version,
		Parts: []partRecord{{
			Path: part.Path, Answers: recorded, Signals: part.Signals, Tree: part.tree.Digest(),
			Layers: layerRecords(part.Template.Layers), Files: part.fileRecords(),
		}},
	})
	if err != nil {
		return nil, err
	}
	return []tree.File{answers, lock}, nil
}

func recordFile(path, comment string, v any) (tree.File, error) {
	rel, err := tree.SafeRel(path)
	if err != nil {
		return tree.File{}, err
	}
	data, err := yaml.Marshal(v)
	if err != nil {
		return tree.File{}, fmt.Errorf("writing %s: %w", path, err)
	}
	return tree.File{Path: rel, Mode: 0o644, Data: append([]byte(comment), data...), Source: "scaffold's own " + path}, nil
}

func layerRecords(layers []Layer) []layerRecord {
	out := make([]layerRecord, len(layers))
	for i, l := range layers {
		out[i] = layerRecord{Name: l.Name, Source: l.Source, Ref: l.Ref, Version: l.Version, SHA256: l.SHA256}
		if l.Commit != "" {
			out[i].Commit = &l.Commit
		}
	}
	return out
}

// recorded lists what decides the rendered bytes and may be kept: the name, the
// active answers without secrets, and the given variables that have a value.
func (p *Part) recorded() yaml.MapSlice {
	out := yaml.MapSlice{{Key: "name", Value: p.Answers.Vars["name"]}}
	for _, a := range p.Answers.Asked {
		if a.Active && a.Question.Type != manifest.Secret {
			out = append(out, yaml.MapItem{Key: a.Question.ID, Value: a.Value})
		}
	}
	for _, id := range manifest.Defaulted() {
		asked := slices.ContainsFunc(p.Answers.Asked, func(a manifest.Asked) bool { return a.Question.ID == id })
		if v := p.Answers.Vars[id]; !asked && v != "" {
			out = append(out, yaml.MapItem{Key: id, Value: v})
		}
	}
	return out
}

func (p *Part) fileRecords() yaml.MapSlice {
	var out yaml.MapSlice
	for _, f := range p.tree.Files() {
		managed, merge := p.care(f)
		out = append(out, yaml.MapItem{Key: f.Path.String(), Value: fileRecord{
			SHA256: f.Sum(), Mode: modeText(f), Layer: f.Layer, Managed: managed, Merge: merge,
		}})
	}
	return out
}

// modeText is the mode as the manifest writes it, or "link".
func modeText(f tree.File) string {
	switch f.GitMode() {
	case "100755":
		return "0755"
	case "120000":
		return "link"
	default:
		return "0644"
	}
}

// A Record is what a project's lock file says it was made from.
type Record struct {
	Scaffold string // the version that made it
	Parts    []RecordedPart
}

// A RecordedPart is one generated service of a project.
type RecordedPart struct {
	Path   string
	Layers []Layer // from the base to the template that was chosen
}

// Template is the layer that the person chose.
func (p RecordedPart) Template() Layer { return p.Layers[len(p.Layers)-1] }

// ReadRecord reads the lock file of the project in dir. A directory without one
// is a fault that wraps [fs.ErrNotExist].
func ReadRecord(dir fs.FS) (*Record, error) {
	data, err := fs.ReadFile(dir, LockFile)
	if err != nil {
		return nil, recordFault(err)
	}
	var lock lockRecord
	if err := manifest.Decode(LockFile, data, &lock); err != nil {
		return nil, recordFault(err)
	}
	if lock.APIVersion != lockVersion {
		return nil, recordFault(fmt.Errorf("apiVersion is %q; this version of scaffold reads %s", lock.APIVersion, lockVersion))
	}
	r := &Record{Scaffold: lock.Scaffold}
	for _, p := range lock.Parts {
		part := RecordedPart{Path: p.Path}
		for _, l := range p.Layers {
			part.Layers = append(part.Layers, l.layer())
		}
		if len(part.Layers) == 0 {
			return nil, recordFault(fmt.Errorf("part %q has no layers", p.Path))
		}
		r.Parts = append(r.Parts, part)
	}
	if len(r.Parts) == 0 {
		return nil, recordFault(errors.New("it lists no parts"))
	}
	return r, nil
}

func (l layerRecord) layer() Layer {
	out := Layer{Name: l.Name, Source: l.Source, Ref: l.Ref, Version: l.Version, SHA256: l.SHA256}
	if l.Commit != nil {
		out.Commit = *l.Commit
	}
	return out
}

// recordFault is a project whose lock file is missing or unreadable.
func recordFault(err error) error {
	f := fault.New(fault.Destination, "%s cannot be read: %v", LockFile, err)
	if errors.Is(err, fs.ErrNotExist) {
		f.Message = "it was not made by scaffold: there is no " + LockFile
	}
	f.Err = err
	return f.Try("name a project's directory; " + LockFile + " is in its first commit")
}
