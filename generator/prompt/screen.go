package prompt

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/lipgloss"
	"github.com/charmbracelet/x/ansi"

	"scaffold/generator/quote"
	"scaffold/generator/session"
)

// screen is the model of the wizard: the ticked lines, the step being asked,
// and where its parts are scrolled to.
type screen struct {
	walk   *walk
	styles styles
	end    error // why nothing more is asked; errDone at the end of the flow
	asleep bool  // stopped by Ctrl-Z: the shell has the screen

	width, height int
	step          question
	control       *control
	problem       string // what is wrong with the answer
	notice        string
	explained     bool // the terms of the step are shown
	bodyAt        int  // first line shown of the body
	controlAt     int
	bodyPage      int // lines shown of the body, as last drawn
	bodyLast      int // the furthest that the body can be scrolled
}

func newScreen(w *walk, s styles) *screen {
	return &screen{walk: w, styles: s, width: 80, height: 24}
}

// result is how the wizard ended; nil where everything was asked.
func (m *screen) result() error {
	if m.end != errDone {
		return m.end
	}
	return nil
}

// Init starts the first control.
func (m *screen) Init() tea.Cmd { return m.control.start() }

// Update takes one message.
func (m *screen) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	if m.end != nil {
		return m, nil
	}
	switch msg := msg.(type) {
	case tea.WindowSizeMsg:
		return m, m.resize(msg.Width, msg.Height)
	case stop:
		return m, m.finish(msg.cause)
	case tea.ResumeMsg:
		m.asleep = false
		return m, nil
	case tea.KeyMsg:
		m.problem, m.notice = "", ""
		return m, m.key(msg)
	}
	return m, m.control.update(msg)
}

func (m *screen) key(msg tea.KeyMsg) tea.Cmd {
	switch msg.String() {
	case "ctrl+c":
		return m.finish(ErrCancelled)
	case "ctrl+z":
		m.asleep = true
		return tea.Suspend
	case "esc", "shift+tab":
		if m.control.filter != "" {
			return m.look("")
		}
		return m.back()
	case "backspace":
		if text := []rune(m.control.filter); len(text) > 0 {
			return m.look(string(text[:len(text)-1]))
		}
	case "up", "down":
		if m.control.listed() {
			return m.control.move(msg)
		}
	case "?":
		if m.explains() {
			m.explained = !m.explained
			return nil
		}
	case "enter":
		return m.submit()
	case "pgdown":
		m.bodyAt = min(m.bodyAt+m.bodyPage, m.bodyLast)
		return nil
	case "pgup":
		m.bodyAt = max(m.bodyAt-m.bodyPage, 0)
		return nil
	case "y", "Y", "n", "N":
		if m.step.Kind == session.Confirm {
			m.control.yes = strings.EqualFold(msg.String(), "y")
			return m.submit()
		}
	}
	if msg.Type == tea.KeyRunes && m.control.filters() {
		return m.look(m.control.filter + string(msg.Runes))
	}
	return m.control.press(msg)
}

// explains reports whether "?" explains the step. Where something is typed it is
// a character like others.
func (m *screen) explains() bool {
	typed := m.step.Kind == session.Secret || (m.step.Kind == session.Text || m.step.Kind == session.Int) && m.control.text != ""
	return m.step.Terms != "" && !typed
}

// look shows only the options that hold a text.
func (m *screen) look(text string) tea.Cmd {
	m.controlAt = 0
	if !m.control.narrow(text, m.columns()) {
		m.notice = "nothing here has “" + quote.Text(text) + "”"
	}
	return nil
}

func (m *screen) submit() tea.Cmd {
	value, err := m.step.Accept(m.control.value())
	if err == nil {
		err = m.walk.answer(m.step, value)
	}
	switch {
	case errors.Is(err, session.ErrNoneMarked):
		m.problem = err.Error() + ": space marks it"
		return nil
	case err != nil:
		m.problem = quote.Text(err.Error())
		return nil
	}
	return m.advance()
}

func (m *screen) back() tea.Cmd {
	if !m.walk.back() {
		m.notice = "this is the first question; ctrl+c leaves"
		return nil
	}
	return m.advance()
}

// advance shows the step that the flow gives now.
func (m *screen) advance() tea.Cmd {
	step, err := m.walk.next()
	switch {
	case err != nil:
		return m.finish(err)
	case step == nil:
		return m.finish(errDone)
	}
	m.step = *step
	m.bodyAt, m.controlAt, m.explained = 0, 0, false
	m.control = newControl(m.step, m.walk.offer(m.step), m.columns(), m.styles)
	return m.control.start()
}

func (m *screen) finish(why error) tea.Cmd {
	m.end = why
	return tea.Quit
}

