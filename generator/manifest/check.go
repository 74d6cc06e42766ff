package manifest

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/Masterminds/semver/v3"
	"github.com/bmatcuk/doublestar/v4"
	"github.com/expr-lang/expr"
	"github.com/expr-lang/expr/ast"
	"github.com/expr-lang/expr/parser"
	"github.com/goccy/go-yaml/token"

	"scaffold/generator/fault"
	"scaffold/generator/nearest"
)

// APIVersion is the version of the format that this package reads.
const APIVersion = "scaffold/v1"

var (
	templateName = regexp.MustCompile(`^[a-z][a-z0-9-]{0,62}$`)
	questionID   = regexp.MustCompile(`^[a-z][a-z0-9_]*$`)
	ownSignal    = regexp.MustCompile(`^x-[a-z0-9-]+/[a-z0-9-]+:[a-z0-9-]+$`)
)

// Words that a manifest may use where only a few are allowed.
var (
	maturities = []string{"experimental", "stable", "deprecated"}
	roles      = []string{"primary", "companion"}
	modes      = []string{"0644", "0755"}
	managed    = []string{"free", "strict", "once", "lock"}
	merges     = []string{"json", "yaml", "toml"}
	moments    = []string{"new", "update"}
)

// ManagedModes are how an update may treat a file; the first one holds where
// nothing is said.
func ManagedModes() []string { return slices.Clone(managed) }

// MergeModes are the ways in which an update merges a file by its keys.
func MergeModes() []string { return slices.Clone(merges) }

// checked holds what Parse found out about the names.
type checked struct {
	fixed     map[string]Fix // by question
	questions map[string]any // the names that a further question may use, with a value of each type
	names     map[string]any // these, and the computed ones
}

// A checker walks a decoded manifest once and collects what is wrong.
type checker struct {
	m        *Manifest
	doc      *document
	base     *Manifest // what an overlay stands on; nil where Parse reads it alone
	problems Problems
	env      map[string]any // the names known so far, with a value of each type
	known    []string       // the signals that somebody may give; nil: not to be judged
	closed   bool           // these are all, those of other templates too

	wrong    map[string]bool // the names whose own declaration is wrong
	misnamed bool            // a declaration has no name that it may have
}

// check gives everything that is wrong, in the order of the file.
func (c *checker) check() error {
	c.run()
	if len(c.problems) == 0 {
		return nil
	}
	slices.SortStableFunc(c.problems, func(a, b *fault.Fault) int { return a.Place.Line - b.Place.Line })
	return c.problems
}

// alone reports an overlay without its base: what needs the base has to wait.
func (c *checker) alone() bool { return c.m.Extends != nil && c.base == nil }

func (c *checker) run() {
	m := c.m
	m.checked = &checked{fixed: map[string]Fix{}}
	if m.APIVersion != APIVersion {
		c.fail(c.doc.at("apiVersion"), missingOr("apiVersion", m.APIVersion), "write apiVersion: "+APIVersion)
		return
	}
	c.wrong = map[string]bool{}
	c.metadata()
	c.projectNames()
	c.signals()
	c.env = sampleVariables()
	if c.base != nil {
		c.env = maps.Clone(c.base.checked.questions)
		for _, s := range c.base.Signals {
			c.known = append(c.known, s.ID)
		}
	}
	for i := range m.Questions {
		c.question(i)
	}
	m.checked.questions = maps.Clone(c.env)
	c.computed()
	m.checked.names = c.env
	c.presets()
	c.rendering()
	c.files()
	c.ignore()
	c.overlay()
	c.actions()
	c.verify()
}

func (c *checker) fail(tok *token.Token, message, remedy string) {
	c.problems = append(c.problems, c.doc.problem(tok, message, remedy))
}

// oneOf reports a word that is not among the allowed ones.
func (c *checker) oneOf(what, word string, allowed []string, path ...any) bool {
	if word == "" || slices.Contains(allowed, word) {
		return true
	}
	c.fail(c.doc.at(path...), fmt.Sprintf("unknown %s %q", what, word), orList(nearest.Hint(word, allowed), allowed))
	return false
}

