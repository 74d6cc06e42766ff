package manifest

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/bmatcuk/doublestar/v4"
)

// Where a template's files lie, below its directory. A name with the suffix is
// rendered, and loses it.
const (
	FilesDir    = "files"
	PartialsDir = "partials"
	Suffix      = ".tmpl"
)

// Below is a source file's path below files/, which globs match.
func Below(source string) string { return strings.TrimPrefix(source, FilesDir+"/") }

// RuleFor finds the first rule whose glob matches a source path below files/;
// nil where none does: such a file is copied or rendered as it is.
func (m *Manifest) RuleFor(path string) *FileRule {
	for i := range m.Files {
		if Match(m.Files[i].Glob, path) {
			return &m.Files[i]
		}
	}
	return nil
}

// DelimitersFor gives the delimiters of a template file below files/.
func (m *Manifest) DelimitersFor(path string) (left, right string) {
	for _, d := range m.Render.Delimiters {
		if Match(d.Glob, path) {
			return d.Use[0], d.Use[1]
		}
	}
	return "{{", "}}"
}

// Wanted reports whether the rule's files are wanted.
func (r *FileRule) Wanted(vars map[string]any) (bool, error) { return r.when.holds(vars) }

// Elements gives what the rule repeats its files for.
func (r *FileRule) Elements(vars map[string]any) ([]any, error) {
	if r.each == nil {
		return nil, nil
	}
	v, err := r.each.eval(vars)
	if err != nil {
		return nil, err
	}
	switch list := v.(type) {
	case []any:
		return list, nil
	case []string:
		out := make([]any, len(list))
		for j, s := range list {
			out[j] = s
		}
		return out, nil
	default:
		return nil, fmt.Errorf("each gives %T, not a list of texts", v)
	}
}

// ActionsOn lists the hooks that apply at a moment, new or update, in the order
// of the manifest. A hook that names no moment is for new.
func (m *Manifest) ActionsOn(moment string, vars map[string]any) ([]Action, error) {
	if m.format != nil {
		return m.format.Actions(moment, vars)
	}
	var out []Action
	for _, a := range m.Actions {
		if !slices.Contains(a.On, moment) && (len(a.On) > 0 || moment != "new") {
			continue
		}
		wanted, err := a.when.holds(vars)
		if err != nil {
			return nil, fmt.Errorf("condition of action %s: %w", a.ID, err)
		}
		if wanted {
			out = append(out, a)
		}
	}
	return out, nil
}

// AlternativesFor lists the texts of the alternatives that hold for the
// signals, in the order of the manifest.
func (m *Manifest) AlternativesFor(signals []string) []string {
	if signals == nil {
		signals = []string{}
	}
	var texts []string
	for _, a := range m.Alternatives {
		if ok, err := a.when.holds(map[string]any{"signals": signals}); err == nil && ok {
			texts = append(texts, a.Text)
		}
	}
	return texts
}

// Match reports whether a glob matches a slash-separated path. {{ … }} in a
// glob is literal, {a,b} an alternative.
func Match(glob, path string) bool { return doublestar.MatchUnvalidated(literalBraces(glob), path) }

// MayGive reports whether a source path below files/ can give a generated path
// that an overlay names: a path, or a glob. Fields in both are compared as
// texts; a field of one side may hold what the other side spells out.
func MayGive(source, named string) bool {
	source = strings.TrimSuffix(source, Suffix)
	if source == named || Match(named, source) {
		return true
	}
	if !strings.Contains(source, "{{") {
		return false
	}
	meta := strings.IndexAny(named, "*?[{\\")
	if meta < 0 {
		ok, _ := regexp.MatchString("^"+fields.ReplaceAllString(regexp.QuoteMeta(source), ".+")+"$", named)
		return ok
	}
	known, _, _ := strings.Cut(source, "{{")
	end, tail := source[strings.LastIndex(source, "}}")+2:], named[strings.LastIndexAny(named, "*?]}")+1:]
	return alike(known, named[:meta], strings.HasPrefix) && alike(end, tail, strings.HasSuffix)
}

// alike reports whether one of two texts starts, or ends, with the other.
func alike(a, b string, has func(string, string) bool) bool { return has(a, b) || has(b, a) }

// fields are the fields of a name, as regexp.QuoteMeta writes them.
var fields = regexp.MustCompile(`\\{\\{.*?\\}\\}`)

func literalBraces(glob string) string {
	if !strings.Contains(glob, "{{") {
		return glob // which a hundred thousand files are held against
	}
	return strings.NewReplacer("{{", `\{\{`, "}}", `\}\}`).Replace(glob)
}
