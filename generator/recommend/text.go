package recommend

import (
	"fmt"
	"slices"
	"strings"

	"scaffold/generator/manifest"
	"scaffold/generator/quote"
)

// detailed is how many templates of a ranking are shown with every line of
// their score; a companion always is.
const detailed = 4

// shortRows is how many templates of a ranking the short text has.
const shortRows = 8

// Text renders the advice for a terminal of that many columns, ending in a
// newline. Text that came with a template is shown escaped.
func (a Advice) Text(width int) string { return a.text(width, len(a.Ranking)) }

// Short is [Advice.Text] with the first eight templates and a companion; it says
// how many more there are.
func (a Advice) Short(width int) string { return a.text(width, shortRows) }

func (a Advice) text(width, most int) string {
	p := newPage(width)
	more := 0
	for i, r := range a.Ranking {
		switch {
		case i >= most && (a.Choice == nil || a.companion(r) == nil):
			more++
		case a.Choice == nil:
			p.hang("  "+quote.Text(r.Template), 18, a.described(r))
		default:
			a.heading(p, r)
			if i < detailed || a.companion(r) != nil {
				p.factors(r.Factors, withReasons)
			}
		}
	}
	if more > 0 {
		p.wrap("… and %d more; --all shows them", more)
	}
	a.remarks(p, typed)
	return p.String()
}

// Explain renders what speaks for and against one template, for a pane of that
// many columns and rows; no rows means any number. Where room is short the
// reasons go, and no weight of the score; then the last lines.
func (a Advice) Explain(template string, width, height int) string {
	i := slices.IndexFunc(a.Ranking, func(r Ranked) bool { return r.Template == template })
	if i < 0 {
		return ""
	}
	var p *page
	for _, style := range []style{withReasons, withoutReasons, joined} {
		p = newPage(width)
		a.explain(p, a.Ranking[i], style)
		if height <= 0 || len(p.lines) <= height {
			return p.String()
		}
	}
	p.lines = append(p.lines[:height-1], "…")
	return p.String()
}

func (a Advice) explain(p *page, r Ranked, s style) {
	if a.Choice == nil {
		p.hang(r.Template, 18, r.Title)
		a.remarks(p, asked)
		return
	}
	a.heading(p, r)
	p.factors(r.Factors, s)
	if !a.first(r) {
		p.wrap("Recommended: %s %d", a.Ranking[0].Template, a.Ranking[0].Score)
		return
	}
	if len(a.Ranking) > 1 && a.Ranking[1].leads && (len(a.Ranking[1].Serves) > 0 || len(r.Serves) == 0) {
		p.wrap("Next best: %s %d", a.Ranking[1].Template, a.Ranking[1].Score)
	}
	for _, c := range a.Choice.Companions {
		p.wrap("Beside it: %s, for %s", c.Template, labels(c.For))
	}
	a.remarks(p, asked)
}

// heading is a template's name, score and standing.
func (a Advice) heading(p *page, r Ranked) {
	line := fmt.Sprintf("%-15s %3d", quote.Text(r.Template), r.Score)
	standing := quote.Text(a.standing(r))
	if quote.Columns(line)+3+quote.Columns(standing) <= p.width {
		p.add(line + "   " + standing)
	} else {
		p.add(line)
		p.wrapAt(6, words(standing)...)
	}
	if a.first(r) {
		p.right(fmt.Sprintf("confidence: %s", a.Confidence))
	}
}

// described is a template's title, or why it is denied.
func (a Advice) described(r Ranked) string {
	if r.Denied != nil {
		return a.standing(r)
	}
	return r.Title
}

// standing is what a template is to the choice, or else where it comes from.
func (a Advice) standing(r Ranked) string {
	if r.Denied != nil {
		return fmt.Sprintf("denied by %s: %s", r.Denied.Source, r.Denied.Text)
	}
	if c := a.companion(r); c != nil {
		return fmt.Sprintf("beside %s, for %s", a.Choice.Primary, labels(c.For))
	}
	if r.Source == Builtin {
		return "built in"
	}
	return "from " + r.Source
}

// remarks are the lines that belong to the advice as a whole.
func (a Advice) remarks(p *page, said wording) {
	for _, n := range a.Notes {
		p.wrap("Note: %s", n)
	}
	for _, text := range a.Alternatives {
		p.wrap("Not shipped here: %s", text)
	}
	for _, c := range a.WouldChange {
		p.wrap("Would change with %s: %s %d, %s %d", said(c), c.Primary, c.Score, c.leader, c.leaderScore)
	}
	if a.Choice != nil && len(a.WouldChange) == 0 {
		p.wrap("No similar answer would change it")
	}
}

