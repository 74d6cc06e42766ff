// Package manifest reads template.yaml: its types, its rules, and how given
// answers become the full set that a template is rendered with.
//
// It knows the format only. It neither renders nor asks, and reads no disk.
package manifest

// Manifest is a template's template.yaml. See docs/template-authoring.md.
type Manifest struct {
	APIVersion  string       `yaml:"apiVersion"`
	Name        string       `yaml:"name"`
	Title       string       `yaml:"title"`
	Description string       `yaml:"description,omitempty"`
	Version     string       `yaml:"version"`
	Owner       string       `yaml:"owner,omitempty"`
	Tags        []string     `yaml:"tags,omitempty"`
	Maturity    string       `yaml:"maturity,omitempty"`
	ReplacedBy  string       `yaml:"replacedBy,omitempty"`
	Requires    Requires     `yaml:"requires,omitempty"`
	Extends     *Extends     `yaml:"extends,omitempty"`
	Signals     []SignalDecl `yaml:"signals,omitempty"`
	Recommend   Recommend    `yaml:"recommend,omitempty"`

	Alternatives []Alternative                `yaml:"alternatives,omitempty"`
	ProjectName  *ProjectName                 `yaml:"projectName,omitempty"`
	Reserved     []string                     `yaml:"reserved,omitempty"` // project names that this stack cannot bear
	Questions    []Question                   `yaml:"questions,omitempty"`
	Computed     Computed                     `yaml:"computed,omitempty"`
	Presets      map[string]map[string]Scalar `yaml:"presets,omitempty"`
	Render       Render                       `yaml:"render,omitempty"`
	Files        []FileRule                   `yaml:"files,omitempty"`
	Ignore       []string                     `yaml:"ignore,omitempty"` // globs of what is no part of the template
	Answers      *Overrides                   `yaml:"answers,omitempty"`
	Remove       []string                     `yaml:"remove,omitempty"`
	Patch        []Patch                      `yaml:"patch,omitempty"`
	Actions      []Action                     `yaml:"actions,omitempty"`
	Verify       Verify                       `yaml:"verify,omitempty"`
	Next         string                       `yaml:"next,omitempty"`
	Relock       string                       `yaml:"relock,omitempty"` // the command that renews files with managed: lock
	Migrations   []Migration                  `yaml:"migrations,omitempty"`
	Tests        Tests                        `yaml:"tests,omitempty"`

	checked *checked  // what Parse found out; each expression is compiled beside its text
	doc     *document // where everything stands; set by Parse
	format  Format    // answers for a template of another tool; nil for template.yaml
}

// A Listed template is one of a catalogue, in which no two have the same name.
type Listed struct {
	Name     string // what it is asked for by: NAME, or SOURCE/NAME where two share it; empty means the manifest's
	Source   string // builtin, or the name of the source that holds it
	Manifest *Manifest
}

// Requires says what a template needs.
type Requires struct {
	Scaffold string `yaml:"scaffold,omitempty"` // semver range
	Tools    []Tool `yaml:"tools,omitempty"`
}

// Tool is a program that the generated project needs. A missing one is said
// and never stops rendering.
type Tool struct {
	Name    string   `yaml:"name"`
	Version string   `yaml:"version,omitempty"` // semver range
	Check   []string `yaml:"check,omitempty"`   // argv that prints the version
}

// ProjectName is a template's own rule for the project's name, in place of the
// general one.
type ProjectName struct {
	Pattern string `yaml:"pattern"`
}

// Extends names the template that an overlay stands on.
type Extends struct {
	Template string `yaml:"template"`
	Version  string `yaml:"version,omitempty"` // semver range
}

// Recommend holds a template's weights for the recommender.
type Recommend struct {
	Role []string       `yaml:"role,omitempty"` // primary, companion; empty means primary
	Fit  map[string]Fit `yaml:"fit,omitempty"`  // by signal, "group:value"
}

// Fit is one weight, from -6 to 6. A non-zero one has a reason of at most 60
// characters.
type Fit struct {
	Weight int    `yaml:"weight"`
	Reason string `yaml:"reason,omitempty"`
}

// Alternative is one unscored line about what scaffold does not ship.
type Alternative struct {
	When string `yaml:"when"` // expression over signals
	Text string `yaml:"text"`

	when *expression
}

// Question is one thing that a template asks.
type Question struct {
	ID       string       `yaml:"id"`
	Type     Type         `yaml:"type"`
	Title    string       `yaml:"title,omitempty"`
	Help     string       `yaml:"help,omitempty"`
	Group    string       `yaml:"group,omitempty"`
	Choices  []Choice     `yaml:"choices,omitempty"`
	Default  *Default     `yaml:"default,omitempty"`
	When     string       `yaml:"when,omitempty"`
	Validate []Validation `yaml:"validate,omitempty"`
	Reserved []string     `yaml:"reserved,omitempty"` // texts that would shadow what the project's stack imports
	Example  string       `yaml:"example,omitempty"`

	when *expression
}

// Choice is one value of a choice or multi question.
type Choice struct {
	Value string `yaml:"value"`
	Title string `yaml:"title,omitempty"`
}

// Validation is one rule for an answer: a pattern or an expression that must
// hold, with the message for when it does not.
type Validation struct {
	Pattern string `yaml:"pattern,omitempty"`
	Expr    string `yaml:"expr,omitempty"`
	Message string `yaml:"message"`

	expr *expression
}

