package manifest

import (
	"context"

	"scaffold/generator/internal/funcs"
)

// A Format answers for a template that is written for another tool: how its
// questions are answered, and what it runs. A manifest made by [FromFormat]
// asks it where one of template.yaml uses its own expressions.
type Format interface {
	// Resolve works out every question's value. other stands for the answers to
	// secrets; see [Resolved.WithOtherSecrets].
	Resolve(given Given, answers Answers, other map[string]any) (*Resolved, error)
	// Accept types one answer and holds it against the question's rules.
	Accept(id string, answer Scalar, vars map[string]any) (any, error)
	// Actions are the hooks of a moment, new or update.
	Actions(moment string, vars map[string]any) ([]Action, error)
	// Tool is whose format it is: cookiecutter or copier.
	Tool() string
	// Check reads every text of the template, and says what is wrong with it or
	// does not run here.
	Check(ctx context.Context) []error
}

// Context is the name among the variables of a template of another tool under
// which its format keeps the values as that tool has them. No question is called
// so.
const Context = "\x00context"

// FromFormat makes a manifest of what a format has read. It needs no check: its
// questions are the other tool's.
func FromFormat(m Manifest, f Format) *Manifest {
	m.APIVersion = APIVersion
	m.format = f
	m.checked = &checked{fixed: map[string]Fix{}, questions: sampleVariables(), names: sampleVariables()}
	m.doc = &document{file: f.Tool()}
	return &m
}

// Format is what answers for the manifest; nil where template.yaml does.
func (m *Manifest) Format() Format { return m.format }

// Foreign is the tool that the template is written for, or "" for scaffold.
func (m *Manifest) Foreign() string {
	if m.format == nil {
		return ""
	}
	return m.format.Tool()
}

func (m *Manifest) resolveForeign(given Given, answers Answers, other map[string]any) (*Resolved, error) {
	r, err := m.format.Resolve(given, answers, other)
	if err != nil {
		return nil, err
	}
	if err := funcs.Bounded(plainOf(r.Vars)); err != nil {
		return nil, err
	}
	r.other = other
	r.again = func(secrets map[string]any) (*Resolved, error) { return m.resolve(given, answers, secrets) }
	return r, nil
}

// plainOf are the variables without the other tool's own.
func plainOf(vars map[string]any) map[string]any {
	out := make(map[string]any, len(vars))
	for k, v := range vars {
		if k != Context {
			out[k] = v
		}
	}
	return out
}
