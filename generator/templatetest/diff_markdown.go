package templatetest

import (
	"fmt"
	"html"
	"strings"

	"scaffold/generator/quote"
)

// mostMarkdown is how many bytes a comment may have with room for a line of the
// caller's: GitHub takes 65,536 characters.
const mostMarkdown = 60_000

// Markdown is what differs as the text of a comment on a pull request. Contents
// that do not fit into one are left out, and counted at the end.
func Markdown(list []*Difference) string {
	var head, details page
	same, left := 0, 0
	for _, d := range list {
		if d.State == Same {
			same++
			continue
		}
		d.summary(&head, mostMarkdown/2)
	}
	for _, d := range list {
		left += d.contents(&details, mostMarkdown-head.Len())
	}
	if same > 0 {
		head.line("\n%s the same.", counted(same, "template is", "templates are"))
	}
	if left > 0 {
		details.line("\n%s too long for this place.", counted(left, "difference of contents is", "differences of contents are"))
	}
	return strings.TrimLeft(head.String()+details.String(), "\n")
}

func counted(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

// mostFiles is how many files of a template are listed.
const mostFiles = 60

// summary is all but the contents; where the page holds more than room, the title
// alone.
func (d *Difference) summary(p *page, room int) {
	p.line("\n### %s\n", d.Title(Code))
	if p.Len() > room {
		p.line("%s.", counted(len(d.Files), "file differs", "files differ"))
		return
	}
	for _, problem := range d.Problems {
		p.line("- cannot be made%s: %s", problem.Where(), Code(problem.Message))
	}
	p.list("Commands", d.Commands)
	p.list("Questions", d.Questions)
	if d.State == Broken {
		return
	}
	if len(d.Files) == 0 {
		p.line("\nNo file of %s differs.", counted(d.Projects, "project", "projects"))
		return
	}
	p.line("\n| file | | in projects |\n|---|---|---|")
	for _, f := range d.Files[:min(len(d.Files), mostFiles)] {
		p.line("| %s | %s | %d of %d |", cell(Code(f.Path)), f.What(), f.Projects, d.Projects)
	}
	if more := len(d.Files) - mostFiles; more > 0 {
		p.line("| %s | | |", counted(more, "more file", "more files"))
	}
}

// Title is the template with both versions; name writes its name.
func (d *Difference) Title(name func(string) string) string {
	switch d.State {
	case Added:
		return fmt.Sprintf("%s %s: added", name(d.Template), d.To)
	case Removed:
		return fmt.Sprintf("%s %s: removed", name(d.Template), d.From)
	case Broken:
		return fmt.Sprintf("%s: cannot be read", name(d.Template))
	case Same:
		return fmt.Sprintf("%s %s: the same", name(d.Template), d.To)
	}
	return fmt.Sprintf("%s %s → %s", name(d.Template), d.From, d.To)
}

// What says how the file differs: changed, added (executable), mode 100644 → 100755.
func (d FileDifference) What() string {
	switch {
	case d.Change == "mode":
		return "mode " + d.Mode
	case d.Change == Added && d.Mode == "100755":
		return "added (executable)"
	case d.Change == Added && d.Mode == "120000":
		return "added (link)"
	}
	return d.Change
}

func (d *page) list(title string, lines []string) {
	if len(lines) > 0 {
		d.line("\n**%s**\n\n%s", title, fenced(strings.Join(lines, "\n")))
	}
}

// contents are the differences of contents, folded, as far as there is room. It
// gives how many are left out.
func (d *Difference) contents(p *page, room int) (left int) {
	for _, f := range d.Files {
		for _, c := range f.Contents {
			text := fmt.Sprintf("\n<details><summary><code>%s</code> of <code>%s</code> in %s</summary>\n\n%s\n</details>\n",
				html.EscapeString(quote.Text(f.Path)), html.EscapeString(d.Template), html.EscapeString(c.Where()), fenced(c.Diff))
			if p.Len()+len(text) > room {
				left++
				continue
			}
			p.WriteString(text)
		}
	}
	return left
}

// Where says in which projects: in 3, such as database=sqlite.
func (c ContentDifference) Where() string {
	where := counted(c.Projects, "project", "projects")
	if c.Answers != "" {
		where += ", such as " + c.Answers
	}
	return where
}

// Where says of which projects it is: " in 3 projects, such as ci=none"; nothing
// of a version that cannot be read.
func (p ProjectProblem) Where() string {
	if p.Projects == 0 {
		return ""
	}
	return " in " + ContentDifference{Projects: p.Projects, Answers: p.Answers}.Where()
}

// fenced puts lines into a block that none of them ends.
func fenced(text string) string {
	fence := "```"
	for strings.Contains(text, fence) {
		fence += "`"
	}
	return fence + "diff\n" + strings.TrimSuffix(quote.Lines(text), "\n") + "\n" + fence
}

// Code is a span of code that its own text does not end.
func Code(text string) string {
	text = quote.Text(text)
	if !strings.Contains(text, "`") {
		return "`" + text + "`"
	}
	mark := "``"
	for strings.Contains(text, mark) {
		mark += "`"
	}
	return mark + " " + text + " " + mark
}
