package templatetest

import (
	"io/fs"

	"scaffold/generator/manifest"
)

// cases holds each case of tests/ against the questions: one that cannot be
// read, or answers what is not asked, would fail for another reason than the
// author thinks.
func (l *linter) cases() {
	names, err := fs.Glob(l.t.FS, "tests/*.txtar")
	if err != nil {
		return
	}
	for _, name := range names {
		data, err := fs.ReadFile(l.t.FS, name)
		if err != nil {
			continue
		}
		c, err := parseCase(name, data)
		if err != nil {
			findings, _ := Refused(err)
			for _, f := range findings {
				f.Rule = RuleCase
				l.findings = append(l.findings, f)
			}
			continue
		}
		l.caseAnswers(&c)
	}
}

func (l *linter) caseAnswers(c *Case) {
	r, err := l.m.Resolve(given(l.t, c.Name, c.Signals, nil), c.Answers)
	if err != nil {
		return // an expression that fails is the test's to report
	}
	for _, p := range r.Problems {
		f := c.finding(p.ID)
		f.Message, f.Try = answerProblem(p), "correct it, or remove it: `scaffold template show` lists the questions"
		if p.Kind == manifest.Missing {
			f.Try = "answer it under answers:"
		}
		l.findings = append(l.findings, f)
	}
	known := signalsKnown(l.m)
	for _, s := range c.Signals {
		if message, try, wrong := unknownSignal(s, known); wrong {
			f := c.finding("")
			f.Message, f.Try = message, try
			l.findings = append(l.findings, f)
		}
	}
}

// finding is one about an answer of the case, or about its answers.
func (c *Case) finding(id string) Finding {
	f := Finding{Rule: RuleCase, File: c.File, Line: c.answersLine, Column: 1}
	places, err := manifest.ReadPlaces(c.answersText)
	if err != nil {
		return f
	}
	line, column := places.Key("answers", id)
	f.Line, f.Column = c.answersLine+line, column
	return f
}
