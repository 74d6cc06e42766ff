package templatetest

import (
	"context"
	"fmt"
	"io/fs"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"scaffold/generator"
	"scaffold/generator/fault"
	"scaffold/generator/internal/render"
	"scaffold/generator/manifest"
	"scaffold/generator/nearest"
)

// The rules of [Lint]. docs/template-authoring.md explains each.
const (
	RuleRefused       = "refused"        // scaffold will not load or render it
	RuleVariable      = "variable"       // a text uses a name that nothing declares
	RuleUnused        = "unused"         // a question, computed name or partial that nothing uses
	RuleChoice        = "choice"         // choices that make the same project
	RuleGlob          = "glob"           // a glob that decides about no file
	RuleDelimiters    = "delimiters"     // text of another language inside the delimiters
	RuleNotRendered   = "not-rendered"   // a variable where nothing is rendered
	RuleCondition     = "condition"      // a condition that is always, or never, true
	RulePath          = "path"           // an answer that would lead out of the project
	RuleName          = "name"           // a name that Windows cannot have
	RulePackaging     = "packaging"      // what git or a package would drop
	RuleNotRepeatable = "not-repeatable" // another result on another day
	RuleCycle         = "cycle"          // partials that include each other without end
	RuleSignal        = "signal"         // a weight of a signal that nobody can give
	RuleBase          = "base"           // what an overlay replaces or patches, and that is another than it was
	RuleCase          = "case"           // a case of tests/ that cannot be read, or answers what is not asked
)

// Lint reports what is wrong with a template that loads, in the order of files
// and lines. It is rendered once, with nothing answered: what a text does with
// its values, and what an overlay changes, is seen there alone. A template that
// does not load is reported by [Refused].
// Elsewhere are the signals that other templates declare.
func Lint(ctx context.Context, t *generator.Template, elsewhere ...string) ([]Finding, error) {
	if format := t.Manifest.Format(); format != nil {
		return lintForeign(ctx, t, format)
	}
	l, err := newLinter(ctx, t)
	if err != nil {
		return nil, err
	}
	l.elsewhere = elsewhere
	for _, check := range []func(){
		l.signals, l.texts, l.next, l.commands, l.cycles, l.unused, l.choices, l.strangers, l.globs, l.conditions, l.names, l.unsafeAnswers, l.cases, l.rendered, l.base,
	} {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		check()
	}
	slices.SortFunc(l.findings, compareFindings)
	return slices.CompactFunc(l.findings, func(a, b Finding) bool { return a == b }), nil
}

type linter struct {
	ctx                 context.Context
	t                   *generator.Template
	m                   *manifest.Manifest
	places              *manifest.Places
	uses                []render.Uses
	files, links, empty []string
	expressions         []manifest.Expression
	nextUses            render.Uses // of next:
	findings            []Finding
	elsewhere           []string
}

func newLinter(ctx context.Context, t *generator.Template) (*linter, error) {
	l := &linter{ctx: ctx, t: t, m: t.Manifest, expressions: t.Manifest.Expressions(), nextUses: render.InspectText(t.Manifest.Next)}
	data, err := fs.ReadFile(t.FS, manifest.FileName)
	if err != nil {
		return nil, err
	}
	if l.places, err = manifest.ReadPlaces(data); err != nil {
		return nil, err
	}
	if l.files, l.links, l.empty, err = sourceFiles(t.FS); err != nil {
		return nil, err
	}
	l.uses, err = render.Inspect(t.FS, t.Manifest)
	return l, err
}

// add adds a finding, unless it is about a file of a base.
func (l *linter) add(f Finding) {
	if ownFile(l.t, f.File) {
		l.findings = append(l.findings, f)
	}
}

// inManifest adds a finding about an element of the manifest, unless a base
// declares it.
func (l *linter) inManifest(rule, message, try string, path ...any) {
	path, own := l.ownPath(path)
	if !own {
		return
	}
	line, column := l.places.At(path...)
	if rule == RuleSignal {
		line, column = l.places.Key(path...)
	}
	l.add(Finding{Rule: rule, File: manifest.FileName, Line: line, Column: column, Message: message, Try: try})
}

