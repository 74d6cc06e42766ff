package manifest

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/expr-lang/expr/file"

	"scaffold/generator/internal/funcs"
	"scaffold/generator/internal/late"
	"scaffold/generator/nearest"
)

// A misreading is what is wrong with an expression, in the words of the person
// who wrote it.
type misreading struct {
	message, remedy string
	name            string // the unknown name that it is about, if it is
	offset          int    // in characters of the expression
}

func (m *misreading) Error() string { return m.message }

// expressionsPage is what a remedy names where it has nothing closer.
const expressionsPage = "docs/template-authoring.md has a part on expressions, docs/functions.md the functions"

// explain says what the compiler found.
func explain(source string, err error, env map[string]any) *misreading {
	m := &misreading{message: firstLine(err), remedy: expressionsPage}
	var at *file.Error
	if errors.As(err, &at) {
		m.message, m.offset = at.Message, column(source, at)
	}
	for _, known := range readings {
		if groups := known.pattern().FindStringSubmatch(m.message); groups != nil {
			known.say(m, groups, place{source, env})
			return m
		}
	}
	return m
}

// column is the place of an error in characters from the start.
func column(source string, at *file.Error) int {
	lines := strings.Split(source, "\n")
	offset := at.Column
	for _, line := range lines[:min(max(at.Line-1, 0), len(lines))] {
		offset += len([]rune(line)) + 1
	}
	return min(offset, len([]rune(source)))
}

// A place is where a misreading is explained.
type place struct {
	source string
	env    map[string]any
}

// behind is the text of the expression from an offset.
func (p place) behind(offset int) string { return string([]rune(p.source)[offset:]) }

func (p place) before(offset int) string { return string([]rune(p.source)[:offset]) }

// readings turn what the compiler says into the author's words; the first that
// matches does.
var readings = []struct {
	pattern func() *regexp.Regexp
	say     func(m *misreading, groups []string, p place)
}{
	{late.Pattern(`^unknown name (\S+)`), sayUnknown},
	{late.Pattern(`^unknown field (\S+)`), sayField},
	{late.Pattern(`^(not enough|too many) arguments to call (\w+)`), func(m *misreading, g []string, _ place) {
		m.message, m.remedy = fmt.Sprintf("%s values for %s", strings.Replace(g[1], "not enough", "too few", 1), g[2]), usage(g[2])
	}},
	{late.Pattern(`^cannot use (.+) as argument \(type (.+)\) to call (\w+)`), func(m *misreading, g []string, _ place) {
		m.message, m.remedy = fmt.Sprintf("%s takes %s here, and this is %s", g[3], word(g[2]), word(g[1])), usage(g[3])
	}},
	{late.Pattern(`^invalid argument for (\w+) \(type (.+)\)`), func(m *misreading, g []string, _ place) {
		m.message = fmt.Sprintf("%s does not take %s", g[1], word(g[2]))
	}},
	{late.Pattern(`^invalid operation: (\S+) \(mismatched types (.+) and (.+)\)`), sayMismatch},
	{late.Pattern(`^invalid operation: (\S+) \(mismatched type (.+)\)`), func(m *misreading, g []string, _ place) {
		m.message, m.remedy = fmt.Sprintf("%s does not go with %s", g[1], word(g[2])), asCondition(g[2])
	}},
	{late.Pattern(`^expected (.+), but got (.+)`), func(m *misreading, g []string, _ place) {
		m.offset = 0
		m.message, m.remedy = fmt.Sprintf("it is %s, where %s is needed", word(g[2]), word(g[1])), asWanted(g[1], g[2])
	}},
	{late.Pattern(`^predicate should return boolean \(got (.+)\)`), func(m *misreading, g []string, _ place) {
		m.message, m.remedy = fmt.Sprintf("the part behind the comma is %s, where true or false is needed", word(g[1])), `write a condition, such as any(extras, # == "mail")`
	}},
	{late.Pattern(`^builtin (\w+) takes only array \(got (.+)\)`), func(m *misreading, g []string, _ place) {
		m.message, m.remedy = fmt.Sprintf("%s takes a list, and this is %s", g[1], word(g[2])), "a multi question is a list, and so is what splitList gives"
	}},
	{late.Pattern(`^type (\S+) has no (?:field|method) (\S+)`), func(m *misreading, g []string, _ place) {
		m.message, m.remedy = fmt.Sprintf("%s has no part %s", word(g[1]), g[2]), "functions are written before it: upper(name), len(extras)"
	}},
	{late.Pattern(`^array elements can only be selected`), func(m *misreading, _ []string, _ place) {
		m.message, m.remedy = "an element of a list is chosen by its number", `ask whether the list holds it: "mail" in extras`
	}},
	{late.Pattern(`^a map key must be`), func(m *misreading, _ []string, p place) {
		m.message, m.remedy = "a dictionary is written {name: value}", expressionsPage
		if before, _, braces := strings.Cut(p.source, "{{"); braces {
			m.offset, m.message = len([]rune(before)), "an expression has no {{ }}"
			m.remedy = "write the name alone: " + strings.Trim(p.source, "{} ")
		}
	}},
	{late.Pattern(`^unexpected token EOF`), func(m *misreading, _ []string, _ place) {
		m.message, m.remedy = "the expression ends too early", "complete it, or close the bracket"
	}},
	{late.Pattern(`^literal not terminated`), func(m *misreading, _ []string, _ place) {
		m.message, m.remedy = "a text is not closed", `write the same quotation mark on both sides: "sqlite"`
	}},
	{late.Pattern(`^error parsing regexp: (.*)`), func(m *misreading, g []string, _ place) {
		m.message, m.remedy = "not a pattern: "+g[1], patternHelp
	}},
	{late.Pattern(`^(?:unexpected token|unrecognized character:|unclosed|bad char)`), saySyntax},
	{late.Pattern(`^exceeds maximum allowed nodes|compilation failed: expression exceeds`), func(m *misreading, _ []string, _ place) {
		m.remedy = "take it apart under computed"
	}},
}