// first reports whether r is the template that is recommended.
func (a Advice) first(r Ranked) bool { return r.Template == a.Choice.Primary }

// companion is r's part beside the first, or nil.
func (a Advice) companion(r Ranked) *Companion {
	i := slices.IndexFunc(a.Choice.Companions, func(c Companion) bool { return c.Template == r.Template })
	if i < 0 {
		return nil
	}
	return &a.Choice.Companions[i]
}

// A wording says a change as a reader can make it.
type wording func(Change) string

// asked is a change in the words of the questions.
func asked(c Change) string {
	group, _ := manifest.SplitSignal(c.Set)
	groups := manifest.SignalGroups()
	i := groupIndex(groups, kind(c.Set))
	if i < 0 || group != groups[i].Name {
		return typed(c)
	}
	at := slices.Index(names(groups[i]), c.Set)
	text := fmt.Sprintf("“%s” %s", groups[i].Title, groups[i].Values[at].Title)
	if c.adds {
		text += ", as well"
	}
	return text
}

// typed is what to type for the change.
func typed(c Change) string {
	group, _ := manifest.SplitSignal(c.Set)
	text := flagOf(group) + " " + argument(c.Set)
	if c.adds {
		text += " as well"
	}
	return text
}

// flagOf is the flag that takes a group's signals: its own for the core, --use
// for a group that only a namespace knows.
func flagOf(group string) string {
	name := kind(group)
	if groupIndex(manifest.SignalGroups(), name) < 0 {
		name = "use"
	}
	return "--" + name
}

// A style is how much of a factor is shown.
type style int

const (
	withReasons style = iota
	withoutReasons
	joined // all on as few lines as they take
)

// A page collects lines that are at most width columns wide.
type page struct {
	lines []string
	width int
}

// newPage leaves the last column free: some terminals wrap when it is written.
func newPage(width int) *page { return &page{width: max(width, 20) - 1} }

func (p *page) String() string { return strings.Join(p.lines, "\n") + "\n" }

// add adds a line, cut where it is too wide for the page.
func (p *page) add(line string) { p.lines = append(p.lines, quote.Cut(line, p.width)...) }

// right puts a text at the right end of the last line, or below it where there
// is no room.
func (p *page) right(text string) {
	last := &p.lines[len(p.lines)-1]
	if space := p.width - quote.Columns(*last) - quote.Columns(text); space >= 2 {
		*last += strings.Repeat(" ", space) + text
		return
	}
	p.wrapAt(2, words(text)...)
}

// wrap adds a paragraph whose later lines are indented.
func (p *page) wrap(format string, args ...any) {
	for i, line := range quote.FillWords(words(fmt.Sprintf(format, args...)), p.width-2) {
		p.add(strings.Repeat(" ", 2*min(i, 1)) + line)
	}
}

// wrapAt adds a paragraph that is indented throughout.
func (p *page) wrapAt(indent int, words ...string) {
	for _, line := range quote.FillWords(words, p.width-indent) {
		p.add(strings.Repeat(" ", indent) + line)
	}
}

// hang adds a paragraph that starts at a column after a head; where head or
// page leave too little room for that, the paragraph goes below it.
func (p *page) hang(head string, column int, text string) {
	head = quote.Text(head)
	if quote.Columns(head) >= column || p.width-column < 30 {
		p.add(head)
		p.wrapAt(6, words(text)...)
		return
	}
	for _, line := range quote.FillWords(words(text), p.width-column) {
		p.add(head + strings.Repeat(" ", column-quote.Columns(head)) + line)
		head = ""
	}
	if head != "" {
		p.add(head)
	}
}

func (p *page) factors(factors []Factor, s style) {
	var heads []string
	for _, f := range factors {
		weight, name := fmt.Sprintf("%+d", f.Weight), quote.Text(label(f.Signal))
		switch s {
		case withReasons:
			p.hang("  "+weight+"  "+name, 25, f.Reason)
		case withoutReasons:
			p.add("  " + weight + "  " + name)
		default:
			heads = append(heads, weight+" "+name+",")
		}
	}
	if last := len(heads) - 1; last >= 0 {
		heads[last] = strings.TrimSuffix(heads[last], ",")
	}
	p.wrapAt(2, heads...)
}

// words splits a text where it may be broken, escaped for the terminal.
func words(text string) []string { return strings.Fields(quote.Text(text)) }