// expression compiles what stands at path. Its place is that of the word that is
// wrong. One over a name whose own declaration is wrong is not judged.
func (c *checker) expression(source string, env map[string]any, path []any, as ...expr.Option) *expression {
	if source == "" || c.alone() {
		return nil
	}
	c.signalsOf(source, path)
	e, err := compile(source, env, as...)
	var wrong *misreading
	switch {
	case err == nil:
		return e
	case !errors.As(err, &wrong):
		c.fail(c.doc.at(path...), err.Error(), "")
	case !c.suspect(source, wrong):
		c.elsewhere(wrong, path)
		if c.commented(path) {
			wrong.remedy = `put the expression between quotation marks: " #" starts a comment`
		}
		c.failWithin(path, wrong.offset, fmt.Sprintf("expression %q: %s", source, wrong.message), wrong.remedy)
	}
	return nil
}

// suspect reports whether an expression is wrong because a declaration is: one
// fault is one error.
func (c *checker) suspect(source string, wrong *misreading) bool {
	if wrong.name != "" && c.misnamed {
		return true
	}
	tree, err := parser.Parse(source)
	if err != nil {
		return false
	}
	found := false
	each(&tree.Node, func(n ast.Node) {
		id, ok := n.(*ast.IdentifierNode)
		found = found || ok && c.wrong[id.Value]
	})
	return found
}

// elsewhere says of an unknown name why it is not known here, although it is
// declared.
func (c *checker) elsewhere(wrong *misreading, path []any) {
	const below = "a computed name reads questions and the computed names above it; questions read no computed names"
	name := wrong.name
	q, asked := c.m.Question(name)
	switch {
	case name == "":
	case asked && q.Type.IsSecret():
		wrong.message, wrong.remedy = name+" is a secret, and no expression sees it", "ask a yes/no question beside it, or take it out of the expression"
	case asked:
		wrong.message, wrong.remedy = name+" is asked below", fmt.Sprintf("move the question %s above what reads it", name)
	case path[0] == "computed" && path[1] == name:
		wrong.message, wrong.remedy = name+" is computed from itself", below
	case slices.ContainsFunc(c.m.Computed, func(v ComputedValue) bool { return v.Name == name }):
		wrong.message, wrong.remedy = name+" is computed below", below
	case slices.ContainsFunc(c.m.Questions, func(q Question) bool { return slices.Contains(q.Values(), name) }):
		wrong.message, wrong.remedy = name+" is not in quotation marks", fmt.Sprintf("a choice is a text: write %q", name)
	case name == "value":
		wrong.message, wrong.remedy = "value is known in validate alone", "write the id of the question"
	}
}

// signalsOf reports a signal that an expression looks for and nobody can give.
func (c *checker) signalsOf(source string, path []any) {
	for _, s := range signalsIn(source) {
		if c.known != nil && !slices.Contains(c.known, s.text) && (c.closed || !ownSignal.MatchString(s.text)) {
			c.failWithin(path, s.offset, fmt.Sprintf("expression %q: unknown signal %q", source, s.text), c.nearestSignal(s.text))
		}
	}
}

// nearestSignal also knows a signal by its value alone.
func (c *checker) nearestSignal(name string) string {
	if whole := signalCalled(name); whole != "" {
		return "did you mean " + whole + "?"
	}
	return cmp.Or(nearest.Hint(name, c.known), "`scaffold recommend --list` shows the signals; one of your own looks like x-acme/use:payments")
}

// commented reports whether a comment has cut off a text that stands at path.
func (c *checker) commented(path []any) bool {
	tok := c.doc.nodeAt(path...).GetToken()
	return tok.Type == token.StringType && tok.Next != nil && tok.Next.Type == token.CommentType && tok.Next.Position.Line == tok.Position.Line
}

// failWithin is fail for a place inside the text at path, in characters.
func (c *checker) failWithin(path []any, offset int, message, remedy string) {
	f := c.doc.problem(c.doc.at(path...), message, remedy)
	f.Place.Line, f.Place.Column = c.doc.within(c.doc.nodeAt(path...), offset)
	c.problems = append(c.problems, f)
}

func (c *checker) condition(source string, env map[string]any, path ...any) *expression {
	return c.expression(source, env, path, expr.AsBool())
}

func (c *checker) glob(pattern string, path ...any) {
	if pattern == "" || !doublestar.ValidatePattern(literalBraces(pattern)) {
		c.fail(c.doc.at(path...), fmt.Sprintf("%q is not a glob", pattern), "globs match paths below files/: *, **, ?, [a-z], {a,b}")
	}
}