// ownPath turns the path of an element of the whole manifest into that of the
// same element in the last overlay's own; false where it is not there.
func (l *linter) ownPath(path []any) ([]any, bool) {
	if len(l.t.Overlays) == 0 {
		return path, true
	}
	over, at := l.t.Overlays[len(l.t.Overlays)-1].Manifest, -1
	switch i, _ := path[1].(int); path[0] {
	case "questions":
		at = slices.IndexFunc(over.Questions, func(q manifest.Question) bool { return q.ID == l.m.Questions[i].ID })
	case "files":
		at = slices.Index(over.Files, l.m.Files[i])
	case "actions":
		at = slices.IndexFunc(over.Actions, func(a manifest.Action) bool { return a.ID == l.m.Actions[i].ID })
	case "recommend":
		_, own := over.Recommend.Fit[fmt.Sprint(path[2])]
		return path, own
	case "verify":
		return path, over.Verify.Step(fmt.Sprint(path[1])) != nil
	case "computed":
		return path, slices.ContainsFunc(over.Computed, func(c manifest.ComputedValue) bool { return c.Name == path[1] })
	case "render":
		i, _ = path[2].(int)
		at = slices.IndexFunc(over.Render.Delimiters, func(d manifest.Delimiters) bool { return d.Glob == l.m.Render.Delimiters[i].Glob })
		return append([]any{"render", "delimiters", at}, path[3:]...), at >= 0
	}
	return append([]any{path[0], at}, path[2:]...), at >= 0
}

// rendered makes the project of somebody who answers nothing. Defaults that are
// no answers are the test's to report, and what is found in a text that is wrong
// anyway is not said twice.
func (l *linter) rendered() {
	resolved, err := Defaults(l.t)
	if err != nil {
		return
	}
	if slices.ContainsFunc(l.findings, func(f Finding) bool { return f.Rule == RuleCycle }) {
		return // it would be met once more, in another partial
	}
	_, err = generator.New(generator.Options{}).Render(l.ctx, l.t, resolved, &render.Coverage{})
	top := len(l.t.Overlays) - 1
	for _, f := range afterRender(err) {
		switch i := slices.IndexFunc(l.t.Overlays, func(o generator.Overlay) bool { return o.File == f.File }); {
		case i == top && i >= 0:
			f.File = manifest.FileName
			l.findings = append(l.findings, f)
		case i >= 0: // below it, with its own place
			l.findings = append(l.findings, f)
		case !slices.ContainsFunc(l.findings, func(other Finding) bool {
			return other.File == f.File || f.Line == 0 && (other.Rule == RuleName || other.Rule == RulePackaging)
		}):
			l.add(f)
		}
	}
}

// afterRender are the findings of a project that cannot be made.
func afterRender(err error) []Finding {
	findings, _ := Refused(err)
	if len(findings) == 0 && fault.Is(err, fault.Limit) {
		findings = []Finding{refusal(err)}
	}
	return findings
}

// signals looks for weights of signals that no template declares: nobody can
// give these.
func (l *linter) signals() {
	known := append(signalsKnown(l.m), l.elsewhere...)
	for _, name := range sorted(l.m.Recommend.Fit) {
		if slices.Contains(known, name) {
			continue
		}
		try := nearest.Hint(name, known)
		if try == "" {
			try = "declare it: signals: [{id: " + name + ", title: what it says of a project}]"
		}
		l.inManifest(RuleSignal, "nothing declares the signal "+name, try, "recommend", "fit", name)
	}
}

// texts holds each text against the names that it may use.
func (l *linter) texts() {
	whole := l.partialsWithEverything()
	known := l.m.Names()
	for _, u := range l.uses {
		if u.Err != nil {
			if !l.foreign(u) {
				l.add(syntax(u))
			}
			continue
		}
		names := known
		if rule := l.m.RuleFor(below(u.File)); rule != nil && rule.As != "" && !u.Partial {
			names = append(slices.Clone(known), rule.As)
		}
		for _, v := range u.Variables {
			if !slices.Contains(names, v.Name) && (!u.Partial || whole[partialName(u.File)]) {
				l.unknown(u.File, v, names)
			}
		}
		l.leftovers(u, names)
	}
}

// syntax is the finding for a text that does not parse. A function that is not
// on the allow-list is found here, too: it is refused, not only warned of.
func syntax(u render.Uses) Finding {
	f := refusal(u.Err)
	f.File = u.File
	if strings.Contains(f.Try, "other delimiters") {
		f.Rule = RuleDelimiters
	}
	return f
}

