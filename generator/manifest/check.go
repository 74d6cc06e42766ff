package manifest

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"reflect"
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

// checked holds what Parse compiled, by place in the manifest.
type checked struct {
	defaults     map[string]*expression // by question
	when         map[string]*expression // by question
	validate     map[string][]*expression
	computed     []*expression
	fileWhen     []*expression
	fileEach     []*expression
	actionWhen   []*expression
	alternatives []*expression

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
	m.checked = &checked{
		defaults: map[string]*expression{}, when: map[string]*expression{}, validate: map[string][]*expression{}, fixed: map[string]Fix{},
	}
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
	for _, name := range sortedKeys(m.Recommend.Fit) {
		c.fit(name, m.Recommend.Fit[name])
	}
	env := map[string]any{"signals": []string{}}
	for i, a := range m.Alternatives {
		m.checked.alternatives = append(m.checked.alternatives, c.condition(a.When, env, "alternatives", i, "when"))
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

// question checks one question and makes its name known to what is below it.
func (c *checker) question(i int) {
	q := &c.m.Questions[i]
	before := len(c.problems)
	named := c.questionID(i, q)
	switch {
	case q.Type == "":
		c.fail(c.doc.at("questions", i), fmt.Sprintf("question %s has no type", q.ID), "types: "+strings.Join(typeNames(), ", "))
	case c.oneOf("type", string(q.Type), typeNames(), "questions", i, "type"):
		c.questionRules(i, q)
	}
	if named && !q.Type.IsSecret() { // a secret reaches no expression
		c.env[q.ID] = q.Type.of().zero()
	}
	if c.misnamed = c.misnamed || !named; len(c.problems) > before {
		c.wrong[q.ID] = true
	}
}

func (c *checker) questionRules(i int, q *Question) {
	if len(q.Reserved) > 0 && !q.Type.IsText() {
		c.fail(c.doc.at("questions", i, "reserved"), fmt.Sprintf("question %s of type %s: reserved", q.ID, q.Type), "a string or a path has reserved texts; remove it, or change the type")
	}
	c.choices(i, q)
	c.m.checked.when[q.ID] = c.condition(q.When, c.env, "questions", i, "when")
	c.defaultValue(i, q)
	c.validations(i, q)
}

// questionID reports an id that no question may have, or not this one.
func (c *checker) questionID(i int, q *Question) bool {
	at := c.doc.at("questions", i, "id")
	switch {
	case !questionID.MatchString(q.ID):
		c.fail(at, fmt.Sprintf("question id %q", q.ID), cmp.Or(useInstead(idLike(q.ID)), "an id is a to z, 0 to 9 and _, a letter first"))
	case slices.Contains(reserved, q.ID):
		c.fail(at, fmt.Sprintf("question id %q is reserved", q.ID), fmt.Sprintf("call it project_%s, say; reserved: %s", q.ID, strings.Join(reserved, ", ")))
	case slices.ContainsFunc(c.m.Questions[:i], func(o Question) bool { return o.ID == q.ID }):
		c.fail(at, fmt.Sprintf("question id %q is used twice", q.ID), "give one of the two another id")
	case c.isBaseQuestion(q.ID), c.isBaseComputed(q.ID):
		c.fail(at, fmt.Sprintf("%q is a name of the base %s", q.ID, c.base.Name), "change its answer under answers: fix or default, or choose another id")
	default:
		return true
	}
	return false
}

func useInstead(id string) string {
	if id == "" {
		return ""
	}
	return "write " + id + ": an id is a to z, 0 to 9 and _, a letter first"
}

// idLike is the id that is nearest to a text.
func idLike(text string) string {
	id := strings.ToLower(strings.Trim(regexp.MustCompile(`[^A-Za-z0-9]+`).ReplaceAllString(text, "_"), "_"))
	if !questionID.MatchString(id) {
		return ""
	}
	return id
}

func (c *checker) choices(i int, q *Question) {
	switch wants := q.Type.of().choices; {
	case wants && len(q.Choices) == 0:
		c.fail(c.doc.at("questions", i, "choices"), fmt.Sprintf("question %s has no choices", q.ID), "write choices: [{value: a}, {value: b}], or another type")
	case !wants && len(q.Choices) > 0:
		c.fail(c.doc.at("questions", i, "choices"), fmt.Sprintf("question %s of type %s has choices", q.ID, q.Type), "write type: choice for one of them, type: multi for several, or remove them")
	}
	var seen []string
	for j, choice := range q.Choices {
		if choice.Value == "" || strings.Contains(choice.Value, ",") {
			c.fail(c.doc.at("questions", i, "choices", j), fmt.Sprintf("choice %q of question %s", choice.Value, q.ID), "a choice is not empty and has no comma")
		}
		if slices.Contains(seen, choice.Value) {
			c.fail(c.doc.at("questions", i, "choices", j), fmt.Sprintf("choice %q of question %s is there twice", choice.Value, q.ID), "remove one of the two")
		}
		seen = append(seen, choice.Value)
	}
}

func (c *checker) defaultValue(i int, q *Question) {
	if q.Default == nil {
		return
	}
	path := []any{"questions", i, "default"}
	switch {
	case q.Type.IsSecret():
		c.fail(c.doc.at(path...), fmt.Sprintf("question %s is a secret and has a default", q.ID), "remove the default: a secret is always given")
	case q.Default.Expr != "":
		c.m.checked.defaults[q.ID] = c.expression(q.Default.Expr, c.env, path, q.Type.of().result)
	case q.Type.of().choices && len(q.Choices) == 0: // that is the fault
	default:
		if _, err := q.parse(q.Default.Value); err != nil {
			c.fail(c.doc.at(path...), fmt.Sprintf("default of question %s: %s", q.ID, bare(err)), q.allowed(q.Default.Value))
		}
	}
}

func (c *checker) validations(i int, q *Question) {
	env := map[string]any{"value": q.Type.of().zero()}
	for name, v := range c.env {
		env[name] = v
	}
	for j, v := range q.Validate {
		path := []any{"questions", i, "validate", j}
		if (v.Pattern == "") == (v.Expr == "") {
			c.fail(c.doc.at(path...), "a validation has a pattern or an expr, one of the two", "write {pattern: '^[a-z]+$', message: lowercase letters}")
		}
		if v.Message == "" {
			c.fail(c.doc.at(path...), "a validation without a message", "say what is allowed: message: lowercase letters")
		}
		c.pattern(v.Pattern, append(path, "pattern")...)
		c.m.checked.validate[q.ID] = append(c.m.checked.validate[q.ID], c.condition(v.Expr, env, append(path, "expr")...))
	}
}

// pattern reports what is no regular expression.
func (c *checker) pattern(pattern string, path ...any) bool {
	_, err := regexp.Compile(pattern)
	if err != nil {
		c.fail(c.doc.at(path...), "not a pattern: "+strings.TrimPrefix(err.Error(), "error parsing regexp: "), patternHelp)
	}
	return err == nil
}

func (c *checker) isBaseQuestion(id string) bool {
	if c.base == nil {
		return false
	}
	_, ok := c.base.Question(id)
	return ok
}

func (c *checker) isBaseComputed(name string) bool {
	return c.base != nil && slices.ContainsFunc(c.base.Computed, func(v ComputedValue) bool { return v.Name == name })
}

func (c *checker) computed() {
	if c.base != nil {
		for _, v := range c.base.Computed {
			c.env[v.Name] = c.base.checked.names[v.Name]
		}
	}
	for _, v := range c.m.Computed {
		before := len(c.problems)
		e := c.computedValue(v)
		c.m.checked.computed = append(c.m.checked.computed, e)
		if _, taken := c.env[v.Name]; !taken {
			c.env[v.Name] = zeroOf(e)
		}
		if len(c.problems) > before {
			c.wrong[v.Name] = true
		}
	}
}

func (c *checker) computedValue(v ComputedValue) *expression {
	_, taken := c.env[v.Name]
	_, asked := c.m.Question(v.Name)
	switch key := c.doc.key("computed", v.Name); {
	case !questionID.MatchString(v.Name):
		c.misnamed = true
		c.fail(key, fmt.Sprintf("computed name %q", v.Name), cmp.Or(useInstead(idLike(v.Name)), "a name is a to z, 0 to 9 and _, a letter first"))
	case taken || asked:
		c.fail(key, fmt.Sprintf("computed name %q is taken", v.Name), "choose another: a question, a given variable or a computed name has it already")
	case v.Expr == "":
		c.fail(key, fmt.Sprintf("computed %s has no expression", v.Name), "write one, such as snake(name), or \"\" in quotation marks")
	}
	return c.expression(v.Expr, c.env, []any{"computed", v.Name})
}

func (c *checker) presets() {
	for _, name := range sortedKeys(c.m.Presets) {
		for _, id := range sortedKeys(c.m.Presets[name]) {
			c.knownAnswer(c.m.Presets[name][id], id, "presets", name, id)
		}
	}
}

// knownAnswer holds an answer written in the manifest against its question.
func (c *checker) knownAnswer(v Scalar, id string, path ...any) {
	q := c.answerable(id, path...)
	if q == nil {
		return
	}
	if f, fixed := c.fixed(id); fixed {
		c.fail(c.doc.at(path...), fmt.Sprintf("%s is fixed to %s by %s", id, f.Value, f.By), "remove it from the preset")
	} else if _, err := q.parse(v); err != nil && !c.wrong[id] {
		c.fail(c.doc.at(path...), fmt.Sprintf("%s: %s", id, bare(err)), q.allowed(v))
	}
}

// bare is an error without the hint that its remedy repeats.
func bare(err error) string {
	message, _, _ := strings.Cut(err.Error(), "; did you mean")
	return message
}

// declared is the remedy for an id of no question.
func declared(id string, known []string) string {
	if len(known) == 0 {
		return "declare it under questions"
	}
	return orList(nearest.Hint(id, known), known)
}

// fixed is the fixed answer to a question, by this overlay or one below it.
func (c *checker) fixed(id string) (Fix, bool) {
	if c.m.Answers != nil {
		if v, ok := c.m.Answers.Fix[id]; ok {
			return Fix{Value: v, By: c.m.Name}, true
		}
	}
	if c.base == nil {
		return Fix{}, false
	}
	return c.base.Fixed(id)
}

// answerable finds the question, the template's or its base's, that the manifest
// answers, and reports one that is not there.
func (c *checker) answerable(id string, path ...any) *Question {
	known := c.m.questionIDs()
	q, ok := c.m.Question(id)
	if !ok && c.base != nil {
		known = append(c.base.questionIDs(), known...)
		q, ok = c.base.Question(id)
	}
	if !ok && !c.alone() {
		c.fail(c.doc.key(path...), fmt.Sprintf("unknown question %q", id), declared(id, known))
	}
	return q
}

func (c *checker) rendering() {
	for i, d := range c.m.Render.Delimiters {
		c.glob(d.Glob, "render", "delimiters", i, "glob")
		if len(d.Use) != 2 || d.Use[0] == "" || d.Use[1] == "" || d.Use[0] == d.Use[1] {
			c.fail(c.doc.at("render", "delimiters", i, "use"), "delimiters are two different texts", `write use: ["[[", "]]"]`)
		}
	}
}

func (c *checker) files() {
	for i, f := range c.m.Files {
		c.glob(f.Glob, "files", i, "glob")
		c.oneOf("mode", f.Mode, modes, "files", i, "mode")
		c.oneOf("managed", f.Managed, managed, "files", i, "managed")
		c.oneOf("merge", f.Merge, merges, "files", i, "merge")
		c.m.checked.fileWhen = append(c.m.checked.fileWhen, c.condition(f.When, c.env, "files", i, "when"))
		c.m.checked.fileEach = append(c.m.checked.fileEach, c.expression(f.Each, c.env, []any{"files", i, "each"}, expr.AsKind(reflect.Slice)))
		if (f.Each == "") != (f.As == "") {
			c.fail(c.doc.at("files", i), "each and as go together", "each: apps, as: app")
		}
		if f.As != "" && !questionID.MatchString(f.As) {
			c.fail(c.doc.at("files", i, "as"), fmt.Sprintf("%q is not a name", f.As), "a name is a to z, 0 to 9 and _, a letter first")
		}
	}
}

func (c *checker) ignore() {
	for i, glob := range c.m.Ignore {
		c.glob(glob, "ignore", i)
	}
}

func (c *checker) overlay() {
	m := c.m
	if m.Extends == nil {
		if m.Answers != nil || len(m.Remove) > 0 || len(m.Patch) > 0 {
			c.fail(c.doc.at("name"), "answers, remove and patch belong to an overlay", "add extends: {template: builtin:django}, or remove them")
		}
		return
	}
	if m.Extends.Template == "" {
		c.fail(c.doc.at("extends"), "extends names no template", "write extends: {template: builtin:django}")
	}
	c.semverRange(m.Extends.Version, "extends", "version")
	c.overrides()
	for i, r := range m.Remove {
		c.glob(r, "remove", i)
	}
	for i, p := range m.Patch {
		c.patch(p, i)
	}
}

func (c *checker) patch(p Patch, i int) {
	if p.Path == "" || p.ways() != 1 || (p.Before+p.After != "") != (p.Text != "") {
		c.fail(c.doc.at("patch", i), "a patch has a path and one way to change its files: set and delete, before or after with text, header, ensure-line or ban-line",
			"write {path: a.toml, set: {key: value}} or {path: a.py, after: LINE, text: TEXT} or {path: '**/*.py', header: TEXT, min: 1}")
	}
	if p.Path != "" {
		c.glob(p.Path, "patch", i, "path")
	}
	c.pattern(p.BanLine, "patch", i, "ban-line")
	if p.Min < 0 {
		c.fail(c.doc.at("patch", i, "min"), fmt.Sprintf("min is %d", p.Min), "it is how many files the patch is about, at least: 1 or more")
	}
}

// overrides holds fixed answers and changed defaults against the base's
// questions.
func (c *checker) overrides() {
	if c.m.Answers == nil || c.base == nil {
		return
	}
	for _, id := range sortedKeys(c.m.Answers.Fix) {
		c.override(id, c.m.Answers.Fix[id], "answers", "fix", id)
	}
	for _, id := range sortedKeys(c.m.Answers.Default) {
		at := []any{"answers", "default", id}
		c.override(id, c.m.Answers.Default[id], at...)
		if _, twice := c.m.Answers.Fix[id]; twice {
			c.fail(c.doc.at(at...), fmt.Sprintf("%s has a default and is fixed", id), "remove one of the two")
		} else if f, fixed := c.base.Fixed(id); fixed {
			c.fail(c.doc.at(at...), fmt.Sprintf("%s is fixed to %s by %s: a default has no effect", id, f.Value, f.By), "remove it")
		}
	}
}

// override holds an answer of an overlay against the question of its base, and
// against those of its rules that look at nothing else.
func (c *checker) override(id string, v Scalar, path ...any) {
	q := c.answerable(id, path...)
	switch {
	case q == nil:
		return
	case !c.isBaseQuestion(id):
		c.fail(c.doc.at(path...), fmt.Sprintf("%s is the overlay's own question", id), "give it this default under questions")
		return
	case q.Type.IsSecret():
		c.fail(c.doc.at(path...), fmt.Sprintf("question %s is a secret", id), "a secret is always given")
		return
	}
	value, err := q.parse(v)
	if err == nil {
		err = c.base.checkAlone(q, value)
	}
	if err != nil {
		c.fail(c.doc.at(path...), fmt.Sprintf("%s: %s", id, bare(err)), cmp.Or(q.allowed(v), "choose another answer"))
	}
}

// migrations holds that what an update moves stays in the project.
func (c *checker) migrations() {
	for i, mig := range c.m.Migrations {
		c.semver(mig.To, "migrations", i, "to")
		for from, to := range mig.Move {
			for _, name := range []string{from, to} {
				if !fs.ValidPath(strings.TrimSuffix(name, "/")) || name == "." {
					c.fail(c.doc.at("migrations", i, "move", from), fmt.Sprintf("%q is not a path in the project", name), "write generated paths, such as config/settings.py")
				}
			}
		}
		for from, to := range mig.RenameAnswer {
			if _, ok := c.m.Question(to); !ok && c.m.Extends == nil {
				c.fail(c.doc.at("migrations", i, "renameAnswer", from), fmt.Sprintf("no question %s takes the answer to %s", to, from), declared(to, c.m.questionIDs()))
			}
		}
	}
}

func (c *checker) actions() {
	for i, a := range c.m.Actions {
		if a.ID == "" || len(a.Run) == 0 {
			c.fail(c.doc.at("actions", i), "an action has an id and a run list", "run: [npm, install]")
		}
		for j, on := range a.On {
			c.oneOf("moment", on, moments, "actions", i, "on", j)
		}
		for j, id := range a.Needs.Secrets {
			if q, ok := c.m.Question(id); c.m.Extends == nil && (!ok || q.Type != Secret) {
				c.fail(c.doc.at("actions", i, "needs", "secrets", j), fmt.Sprintf("%q is not a secret question", id), "name a question of type secret")
			}
		}
		c.m.checked.actionWhen = append(c.m.checked.actionWhen, c.condition(a.When, c.env, "actions", i, "when"))
	}
}

func (c *checker) verify() {
	for name, step := range map[string]*VerifyStep{"install": c.m.Verify.Install, "test": c.m.Verify.Test, "run": c.m.Verify.Run} {
		if step == nil {
			continue
		}
		if len(step.Run) == 0 {
			c.fail(c.doc.at("verify", name), "a verify step has a run list", "run: [python3, dev.py, test]")
		}
		if step.Ready != nil && !strings.HasPrefix(step.Ready.HTTP, "/") {
			c.fail(c.doc.at("verify", name, "ready", "http"), fmt.Sprintf("%q is not a path", step.Ready.HTTP), readyPath(step.Ready.HTTP))
		}
	}
}

func readyPath(text string) string {
	if text == "" || strings.ContainsAny(text, ": ") {
		return "write a path such as /healthz"
	}
	return fmt.Sprintf("write /%s", text)
}
