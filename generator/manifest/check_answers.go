package manifest

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"scaffold/generator/nearest"
)

func (c *checker) computed() {
	if c.base != nil {
		for _, v := range c.base.Computed {
			c.env[v.Name] = c.base.checked.names[v.Name]
		}
	}
	for i, v := range c.m.Computed {
		before := len(c.problems)
		e := c.computedValue(v)
		c.m.Computed[i].expr = e
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
	for _, name := range slices.Sorted(maps.Keys(c.m.Presets)) {
		for _, id := range slices.Sorted(maps.Keys(c.m.Presets[name])) {
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
