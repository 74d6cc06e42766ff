package templatetest

import (
	"fmt"
	"slices"
	"strings"

	"scaffold/generator"
	"scaffold/generator/manifest"
)

// Docs is a template's documentation as Markdown, made from its manifest. The
// same manifest gives the same text.
func Docs(t *generator.Template) (string, error) {
	files, _, _, err := sourceFiles(t.FS)
	if err != nil {
		return "", err
	}
	m := t.Manifest
	var d page
	d.line("# %s", m.Title)
	d.line("")
	if m.Description != "" {
		d.line("%s.", strings.TrimSuffix(m.Description, "."))
		d.line("")
	}
	d.line("Template `%s`, version %s, %s.", m.Name, m.Version, maturity(m))
	d.questions(m)
	d.presets(m)
	d.tools(m)
	d.files(m, files)
	d.recommended(m)
	return d.String(), nil
}

func maturity(m *manifest.Manifest) string {
	switch {
	case m.Maturity == "":
		return "stable"
	case m.ReplacedBy != "":
		return m.Maturity + ", replaced by " + m.ReplacedBy
	}
	return m.Maturity
}

type page struct{ strings.Builder }

func (d *page) line(format string, args ...any) { fmt.Fprintf(d, format+"\n", args...) }

func (d *page) heading(title string) { d.line("\n## %s\n", title) }

func (d *page) questions(m *manifest.Manifest) {
	if len(m.Questions) == 0 {
		return
	}
	d.heading("Questions")
	d.line("| answer | asks | takes | default |")
	d.line("|---|---|---|---|")
	for i := range m.Questions {
		q := &m.Questions[i]
		asks := q.Label()
		if q.Help != "" {
			asks += ": " + q.Help
		}
		if q.When != "" {
			asks += " (only when `" + q.When + "`)"
		}
		d.line("| `%s` | %s | %s | %s |", q.ID, cell(asks), cell(takes(q)), cell(defaultOf(m, q)))
	}
}

func takes(q *manifest.Question) string {
	if len(q.Choices) == 0 {
		return string(q.Type)
	}
	list := make([]string, len(q.Choices))
	for i, c := range q.Choices {
		list[i] = "`" + c.Value + "`"
		if c.Title != "" {
			list[i] += " " + c.Title
		}
	}
	what := "one of "
	if q.Type.Many() {
		what = "any of "
	}
	return what + strings.Join(list, ", ")
}

func defaultOf(m *manifest.Manifest, q *manifest.Question) string {
	if fix, fixed := m.Fixed(q.ID); fixed {
		return "fixed to `" + fix.Value.String() + "` by " + fix.By + ", and not asked"
	}
	switch {
	case q.Default == nil:
		return "none: it must be answered"
	case q.Default.Expr != "":
		return "`" + q.Default.Expr + "`"
	case q.Default.Value.String() == "":
		return "empty"
	default:
		return "`" + q.Default.Value.String() + "`"
	}
}

// cell keeps a text inside one cell of a table.
func cell(s string) string {
	return strings.NewReplacer("|", `\|`, "\r", " ", "\n", " ").Replace(s)
}

func (d *page) presets(m *manifest.Manifest) {
	if len(m.Presets) == 0 {
		return
	}
	d.heading("Presets")
	d.line("| preset | answers |")
	d.line("|---|---|")
	for _, name := range sorted(m.Presets) {
		d.line("| `%s` | %s |", name, cell(describe(m.Presets[name])))
	}
}

func (d *page) tools(m *manifest.Manifest) {
	if len(m.Requires.Tools) == 0 {
		return
	}
	d.heading("Tools that the project needs")
	for _, tool := range m.Requires.Tools {
		d.line("- %s", strings.TrimSpace(tool.Name+" "+tool.Version))
	}
}

// files lists what depends on an answer, in the order of the rules.
func (d *page) files(m *manifest.Manifest, files []string) {
	d.heading("Files")
	always := 0
	byRule := map[*manifest.FileRule][]string{}
	for _, f := range files {
		rule := m.RuleFor(below(f))
		if rule == nil || rule.When == "" && rule.Each == "" {
			always++
			continue
		}
		byRule[rule] = append(byRule[rule], "`"+strings.TrimSuffix(below(f), suffix)+"`")
	}
	if len(byRule) == 0 {
		d.line("All %d files are always there.", len(files))
		return
	}
	d.line("%d of %d files are always there. The others:\n", always, len(files))
	d.line("| when | files |")
	d.line("|---|---|")
	var order []string
	merged := map[string][]string{}
	for i := range m.Files {
		rule := &m.Files[i]
		if len(byRule[rule]) == 0 {
			continue
		}
		when := condition(rule)
		if _, seen := merged[when]; !seen {
			order = append(order, when)
		}
		merged[when] = append(merged[when], byRule[rule]...)
	}
	for _, when := range order {
		slices.Sort(merged[when])
		d.line("| %s | %s |", cell(when), cell(strings.Join(merged[when], ", ")))
	}
}

func condition(rule *manifest.FileRule) string {
	var parts []string
	if rule.Each != "" {
		parts = append(parts, "for each of `"+rule.Each+"`")
	}
	if rule.When != "" {
		parts = append(parts, "`"+rule.When+"`")
	}
	return strings.Join(parts, ", ")
}

func (d *page) recommended(m *manifest.Manifest) {
	if len(m.Recommend.Fit) == 0 {
		return
	}
	d.heading("When it is recommended")
	d.line("| for | weight | reason |")
	d.line("|---|---|---|")
	for _, signal := range sorted(m.Recommend.Fit) {
		if fit := m.Recommend.Fit[signal]; fit.Weight != 0 {
			d.line("| `%s` | %+d | %s |", signal, fit.Weight, cell(fit.Reason))
		}
	}
}