func (c *checker) semver(version string, path ...any) {
	if _, err := semver.StrictNewVersion(version); err != nil {
		c.fail(c.doc.at(path...), missingOr("version", version), cmp.Or(threeNumbers(version), "write three numbers, such as 1.0.0"))
	}
}

// missingOr says what a key holds, or that it is not there.
func missingOr(key, value string) string {
	if value == "" {
		return key + " is missing"
	}
	return fmt.Sprintf("%s is %q", key, value)
}

func named(name string) string {
	if !templateName.MatchString(name) {
		return ""
	}
	return "write " + name + ": a template's name is a to z, 0 to 9 and -, a letter first"
}

// threeNumbers is the version that a shorter one probably means.
func threeNumbers(version string) string {
	v, err := semver.NewVersion(version)
	if err != nil {
		return ""
	}
	return fmt.Sprintf("write %s: three numbers", v)
}

func (c *checker) semverRange(version string, path ...any) {
	if _, err := semver.NewConstraint(version); version != "" && err != nil {
		c.fail(c.doc.at(path...), fmt.Sprintf("%q is not a version range", version), "write a range such as >=1.0 <2 or ^1.2")
	}
}

func (c *checker) metadata() {
	m := c.m
	if !templateName.MatchString(m.Name) {
		c.fail(c.doc.at("name"), missingOr("name", m.Name), cmp.Or(named(strings.ReplaceAll(idLike(m.Name), "_", "-")), "a template's name is a to z, 0 to 9 and -, a letter first"))
	}
	if m.Title == "" {
		c.fail(c.doc.at("title"), "title is missing", "add title: a few words for the list of templates")
	}
	c.semver(m.Version, "version")
	c.oneOf("maturity", m.Maturity, maturities, "maturity")
	if m.ReplacedBy != "" && m.Maturity != "deprecated" {
		c.fail(c.doc.at("replacedBy"), "replacedBy without maturity: deprecated", "add maturity: deprecated, or remove it")
	}
	c.semverRange(m.Requires.Scaffold, "requires", "scaffold")
	for i, t := range m.Requires.Tools {
		if t.Name == "" {
			c.fail(c.doc.at("requires", "tools", i), "a tool without a name", "add name: the program's")
		}
		c.semverRange(t.Version, "requires", "tools", i, "version")
	}
	c.migrations()
	if n := m.Tests.MinCoverage; n < 0 || n > 100 {
		c.fail(c.doc.at("tests", "minCoverage"), fmt.Sprintf("minCoverage is %d", n), "it is a percentage, 0 to 100")
	}
}

func (c *checker) signals() {
	m := c.m
	c.known = SignalNames()
	for i, s := range m.Signals {
		if !ownSignal.MatchString(s.ID) {
			c.fail(c.doc.at("signals", i, "id"), fmt.Sprintf("signal %q", s.ID), "own signals look like x-acme/use:payments")
		}
		if s.Title == "" {
			c.fail(c.doc.at("signals", i), fmt.Sprintf("signal %s has no title", s.ID), "add title: a few words that a person sees")
		}
		c.known = append(c.known, s.ID)
	}
	for i, r := range m.Recommend.Role {
		c.oneOf("role", r, roles, "recommend", "role", i)
	}
	for _, name := range slices.Sorted(maps.Keys(m.Recommend.Fit)) {
		c.fit(name, m.Recommend.Fit[name])
	}
	env := map[string]any{"signals": []string{}}
	for i, a := range m.Alternatives {
		m.Alternatives[i].when = c.condition(a.When, env, "alternatives", i, "when")
		if a.Text == "" {
			c.fail(c.doc.at("alternatives", i), "an alternative without a text", "add text: one line about what this template does not ship")
		}
	}
}

func (c *checker) fit(name string, f Fit) {
	at := c.doc.at("recommend", "fit", name)
	if !slices.Contains(c.known, name) && !ownSignal.MatchString(name) {
		c.fail(at, fmt.Sprintf("unknown signal %q", name), c.nearestSignal(name))
	}
	if f.Weight < -6 || f.Weight > 6 {
		c.fail(at, fmt.Sprintf("weight %d of %s", f.Weight, name), "a weight is an integer from -6 to 6")
	}
	if n := len([]rune(f.Reason)); f.Weight != 0 && (n == 0 || n > 60) {
		c.fail(at, fmt.Sprintf("the reason of %s has %d characters", name, n), "a weight has a reason of 1 to 60 characters")
	}
}
