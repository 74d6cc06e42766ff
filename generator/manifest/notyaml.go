package manifest

import (
	"cmp"
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/lexer"
	"github.com/goccy/go-yaml/token"

	"scaffold/generator/fault"
	"scaffold/generator/internal/late"
	"scaffold/generator/nearest"
)

// undecodable is a document that the library cannot read into a value.
func (d *document) undecodable(err error) error {
	if f := fault.Of(err); f != nil {
		f.Place.File = d.file
		return Problems{f}
	}
	return Problems{notYAML(d.file, d.text, err)}
}

// hidden stands for a colon that ends nothing while the library reads a text.
const hidden = "\ue000"

var innerColon = late.Pattern(`([\pL\pN_./-]):([^\s,\[\]{}"'])`)

// tokens reads a text's tokens. Inside { } the library ends a plain text at any
// colon, and YAML at one with a blank behind it.
func tokens(text string) token.Tokens {
	if strings.Contains(text, hidden) {
		return lexer.Tokenize(text)
	}
	for masked := ""; masked != text; { // each colon of a:b:c needs a round
		masked, text = text, innerColon().ReplaceAllString(text, "${1}"+hidden+"${2}")
	}
	list := lexer.Tokenize(text)
	for _, t := range list {
		t.Value, t.Origin = strings.ReplaceAll(t.Value, hidden, ":"), strings.ReplaceAll(t.Origin, hidden, ":")
	}
	return list
}

// notYAML says why a text is no YAML: what is not closed, where it opens; else
// what the library says, with the remedy.
func notYAML(file, text string, err error) *fault.Fault {
	f := problem(file, 1, 1, err.Error(), quoteIt)
	var at yaml.Error
	if errors.As(err, &at) {
		f.Message = at.GetMessage()
		if tok := at.GetToken(); tok != nil {
			f.Place.Line, f.Place.Column = tok.Position.Line, tok.Position.Column
		}
	}
	lines := strings.Split(strings.ReplaceAll(text, "\r", ""), "\n")
	if open := (scan{lines: lines}).unclosed(); open != nil {
		f.Message, f.Hint, f.Place.Line, f.Place.Column = open.message, open.remedy, open.line, open.column
		return f
	}
	for _, known := range syntaxes {
		if groups := known.pattern().FindStringSubmatch(f.Message); groups != nil {
			known.say(f, groups, lines)
			break
		}
	}
	return f
}

const quoteIt = `put a text that holds ": ", " #" or starts with one of [ ] { } & * ! | > ' " % @ between quotation marks`

// syntaxes turn what the library says into an author's words; the first that
// matches does.
var syntaxes = []struct {
	pattern func() *regexp.Regexp
	say     func(f *fault.Fault, groups, lines []string)
}{
	{late.Pattern(`^found character '\s' that cannot`), func(f *fault.Fault, _, _ []string) {
		f.Message, f.Hint = "a tab cannot indent", "indent with blanks"
	}},
	{late.Pattern(`^mapping key "(.*)" already defined at \[(\d+):`), func(f *fault.Fault, g, _ []string) {
		f.Message, f.Hint = fmt.Sprintf("the key %q is there twice, first on line %s", g[1], g[2]), "remove one of the two"
	}},
	{late.Pattern(`^could not find alias "(.*)"`), func(f *fault.Fault, g, lines []string) {
		f.Place.Column--
		var known []string
		for _, m := range regexp.MustCompile(`(?:^|\s)&([\w-]+)`).FindAllStringSubmatch(strings.Join(lines, "\n"), -1) {
			known = append(known, m[1])
		}
		f.Message = fmt.Sprintf("*%s stands for nothing: no &%s is above it", g[1], g[1])
		f.Hint = cmp.Or(nearest.Hint(g[1], known), fmt.Sprintf("a text that starts with * is put between quotation marks: %q", "*"+g[1]))
	}},
	{late.Pattern(`^undefined anchor value`), func(f *fault.Fault, _, _ []string) {
		f.Message, f.Hint = "& names a value for later, and none follows", "put a text that starts with & between quotation marks"
	}},
	{late.Pattern(`^'(.)' is a reserved character|^(unexpected directive)`), func(f *fault.Fault, g, _ []string) {
		f.Message, f.Hint = fmt.Sprintf("a text cannot start with %s", cmp.Or(g[1], "%")), "put it between quotation marks"
	}},
	{late.Pattern(`^found unknown escape character '(.)'`), func(f *fault.Fault, g, _ []string) {
		f.Message, f.Hint = fmt.Sprintf(`\%s is no escape`, g[1]), `write \\ for a backslash, or put the text between ' ', where a backslash is itself`
	}},
	{late.Pattern(`^block sequence entries are not allowed`), func(f *fault.Fault, _, _ []string) {
		f.Message, f.Hint = "a list does not start behind its key", "start it on a line of its own, or write [a, b]; a text that starts with - is put between quotation marks"
	}},
	{late.Pattern(`^could not find flow map content|^unexpected (?:key|end of flow)|^'?,'? or`), func(f *fault.Fault, _, lines []string) {
		if at := strings.Index(lineAt(lines, f.Place.Line), "{{"); at >= 0 {
			f.Place.Column = len([]rune(lineAt(lines, f.Place.Line)[:at])) + 1
			f.Message, f.Hint = "{{ starts a mapping here", `put the text between quotation marks: "{{ .name }}"`
			return
		}
		f.Message, f.Hint = "this is not KEY: VALUE, with commas between", quoteIt
	}},
	{late.Pattern(`^mapping value is not allowed`), sayMappingValue},
	{late.Pattern(`^value is not allowed in this context`), sayNotAllowed},
	{late.Pattern(`^non-map value is specified`), sayNoKey},
}

