package session

import (
	"cmp"
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"unicode"

	"scaffold/generator"
	"scaffold/generator/fault"
	"scaffold/generator/internal/record"
	"scaffold/generator/manifest"
	"scaffold/generator/nearest"
	"scaffold/generator/step"
)

// Given is what was said before anything is asked.
type Given struct {
	Dir      string // where the project goes; "" is a directory of its name
	Name     string
	Template string
	Signals  []string         // as [recommend.Signal] writes them
	Describe string           // what it is for, in the person's own words; Signals are the stronger
	Set      manifest.Answers // one by one, the strongest
	Secrets  manifest.Answers // likewise, by a way that no history keeps
	Answers  *Document
	Preset   string

	Ask    bool // somebody is there to answer
	Accept bool // the recommendation is taken unseen
	DryRun bool // nothing will be written, so nothing has to be allowed
	Force  bool

	NoGit, NoCommit bool
	Branch          string
	Author          string // Name <mail>

	Made *Made // the project that is updated; nil for a new one

	Hooks  Hooks  // what was said about hooks: HooksOnce, HooksSkipped or nothing
	Steps  Hooks  // the same about the steps of Verify, of a template that is not scaffold's own
	Verify string // how far, one of [step.Levels]; "" is not at all
	Expect string // the digest of the plan that somebody has seen; another one is refused
}

// A Document is an answers file.
type Document struct {
	Name string // as errors name it
	Data []byte
}

func (g Given) check() error {
	if g.Verify == "" {
		return nil
	}
	return CheckLevel("verify", g.Verify)
}

// CheckLevel refuses a word that is no level of verification; flag is what it
// was given to.
func CheckLevel(flag, level string) error {
	if slices.Contains(step.Levels(), level) {
		return nil
	}
	try := "use install, test or run"
	if near, ok := nearest.Of(level, step.Levels()); ok {
		try = "did you mean --" + flag + "=" + near + "?"
	}
	return fault.New(fault.Usage, "--%s=%s", flag, level).Try(try)
}

// Stages are the steps of a template's verify block up to a level.
func Stages(m *manifest.Manifest, level string) ([]step.Stage, error) {
	list := step.Stages(m.Verify, level)
	if len(list) == 0 {
		return nil, fault.New(fault.Usage, "template %s does not say how to verify a project up to %s", m.Name, level).
			Try("its author adds a verify block to template.yaml")
	}
	return list, nil
}

// projectName is the name that was given, or that of the answers file, or the
// last element of the directory, or "".
func (s *Session) projectName() string {
	switch {
	case s.given.Name != "":
		return s.given.Name
	case s.fileName != "":
		return s.fileName
	case s.given.Dir != "":
		return filepath.Base(s.machine.absolute(s.given.Dir))
	default:
		return ""
	}
}

// gitSettings are those that git will have in the project's directory, with what
// was given on top.
func (m Machine) gitSettings(ctx context.Context, g Given, dir string) (generator.GitSettings, error) {
	settings := generator.DetectGit(ctx, m.absolute(dir), g.Branch, m.getenv)
	if g.Author == "" {
		return settings, nil
	}
	var err error
	settings.Author, err = parseAuthor(g.Author)
	return settings, err
}

// parseAuthor reads "Name <mail>".
func parseAuthor(text string) (generator.Identity, error) {
	name, rest, ok := strings.Cut(text, "<")
	mail, end, closed := strings.Cut(rest, ">")
	name, mail = strings.TrimSpace(name), strings.TrimSpace(mail)
	if !ok || !closed || strings.TrimSpace(end) != "" || name == "" || !strings.Contains(mail, "@") || strings.ContainsFunc(text, unicode.IsControl) {
		return generator.Identity{}, fault.New(fault.Usage, "--author %q", text).Try(`write --author "Ada Lovelace <ada@example.com>"`)
	}
	return generator.Identity{Name: name, Email: mail}, nil
}

// layers are the given answers by where they come from, the strongest first:
// those that were given one by one, the answers file, the preset, the
// environment. What the configuration prefers is weaker, and serves every
// template: see [manifest.Given].
type layers struct {
	explicit manifest.Answers
	file     manifest.Answers
	preset   manifest.Answers
	environ  manifest.Answers
}

func (m Machine) layers(g Given) layers {
	l := layers{explicit: manifest.Answers{}, environ: m.answers()}
	for _, given := range []manifest.Answers{g.Set, g.Secrets} {
		for id, v := range given {
			l.explicit[id] = v
		}
	}
	return l
}

// read takes what the answers file says: its answers, and the template, the
// signals and the name where nothing else says them.
func (s *Session) read(doc *Document) error {
	if doc == nil {
		return nil
	}
	made, err := manifest.HasKey(doc.Name, doc.Data, "apiVersion")
	if err == nil && made {
		err = s.readProject(doc)
	} else if err == nil {
		s.layers.file, err = manifest.ParseAnswers(doc.Name, doc.Data)
	}
	if err != nil { // the person's input, whatever is wrong with it
		f := fault.As(fault.Encoded, err)
		f.Hint = cmp.Or(f.Hint, "correct the file at that place")
		return f
	}
	s.fileName = s.layers.file["name"].Text
	delete(s.layers.file, "name")
	return nil
}

