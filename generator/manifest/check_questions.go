package manifest

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

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
	q.when = c.condition(q.When, c.env, "questions", i, "when")
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
		q.Default.expr = c.expression(q.Default.Expr, c.env, path, q.Type.of().result)
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
		q.Validate[j].expr = c.condition(v.Expr, env, append(path, "expr")...)
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