func lineAt(lines []string, line int) string {
	if line < 1 || line > len(lines) {
		return ""
	}
	return lines[line-1]
}

// behind is the text of a line from a column, both from 1.
func behind(lines []string, line, column int) string {
	text := []rune(lineAt(lines, line))
	return string(text[min(max(column-1, 0), len(text)):])
}

// sayMappingValue: a text with ": " in it, or a line below that is indented as
// if it belonged to the text.
func sayMappingValue(f *fault.Fault, _, lines []string) {
	if strings.Contains(behind(lines, f.Place.Line, f.Place.Column), ": ") {
		f.Message, f.Hint = `": " inside a text`, "put the text between quotation marks"
		return
	}
	f.Place.Line++
	sayIndent(f, lines)
}

// sayNotAllowed: more behind a quoted text, or a line that belongs nowhere.
func sayNotAllowed(f *fault.Fault, _, lines []string) {
	text := []rune(lineAt(lines, f.Place.Line))
	before := strings.TrimSpace(string(text[:min(max(f.Place.Column-1, 0), len(text))]))
	if before != "" && strings.ContainsAny(before[len(before)-1:], `'"`) {
		f.Message, f.Hint = "more text behind the closing quotation mark", `inside '…' an apostrophe is written '', inside "…" a quotation mark \"`
		return
	}
	if before == "" || before == "-" {
		sayIndent(f, lines)
		return
	}
	if last := before[len(before)-1:]; strings.Contains("]}", last) {
		f.Message, f.Hint = "more text behind the closing "+last, "remove it, or put the text between quotation marks"
		return
	}
	f.Message, f.Hint = "this belongs to nothing", quoteIt
}

// sayIndent names the line that a wrongly indented one was to be like.
func sayIndent(f *fault.Fault, lines []string) {
	text := lineAt(lines, f.Place.Line)
	own := indentOf(text)
	f.Message, f.Hint, f.Place.Column = "this line is not indented as those that it belongs to", "start it in the column of its neighbours", own+1
	for line := f.Place.Line - 1; line > 0; line-- {
		other := lineAt(lines, line)
		if strings.TrimSpace(other) == "" || strings.HasPrefix(strings.TrimSpace(other), "#") {
			continue
		}
		if entry := strings.TrimLeft(other, " "); strings.HasPrefix(entry, "- ") && !strings.HasPrefix(strings.TrimLeft(text, " "), "-") {
			f.Hint = fmt.Sprintf("start it in column %d, like what is behind the - of line %d", indentOf(other)+3, line)
		} else {
			f.Hint = fmt.Sprintf("start it in column %d, like line %d", indentOf(other)+1, line)
		}
		return
	}
}

func indentOf(line string) int { return len(line) - len(strings.TrimLeft(line, " ")) }

// sayNoKey: a line without a colon and a blank.
func sayNoKey(f *fault.Fault, _, lines []string) {
	text := strings.TrimSpace(lineAt(lines, f.Place.Line))
	key, value, colon := strings.Cut(text, ":")
	switch {
	case strings.HasPrefix(text, "- "):
		sayIndent(f, lines)
		f.Message = "an element of a list, where KEY: VALUE is expected"
	case colon && value != "" && !strings.Contains(key, " "):
		f.Message, f.Hint = "no blank behind the colon", fmt.Sprintf("write %s: %s", key, value)
	default:
		f.Message, f.Hint = "this is not KEY: VALUE", "write a colon and a blank behind the key; a text of several lines starts with KEY: | and is indented"
	}
}