const patternHelp = `RE2 syntax: close every bracket, and write \ before a character that is meant as it is`

// sayUnknown explains a name that nothing has: of a function, of a text without
// its quotation marks, or of a variable.
func sayUnknown(m *misreading, g []string, p place) {
	m.name = g[1]
	rest := strings.TrimPrefix(p.behind(m.offset), m.name)
	switch signal, start := dashed(p, m); {
	case strings.HasPrefix(strings.TrimLeft(rest, " "), "("):
		m.message = "unknown function " + m.name
		m.remedy = cmp.Or(nearest.Hint(m.name, funcs.Callable()), "docs/functions.md lists what there is")
		if meant := funcs.Meant(m.name); meant != "" {
			m.remedy = "did you mean " + meant + "?"
		}
	case signal != "":
		m.offset, m.message = start, fmt.Sprintf("%s is not in quotation marks", signal)
		m.remedy = fmt.Sprintf("write %q", cmp.Or(signalCalled(signal), signal))
	default:
		known := append(slices.Sorted(maps.Keys(p.env)), "true", "false", "nil")
		m.message, m.remedy = "unknown variable "+m.name, orList(nearest.Hint(m.name, known), slices.Sorted(maps.Keys(p.env)))
	}
}

var (
	wordStart = late.Pattern(`[A-Za-z0-9_:-]*$`)
	wordEnd   = late.Pattern(`^[A-Za-z0-9_:-]+`)
)

// dashed gives the whole of a name that has a - or a : and so is none: a text
// that somebody has not put between quotation marks. Start is its offset.
func dashed(p place, m *misreading) (whole string, start int) {
	before := wordStart().FindString(p.before(m.offset))
	start = m.offset - len(before)
	whole = strings.Trim(wordEnd().FindString(p.behind(start)), "-:")
	if strings.ContainsAny(whole, "-:") {
		return whole, start
	}
	return "", m.offset
}

// signalCalled is the signal with a value, as texts name it.
func signalCalled(value string) string {
	i := slices.IndexFunc(SignalNames(), func(name string) bool { return name == value || strings.HasSuffix(name, ":"+value) })
	if i < 0 {
		return ""
	}
	return SignalNames()[i]
}

