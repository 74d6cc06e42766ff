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
	if err := l.m.CheckName(c.Name); err != nil {
		f, where := refusal(err), c.finding("name")
		f.Rule, f.File, f.Line, f.Column = RuleCase, where.File, where.Line, where.Column
		l.findings = append(l.findings, f)
	}
	r, err := l.m.Resolve(given(l.t, c.Name, c.Signals, nil), c.Answers)
	if err != nil {
		return // an expression that fails is the test's to report
	}
	for _, p := range r.Problems {
		f := c.finding("answers", p.ID)
		f.Message, f.Try = answerProblem(p), "correct it, or remove it: `scaffold template show` lists the questions"
		if p.Kind == manifest.Missing {
			f.Try = "answer it under answers:"
		}
		l.findings = append(l.findings, f)
	}
	known := signalsKnown(l.m)
	for _, s := range c.Signals {
		if message, try, wrong := unknownSignal(s, known); wrong {
			f := c.finding("signals")
			f.Message, f.Try = message, try
			l.findings = append(l.findings, f)
		}
	}
}

// finding is one about a key of the case's answers.yaml.
func (c *Case) finding(path ...any) Finding {
	f := Finding{Rule: RuleCase, File: c.File, Line: c.answersLine, Column: 1}
	places, err := manifest.ReadPlaces(c.answersText)
	if err != nil {
		return f
	}
	line, column := places.Key(path...)
	f.Line, f.Column = c.answersLine+line, column
	return f
}