func (l *linter) unknown(file string, v render.Name, known []string) {
	f := Finding{Rule: RuleVariable, File: file, Line: v.Line, Column: v.Column, Message: "unknown variable ." + v.Name}
	if near, ok := nearest.Of(v.Name, known); ok {
		f.Try = "did you mean ." + near + "?"
	} else {
		f.Try = fmt.Sprintf("declare %s under questions or computed", v.Name)
	}
	l.add(f)
}

// partialsWithEverything tells which partials are given all variables wherever
// they are called: only of these is it known which names they have.
func (l *linter) partialsWithEverything() map[string]bool {
	whole := map[string]bool{}
	for _, u := range l.uses {
		for _, call := range u.Includes {
			seen, known := whole[call.Partial]
			whole[call.Partial] = call.All && (seen || !known)
		}
	}
	return whole
}

func partialName(file string) string {
	return strings.TrimSuffix(strings.TrimPrefix(file, "partials/"), suffix)
}

// cycles looks for partials that include each other whatever the answers: one
// that a condition stands before may end.
func (l *linter) cycles() {
	next := map[string]render.Include{}
	for _, u := range l.uses {
		for _, call := range u.Includes {
			if _, first := next[partialName(u.File)]; u.Partial && call.Always && !first {
				next[partialName(u.File)] = call
			}
		}
	}
	for _, start := range sorted(next) {
		path := []string{start}
		for at := next[start].Partial; at != start && !slices.Contains(path, at) && next[at].Partial != ""; at = next[at].Partial {
			path = append(path, at)
		}
		if last := next[path[len(path)-1]]; last.Partial == start && slices.Min(path) == start {
			call := next[start]
			l.add(Finding{
				Rule: RuleCycle, File: "partials/" + start + suffix, Line: call.Line, Column: call.Column,
				Message: "the partials include each other: " + strings.Join(append(path, start), " → "), Try: "take one of the calls out, or put a condition before it",
			})
		}
	}
}

var (
	jinja        = regexp.MustCompile(`\{%-?\s*(?:if|elif|else|endif|for|endfor|set|block|endblock|extends|include|import|from|macro|endmacro|raw|endraw|with|endwith|filter|call)\b`)
	bare         = regexp.MustCompile(`(?:\{\{|\[\[)-? *\.([a-z][a-z0-9_]*)\b`)
	notToday     = regexp.MustCompile(`\.scaffold\.(date|recommendation)\b`)
	longestCheck = 1 << 20
)

// leftovers looks for variables where they are not rendered, and for text of
// another language where it is.
func (l *linter) leftovers(u render.Uses, known []string) {
	data, err := fs.ReadFile(l.t.FS, u.File)
	if err != nil || len(data) > longestCheck || !utf8.Valid(data) {
		return
	}
	text := string(data)
	left, rendered := "", strings.HasSuffix(u.File, suffix)
	if rendered {
		left, _ = l.m.DelimitersFor(below(u.File))
	}
	for _, m := range bare.FindAllStringSubmatchIndex(text, -1) {
		if name := text[m[2]:m[3]]; !strings.HasPrefix(text[m[0]:], orNone(left)) && slices.Contains(known, name) {
			try := "add " + suffix + " to the file's name"
			if rendered {
				try = "write it between the file's own delimiters, see render.delimiters"
			}
			l.inText(RuleNotRendered, u.File, text, m[0], "."+name+" is not rendered here", try)
		}
	}
	if at := strings.Index(text, "${{"); rendered && left == "{{" && at >= 0 {
		l.inText(RuleDelimiters, u.File, text, at, "${{ of another language starts an action here",
			"give the file other delimiters under render.delimiters, such as "+delimitersFor(text))
	}
	l.foreign(u)
	if rule := l.m.RuleFor(below(u.File)); rendered && !u.Partial && (rule == nil || rule.Managed != "once") {
		if m := notToday.FindStringIndex(text); m != nil {
			l.inText(RuleNotRepeatable, u.File, text, m[0], text[m[0]:m[1]]+" differs from run to run",
				"make the file managed: once, so that no update sees a change in it")
		}
	}
}

// foreign finds Jinja or Django where {{ }} is rendered.
func (l *linter) foreign(u render.Uses) bool {
	left, _ := l.m.DelimitersFor(below(u.File))
	data, err := fs.ReadFile(l.t.FS, u.File)
	m := jinja.FindIndex(data)
	if err != nil || m == nil || left != "{{" || !strings.HasSuffix(u.File, suffix) || len(data) > longestCheck {
		return false
	}
	l.inText(RuleDelimiters, u.File, string(data), m[0], "{% %} is not rendered: this is text of Jinja or Django",
		"a condition is written {{ if .docker }} … {{ end }}; to keep the text as it is, give the file other delimiters: "+delimitersFor(string(data)))
	return true
}

