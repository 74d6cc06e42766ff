package prompt

import (
	"fmt"
	"slices"
	"strings"

	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/huh"
	"github.com/charmbracelet/lipgloss"
	"github.com/charmbracelet/x/ansi"

	"scaffold/generator/quote"
	"scaffold/generator/session"
)

// control is the part of a step's screen that takes the answer: a form of huh
// with one field and nothing around it. Title, errors and help are the
// wizard's, and so are Enter and Esc: a form hands its value over in later
// messages, and keys that come before those are lost.
type control struct {
	step   question
	styles styles
	form   *huh.Form
	group  *huh.Group
	labels []string // the options as shown, each one line or more
	shown  []int    // those options, all but for a filter
	filter string   // what an option must hold to be shown

	text   string
	marks  []int // of the options that are shown
	kept   []int // of those that are not
	yes    bool
	unsaid string // what an empty text stands for
}

func newControl(step question, value any, width int, s styles) *control {
	c := &control{step: step, styles: s}
	c.shown = c.matching("")
	at := 0
	switch v := value.(type) {
	case bool:
		c.yes = v
	case []string:
		for _, one := range v {
			if i := step.Index(one); i >= 0 {
				c.marks = append(c.marks, i)
			}
		}
	case string:
		at = max(0, step.Index(v))
		c.text = v
	case int:
		c.text = fmt.Sprint(v)
	}
	c.build(width)
	c.point(at)
	return c
}

// build makes the form for a width, with what the control holds.
func (c *control) build(width int) {
	c.group = huh.NewGroup(c.field(width))
	c.form = huh.NewForm(c.group).
		WithTheme(c.styles.huh).
		WithKeyMap(keys()).
		WithShowHelp(false).
		WithShowErrors(false).
		WithWidth(width)
}

func (c *control) field(width int) huh.Field {
	switch c.step.Kind {
	case session.Choice:
		beside := lipgloss.Width(margin + pointer)
		return huh.NewSelect[int]().Options(c.options(width - beside)...)
	case session.Multi:
		beside := lipgloss.Width(margin + pointer + blank)
		return huh.NewMultiSelect[int]().Value(&c.marks).Options(c.options(width - beside)...)
	case session.Confirm:
		return huh.NewConfirm().Value(&c.yes).Affirmative("Yes").Negative("No")
	case session.Secret:
		return huh.NewInput().Value(&c.text).Prompt(pointer).EchoMode(huh.EchoModePassword)
	}
	// A text that cannot be shown in an input as it is, because it holds
	// control or bidi characters, is shown escaped and taken by Enter alone.
	if shown := quote.Text(c.text); shown != c.text {
		return c.offering(shown)
	}
	if c.step.Proposed && c.text == c.step.Default {
		return c.offering(c.text)
	}
	return huh.NewInput().Value(&c.text).Prompt(pointer)
}

// offering is an empty input that stands for its text.
func (c *control) offering(shown string) huh.Field {
	c.unsaid, c.text = c.text, ""
	return huh.NewInput().Value(&c.text).Prompt(pointer).Placeholder(shown)
}

// options gives each option its label: the title, and the hint behind it where
// all fit so, else below it, further in.
func (c *control) options(width int) []huh.Option[int] {
	column, beside := 0, true
	for i, o := range c.step.Options {
		if o.Hint != "" {
			column = max(column, ansi.StringWidth(c.step.Option(i)))
		}
	}
	for _, o := range c.step.Options {
		beside = beside && (o.Hint == "" || column+2+ansi.StringWidth(quote.Text(o.Hint)) <= width)
	}
	c.labels = make([]string, len(c.shown))
	options := make([]huh.Option[int], len(c.shown))
	for at, i := range c.shown {
		c.labels[at] = c.label(c.step.Option(i), quote.Text(c.step.Options[i].Hint), column, width, beside)
		options[at] = huh.NewOption(c.labels[at], i)
	}
	return options
}

func (c *control) label(title, hint string, column, width int, beside bool) string {
	switch {
	case hint == "":
		return strings.Join(wrap(title, width), "\n")
	case beside:
		return title + strings.Repeat(" ", column+2-ansi.StringWidth(title)) + c.styles.hint(hint)
	}
	lines := wrap(title, width)
	for _, line := range wrap(hint, width-len(margin)) {
		lines = append(lines, margin+c.styles.hint(line))
	}
	return strings.Join(lines, "\n")
}

// keys are huh's, less those that the wizard has another use for. The filter of
// its lists is not huh's, which shows it in place of the title.
func keys() *huh.KeyMap {
	k := huh.NewDefaultKeyMap()
	none := key.NewBinding(key.WithDisabled())
	k.Quit = none
	k.Select.Filter, k.MultiSelect.Filter = none, none
	k.Select.HalfPageUp, k.Select.HalfPageDown = none, none
	k.MultiSelect.HalfPageUp, k.MultiSelect.HalfPageDown = none, none
	k.Confirm.Accept, k.Confirm.Reject = none, none
	return k
}

