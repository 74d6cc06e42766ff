package render

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"text/template/parse"

	"scaffold/generator/internal/funcs"
	"scaffold/generator/internal/late"
)

// An actionText is what stands between two delimiters of a text.
type actionText struct {
	start  int    // of the left delimiter, in bytes
	body   string // without delimiters, trim marks and blanks
	closed bool
}

// keyword is the first word of an action.
func (a actionText) keyword() string {
	word, _, _ := strings.Cut(a.body, " ")
	return word
}

// actions lists those of a text, as the parser finds them: a right delimiter
// inside quotation marks or a comment ends none.
func actions(text, left, right string) []actionText {
	var list []actionText
	for at := 0; ; {
		i := strings.Index(text[at:], left)
		if i < 0 {
			return list
		}
		start := at + i
		inside := start + len(left)
		end := inside + endOf(text[inside:], right)
		closed := end < len(text)
		list = append(list, actionText{start, strings.TrimSpace(strings.Trim(text[inside:end], "- \t\r\n")), closed})
		if !closed {
			return list
		}
		at = end + len(right)
	}
}

// endOf is where the right delimiter stands, or the length of the text.
func endOf(text, right string) int {
	if comment := strings.TrimLeft(text, "- \n"); strings.HasPrefix(comment, "/*") {
		i := strings.Index(text, "*/")
		if i < 0 {
			return len(text)
		}
		return i + cmp.Or(1+strings.Index(text[i:], right), len(text)-i+1) - 1
	}
	quote := byte(0)
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case quote != 0 && c == '\\' && quote != '`':
			i++
		case quote != 0 && (c == quote || c == '\n' && quote != '`'):
			quote = 0
		case quote != 0:
		case c == '"' || c == '`':
			quote = c
		case strings.HasPrefix(text[i:], right):
			return i
		}
	}
	return len(text)
}

var opens = []string{"if", "range", "with", "define", "block"}

// unbalanced finds an action that is not closed, a block without its end, or an
// end without its block; nil where each has its other half.
func unbalanced(text, left, right string) *reported {
	var stack []actionText
	for _, a := range actions(text, left, right) {
		word := a.keyword()
		switch {
		case !a.closed && strings.Contains(firstLine(a.body), right):
			return &reported{a.start, "a quotation mark is not closed", remedyFor("unterminated quoted string")}
		case !a.closed:
			return &reported{a.start, left + " is not closed", fmt.Sprintf("write %s behind it", right)}
		case slices.Contains(opens, word):
			stack = append(stack, a)
		case word == "end" && len(stack) == 0:
			return &reported{a.start, fmt.Sprintf("%s end %s closes nothing", left, right), "remove it, or write the if, range or with that it ends"}
		case word == "end":
			stack = stack[:len(stack)-1]
		case word == "else" && len(stack) == 0:
			return &reported{a.start, fmt.Sprintf("%s else %s belongs to nothing", left, right), "remove it, or write the if, range or with before it"}
		}
	}
	if n := len(stack); n > 0 {
		a := stack[n-1]
		return &reported{a.start, fmt.Sprintf("%s %s %s has no end", left, firstLine(a.body), right), fmt.Sprintf("write %s end %s where it stops", left, right)}
	}
	return nil
}

// A reported is something wrong at a byte of a text.
type reported struct {
	offset          int
	message, remedy string
}

// blamed finds the action of a line that the parser's message is about: the one
// that alone gives the same message, or else the first that is wrong alone.
func blamed(text, left, right, message string, line int) int {
	first := -1
	for _, a := range actions(text, left, right) {
		at := strings.Count(text[:a.start], "\n") + 1
		if at+strings.Count(a.body, "\n") < line || at > line {
			continue
		}
		alone := messageOf(left + " " + a.body + " " + right + closer(a, left, right))
		if alone == message {
			return a.start
		}
		if alone != "" && first < 0 {
			first = a.start
		}
	}
	if first >= 0 {
		return first
	}
	return lineStart(text, line)
}

func closer(a actionText, left, right string) string {
	if slices.Contains(opens, a.keyword()) {
		return left + " end " + right
	}
	return ""
}