// delimitersFor proposes delimiters that a text does not hold: [[ ]] is also a link of
// Markdown and a table of TOML.
func delimitersFor(text string) string {
	for _, pair := range [][2]string{{"[[", "]]"}, {"<%", "%>"}, {"<<", ">>"}} {
		if !strings.Contains(text, pair[0]) && !strings.Contains(text, pair[1]) {
			return fmt.Sprintf("use: [%q, %q]", pair[0], pair[1])
		}
	}
	return `use: ["<@", "@>"]`
}

func orNone(left string) string {
	if left == "" {
		return "\x00"
	}
	return left
}

func (l *linter) inText(rule, file, text string, offset int, message, try string) {
	before := text[:offset]
	start := strings.LastIndexByte(before, '\n') + 1
	l.add(Finding{
		Rule: rule, File: file, Line: strings.Count(before, "\n") + 1,
		Column: utf8.RuneCountInString(before[start:]) + 1, Message: message, Try: try,
	})
}

// unused looks for what nothing reads.
func (l *linter) unused() {
	used := l.usedNames()
	for i, q := range l.m.Questions {
		if !used[q.ID] {
			l.inManifest(RuleUnused, fmt.Sprintf("nothing uses the question %s", q.ID), "use ."+q.ID+" in a file, a name or a condition, or remove it", "questions", i, "id")
		}
	}
	for _, c := range l.m.Computed {
		if !used[c.Name] {
			l.inManifest(RuleUnused, fmt.Sprintf("nothing uses the computed %s", c.Name), "remove it", "computed", c.Name)
		}
	}
	called, dynamic := map[string]bool{}, false
	for _, u := range l.uses {
		dynamic = dynamic || len(u.Includes) == 0 && slices.Contains(u.Functions, "include")
		for _, call := range u.Includes {
			called[call.Partial] = true
		}
	}
	for _, u := range l.uses {
		if u.Partial && strings.HasSuffix(u.File, suffix) && !called[partialName(u.File)] && !dynamic {
			l.add(Finding{Rule: RuleUnused, File: u.File, Message: "nothing includes this partial", Try: "remove it"})
		}
	}
}

// usedNames are the variables that texts, names of files, conditions and
// questions read; those of a computed name only where that is read itself.
func (l *linter) usedNames() map[string]bool {
	used := map[string]bool{}
	for _, u := range append(slices.Clone(l.uses), l.nextUses) {
		for _, v := range u.Variables {
			used[v.Name] = true
		}
	}
	computed := map[string][]string{}
	for _, e := range l.expressions {
		if e.Path[0] == "computed" {
			computed[e.Key()] = e.Names()
			continue
		}
		for _, name := range e.Names() {
			used[name] = true
		}
	}
	for _, c := range slices.Backward(l.m.Computed) { // each reads only those above it
		if used[c.Name] {
			for _, name := range computed[c.Name] {
				used[name] = true
			}
		}
	}
	return used
}

// choices looks for choices that nothing tells apart.
func (l *linter) choices() {
	open, compared := l.comparisons()
	for i, q := range l.m.Questions {
		if open[q.ID] || compared[q.ID] == nil || len(q.Choices) == 0 {
			continue
		}
		var missing []string
		for _, v := range q.Values() {
			if !slices.Contains(compared[q.ID], v) {
				missing = append(missing, v)
			}
		}
		at := func(v string) []any { return []any{"questions", i, "choices", slices.Index(q.Values(), v)} }
		if q.Type.Many() {
			for _, v := range missing {
				l.inManifest(RuleChoice, fmt.Sprintf("the choice %s of %s changes nothing", v, q.ID), "use it in a file or a condition, or remove it", at(v)...)
			}
		} else if len(missing) > 1 {
			l.inManifest(RuleChoice, fmt.Sprintf("the choices %s of %s make the same project", strings.Join(missing, " and "), q.ID), "use them in a file or a condition, or keep one", at(missing[0])...)
		}
	}
}