// resize takes the terminal's new size; a terminal that does not know it says
// 0. A terminal that narrows breaks the lines that stand on it, and nobody can
// say how often, so the screen is cleared.
func (m *screen) resize(width, height int) tea.Cmd {
	if width <= 0 || height <= 0 {
		width, height = 80, 24
	}
	if width == m.width && height == m.height {
		return nil // huh asks for the size with every form
	}
	narrower := width < m.width
	m.width, m.height = width, height
	m.control.resize(m.columns())
	if narrower {
		return tea.ClearScreen
	}
	return nil
}

// columns is the width of the text: the last column stays free, because some
// terminals wrap at it, and very long lines read badly.
func (m *screen) columns() int { return max(min(m.width-1, 100), 12) }

// View draws the screen, no higher than the terminal.
func (m *screen) View() string {
	if m.end != nil || m.asleep {
		return ""
	}
	gap := []string{""}
	if m.height < 14 {
		gap = nil
	}
	head, body, foot, ticks := m.head(), m.body(), m.foot(), m.ticks()
	rows, top, bottom := m.control.rows()
	free := m.height - len(head) - len(foot) - 2*len(gap)
	if len(body) > 0 {
		free -= len(gap)
	}
	above := lines(ticks)
	if above > 0 {
		above += len(gap)
	}
	c, b, t := share(free, len(rows), len(body), above)

	view := newest(ticks, t-len(gap))
	if len(view) > 0 {
		view = append(view, gap...)
	}
	view = append(view, head...)
	if len(body) > 0 {
		view = append(view, gap...)
		view = append(view, m.bodyWindow(body, b)...)
	}
	view = append(view, gap...)
	view = append(view, m.controlWindow(rows, top, bottom, c)...)
	view = append(view, gap...)
	return strings.Join(append(view, foot...), "\n")
}

// head is the title with what belongs to it.
func (m *screen) head() []string {
	var head []string
	if m.step.Group != "" {
		head = append(head, indent(wrap(m.step.Group, m.columns()-len(margin)), margin, m.styles.faint)...)
	}
	title := indent(wrap(m.step.Title, m.columns()-len(margin)), margin, m.styles.title)
	title[0] = m.styles.key.Render(asking) + strings.TrimPrefix(title[0], margin) + m.beside(lipgloss.Width(title[0]))
	head = append(head, title...)
	if m.step.Help != "" {
		head = append(head, indent(wrap(m.step.Help, m.columns()-len(margin)), margin, m.styles.faint)...)
	}
	if m.explained {
		head = append(head, indent(wrap(m.step.Terms, m.columns()-len(margin)), margin, m.styles.terms)...)
	}
	return head
}

// beside is how far the asking is, right of a title that is used cells wide; ""
// where there is no room, and the foot has it.
func (m *screen) beside(used int) string {
	at := m.step.Progress.String()
	pad := m.columns() - used - ansi.StringWidth(at)
	if at == "" || pad < 2 {
		return ""
	}
	return strings.Repeat(" ", pad) + m.styles.faint.Render(at)
}

func (m *screen) body() []string {
	if m.step.Body == "" {
		return nil
	}
	by := margin
	if w := lipgloss.Width(clean(m.step.Body)); w > m.columns()-len(by) && w <= m.columns() {
		by = "" // a table that just fits keeps its lines whole
	}
	lines := wrap(m.step.Body, m.columns()-len(by))
	for i, line := range lines {
		lines[i] = by + m.styles.body(line)
	}
	return lines
}

// bodyWindow shows n lines of the body; where that is not all, the last says
// so.
func (m *screen) bodyWindow(body []string, n int) []string {
	if n >= len(body) {
		m.bodyAt, m.bodyPage, m.bodyLast = 0, n, 0
		return body
	}
	if n < 1 {
		return nil
	}
	m.bodyPage = n - 1
	m.bodyLast = len(body) - m.bodyPage
	m.bodyAt = min(m.bodyAt, m.bodyLast)
	shown := slices.Clone(body[m.bodyAt : m.bodyAt+m.bodyPage])
	return append(shown, m.where("%d-%d of %d, pgup pgdn", m.bodyAt+1, m.bodyAt+m.bodyPage, len(body)))
}

// controlWindow shows n lines of the control, its cursor among them.
func (m *screen) controlWindow(rows []string, top, bottom, n int) []string {
	if n >= len(rows) {
		return rows
	}
	n = max(n-1, 1)
	m.controlAt = window(rows, m.controlAt, top, bottom, n)
	shown := slices.Clone(rows[m.controlAt : m.controlAt+n])
	return append(shown, m.where("%d of %d", slices.Index(m.control.shown, m.control.cursor())+1, len(m.control.shown)))
}

