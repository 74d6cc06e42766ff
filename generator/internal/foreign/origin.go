package foreign

import (
	"io/fs"
	"path"
	"strings"

	"scaffold/generator/fault"
	"scaffold/generator/internal/jinja"
	"scaffold/generator/internal/late"
	"scaffold/generator/manifest"
)

// SourceAnswer is the name under which a project of copier keeps the address of
// its template as copier wrote it, so that the answers file stays what copier
// reads.
const SourceAnswer = "_src_path"

// An Origin is what another tool has left in a project: which template made it,
// and the answers.
type Origin struct {
	Tool      string
	File      string // that it was read from
	Reference string // of the template, as scaffold takes it; "" where it does not say
	values    *jinja.Dict
}

// cruftFile is where cruft keeps what a project was made from.
const cruftFile = ".cruft.json"

// copierAnswers are the names of copier's answers file.
var copierAnswers = []string{".copier-answers.yml", ".copier-answers.yaml"}

// FindOrigin looks for the file of a tool in a project. A template that is named
// by a relative path is looked for from a directory, as its tool does. An error
// that is [fs.ErrNotExist] says that there is none.
func FindOrigin(fsys fs.FS, from string) (*Origin, error) {
	b := &base{fsys: fsys}
	for _, name := range copierAnswers {
		if regular(fsys, name) {
			text, err := b.config(name)
			if err != nil {
				return nil, err
			}
			return copierOrigin(name, text, from)
		}
	}
	if regular(fsys, cruftFile) {
		text, err := b.config(cruftFile)
		if err != nil {
			return nil, err
		}
		return cruftOrigin(text, from)
	}
	return nil, fs.ErrNotExist
}

func copierOrigin(name, text, from string) (*Origin, error) {
	v, err := jinja.YAMLReader{}.One(text)
	if err != nil {
		return nil, fault.New(fault.Encoded, "%v", err).At(name, 0, 0).Try("restore the file as copier wrote it")
	}
	d, ok := v.(*jinja.Dict)
	if !ok {
		return nil, fault.New(fault.Encoded, "it is not a mapping").At(name, 0, 0).Try("restore the file as copier wrote it")
	}
	o := &Origin{Tool: Copier, File: name, values: d}
	source, _ := d.Get("_src_path")
	commit, _ := d.Get("_commit")
	where, _ := source.(string)
	at, _ := commit.(string)
	if where != "" {
		o.Reference = reference(from, where, at, "")
	}
	return o, nil
}

func cruftOrigin(text, from string) (*Origin, error) {
	v, err := jinja.ReadJSON(text)
	if err != nil {
		line, column := jsonPlace(text, err)
		return nil, fault.New(fault.Encoded, "this is not JSON: %v", err).At(cruftFile, line, column).Try("restore the file as cruft wrote it")
	}
	d, _ := v.(*jinja.Dict)
	get := func(name string) string {
		if d == nil {
			return ""
		}
		v, _ := d.Get(name)
		s, _ := v.(string)
		return s
	}
	o := &Origin{Tool: Cookiecutter, File: cruftFile, values: replayValues(v, "context")}
	if o.values == nil || get("template") == "" {
		return nil, fault.New(fault.Encoded, "it names no template with its answers").At(cruftFile, 0, 0).Try("restore the file as cruft wrote it")
	}
	o.Reference = reference(from, get("template"), get("commit"), get("directory"))
	return o, nil
}

// replayValues are the answers in {"cookiecutter": {…}}, below a key.
func replayValues(v jinja.Value, below string) *jinja.Dict {
	d, _ := v.(*jinja.Dict)
	if d != nil && below != "" {
		inner, _ := d.Get(below)
		d, _ = inner.(*jinja.Dict)
	}
	if d == nil {
		return nil
	}
	inner, _ := d.Get("cookiecutter")
	out, _ := inner.(*jinja.Dict)
	return out
}

// Replayed reads a replay file of cookiecutter; nil for anything else.
func Replayed(name string, data []byte) *Origin {
	v, err := jinja.ReadJSON(string(data))
	if err != nil {
		return nil
	}
	values := replayValues(v, "")
	if values == nil {
		return nil
	}
	return &Origin{Tool: Cookiecutter, File: name, values: values}
}

var (
	described = late.Pattern(`-\d+-g([0-9a-f]{4,40})$`)
	scpForm   = late.Pattern(`^[\w.-]+@[\w.-]+:`)
)

// reference is an address of theirs as scaffold takes it. The commit may be
// abbreviated: a commit between two tags has the end of its name alone.
func reference(from, where, commit, folder string) string {
	if m := described().FindStringSubmatch(commit); m != nil {
		commit = m[1]
	}
	for short, host := range map[string]string{"gh:": "https://github.com/", "gl:": "https://gitlab.com/"} {
		if rest, ok := strings.CutPrefix(where, short); ok {
			where = host + strings.TrimSuffix(rest, ".git") + ".git"
		}
	}
	where = strings.TrimPrefix(where, "git+")
	switch {
	case strings.Contains(where, "://"):
	case scpForm().MatchString(where):
		user, rest, _ := strings.Cut(where, ":")
		where = "ssh://" + user + "/" + rest
	case commit != "":
		where = "file://" + below(from, where)
	default:
		return path.Join(below(from, where), folder)
	}
	where = "git+" + where
	if commit != "" {
		where += "@" + commit
	}
	if folder != "" {
		where += "#" + folder
	}
	return where
}

func below(from, where string) string {
	if path.IsAbs(where) {
		return path.Clean(where)
	}
	return path.Join(from, where)
}

// Answers are the answers to the questions of a template, as they are given.
// What it no longer asks is left out.
func (o *Origin) Answers(m *manifest.Manifest) manifest.Answers {
	out := manifest.Answers{}
	o.values.Each(func(k, v jinja.Value) {
		name, _ := k.(string)
		q, ok := m.Question(questionID(name))
		switch {
		case name == SourceAnswer && m.Foreign() == Copier:
			out[name] = manifest.Scalar{Text: asked(v)}
		case !ok:
		case q.Type == manifest.Multi:
			s := manifest.Scalar{Many: true, List: []string{}}
			for _, x := range items(v) {
				s.List = append(s.List, asked(x))
			}
			out[q.ID] = s
		default:
			out[q.ID] = manifest.Scalar{Text: asked(v)}
		}
	})
	return out
}