// strangers looks for texts that a question is held against and that are none of
// its choices.
func (l *linter) strangers() {
	whole := l.partialsWithEverything()
	for _, u := range l.uses {
		for _, v := range u.Variables {
			if v.Line > 0 && (!u.Partial || whole[partialName(u.File)]) {
				if f, wrong := l.stranger(v.Name, v.With); wrong {
					f.File, f.Line, f.Column = u.File, v.Line, v.Column
					l.add(f)
				}
			}
		}
	}
	for _, e := range l.expressions {
		if f, wrong := l.strangerIn(e); wrong {
			l.inManifest(f.Rule, f.Message, f.Try, e.Path...)
		}
	}
}

func (l *linter) strangerIn(e manifest.Expression) (Finding, bool) {
	for _, name := range sorted(e.Compared) {
		if f, wrong := l.stranger(name, e.Compared[name]); wrong {
			return f, true
		}
	}
	return Finding{}, false
}

func (l *linter) stranger(id string, texts []string) (Finding, bool) {
	q, ok := l.m.Question(id)
	if !ok || len(q.Choices) == 0 {
		return Finding{}, false
	}
	for _, text := range texts {
		if !slices.Contains(q.Values(), text) && text != "" {
			try := nearest.Hint(text, q.Values())
			if try == "" {
				try = "its choices are " + strings.Join(q.Values(), ", ")
			}
			return Finding{Rule: RuleChoice, Message: fmt.Sprintf("%s is never %q", id, text), Try: try}, true
		}
	}
	return Finding{}, false
}

// comparisons gives the variables whose value is used as it is, and the texts
// that the others are compared with.
func (l *linter) comparisons() (open map[string]bool, compared map[string][]string) {
	open, compared = map[string]bool{}, map[string][]string{}
	for _, u := range l.uses {
		for _, v := range u.Variables {
			if v.With == nil {
				open[v.Name] = true
			}
			compared[v.Name] = append(compared[v.Name], v.With...)
		}
	}
	for _, e := range l.expressions {
		for _, name := range e.Open {
			open[name] = true
		}
		for name, texts := range e.Compared {
			compared[name] = append(compared[name], texts...)
		}
	}
	return open, compared
}

// globs looks for rules that decide about no file.
func (l *linter) globs() {
	paths := make([]string, len(l.files))
	for i, f := range l.files {
		paths[i] = below(f)
	}
	for i := range l.m.Files {
		rule := &l.m.Files[i]
		matches, decides := 0, 0
		var earlier *manifest.FileRule
		for _, p := range paths {
			if manifest.Match(rule.Glob, p) {
				matches++
				if first := l.m.RuleFor(p); first == rule {
					decides++
				} else if earlier == nil {
					earlier = first
				}
			}
		}
		switch {
		case matches == 0:
			l.inManifest(RuleGlob, fmt.Sprintf("the glob %q matches no file", rule.Glob), globHint(rule.Glob, paths), "files", i, "glob")
		case decides == 0:
			l.inManifest(RuleGlob, fmt.Sprintf("every file of the glob %q is decided by a rule above it, first %q", rule.Glob, earlier.Glob),
				"the first rule that matches decides: move this one up, or remove it", "files", i, "glob")
		}
	}
	for _, u := range l.uses {
		if u.Partial {
			paths = append(paths, u.File)
		}
	}
	for i, d := range l.m.Render.Delimiters {
		if !slices.ContainsFunc(paths, func(p string) bool { return manifest.Match(d.Glob, p) }) {
			l.inManifest(RuleGlob, fmt.Sprintf("the glob %q matches no file", d.Glob), globHint(d.Glob, paths), "render", "delimiters", i, "glob")
		}
	}
}

// globHint is the path that a glob which matches nothing probably means.
func globHint(glob string, paths []string) string {
	if i := slices.Index(paths, glob+suffix); i >= 0 {
		return "write " + paths[i] + ": globs match the names below files/, with " + suffix
	}
	if slices.ContainsFunc(paths, func(p string) bool { return manifest.Match(glob, strings.TrimSuffix(p, suffix)) }) {
		return "globs match the names below files/, with " + suffix + ": write " + glob + suffix
	}
	if stripped, ok := strings.CutPrefix(glob, filesDir+"/"); ok && slices.ContainsFunc(paths, func(p string) bool { return manifest.Match(stripped, p) }) {
		return "write " + stripped + ": globs match paths below files/"
	}
	return orRemove(nearest.Hint(glob, paths))
}

func orRemove(hint string) string {
	if hint == "" {
		return "globs match paths below files/, with " + suffix + "; correct it, or remove the rule"
	}
	return hint
}
