package templatetest

import (
	"fmt"
	"io/fs"
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"

	"scaffold/generator/internal/tree"
	"scaffold/generator/manifest"
)

var field = regexp.MustCompile(`\{\{ *\.([A-Za-z_][A-Za-z0-9_]*) *\}\}`)

// names looks for names that Windows cannot have, and for what git, Go's
// embedding or a package would leave out.
func (l *linter) names() {
	for _, f := range l.files {
		name := strings.TrimSuffix(below(f), suffix)
		plain := field.ReplaceAllLiteralString(name, "x")
		if _, err := tree.SafeRel(plain); err != nil {
			l.aboutFile(RuleName, f, err.Error(), "rename it")
		} else if i := strings.IndexAny(plain, `<>"|?*{}`); i >= 0 {
			l.aboutFile(RuleName, f, fmt.Sprintf("the name has the character %q, which Windows cannot have or which is half a {{ .field }}", plain[i]), "rename it, or work the name out under computed")
		}
		l.dropped(f)
		l.executable(f)
	}
	for _, d := range l.empty {
		l.aboutFile(RulePackaging, d, "the directory is empty, and git keeps no empty directories", "put a file into it, such as .gitkeep")
	}
	for _, f := range l.links {
		l.aboutFile(RulePackaging, f, "a link is lost where a template is packed", "make it a file")
	}
}

// executable looks for files that are so in the template and will not be in a
// project: their modes come from rules.
func (l *linter) executable(f string) {
	info, err := fs.Lstat(l.t.FS, f)
	rule := l.m.RuleFor(below(f))
	if err != nil || !info.Mode().IsRegular() || info.Mode()&0o111 == 0 || rule != nil && rule.Mode != "" {
		return
	}
	l.aboutFile(RulePackaging, f, "it is executable here, and will not be in a project: modes come from rules", fmt.Sprintf("add {glob: %q, mode: \"0755\"} to files:, or chmod -x", below(f)))
}

// dropped looks for files that do not survive as they are stored.
func (l *linter) dropped(f string) {
	base := path.Base(f)
	switch {
	case base == ".gitignore" || base == ".gitattributes":
		l.aboutFile(RulePackaging, f, "a raw "+base+" acts on the template's own repository: git would skip or change its siblings", "store it as "+base+suffix)
	case base == "go.mod":
		l.aboutFile(RulePackaging, f, "a directory with a go.mod is a module of its own, and left out of packages", "store it as go.mod"+suffix)
	case slices.Contains(strings.Split(path.Dir(below(f)), "/"), "vendor"):
		l.aboutFile(RulePackaging, f, "a directory named vendor is left out of packages", "rename it")
	case strings.HasPrefix(below(f), ".scaffold/"):
		l.aboutFile(RuleName, f, ".scaffold/ is where scaffold keeps its own records", "rename it")
	}
}

func (l *linter) aboutFile(rule, file, message, try string) {
	l.add(Finding{Rule: rule, File: file, Message: message, Try: try})
}

// hostile are answers that must not become part of a path.
var hostile = []string{"../x", "..", "/x", "a/../../x", `..\x`, ".git", "x/"}

// unsafeAnswers looks for questions whose answer leads out of the project, and
// that accept such an answer. It would be refused when a project is made; the
// person should learn it while typing.
func (l *linter) unsafeAnswers() {
	for i := range l.m.Questions {
		q := &l.m.Questions[i]
		if !q.Type.IsText() {
			continue
		}
		for _, answer := range hostile {
			if file, made := l.leads(q, answer); file != "" {
				l.inManifest(RulePath, fmt.Sprintf("the answer %s=%s is accepted, and gives %s the path %q", q.ID, answer, file, made),
					"add a validate rule, such as pattern: '^[a-z][a-z0-9_]*$'", "questions", i, "id")
				break
			}
		}
	}
}

// leads gives a file whose path is refused with the answer, if the question
// accepts it.
func (l *linter) leads(q *manifest.Question, answer string) (file, made string) {
	usual, err := settle(l.m, given(l.t, "demo", nil, nil), nil)
	if err != nil {
		return "", ""
	}
	r, err := settle(l.m, given(l.t, "demo", nil, nil), manifest.Answers{q.ID: {Text: answer}})
	if err != nil || r.Vars[q.ID] != answer { // refused, or not asked
		return "", ""
	}
	for _, f := range l.files {
		filled := l.fill(f, r.Vars)
		if filled == l.fill(f, usual.Vars) {
			continue
		}
		if _, err := tree.SafeRel(filled); err != nil {
			return f, filled
		}
	}
	return "", ""
}

// fill gives the generated path of a file; the element of an each is x.
func (l *linter) fill(file string, vars map[string]any) string {
	if rule := l.m.RuleFor(below(file)); rule != nil && rule.As != "" {
		vars = maps.Clone(vars)
		vars[rule.As] = "x"
	}
	return field.ReplaceAllStringFunc(strings.TrimSuffix(below(file), suffix), func(match string) string {
		return fmt.Sprint(vars[field.FindStringSubmatch(match)[1]])
	})
}