// readProject takes what the .scaffold/answers.yaml of a project says.
func (s *Session) readProject(doc *Document) error {
	answers, err := record.ReadAnswers(doc.Name, doc.Data)
	if err != nil {
		return err
	}
	if len(answers.Parts) != 1 || answers.Parts[0].Path != "." {
		return fault.New(fault.Usage, "%s is of a project with several parts", doc.Name).Try("name a template and answers of one of them")
	}
	for _, part := range answers.Parts {
		s.layers.file = part.Answers.Answers()
		s.given.Template = cmp.Or(s.given.Template, part.Template.Reference())
		if len(s.given.Signals) == 0 {
			s.given.Signals = part.Signals
		}
	}
	return nil
}

// answerVariable begins the name of a variable that holds an answer.
const answerVariable = "SCAFFOLD_ANSWER_"

// answers reads SCAFFOLD_ANSWER_<KEY>; keys are lower case, and an empty value
// is as good as none.
func (m Machine) answers() manifest.Answers {
	out := manifest.Answers{}
	for _, kv := range m.Environ {
		key, value, _ := strings.Cut(kv, "=")
		if id, ok := strings.CutPrefix(key, answerVariable); ok && value != "" {
			out[strings.ToLower(id)] = manifest.Scalar{Text: value}
		}
	}
	return out
}

// merged gives one set; a stronger layer hides a weaker one.
func (l layers) merged() manifest.Answers {
	out := manifest.Answers{}
	for _, layer := range []manifest.Answers{l.environ, l.preset, l.file, l.explicit} {
		for id, v := range layer {
			out[id] = v
		}
	}
	return out
}

// variable names the environment variable that an answer comes from, or "".
func (l layers) variable(id string) string {
	for _, layer := range []manifest.Answers{l.preset, l.file, l.explicit} {
		if _, ok := layer[id]; ok {
			return ""
		}
	}
	if _, ok := l.environ[id]; !ok {
		return ""
	}
	return answerVariable + strings.ToUpper(id)
}

// preset gives the answers of a template's preset.
func preset(m *manifest.Manifest, name string) (manifest.Answers, error) {
	if name == "" {
		return nil, nil
	}
	if p, ok := m.Presets[name]; ok {
		return p, nil
	}
	var known []string
	for p := range m.Presets {
		known = append(known, p)
	}
	slices.Sort(known)
	try := "template " + m.Name + " has no presets"
	if len(known) > 0 {
		try = "presets: " + strings.Join(known, ", ")
	}
	if near, ok := nearest.Of(name, known); ok {
		try = "did you mean " + near + "?"
	}
	return nil, fault.New(fault.Usage, "no preset is called %q", name).Try(try)
}

// An AnswersError is answers that are missing, unknown or invalid, all at once.
type AnswersError struct {
	Problems []manifest.AnswerProblem
	fault    *fault.Fault
}

func (e *AnswersError) Error() string { return e.fault.Message }

func (e *AnswersError) Unwrap() error { return e.fault }

// Fault words the problems as flags.
func (e *AnswersError) Fault() *fault.Fault { return e.fault }

// problems reports answers that are missing, unknown or invalid, each with where
// it came from, and a command line that would work.
func (a *state) problems(list []manifest.AnswerProblem) error {
	var command []string
	subjects, width := make([]string, len(list)), 0
	for i, p := range list {
		subjects[i] = p.ID
		if v := a.layers.variable(p.ID); v != "" {
			subjects[i] = v
			if p.Kind == manifest.Unknown {
				command = append(command, "-u", v)
			}
		}
		if p.Kind == manifest.Invalid && p.Value != "" {
			subjects[i] += "=" + p.Value
		}
		width = max(width, len(subjects[i]))
	}
	if len(command) > 0 {
		command = append([]string{"env"}, command...)
	}
	lines := make([]string, len(list))
	for i, p := range list {
		lines[i] = strings.TrimRight(fmt.Sprintf("%-8s %-*s  %s", p.Kind, width, subjects[i], detail(p)), " ")
	}
	return &AnswersError{
		fault:    &fault.Fault{Kind: fault.Answer, Message: tally(list), Lines: lines, Hint: shell(append(command, a.meant()...))},
		Problems: list,
	}
}

// tally counts the problems by kind.
func tally(list []manifest.AnswerProblem) string {
	var counts []string
	for _, k := range []manifest.Kind{manifest.Missing, manifest.Unknown, manifest.Invalid} {
		n := 0
		for _, p := range list {
			if p.Kind == k {
				n++
			}
		}
		switch {
		case n == 0:
		case len(counts) == 0 && n == 1:
			counts = append(counts, "1 answer is "+string(k))
		case len(counts) == 0:
			counts = append(counts, fmt.Sprintf("%d answers are %s", n, k))
		default:
			counts = append(counts, fmt.Sprintf("%d %s", n, k))
		}
	}
	return strings.Join(counts, ", ")
}

func detail(p manifest.AnswerProblem) string {
	if p.Kind != manifest.Missing {
		return p.Detail
	}
	text := setFlag(p.Question)
	if p.Question.Example != "" {
		text += "      like " + p.Question.Example
	}
	return text
}

// setFlag is the flag that answers a question, with what it takes.
func setFlag(q *manifest.Question) string {
	if q.Type.IsSecret() {
		return "--secret-file " + q.ID + "=FILE"
	}
	return "--set " + q.ID + "=" + q.Takes()
}