// messageOf is what the parser says of a text, without its place.
func messageOf(text string) string {
	t := parse.New("x")
	t.Mode = parse.SkipFuncCheck
	_, err := t.Parse(text, "", "", map[string]*parse.Tree{})
	if err == nil {
		return ""
	}
	if m := syntaxMessage().FindStringSubmatch(err.Error()); m != nil {
		return m[2]
	}
	return err.Error()
}

func lineStart(text string, line int) int {
	rest := text
	for range line - 1 {
		_, rest, _ = strings.Cut(rest, "\n")
	}
	return len(text) - len(rest)
}

func firstLine(text string) string {
	line, _, _ := strings.Cut(text, "\n")
	return line
}

// textHelp is what a remedy names where it has nothing closer.
const textHelp = "docs/template-authoring.md has a part on texts; their language is Go's text/template"

// sayings turn what the parser says into a remedy; the first that matches does.
var sayings = []struct {
	pattern func() *regexp.Regexp
	remedy  string
}{
	{late.Pattern(`unexpected "=" in|unexpected "==?"`), `equality is written eq: {{ if eq .database "sqlite" }}`},
	{late.Pattern(`U\+0026|unexpected "&"`), `and is written before both: {{ if and .docker .web }}`},
	{late.Pattern(`U\+007C|unexpected "\|" in`), `or is written before both: {{ if or .docker .web }}; one | hands a value on`},
	{late.Pattern(`U\+0021|unexpected "!"`), `not is written {{ if not .docker }}`},
	{late.Pattern(`missing value for command`), `write what to print: {{ .name }}`},
	{late.Pattern(`missing value for (\w+)`), `write what it looks at: {{ if .docker }}`},
	{late.Pattern(`U\+002D`), "a name is letters, digits and _"},
	{late.Pattern(`unexpected <\.>`), "remove the . at the end, or write a name behind it"},
	{late.Pattern(`U\+0025|unexpected "%"`), `this is no part of Go's text/template; a condition is written {{ if .docker }} … {{ end }}`},
	{late.Pattern(`unterminated quoted string`), `write " on both sides of a text, and \" inside it`},
	{late.Pattern(`character constant|unexpected '|malformed character`), `a text is written between " "`},
	{late.Pattern(`undefined variable "\$`), `an answer is written .name; $name is a variable that the text sets itself: {{ $name := … }}`},
	{late.Pattern(`right paren|left paren`), "give each bracket its other half"},
	{late.Pattern(`bad number syntax`), `a text is written between " "`},
	{late.Pattern(`non executable command`), "what stands behind | is a function"},
	{late.Pattern(`break outside|continue outside|{{break}} outside|{{continue}} outside`), "it belongs inside {{ range }} … {{ end }}"},
	{late.Pattern(`multiple definition of template`), "give one of the two another name"},
	{late.Pattern(`{{else`), "an if has one else, and it is the last"},
}

func remedyFor(message string) string {
	for _, s := range sayings {
		if s.pattern().MatchString(message) {
			return s.remedy
		}
	}
	return textHelp
}

// syntaxError explains a text that does not parse.
func syntaxError(file, text, left, right string, err error) *Error {
	e, line := &Error{Message: err.Error()}, 1
	if m := syntaxMessage().FindStringSubmatch(e.Message); m != nil {
		line, _ = strconv.Atoi(m[1])
		e.Message = m[2]
	}
	other := otherLanguage(text, left)
	if found := unbalanced(text, left, right); found != nil {
		e.Message, e.Remedy = found.message, cmp.Or(other, found.remedy)
		return e.at(file, text, found.offset)
	}
	e.Remedy = cmp.Or(other, remedyFor(e.Message))
	return e.at(file, text, blamed(text, left, right, e.Message, line))
}

// runningHelp says how a text keeps clear of what stopped it.
func runningHelp(message string) string {
	name, rest, _ := strings.Cut(message, ": ")
	s, known := funcs.SignatureOf(name)
	switch {
	case strings.Contains(rest, "index out of range"):
		return "ask how many there are before: {{ if gt (len .extras) 5 }}"
	case strings.Contains(rest, "division by zero"):
		return "ask before: {{ if ne .workers 0 }}"
	case name == "fail":
		return "the template says so itself: a rule under validate refuses such an answer while it is typed"
	case known:
		return fmt.Sprintf("it is called %s: %s", s.Text(), s.About)
	}
	return textHelp
}
