package foreign

import (
	"regexp"
	"strings"
)

// fnmatch is Python's: * and ? match a slash, too.
func fnmatch(pattern, name string) bool {
	var b strings.Builder
	r := []rune(pattern)
	for i := 0; i < len(r); i++ {
		switch c := r[i]; c {
		case '*':
			b.WriteString(".*")
		case '?':
			b.WriteString(".")
		case '[':
			class, n := bracket(r[i:])
			b.WriteString(class)
			i += n
		default:
			b.WriteString(regexp.QuoteMeta(string(c)))
		}
	}
	re, err := regexp.Compile(`(?s)\A` + b.String() + `\z`)
	return err == nil && re.MatchString(name)
}

// bracket translates [abc] or [!abc], and gives how many characters follow the
// first one. A bracket without an end is itself.
func bracket(r []rune) (string, int) {
	j := 1
	if j < len(r) && (r[j] == '!' || r[j] == '^') {
		j++
	}
	if j < len(r) && r[j] == ']' {
		j++
	}
	for j < len(r) && r[j] != ']' {
		j++
	}
	if j >= len(r) {
		return `\[`, 0
	}
	inside := strings.ReplaceAll(string(r[1:j]), `\`, `\\`)
	if strings.HasPrefix(inside, "!") {
		inside = "^" + inside[1:]
	} else if strings.HasPrefix(inside, "^") {
		inside = `\` + inside
	}
	return "[" + strings.ReplaceAll(inside, "[", `\[`) + "]", j
}

// An excluded set is what copier takes for gitignore's patterns: the last one
// that matches a path decides, and a folder's pattern holds for what is in it.
type excluded []exclusion

type exclusion struct {
	re     *regexp.Regexp
	negate bool
}

func newExcluded(patterns []string) excluded {
	var list excluded
	for _, p := range patterns {
		if e, ok := newExclusion(p); ok {
			list = append(list, e)
		}
	}
	return list
}

func newExclusion(p string) (exclusion, bool) {
	if strings.HasSuffix(p, `\ `) {
		p = strings.TrimLeft(p, " \t")
	} else {
		p = strings.TrimSpace(p)
	}
	if p == "" || p == "/" || strings.HasPrefix(p, "#") {
		return exclusion{}, false
	}
	e := exclusion{}
	if strings.HasPrefix(p, "!") {
		e.negate, p = true, p[1:]
	}
	segments := strings.Split(p, "/")
	if segments[0] == "" {
		segments = segments[1:]
	} else if len(segments) == 1 || len(segments) == 2 && segments[1] == "" {
		if segments[0] != "**" {
			segments = append([]string{"**"}, segments...)
		}
	}
	if len(segments) > 1 && segments[len(segments)-1] == "" {
		segments[len(segments)-1] = "**"
	}
	out, slash := `\A`, false
	last := len(segments) - 1
	for i, s := range segments {
		switch {
		case s == "**" && i == 0 && i == last:
			out += `[^/]+(?:/.*)?`
		case s == "**" && i == 0:
			out += `(?:.+/)?`
			slash = false
		case s == "**" && i == last:
			out += `/.*`
		case s == "**":
			out += `(?:/.+)?`
			slash = true
		default:
			if slash {
				out += "/"
			}
			out += segment(s)
			if i == last {
				out += `(?:/.*)?`
			}
			slash = true
		}
	}
	re, err := regexp.Compile(`(?s)` + out + `\z`)
	e.re = re
	return e, err == nil
}

// segment translates what stands between two slashes.
func segment(s string) string {
	if s == "*" {
		return `[^/]+`
	}
	var b strings.Builder
	r := []rune(s)
	for i := 0; i < len(r); i++ {
		switch c := r[i]; {
		case c == '\\' && i+1 < len(r):
			i++
			b.WriteString(regexp.QuoteMeta(string(r[i])))
		case c == '*':
			b.WriteString(`[^/]*`)
		case c == '?':
			b.WriteString(`[^/]`)
		case c == '[':
			class, n := bracket(r[i:])
			b.WriteString(class)
			i += n
		default:
			b.WriteString(regexp.QuoteMeta(string(c)))
		}
	}
	return b.String()
}

func (e excluded) matches(name string) bool {
	out := false
	for _, x := range e {
		if x.re.MatchString(name) {
			out = !x.negate
		}
	}
	return out
}
