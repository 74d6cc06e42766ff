package funcs

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
)

// A Signature says how a function is called. Text has its subject last, for
// pipes; an expression has it first, as expr-lang's own functions do.
type Signature struct {
	Name    string
	About   string
	params  []string // in the order of text; … marks what may be repeated
	subject int      // which of them is the subject
}

// Text is the call in template text: trimPrefix PREFIX TEXT.
func (s Signature) Text() string { return strings.Join(append([]string{s.Name}, s.params...), " ") }

// Expr is the call in an expression: trimPrefix(TEXT, PREFIX).
func (s Signature) Expr() string {
	return s.Name + "(" + strings.Join(subjectFirst(s.params, s.subject), ", ") + ")"
}

func subjectFirst[E any](list []E, subject int) []E {
	out := slices.Concat(list[:subject], list[subject+1:])
	return slices.Insert(out, 0, list[subject])
}

// SignatureOf finds a function that expressions may call.
func SignatureOf(name string) (Signature, bool) {
	i := slices.IndexFunc(Signatures(), func(s Signature) bool { return s.Name == name })
	if i < 0 {
		return Signature{}, false
	}
	return Signatures()[i], true
}

// Signatures lists the functions of both languages, in the order of their names.
func Signatures() []Signature {
	var list []Signature
	for _, line := range strings.Split(strings.TrimSpace(table), "\n") {
		call, about, _ := strings.Cut(line, " | ")
		words := strings.Fields(call)
		s := Signature{Name: words[0], params: words[1:], About: about}
		for i, p := range s.params {
			if subject, ok := strings.CutPrefix(p, "^"); ok {
				s.subject, s.params[i] = i, subject
			}
		}
		list = append(list, s)
	}
	slices.SortFunc(list, func(a, b Signature) int { return strings.Compare(a.Name, b.Name) })
	return list
}

// Callable lists the functions that an expression may call, sorted.
func Callable() []string {
	return slices.Sorted(slices.Values(append(slices.Collect(maps.Keys(shared())), builtins...)))
}

// Meant is the function that a name of another language probably stands for, or
// "".
func Meant(name string) string {
	return map[string]string{
		"upcase": "upper", "toupper": "upper", "uppercase": "upper", "downcase": "lower", "tolower": "lower", "lowercase": "lower",
		"capitalize": "title", "titlecase": "title", "slugify": "kebab", "slug": "kebab", "kebabcase": "kebab", "dasherize": "kebab",
		"snakecase": "snake", "underscore": "snake", "camelcase": "camel", "pascalcase": "pascal", "strip": "trim", "trimspace": "trim",
		"split": "splitList", "size": "len", "length": "len", "startswith": "hasPrefix", "endswith": "hasSuffix", "tojson": "toJson",
		"sort": "sortAlpha", "pluralize": "plural", "truncate": "trunc", "str": "toString", "includes": "has", "indexof": "has",
	}[strings.ToLower(name)]
}

// turned gives a function whose subject comes first.
func turned(f any, subject int) any {
	if subject == 0 {
		return f
	}
	fn := reflect.ValueOf(f)
	t := fn.Type()
	if t.IsVariadic() {
		panic(fmt.Sprintf("a subject behind others, and any number of them: %v", t))
	}
	in, out := make([]reflect.Type, t.NumIn()), make([]reflect.Type, t.NumOut())
	for i := range in {
		in[i] = t.In(i)
	}
	for i := range out {
		out[i] = t.Out(i)
	}
	made := reflect.FuncOf(subjectFirst(in, subject), out, false)
	return reflect.MakeFunc(made, func(args []reflect.Value) []reflect.Value {
		return fn.Call(slices.Insert(slices.Clone(args[1:]), subject, args[0]))
	}).Interface()
}

// table has a line for each function: its parameters as text has them, ^ before
// the subject where it is not the first, and what it gives.
const table = `
snake TEXT | my_shop of "My shop"
kebab TEXT | my-shop
camel TEXT | myShop
pascal TEXT | MyShop
plural WORD | the regular English plural: categories, boxes, days
title TEXT | each word with a capital
untitle TEXT | each word without
upper TEXT | capitals
lower TEXT | small letters
trim TEXT | without the blanks at both ends
trimAll CHARACTERS ^TEXT | without these characters at both ends
trimPrefix PREFIX ^TEXT | without the prefix
trimSuffix SUFFIX ^TEXT | without the suffix
nospace TEXT | without blanks
replace OLD NEW ^TEXT | each OLD is NEW
repeat COUNT ^TEXT | the text so many times
trunc COUNT ^TEXT | the first characters; below zero, the last
indent SPACES ^TEXT | each line moved to the right
nindent SPACES ^TEXT | the same, on a new line
wrap WIDTH ^TEXT | lines of at most that width
cat VALUE… | the values with blanks between
quote VALUE… | in double quotes, escaped
squote VALUE… | in single quotes
toString VALUE | as text
hasPrefix PREFIX ^TEXT | whether it starts with it
hasSuffix SUFFIX ^TEXT | whether it ends with it
regexMatch PATTERN ^TEXT | whether RE2 finds it
regexReplaceAll PATTERN ^TEXT NEW | each match is NEW; ${1} is a group
splitList SEPARATOR ^TEXT | a list of the parts
join SEPARATOR ^LIST | the elements with the separator between
base PATH | the last element
dir PATH | all but the last element
ext PATH | the suffix with its dot
clean PATH | the shortest path of the same meaning
b64enc TEXT | base64
b64dec TEXT | what base64 stands for
sha256sum TEXT | hexadecimal
int VALUE | a whole number
add NUMBER… | the sum
sub NUMBER NUMBER | the difference
mul NUMBER NUMBER… | the product
div NUMBER NUMBER | the whole quotient
mod NUMBER NUMBER | the remainder
max NUMBER NUMBER… | the largest
min NUMBER NUMBER… | the smallest
until NUMBER | a list from 0 up to it, without it
untilStep START STOP STEP | a list from START up to STOP, without it
list VALUE… | a list
first LIST | its first element
last LIST | its last
rest LIST | all but the first
initial LIST | all but the last
reverse LIST | from the end
append LIST VALUE | with one more at the end
prepend LIST VALUE | with one more at the start
concat LIST… | one list of all
uniq LIST | without what comes again
without LIST VALUE… | without these
compact LIST | without empty elements
has VALUE ^LIST | whether the list holds it
sortAlpha LIST | as texts, sorted
dict KEY VALUE… | a dictionary
get DICT KEY | the value of a key, else ""
hasKey DICT KEY | whether it has the key
keys DICT… | sorted
values DICT | in the order of the keys
pick DICT KEY… | only these keys
omit DICT KEY… | without these keys
default OTHER ^VALUE | the value, or OTHER where it is empty
empty VALUE | whether it is "", 0, false, null or holds nothing
coalesce VALUE… | the first that is not empty
ternary YES NO ^CONDITION | YES where it holds, else NO
kindOf VALUE | string, int, bool, slice, map
kindIs KIND ^VALUE | whether it is of that kind
toJson VALUE | JSON on one line
toPrettyJson VALUE | JSON on several lines
toRawJson VALUE | JSON with <, > and & as they are
fromJson TEXT | the value that JSON stands for
semverCompare RANGE ^VERSION | whether the version is in the range
fail MESSAGE | stops with the message
`
