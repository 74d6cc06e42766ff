package funcs

import (
	"errors"
	"fmt"
	"reflect"
	"regexp"
	"regexp/syntax"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// The functions that could make much out of little look at the size of their
// result before they make it.

func snake(s string) string { return strings.Join(lowered(s), "_") }

func kebab(s string) string { return strings.Join(lowered(s), "-") }

func pascal(s string) string {
	list := lowered(s)
	for i, w := range list {
		list[i] = capital(w)
	}
	return strings.Join(list, "")
}

func camel(s string) string {
	list := lowered(s)
	for i, w := range list {
		if i > 0 {
			list[i] = capital(w)
		}
	}
	return strings.Join(list, "")
}

func capital(word string) string {
	r, size := utf8.DecodeRuneInString(word)
	return string(unicode.ToUpper(r)) + word[size:]
}

func lowered(s string) []string {
	list := words(s)
	for i, w := range list {
		list[i] = strings.ToLower(w)
	}
	return list
}

// words splits a name at everything that is neither letter nor digit, before a
// capital after a small letter or a digit, and before the last capital of
// several that a small letter follows: HTTPServer2Go is HTTP, Server2, Go.
func words(s string) []string {
	var list []string
	for _, part := range strings.FieldsFunc(s, func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.IsMark(r)
	}) {
		runes, start := []rune(part), 0
		for i := 1; i < len(runes); i++ {
			before, after := runes[i-1], i+1 < len(runes) && unicode.IsLower(runes[i+1])
			if unicode.IsUpper(runes[i]) && (!unicode.IsUpper(before) || after) {
				list = append(list, string(runes[start:i]))
				start = i
			}
		}
		list = append(list, string(runes[start:]))
	}
	return list
}

// plural gives the regular English plural of a word: categories, boxes, days.
func plural(word string) string {
	last, _ := utf8.DecodeLastRuneInString(strings.TrimSuffix(word, "y"))
	switch {
	case word == "":
		return ""
	case strings.HasSuffix(word, "sis"):
		return strings.TrimSuffix(word, "is") + "es"
	case slices.ContainsFunc([]string{"s", "x", "z", "ch", "sh"}, func(end string) bool { return strings.HasSuffix(word, end) }):
		return word + "es"
	case strings.HasSuffix(word, "y") && unicode.IsLetter(last) && last != utf8.RuneError && !strings.ContainsRune("aeiouAEIOU", last):
		return strings.TrimSuffix(word, "y") + "ies"
	}
	return word + "s"
}

func replace(old, with, s string) (string, error) {
	if err := fits(len(s) + strings.Count(s, old)*max(0, len(with)-len(old))); err != nil {
		return "", err
	}
	return strings.ReplaceAll(s, old, with), nil
}

func repeat(count int, s string) (string, error) {
	if count < 0 {
		return "", errors.New("the count is negative")
	}
	if len(s) == 0 {
		return "", nil
	}
	if count > MaxValue {
		return "", errTooLarge
	}
	if err := fits(count * len(s)); err != nil {
		return "", err
	}
	return strings.Repeat(s, count), nil
}

func indent(spaces int, s string) (string, error) {
	pad, err := repeat(spaces, " ")
	if err != nil {
		return "", err
	}
	text, err := replace("\n", "\n"+pad, s)
	if err != nil {
		return "", err
	}
	return pad + text, nil
}

func nindent(spaces int, s string) (string, error) {
	text, err := indent(spaces, s)
	return "\n" + text, err
}

// join puts sep between the elements of a list; a single value is itself.
func join(sep string, list any) (string, error) {
	parts := texts(list)
	if err := fits(len(sep) * len(parts)); err != nil {
		return "", err
	}
	return strings.Join(parts, sep), nil
}

// trunc keeps the first n characters, or the last -n.
func trunc(n int, s string) string {
	runes := []rune(s)
	switch {
	case n >= 0 && n < len(runes):
		return string(runes[:n])
	case n < 0 && n > -len(runes):
		return string(runes[len(runes)+n:])
	}
	return s
}

// maxSteps bounds what one call of a regular expression may cost.
const maxSteps = 100_000_000

func regexMatch(pattern, s string) (bool, error) {
	re, err := compile(pattern, len(s)+1)
	return err == nil && re.MatchString(s), err
}

func regexReplaceAll(pattern, s, with string) (string, error) {
	re, err := compile(pattern, (len(s)+1)*(len(s)+1))
	if err != nil {
		return "", err
	}
	matches := len(re.FindAllStringIndex(s, -1))
	if err := fits((strings.Count(with, "$")+1)*len(s) + matches*len(with)); err != nil {
		return "", err
	}
	return re.ReplaceAllString(s, with), nil
}

// compile refuses a pattern that takes more than maxSteps for that many
// positions: each costs at most one step for each instruction of the program.
func compile(pattern string, positions int) (*regexp.Regexp, error) {
	if len(pattern) > 1000 {
		return nil, errors.New("the pattern is longer than 1000 bytes")
	}
	parsed, err := syntax.Parse(pattern, syntax.Perl)
	if err != nil {
		return nil, err
	}
	program, err := syntax.Compile(parsed.Simplify())
	if err != nil {
		return nil, err
	}
	if positions > maxSteps/len(program.Inst) {
		return nil, errors.New("the pattern is too costly for a text of that length")
	}
	return regexp.Compile(pattern)
}

// length counts the characters of a string, the elements of anything else.
func length(v any) (int, error) {
	switch rv := reflect.ValueOf(v); rv.Kind() {
	case reflect.String:
		return utf8.RuneCountInString(rv.String()), nil
	case reflect.Slice, reflect.Array, reflect.Map:
		return rv.Len(), nil
	}
	return 0, fmt.Errorf("%T has no length", v)
}

func print(v ...any) string { return fmt.Sprint(v...) }

func println(v ...any) string { return fmt.Sprintln(v...) }

var (
	verb       = regexp.MustCompile(`%[-+# 0-9.*\[\]]*.?`)
	longNumber = regexp.MustCompile(`[0-9]{4}`)
)

// printf is fmt.Sprintf without what would print an address (%p), take a width
// from an argument (*), use an argument twice (%[1]s), or pad by thousands.
func printf(format string, v ...any) (string, error) {
	for _, found := range verb.FindAllString(format, -1) {
		if strings.HasSuffix(found, "p") || strings.ContainsAny(found, "*[") {
			return "", fmt.Errorf("%s is not supported", found)
		}
		if longNumber.MatchString(found) {
			return "", fmt.Errorf("%s pads by more than 999", found)
		}
	}
	if err := fits(len(format) + 1000*strings.Count(format, "%")); err != nil {
		return "", err
	}
	return fmt.Sprintf(format, v...), nil
}