// A scan looks for what opens in a text and is not closed: a quotation mark or
// a bracket behind which a new entry starts.
type scan struct {
	lines []string
	stack []mark
}

// A mark is a character of the text, and what is wrong with it.
type mark struct {
	char            rune
	line, column    int
	message, remedy string
}

var newEntry = late.Pattern(`^\s*(?:- )?\s*(?:- |["']?[\w./-]+["']?:(?: |$))|^- `)

// unclosed finds the first mark that is not closed, or closes nothing; nil where
// each has its other half.
func (s scan) unclosed() *mark {
	var quote *mark
	blockIndent := -1 // of the key of a | or > text
	for i, line := range s.lines {
		if blockIndent >= 0 && (strings.TrimSpace(line) == "" || indentOf(line) > blockIndent) {
			continue
		}
		if blockIndent = -1; newEntry().MatchString(line) {
			if quote != nil {
				return quote
			}
			if n := len(s.stack); n > 0 && indentOf(line) <= indentOf(s.lines[s.stack[n-1].line-1]) {
				return s.notClosed(s.stack[n-1])
			}
		}
		var wrong *mark
		if quote, wrong = s.line(i, []rune(line), quote); wrong != nil {
			return wrong
		}
		if quote == nil && blockText().MatchString(line) {
			blockIndent = indentOf(line)
		}
	}
	if quote == nil && len(s.stack) > 0 {
		return s.notClosed(s.stack[len(s.stack)-1])
	}
	return quote
}

var blockText = late.Pattern(`(?:^|[:-] +)[|>][-+0-9]*\s*(?:#.*)?$`)

// line reads one line, inside a quotation or not, and gives the one that is open
// at its end.
func (s *scan) line(i int, line []rune, quote *mark) (open, wrong *mark) {
	for at := 0; at < len(line); at++ {
		switch r := line[at]; {
		case quote != nil:
			if r == '\\' && quote.char == '"' || r == '\'' && quote.char == r && at+1 < len(line) && line[at+1] == r {
				at++
			} else if r == quote.char {
				quote = nil
			}
		case r == '#' && (at == 0 || line[at-1] == ' '):
			return nil, nil
		case (r == '"' || r == '\'') && startsHere(line[:at]):
			quote = &mark{r, i + 1, at + 1, fmt.Sprintf("the quotation mark %c is not closed", r), fmt.Sprintf("write %c behind the text, too", r)}
		case strings.ContainsRune("[{", r) && (len(s.stack) > 0 || startsHere(line[:at])):
			s.stack = append(s.stack, mark{char: r, line: i + 1, column: at + 1})
		case strings.ContainsRune("]}", r):
			if wrong := s.close(r, i+1, at+1, startsHere(line[:at])); wrong != nil {
				return nil, wrong
			}
		}
	}
	return quote, nil
}

// close takes a bracket off the stack. One that closes nothing is part of a
// text, unless a bracket is closed right before it.
func (s *scan) close(r rune, line, column int, start bool) *mark {
	n := len(s.stack)
	switch {
	case n == 0 && start:
		return &mark{r, line, column, fmt.Sprintf("%c closes nothing", r), "remove it, or put the text between quotation marks"}
	case n == 0:
	case closing[s.stack[n-1].char] != r:
		return s.notClosed(s.stack[n-1])
	default:
		s.stack = s.stack[:n-1]
	}
	return nil
}

var closing = map[rune]rune{'[': ']', '{': '}'}

func (s *scan) notClosed(open mark) *mark {
	open.message, open.remedy = fmt.Sprintf("%c is not closed", open.char), fmt.Sprintf("write %c where it ends", closing[open.char])
	return &open
}

// startsHere reports whether a value may start behind what is on the line.
func startsHere(before []rune) bool {
	text := string(before)
	trimmed := strings.TrimRight(text, " ")
	if trimmed == "" {
		return true
	}
	switch trimmed[len(trimmed)-1] {
	case '[', '{', ',', ']', '}':
		return true
	case ':', '-', '?', '!', '&':
		return trimmed != text
	}
	return regexp.MustCompile(`(?:^|\s)[!&]\S+ +$`).MatchString(text)
}
