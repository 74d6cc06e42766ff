package manifest

import (
	"cmp"
	"fmt"
	"io/fs"
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/expr-lang/expr"
)

func (c *checker) rendering() {
	for i, d := range c.m.Render.Delimiters {
		c.glob(d.Glob, "render", "delimiters", i, "glob")
		if len(d.Use) != 2 || d.Use[0] == "" || d.Use[1] == "" || d.Use[0] == d.Use[1] {
			c.fail(c.doc.at("render", "delimiters", i, "use"), "delimiters are two different texts", `write use: ["[[", "]]"]`)
		}
	}
}

func (c *checker) files() {
	for i, f := range c.m.Files {
		c.glob(f.Glob, "files", i, "glob")
		c.oneOf("mode", f.Mode, modes, "files", i, "mode")
		c.oneOf("managed", f.Managed, managed, "files", i, "managed")
		c.oneOf("merge", f.Merge, merges, "files", i, "merge")
		c.m.Files[i].when = c.condition(f.When, c.env, "files", i, "when")
		c.m.Files[i].each = c.expression(f.Each, c.env, []any{"files", i, "each"}, expr.AsKind(reflect.Slice))
		if (f.Each == "") != (f.As == "") {
			c.fail(c.doc.at("files", i), "each and as go together", "each: apps, as: app")
		}
		if f.As != "" && !questionID.MatchString(f.As) {
			c.fail(c.doc.at("files", i, "as"), fmt.Sprintf("%q is not a name", f.As), "a name is a to z, 0 to 9 and _, a letter first")
		}
	}
}

func (c *checker) ignore() {
	for i, glob := range c.m.Ignore {
		c.glob(glob, "ignore", i)
	}
}

func (c *checker) overlay() {
	m := c.m
	if m.Extends == nil {
		if m.Answers != nil || len(m.Remove) > 0 || len(m.Patch) > 0 {
			c.fail(c.doc.at("name"), "answers, remove and patch belong to an overlay", "add extends: {template: builtin:django}, or remove them")
		}
		return
	}
	if m.Extends.Template == "" {
		c.fail(c.doc.at("extends"), "extends names no template", "write extends: {template: builtin:django}")
	}
	c.semverRange(m.Extends.Version, "extends", "version")
	c.overrides()
	for i, r := range m.Remove {
		c.glob(r, "remove", i)
	}
	for i, p := range m.Patch {
		c.patch(p, i)
	}
}

func (c *checker) patch(p Patch, i int) {
	if p.Path == "" || p.ways() != 1 || (p.Before+p.After != "") != (p.Text != "") {
		c.fail(c.doc.at("patch", i), "a patch has a path and one way to change its files: set and delete, before or after with text, header, ensure-line or ban-line",
			"write {path: a.toml, set: {key: value}} or {path: a.py, after: LINE, text: TEXT} or {path: '**/*.py', header: TEXT, min: 1}")
	}
	if p.Path != "" {
		c.glob(p.Path, "patch", i, "path")
	}
	c.pattern(p.BanLine, "patch", i, "ban-line")
	if p.Min < 0 {
		c.fail(c.doc.at("patch", i, "min"), fmt.Sprintf("min is %d", p.Min), "it is how many files the patch is about, at least: 1 or more")
	}
}

// overrides holds fixed answers and changed defaults against the base's
// questions.
func (c *checker) overrides() {
	if c.m.Answers == nil || c.base == nil {
		return
	}
	for _, id := range slices.Sorted(maps.Keys(c.m.Answers.Fix)) {
		c.override(id, c.m.Answers.Fix[id], "answers", "fix", id)
	}
	for _, id := range slices.Sorted(maps.Keys(c.m.Answers.Default)) {
		at := []any{"answers", "default", id}
		c.override(id, c.m.Answers.Default[id], at...)
		if _, twice := c.m.Answers.Fix[id]; twice {
			c.fail(c.doc.at(at...), fmt.Sprintf("%s has a default and is fixed", id), "remove one of the two")
		} else if f, fixed := c.base.Fixed(id); fixed {
			c.fail(c.doc.at(at...), fmt.Sprintf("%s is fixed to %s by %s: a default has no effect", id, f.Value, f.By), "remove it")
		}
	}
}

// override holds an answer of an overlay against the question of its base, and
// against those of its rules that look at nothing else.
func (c *checker) override(id string, v Scalar, path ...any) {
	q := c.answerable(id, path...)
	switch {
	case q == nil:
		return
	case !c.isBaseQuestion(id):
		c.fail(c.doc.at(path...), fmt.Sprintf("%s is the overlay's own question", id), "give it this default under questions")
		return
	case q.Type.IsSecret():
		c.fail(c.doc.at(path...), fmt.Sprintf("question %s is a secret", id), "a secret is always given")
		return
	}
	value, err := q.parse(v)
	if err == nil {
		err = c.base.checkAlone(q, value)
	}
	if err != nil {
		c.fail(c.doc.at(path...), fmt.Sprintf("%s: %s", id, bare(err)), cmp.Or(q.allowed(v), "choose another answer"))
	}
}

// migrations holds that what an update moves stays in the project.
func (c *checker) migrations() {
	for i, mig := range c.m.Migrations {
		c.semver(mig.To, "migrations", i, "to")
		for from, to := range mig.Move {
			for _, name := range []string{from, to} {
				if !fs.ValidPath(strings.TrimSuffix(name, "/")) || name == "." {
					c.fail(c.doc.at("migrations", i, "move", from), fmt.Sprintf("%q is not a path in the project", name), "write generated paths, such as config/settings.py")
				}
			}
		}
		for from, to := range mig.RenameAnswer {
			if _, ok := c.m.Question(to); !ok && c.m.Extends == nil {
				c.fail(c.doc.at("migrations", i, "renameAnswer", from), fmt.Sprintf("no question %s takes the answer to %s", to, from), declared(to, c.m.questionIDs()))
			}
		}
	}
}

func (c *checker) actions() {
	for i, a := range c.m.Actions {
		if a.ID == "" || len(a.Run) == 0 {
			c.fail(c.doc.at("actions", i), "an action has an id and a run list", "run: [npm, install]")
		}
		for j, on := range a.On {
			c.oneOf("moment", on, moments, "actions", i, "on", j)
		}
		for j, id := range a.Needs.Secrets {
			if q, ok := c.m.Question(id); c.m.Extends == nil && (!ok || q.Type != Secret) {
				c.fail(c.doc.at("actions", i, "needs", "secrets", j), fmt.Sprintf("%q is not a secret question", id), "name a question of type secret")
			}
		}
		c.m.Actions[i].when = c.condition(a.When, c.env, "actions", i, "when")
	}
}

func (c *checker) verify() {
	for name, step := range map[string]*VerifyStep{"install": c.m.Verify.Install, "test": c.m.Verify.Test, "run": c.m.Verify.Run} {
		if step == nil {
			continue
		}
		if len(step.Run) == 0 {
			c.fail(c.doc.at("verify", name), "a verify step has a run list", "run: [python3, dev.py, test]")
		}
		if step.Ready != nil && !strings.HasPrefix(step.Ready.HTTP, "/") {
			c.fail(c.doc.at("verify", name, "ready", "http"), fmt.Sprintf("%q is not a path", step.Ready.HTTP), readyPath(step.Ready.HTTP))
		}
	}
}

func readyPath(text string) string {
	if text == "" || strings.ContainsAny(text, ": ") {
		return "write a path such as /healthz"
	}
	return fmt.Sprintf("write /%s", text)
}