// Render says how template text is read.
type Render struct {
	Delimiters []Delimiters `yaml:"delimiters,omitempty"`
}

// Delimiters sets other delimiters than {{ }} for the files that a glob
// matches.
type Delimiters struct {
	Glob string   `yaml:"glob"`
	Use  []string `yaml:"use"` // left, right
}

// FileRule decides about the files that its glob matches; the first rule that
// matches a file decides.
type FileRule struct {
	Glob    string `yaml:"glob"`
	When    string `yaml:"when,omitempty"`
	Each    string `yaml:"each,omitempty"` // expression that gives a list
	As      string `yaml:"as,omitempty"`   // the name of each element
	Mode    string `yaml:"mode,omitempty"` // "0644" or "0755"
	Managed string `yaml:"managed,omitempty"`
	Merge   string `yaml:"merge,omitempty"`

	when, each *expression
}

// Action is a hook.
type Action struct {
	ID      string   `yaml:"id"`
	Run     []string `yaml:"run"`
	When    string   `yaml:"when,omitempty"`
	On      []string `yaml:"on,omitempty"` // new, update
	Needs   Needs    `yaml:"needs,omitempty"`
	Timeout Duration `yaml:"timeout,omitempty"`

	when *expression

	// What the hooks of other tools' templates have beside that.
	Script string   `yaml:"-"` // the text of the script that Run names, filled with the answers
	Before bool     `yaml:"-"` // it runs before anything is written, in an empty directory
	Env    []string `yaml:"-"` // KEY=VALUE
	Dir    string   `yaml:"-"` // below the project's directory; "" is the directory itself
}

// Needs declares what a hook reaches for, so that a person can judge it.
type Needs struct {
	Net   bool     `yaml:"net,omitempty"`
	Tools []string `yaml:"tools,omitempty"`
	// Secrets are the secret questions whose answers it gets. No other hook
	// sees them.
	Secrets []string `yaml:"secrets,omitempty"`
}

// Verify says how a generated project is installed, tested and started.
type Verify struct {
	Install *VerifyStep `yaml:"install,omitempty"`
	Test    *VerifyStep `yaml:"test,omitempty"`
	Run     *VerifyStep `yaml:"run,omitempty"`
}

// Step is the step of that name: install, test or run; nil where there is none.
func (v Verify) Step(name string) *VerifyStep {
	return map[string]*VerifyStep{"install": v.Install, "test": v.Test, "run": v.Run}[name]
}

// VerifyStep is one command of the verify block.
type VerifyStep struct {
	Run     []string `yaml:"run"`
	Timeout Duration `yaml:"timeout,omitempty"`
	Ready   *Ready   `yaml:"ready,omitempty"`
}

// Ready says when a started project counts as up.
type Ready struct {
	HTTP   string   `yaml:"http"` // a path such as /healthz
	Within Duration `yaml:"within,omitempty"`
}

// Overrides are the answers that an overlay fixes or gives another default.
type Overrides struct {
	Fix     map[string]Scalar `yaml:"fix,omitempty"`
	Default map[string]Scalar `yaml:"default,omitempty"`
}

// Patch changes generated files of the base: by keys, beside an anchor, or by one
// of the transforms over many files.
type Patch struct {
	Path       string   `yaml:"path"`                  // a glob of generated paths
	Set        Settings `yaml:"set,omitempty"`         // key path: value, for YAML, JSON and TOML
	Delete     []string `yaml:"delete,omitempty"`      // key paths
	Before     string   `yaml:"before,omitempty"`      // anchor line
	After      string   `yaml:"after,omitempty"`       // anchor line
	Text       string   `yaml:"text,omitempty"`        // beside the anchor
	Header     string   `yaml:"header,omitempty"`      // put first, as a comment of the file's language
	EnsureLine string   `yaml:"ensure-line,omitempty"` // put last, where it is not there
	BanLine    string   `yaml:"ban-line,omitempty"`    // a pattern that no line matches
	Min        int      `yaml:"min,omitempty"`         // how many files it is about, at least
}

// ways counts the ways in which a patch changes files: a patch has one.
func (p Patch) ways() int {
	n := 0
	for _, has := range []bool{len(p.Set)+len(p.Delete) > 0, p.Before != "", p.After != "", p.Header != "", p.EnsureLine != "", p.BanLine != ""} {
		if has {
			n++
		}
	}
	return n
}

// Migration describes what changed between two versions of a template.
type Migration struct {
	To           string            `yaml:"to"`
	RenameAnswer map[string]string `yaml:"renameAnswer,omitempty"`
	Move         map[string]string `yaml:"move,omitempty"`  // generated paths; a folder takes along what is in it
	Print        string            `yaml:"print,omitempty"` // what the owner has to do by hand
}

// Tests configures `scaffold template test`.
type Tests struct {
	Pairwise    bool `yaml:"pairwise,omitempty"`
	MinCoverage int  `yaml:"minCoverage,omitempty"` // percent
}

// SignalDecl adds a namespaced signal, such as x-acme/use:payments.
type SignalDecl struct {
	ID    string `yaml:"id"`
	Title string `yaml:"title"`
	Help  string `yaml:"help,omitempty"`
}
