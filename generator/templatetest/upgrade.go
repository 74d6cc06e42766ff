package templatetest

import (
	"context"
	"maps"
	"strings"

	"golang.org/x/tools/txtar"

	"scaffold/generator"
	"scaffold/generator/fault"
	"scaffold/generator/manifest"
)

// An Upgrade is from an older version of the template to the one that is tested.
type Upgrade struct {
	From *generator.Template
	// Try makes a project of the older version, has an owner edit it, and updates
	// it. It gives what is left to the owner, a line each.
	Try func(ctx context.Context, a Attempt) ([]string, error)
}

// An Attempt is one project that is upgraded.
type Attempt struct {
	Answers *manifest.Resolved // of the older version
	Signals []string
	Edits   []byte // what the owner does first, a patch; nil is nothing
}

// runUpgrades takes projects of the older version to this one: that of the
// defaults, and that of each case with its edits.
func (r *runner) runUpgrades(cases []Case) {
	r.upgrade("nothing answered", &Case{File: manifest.FileName, caseInput: caseInput{Name: "demo"}})
	for _, c := range cases {
		r.upgrade(c.title(), &c)
	}
}

func (r *runner) upgrade(name string, c *Case) {
	r.check("upgrade", name, c.File, func(check *Check) {
		u := r.o.Upgrade
		answers, err := settle(u.From.Manifest, given(u.From, c.Name, c.Signals, nil), answerable(u.From.Manifest, c.Answers))
		var left []string
		if err == nil {
			left, err = u.Try(r.ctx, Attempt{Answers: answers, Signals: c.Signals, Edits: c.edits})
		}
		if err != nil {
			left = append(left, withLines(err))
		}
		for _, text := range left {
			message, lines := firstLine(text)
			r.add(check, c.edited(), message, lines...)
		}
	})
}

// edited is the place of the edits; without any that of the case.
func (c *Case) edited() fault.Place {
	place := fault.Place{File: c.File}
	if c.edits != nil {
		place.Line = markerLine(txtar.Format(c.archive), editsSection)
	}
	return place
}

// answerable leaves out answers to questions that are none of a manifest's.
func answerable(m *manifest.Manifest, answers manifest.Answers) manifest.Answers {
	answers = maps.Clone(answers)
	maps.DeleteFunc(answers, func(id string, _ manifest.Scalar) bool {
		_, asked := m.Question(id)
		return !asked
	})
	return answers
}

// withLines is an error's text with what belongs under it.
func withLines(err error) string {
	f := fault.Of(err)
	if f == nil {
		return err.Error()
	}
	return strings.Join(append([]string{f.Error()}, f.Lines...), "\n")
}
