package manifest

import (
	"cmp"
	"maps"
	"slices"

	"scaffold/generator/fault"
)

// A Fix is an answer that an overlay gives instead of the person.
type Fix struct {
	Value Scalar
	By    string // the overlay's name
}

// Fixed gives the answer that an overlay has fixed. Its question is not asked,
// and giving it is an invalid answer.
func (m *Manifest) Fixed(id string) (Fix, bool) {
	f, ok := m.checked.fixed[id]
	return f, ok
}

// Problem is an error at the deepest element of path that exists: mapping keys
// are strings, list elements ints.
func (m *Manifest) Problem(message, remedy string, path ...any) *fault.Fault {
	return m.doc.problem(m.doc.at(path...), message, remedy)
}

// Extend lays an overlay over its base, which may be one itself. What
// [Parse] could not know without the base is checked here: expressions over its
// questions, and changes to what it does not have. Errors are [Problems], with
// places in the overlay's file. Neither of the two manifests is changed.
func (m *Manifest) Extend(base *Manifest) (*Manifest, error) {
	own := m.uncompiled()
	c := &checker{m: &own, doc: m.doc, base: base}
	if err := c.check(); err != nil {
		return nil, err
	}
	merged := own
	mergeAbout(&merged, base)
	mergeAdvice(&merged, base)
	mergeQuestions(&merged, base)
	mergePresets(&merged, base)
	mergeRules(&merged, base)
	mergeActions(&merged, base)
	mergeVerify(&merged, base)
	return &merged, nil
}

// uncompiled copies all that a check writes to.
func (m *Manifest) uncompiled() Manifest {
	own := *m
	own.Alternatives, own.Computed = slices.Clone(m.Alternatives), slices.Clone(m.Computed)
	own.Files, own.Actions = slices.Clone(m.Files), slices.Clone(m.Actions)
	own.Questions = slices.Clone(m.Questions)
	for i := range own.Questions {
		q := &own.Questions[i]
		q.Validate = slices.Clone(q.Validate)
		if q.Default != nil {
			d := *q.Default
			q.Default = &d
		}
	}
	return own
}

// mergeAbout inherits what describes the template. A version, an owner and
// migrations are each template's own.
func mergeAbout(m, base *Manifest) {
	m.Description = cmp.Or(m.Description, base.Description)
	m.Next = cmp.Or(m.Next, base.Next)
	m.Relock = cmp.Or(m.Relock, base.Relock)
	if m.Maturity == "" {
		m.Maturity, m.ReplacedBy = base.Maturity, base.ReplacedBy
	}
	if m.Tags == nil {
		m.Tags = base.Tags
	}
	if m.ProjectName == nil {
		m.ProjectName = base.ProjectName
	}
	m.Reserved = slices.Concat(base.Reserved, m.Reserved)
	m.Requires.Tools = over(base.Requires.Tools, m.Requires.Tools, func(t Tool) string { return t.Name })
	m.Tests.Pairwise = m.Tests.Pairwise || base.Tests.Pairwise
	if m.Tests.MinCoverage == 0 {
		m.Tests.MinCoverage = base.Tests.MinCoverage
	}
}

// mergeAdvice replaces the base's weights by the overlay's, signal by signal.
func mergeAdvice(m, base *Manifest) {
	if m.Recommend.Role == nil {
		m.Recommend.Role = base.Recommend.Role
	}
	m.Recommend.Fit = overMap(base.Recommend.Fit, m.Recommend.Fit)
	m.Signals = over(base.Signals, m.Signals, func(s SignalDecl) string { return s.ID })
	m.Alternatives = slices.Concat(base.Alternatives, m.Alternatives)
}

// mergeQuestions asks the base's questions first, with the answers that the
// overlay fixes and the defaults that it changes.
func mergeQuestions(m, base *Manifest) {
	m.Questions = slices.Concat(base.Questions, m.Questions)
	m.Computed = slices.Concat(base.Computed, m.Computed)
	m.checked.fixed = maps.Clone(base.checked.fixed)
	if m.Answers == nil {
		return
	}
	for id, v := range m.Answers.Fix {
		m.checked.fixed[id] = Fix{Value: v, By: m.Name}
	}
	for id, v := range m.Answers.Default {
		q, _ := m.Question(id)
		q.Default = &Default{Value: v}
	}
}

// mergePresets adds to the base's presets of the same name. A preset of the base
// leaves alone what is fixed now.
func mergePresets(m, base *Manifest) {
	presets := map[string]map[string]Scalar{}
	for name, values := range base.Presets {
		presets[name] = maps.Clone(values)
		maps.DeleteFunc(presets[name], func(id string, _ Scalar) bool { _, fixed := m.checked.fixed[id]; return fixed })
	}
	for name, values := range m.Presets {
		presets[name] = overMap(presets[name], values)
	}
	m.Presets = presets
}

// mergeRules asks the overlay's rules before the base's: the first match decides.
func mergeRules(m, base *Manifest) {
	m.Render.Delimiters = slices.Concat(m.Render.Delimiters, base.Render.Delimiters)
	m.Files = slices.Concat(m.Files, base.Files)
}

// mergeActions replaces the base's action of the same id, at its place.
func mergeActions(m, base *Manifest) {
	m.Actions = over(base.Actions, m.Actions, func(a Action) string { return a.ID })
}

func mergeVerify(m, base *Manifest) {
	for _, step := range []struct{ own, base **VerifyStep }{
		{&m.Verify.Install, &base.Verify.Install}, {&m.Verify.Test, &base.Verify.Test}, {&m.Verify.Run, &base.Verify.Run},
	} {
		if *step.own == nil {
			*step.own = *step.base
		}
	}
}

// over gives the base's elements and then the overlay's, which replace those of
// the same name.
func over[E any](base, own []E, name func(E) string) []E {
	list := slices.Clone(base)
	for _, e := range own {
		if i := slices.IndexFunc(list, func(b E) bool { return name(b) == name(e) }); i >= 0 {
			list[i] = e
		} else {
			list = append(list, e)
		}
	}
	return list
}

func overMap[V any](base, own map[string]V) map[string]V {
	m := make(map[string]V, len(base)+len(own))
	maps.Copy(m, base)
	maps.Copy(m, own)
	return m
}