// start makes the control take keys.
func (c *control) start() tea.Cmd { return c.form.Init() }

func (c *control) update(msg tea.Msg) tea.Cmd {
	_, cmd := c.form.Update(msg)
	return cmd
}

// press hands a key to the form. Characters that may not be shown as they are
// are left out: a paste may hold them.
func (c *control) press(msg tea.KeyMsg) tea.Cmd {
	if msg.Type == tea.KeyRunes {
		kept := msg.Runes[:0]
		for _, r := range msg.Runes {
			if text := string(r); quote.Text(text) == text || strings.ContainsRune("\n\t", r) {
				kept = append(kept, r)
			}
		}
		msg.Runes = kept
	}
	return c.update(msg)
}

// listed reports a step that is answered from a list.
func (c *control) listed() bool { return c.step.Kind == session.Choice || c.step.Kind == session.Multi }

// move sends the cursor one option up or down; beyond an end it goes on at the
// other. huh does so in one of its lists, not in both.
func (c *control) move(msg tea.KeyMsg) tea.Cmd {
	switch at := slices.Index(c.shown, c.cursor()); {
	case msg.Type == tea.KeyUp && at == 0:
		return c.press(tea.KeyMsg{Type: tea.KeyEnd})
	case msg.Type == tea.KeyDown && at == len(c.shown)-1:
		return c.press(tea.KeyMsg{Type: tea.KeyHome})
	}
	return c.press(msg)
}

// point moves the cursor to option i. huh would start there by itself, but with
// the options above it scrolled away.
func (c *control) point(i int) {
	if !c.listed() {
		return
	}
	c.press(tea.KeyMsg{Type: tea.KeyHome})
	for range slices.Index(c.shown, i) {
		c.press(tea.KeyMsg{Type: tea.KeyDown})
	}
}

// long is a list in which typing looks for an option.
const long = 9

func (c *control) filters() bool { return c.listed() && len(c.step.Options) >= long }

// matching are the options that hold a text.
func (c *control) matching(text string) []int {
	var found []int
	for i, o := range c.step.Options {
		if strings.Contains(strings.ToLower(c.step.Option(i)+" "+o.Hint+" "+o.Find), strings.ToLower(text)) {
			found = append(found, i)
		}
	}
	return found
}

// narrow shows the options that hold a text, and reports whether there are any.
// What is marked stays so, shown or not.
func (c *control) narrow(text string, width int) bool {
	found := c.matching(text)
	if len(found) == 0 {
		return false
	}
	at, all := c.cursor(), c.marked()
	c.filter, c.shown, c.marks, c.kept = text, found, nil, nil
	for _, i := range all {
		if slices.Contains(found, i) {
			c.marks = append(c.marks, i)
		} else {
			c.kept = append(c.kept, i)
		}
	}
	c.build(width)
	c.start() // what it returns makes a text cursor blink
	c.point(at)
	return true
}

// marked are all marks, in the order of the options.
func (c *control) marked() []int {
	all := slices.Concat(c.marks, c.kept)
	slices.Sort(all)
	return all
}

// resize fits the control to a width; what it holds and its cursor stay.
func (c *control) resize(width int) {
	if c.labels == nil {
		c.form.WithWidth(width)
		return
	}
	at := c.cursor()
	c.build(width)
	c.start() // what it returns makes a text cursor blink
	c.point(at)
}

// cursor is the option under the cursor.
func (c *control) cursor() int {
	if h, ok := c.form.GetFocusedField().(interface{ Hovered() (int, bool) }); ok {
		i, _ := h.Hovered()
		return i
	}
	return 0
}

// rows gives the lines of the control, and those between which its cursor is.
func (c *control) rows() (lines []string, top, bottom int) {
	lines = strings.Split(c.group.Content(), "\n")
	for i, label := range c.labels {
		top = bottom
		bottom += lipgloss.Height(label)
		if c.shown[i] == c.cursor() {
			return lines, top, bottom
		}
	}
	return lines, 0, len(lines)
}

// value is what the control holds, as [session.Step.Accept] takes it.
func (c *control) value() any {
	switch c.step.Kind {
	case session.Choice:
		return c.step.Options[c.cursor()].Value // huh's own value misses the End key
	case session.Multi:
		marks := c.marked()
		values := make([]string, len(marks))
		for i, m := range marks {
			values[i] = c.step.Options[m].Value
		}
		return values
	case session.Confirm:
		return c.yes
	}
	if c.text == "" {
		return c.unsaid
	}
	return c.text
}