// sayField explains a part of template or scaffold that is not there.
func sayField(m *misreading, g []string, p place) {
	base := regexp.MustCompile(`(\w+)(?:\??\.|\[)$`).FindStringSubmatch(p.before(m.offset))
	m.message = "unknown variable " + g[1]
	if base == nil {
		return
	}
	m.message = fmt.Sprintf("unknown variable %s.%s", base[1], g[1])
	if parts, ok := p.env[base[1]].(map[string]any); ok {
		m.remedy = orList(nearest.Hint(g[1], slices.Sorted(maps.Keys(parts))), slices.Sorted(maps.Keys(parts)))
	}
}

func sayMismatch(m *misreading, g []string, _ place) {
	left, right := word(g[2]), word(g[3])
	m.message = fmt.Sprintf("%s between %s and %s", g[1], left, right)
	switch {
	case g[1] == "in":
		m.remedy = `in looks into a list: "mail" in extras; for a part of a text: name contains "x"`
	case slices.Contains([]string{"&&", "||", "and", "or"}, g[1]):
		m.remedy = cmp.Or(asCondition(g[2]), asCondition(g[3]))
	case left == "true or false" || right == "true or false":
		m.remedy = "a yes/no question is compared with true or false, or stands alone"
	case left == "a list" || right == "a list":
		m.remedy = `ask whether the list holds it: "mail" in extras`
	case g[1] == "+":
		m.remedy = "make texts of both: string(port)"
	default:
		m.remedy = "compare what is of one kind: a number is written without quotation marks, a text with them"
	}
}

// saySyntax explains what is no expression at all.
func saySyntax(m *misreading, _ []string, p place) {
	rest := p.behind(m.offset)
	was := rest
	if i := strings.IndexAny(rest, " \t\n"); i > 0 {
		was = rest[:i]
	}
	m.message, m.remedy = fmt.Sprintf("%q is not understood here", was), expressionsPage
	for wrong, right := range map[string]string{
		"=": "== compares", "&": "and is written &&, or and", "|": "or is written ||, or or", "is": "== compares", "AND": "write and",
		"OR": "write or", "{{": "an expression has no {{ }}", "{": "an expression has no {{ }}", "then": "write CONDITION ? YES : NO",
		"<>": "!= is the opposite of ==", "if": "write CONDITION ? YES : NO",
	} {
		if was == wrong {
			m.remedy = right
		}
	}
	if signal, start := dashed(p, m); signal != "" && strings.HasPrefix(was, ":") {
		m.offset = start
		m.message, m.remedy = fmt.Sprintf("%s is not in quotation marks", signal), fmt.Sprintf("write %q", signal)
	}
}

// usage shows how a function is called.
func usage(name string) string {
	s, ok := funcs.SignatureOf(name)
	if !ok {
		return expressionsPage
	}
	return fmt.Sprintf("it is called %s: %s", s.Expr(), s.About)
}

// asCondition says how a value of a type becomes true or false.
func asCondition(t string) string {
	switch word(t) {
	case "a text":
		return `compare it: database == "sqlite"`
	case "a number":
		return "compare it: workers > 0"
	case "a list":
		return `ask what it holds: "mail" in extras`
	default:
		return ""
	}
}

func asWanted(want, got string) string {
	switch word(want) {
	case "true or false":
		return cmp.Or(asCondition(got), expressionsPage)
	case "a list":
		return `a multi question is a list, and so is ["a", "b"]`
	case "a text":
		return "make a text of it: string(port)"
	default:
		return "make a number of it: int(port)"
	}
}

// word is a type as authors know it.
func word(t string) string {
	switch t = strings.TrimSpace(t); {
	case t == "bool":
		return "true or false"
	case t == "string":
		return "a text"
	case strings.HasPrefix(t, "[]") || t == "slice" || t == "array":
		return "a list"
	case strings.HasPrefix(t, "map["):
		return "a dictionary"
	case strings.HasPrefix(t, "int") || strings.HasPrefix(t, "float") || t == "number":
		return "a number"
	case t == "nil":
		return "nothing"
	default:
		return "something else"
	}
}
