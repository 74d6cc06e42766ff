package cli

import (
	"fmt"
	"slices"
	"strings"

	"scaffold/generator/fault"
	"scaffold/generator/manifest"
	"scaffold/generator/nearest"
)

// layeredAnswers are the given answers by where they come from, the strongest
// first: flags and --set, the answers file, the preset, the environment. What the
// configuration prefers is weaker, and serves every template: see
// [manifest.Given].
type layeredAnswers struct {
	explicit manifest.Answers // flags and --set
	file     manifest.Answers
	preset   manifest.Answers
	environ  manifest.Answers
}

// merged gives one set; a stronger layer hides a weaker one.
func (l layeredAnswers) merged() manifest.Answers {
	out := manifest.Answers{}
	for _, layer := range []manifest.Answers{l.environ, l.preset, l.file, l.explicit} {
		for id, v := range layer {
			out[id] = v
		}
	}
	return out
}

// variable names the environment variable that an answer comes from, or "".
func (l layeredAnswers) variable(id string) string {
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

// withPreset gives the merged answers with a preset in its place.
func (l layeredAnswers) withPreset(preset manifest.Answers) manifest.Answers {
	l.preset = preset
	return l.merged()
}

// readAnswers collects what flags, files, the environment and the configuration
// say.
func (e *env) readAnswers(o newOptions) (layeredAnswers, error) {
	l := layeredAnswers{explicit: manifest.Answers{}, environ: manifest.Answers{}}
	for _, s := range o.set {
		key, value, ok := strings.Cut(s, "=")
		if !ok || key == "" {
			return l, fault.New(fault.Usage, "--set %q", s).Try("write --set KEY=VALUE")
		}
		l.explicit[key] = manifest.Scalar{Text: value}
	}
	if o.license != "" {
		l.explicit["license"] = manifest.Scalar{Text: o.license}
	}
	for id, v := range e.answersFromEnv() {
		l.environ[id] = manifest.Scalar{Text: v}
	}
	if err := e.readSecrets(o.secretFiles, l.explicit); err != nil {
		return l, err
	}
	if o.answersFile == "" {
		return l, nil
	}
	var err error
	l.file, err = e.readAnswersFile(o.answersFile)
	return l, err
}

func (e *env) readSecrets(files []string, into manifest.Answers) error {
	for _, s := range files {
		key, path, ok := strings.Cut(s, "=")
		if !ok || key == "" || path == "" {
			return fault.New(fault.Usage, "--secret-file %q", s).Try("write --secret-file KEY=FILE")
		}
		data, err := e.readAll(path)
		if err != nil {
			return fault.New(fault.Usage, "the secret %s cannot be read: %v", key, err).Try("correct --secret-file " + key + "=FILE")
		}
		into[key] = manifest.Scalar{Text: strings.TrimRight(string(data), "\r\n")}
	}
	return nil
}

// readAnswersFile reads a mapping of question ids, or the .scaffold/answers.yaml
// of a project.
func (e *env) readAnswersFile(path string) (manifest.Answers, error) {
	data, err := e.readAll(path)
	if err != nil {
		return nil, fault.New(fault.Usage, "the answers cannot be read: %v", err).Try("correct --answers FILE")
	}
	answers, err := manifest.ParseAnswers(displayName(path), data)
	if err != nil {
		return nil, document(err)
	}
	return answers, nil
}

func displayName(path string) string {
	if path == "-" {
		return "standard input"
	}
	return path
}

// document is what is wrong with a configuration or an answers file: the
// person's input, whatever was wrong with it.
func document(err error) error {
	f := fault.As(fault.Encoded, err)
	if f.Hint == "" {
		f.Hint = "correct the file at that place"
	}
	return f
}

func unknownPreset(name string, m *manifest.Manifest) error {
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
	return fault.New(fault.Usage, "no preset is called %q", name).Try(try)
}

// An answersError reports every answer that is missing, unknown or invalid.
type answersError struct {
	problems []manifest.AnswerProblem
	variable map[string]string // the environment variable that an answer came from
	command  []string          // a command line that would work
}

// answersError reports the problems, with where they came from and a way out.
func (r *newRun) answersError(resolved *manifest.Resolved, problems []manifest.AnswerProblem) error {
	e := &answersError{problems: problems, variable: map[string]string{}}
	for _, p := range problems {
		if v := r.layers.variable(p.ID); v != "" {
			e.variable[p.ID] = v
			if p.Kind == manifest.Unknown {
				e.command = append(e.command, "-u", v)
			}
		}
	}
	if len(e.command) > 0 {
		e.command = append([]string{"env"}, e.command...)
	}
	e.command = append(e.command, r.command(resolved)...)
	return e
}

func (e *answersError) Error() string {
	var counts []string
	for _, k := range []manifest.Kind{manifest.Missing, manifest.Unknown, manifest.Invalid} {
		n := 0
		for _, p := range e.problems {
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

// Fault has a command line that would work as its remedy.
func (e *answersError) Fault() *fault.Fault {
	return &fault.Fault{Kind: fault.Answer, Message: e.Error(), Lines: e.lines(), Hint: shellJoin(e.command)}
}

// lines is the table below the message, one problem a line.
func (e *answersError) lines() []string {
	width := 0
	for _, p := range e.problems {
		width = max(width, len(e.subject(p)))
	}
	lines := make([]string, len(e.problems))
	for i, p := range e.problems {
		lines[i] = strings.TrimRight(fmt.Sprintf("%-8s %-*s  %s", p.Kind, width, e.subject(p), detail(p)), " ")
	}
	return lines
}

func (e *answersError) subject(p manifest.AnswerProblem) string {
	name := p.ID
	if v, ok := e.variable[p.ID]; ok {
		name = v
	}
	if p.Kind == manifest.Invalid && p.Value != "" {
		return name + "=" + p.Value
	}
	return name
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
	switch q.Type {
	case manifest.Secret:
		return "--secret-file " + q.ID + "=FILE"
	case manifest.Select:
		return "--set " + q.ID + "=" + strings.Join(q.Values(), "|")
	case manifest.Multi:
		return "--set " + q.ID + "=" + strings.Join(q.Values(), ",")
	case manifest.Bool:
		return "--set " + q.ID + "=true|false"
	case manifest.Int:
		return "--set " + q.ID + "=NUMBER"
	default:
		return "--set " + q.ID + "=TEXT"
	}
}