// where is the line that says which part of something is shown.
func (m *screen) where(format string, values ...any) string {
	text := ansi.Truncate(fmt.Sprintf(format, values...), m.columns()-len(margin), "")
	return margin + m.styles.faint.Render(text)
}

// foot says what is wrong, and which keys do what.
func (m *screen) foot() []string {
	var foot []string
	width := m.columns() - len(margin)
	if m.problem != "" {
		foot = append(foot, indent(wrap(m.problem, width), margin, m.styles.problem)...)
	}
	if m.notice != "" {
		foot = append(foot, indent(wrap(m.notice, width), margin, m.styles.faint)...)
	}
	if m.control.filter != "" {
		foot = append(foot, m.where("with “%s”: %d of %d, esc shows all", quote.Text(m.control.filter), len(m.control.shown), len(m.step.Options)))
	}
	return append(foot, indent(joined(m.keys(), width), margin, m.styles.faint)...)
}

// joined sets short texts beside each other, on as many lines as they need.
func joined(texts []string, width int) []string {
	lines := []string{""}
	for _, text := range texts {
		last := &lines[len(lines)-1]
		switch {
		case *last == "":
			*last = text
		case ansi.StringWidth(*last+" · "+text) <= width:
			*last += " · " + text
		default:
			lines = append(lines, text)
		}
	}
	return lines
}

func (m *screen) keys() []string {
	var keys []string
	switch m.step.Kind {
	case session.Multi:
		keys = append(keys, "space mark", "↑↓ move")
	case session.Choice:
		keys = append(keys, "↑↓ move")
	case session.Confirm:
		keys = append(keys, "y/n")
	case session.Text, session.Int:
		if m.step.Default != nil && m.step.Default != "" && !m.step.Proposed {
			keys = append(keys, "ctrl+u clear")
		}
	}
	if m.control.filters() {
		keys = append(keys, "type to find")
	}
	keys = append(keys, "enter next")
	if len(m.walk.flow.Answered()) > 0 {
		keys = append(keys, "esc back")
	} else {
		keys = append(keys, "ctrl+c leave")
	}
	if m.explains() {
		keys = append(keys, "? explain")
	}
	if used := lipgloss.Width(margin + wrap(m.step.Title, m.columns()-len(margin))[0]); m.beside(used) == "" && m.step.Progress.Of > 0 {
		keys = append(keys, m.step.Progress.String())
	}
	return keys
}

// ticks gives the ticked lines, one slice an answer.
func (m *screen) ticks() [][]string {
	const widest = 34
	answers := m.walk.ticked()
	column := 0
	for _, a := range answers {
		column = max(column, ansi.StringWidth(quote.Text(a.Step.Label)))
	}
	column = min(column, widest, m.columns()/2)
	ticks := make([][]string, len(answers))
	for i, a := range answers {
		ticks[i] = m.tick(quote.Text(a.Step.Label), a.Step.Show(a.Value), column)
	}
	return ticks
}

// tick sets a label and a value in two columns; a label that is wider than its
// column has its lines above the value's.
func (m *screen) tick(label, value string, column int) []string {
	labels := wrap(label, m.columns()-len(margin))
	rest := strings.Repeat(" ", len(margin)+column+2)
	values := wrap(value, m.columns()-len(rest))
	first := m.styles.tick.Render(ticked)
	pad := column - ansi.StringWidth(label)
	if pad >= 0 {
		first += m.styles.faint.Render(label) + strings.Repeat(" ", pad+2) + values[0]
		return append([]string{first}, indent(values[1:], rest, lipgloss.NewStyle())...)
	}
	lines := append([]string{first + m.styles.faint.Render(labels[0])}, indent(labels[1:], margin, m.styles.faint)...)
	return append(lines, indent(values, rest, lipgloss.NewStyle())...)
}

// leave is what stays on the screen after the end.
func (m *screen) leave() string {
	var text strings.Builder
	for _, tick := range m.ticks() {
		for _, line := range tick {
			text.WriteString(line + "\n")
		}
	}
	return text.String()
}

func indent(lines []string, by string, style lipgloss.Style) []string {
	out := make([]string, len(lines))
	for i, line := range lines {
		out[i] = by + style.Render(line)
	}
	return out
}

// newest gives the lines of the last ticks that fit in n lines.
func newest(ticks [][]string, n int) []string {
	first := len(ticks)
	for first > 0 && lines(ticks[first-1:]) <= n {
		first--
	}
	return slices.Concat(ticks[first:]...)
}

func lines(ticks [][]string) int {
	n := 0
	for _, t := range ticks {
		n += len(t)
	}
	return n
}
