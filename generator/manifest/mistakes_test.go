package manifest_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"scaffold/generator/fault"
	"scaffold/generator/manifest"
)

// wrong gives what is said of a template.yaml, a line for each problem.
func wrong(t *testing.T, text string) []string {
	t.Helper()
	_, err := manifest.Parse([]byte(text))
	var problems manifest.Problems
	if !errors.As(err, &problems) {
		t.Fatalf("got %v, want problems", err)
	}
	var lines []string
	for _, p := range problems {
		lines = append(lines, fmt.Sprintf("%d:%d %s | %s", p.Place.Line, p.Place.Column, p.Message, p.Hint))
	}
	return lines
}

const asked = head + `questions:
  - {id: docker, type: bool, default: true}
  - {id: extras, type: multi, choices: [{value: mail}, {value: cache}], default: []}
  - {id: key, type: secret}
`

// TestEveryNameOfAnExpressionIsHeldAgainstWhatThereIs goes through the kinds of
// names, as arguments of our own functions too.
func TestEveryNameOfAnExpressionIsHeldAgainstWhatThereIs(t *testing.T) {
	tests := map[string]struct{ expr, want string }{
		"a variable":                    {`dokcer`, "10:7 expression %q: unknown variable dokcer | did you mean docker?"},
		"an argument":                   {`has(exras, "mail")`, "10:11 expression %q: unknown variable exras | did you mean extras?"},
		"an argument inside another":    {`upper(lower(nmae))`, "10:19 expression %q: unknown variable nmae | did you mean name?"},
		"a part of a given variable":    {`template.nme`, "10:16 expression %q: unknown variable template.nme | did you mean name?"},
		"a part in brackets":            {`scaffold["verson"]`, "10:16 expression %q: unknown variable scaffold.verson | did you mean version?"},
		"a variable behind a condition": {`docker ? "a" : dokcer`, "10:22 expression %q: unknown variable dokcer | did you mean docker?"},
		"a variable in a predicate":     {`filter(extras, # == dokcer)`, "10:27 expression %q: unknown variable dokcer | did you mean docker?"},
		"a function":                    {`snaek(name)`, "10:7 expression %q: unknown function snaek | did you mean snake?"},
		"a signal":                      {`"use:rest-apis" in signals`, "10:7 expression %q: unknown signal \"use:rest-apis\" | did you mean use:rest-api?"},
		"a signal by its value":         {`has(signals, "rest-api")`, "10:20 expression %q: unknown signal \"rest-api\" | did you mean use:rest-api?"},
		"signals in a predicate":        {`any(signals, # == "team:pyhton")`, "10:25 expression %q: unknown signal \"team:pyhton\" | did you mean team:python?"},
		"a text without its marks":      {`rest-api in signals`, "10:7 expression %q: rest-api is not in quotation marks | write \"use:rest-api\""},
		"a secret":                      {`key + "x"`, "10:7 expression %q: key is a secret, and no expression sees it | ask a yes/no question beside it, or take it out of the expression"},
		"itself":                        {`upper(a)`, "10:13 expression %q: a is computed from itself | a computed name reads questions and the computed names above it; questions read no computed names"},
		"what is computed below":        {`upper(b)`, "10:13 expression %q: b is computed below | a computed name reads questions and the computed names above it; questions read no computed names"},
		"an argument of another type":   {`upper(extras)`, "10:13 expression %q: upper takes a text here, and this is a list | it is called upper(TEXT): capitals"},
		"the order of text":             {`hasPrefix("my-", extras)`, "10:24 expression %q: hasPrefix takes a text here, and this is a list | it is called hasPrefix(TEXT, PREFIX): whether it starts with it"},
		"too few arguments":             {`replace(name, "a")`, "10:7 expression %q: too few values for replace | it is called replace(TEXT, OLD, NEW): each OLD is NEW"},
		"one sign of equality":          {`docker = true`, "10:14 expression %q: \"=\" is not understood here | == compares"},
		"a list held against a text":    {`extras == "mail"`, "10:14 expression %q: == between a list and a text | ask whether the list holds it: \"mail\" in extras"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			want := strings.Replace(tt.want, "%q", fmt.Sprintf("%q", tt.expr), 1)
			if diff := cmp.Diff([]string{want}, wrong(t, asked+"computed:\n  a: '"+tt.expr+"'\n  b: name\n")); diff != "" {
				t.Errorf("-want +got\n%s", diff)
			}
		})
	}
}

// TestOneFaultIsOneError: what reads a name whose declaration is wrong is not
// judged.
func TestOneFaultIsOneError(t *testing.T) {
	tests := map[string]struct{ body, want string }{
		"a type":           {"questions:\n  - {id: docker, type: boolean}\nfiles:\n  - {glob: a, when: docker}\n", `6:24 unknown type "boolean" | did you mean bool?`},
		"an id twice":      {"questions:\n  - {id: a, type: bool}\n  - {id: a, type: bool}\nfiles:\n  - {glob: a, when: docker}\n", `7:10 question id "a" is used twice | give one of the two another id`},
		"no choices":       {"questions:\n  - {id: a, type: choice, choices: [], default: x}\nfiles:\n  - {glob: a, when: 'a == \"x\"'}\n", `6:27 question a has no choices | write choices: [{value: a}, {value: b}], or another type`},
		"a reserved id":    {"questions:\n  - {id: name, type: bool}\ncomputed: {x: snake(name)}\n", `6:10 question id "name" is reserved | call it project_name, say; reserved: name, signals, template, scaffold, value`},
		"a computed value": {"computed:\n  a: nope\n  b: upper(a)\n", `6:6 expression "nope": unknown variable nope | known here: author, email, license, name, scaffold, signals, template, year`},
		"a pattern":        {"questions:\n  - {id: a, type: string, default: x, validate: [{pattern: '([a', message: m}]}\nfiles:\n  - {glob: a, when: a}\n", "6:60 not a pattern: missing closing ]: `[a` | RE2 syntax: close every bracket, and write \\ before a character that is meant as it is"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff([]string{tt.want}, wrong(t, head+tt.body)); diff != "" {
				t.Errorf("-want +got\n%s", diff)
			}
		})
	}
}

// TestTheMarkIsUnderTheWordThatIsWrong writes one expression in each form that
// YAML has for a text.
func TestTheMarkIsUnderTheWordThatIsWrong(t *testing.T) {
	tests := map[string]struct{ text, at string }{
		"plain":         {"name + nope", "6:13"},
		"single quotes": {`'name + ''x'' + nope'`, "6:22"},
		"double quotes": {`"name + \"x\" + nope"`, "6:22"},
		"an escape":     {`"name + \"\u00e4\" + nope"`, "6:27"},
		"a block":       {"|\n    name +\n    nope", "8:5"},
		"folded":        {"name +\n    nope", "7:5"},
		"an umlaut":     {"name + \"ä\" + nope", "6:19"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got := wrong(t, head+"computed:\n  a: "+tt.text+"\n")
			if len(got) != 1 || !strings.HasPrefix(got[0], tt.at+" ") {
				t.Errorf("got %v, want %s", got, tt.at)
			}
		})
	}
}

func TestWhatIsNoYAMLIsSaidWhereItStarts(t *testing.T) {
	tests := map[string]struct{ body, want string }{
		"a quotation mark":           {"description: \"x\nowner: y\nnext: \"z\"\n", "5:14 the quotation mark \" is not closed | write \" behind the text, too"},
		"a brace":                    {"presets: {m: {a: true}\nowner: x\n", "5:10 { is not closed | write } where it ends"},
		"a bracket":                  {"tags: [a, b\n", "5:7 [ is not closed | write ] where it ends"},
		"a brace too many":           {"presets: {m: {a: 1}}}\n", "5:21 } closes nothing | remove it, or put the text between quotation marks"},
		"an apostrophe":              {"description: 'it's'\n", "5:18 more text behind the closing quotation mark | inside '…' an apostrophe is written '', inside \"…\" a quotation mark \\\""},
		"a colon inside a text":      {"description: a: b\n", `5:14 ": " inside a text | put the text between quotation marks`},
		"a variable at the start":    {"description: {{ .name }}\n", `5:14 {{ starts a mapping here | put the text between quotation marks: "{{ .name }}"`},
		"no blank behind a colon":    {"owner:x\n", "5:1 no blank behind the colon | write owner: x"},
		"a line that is too far":     {"files:\n  - glob: a\n     mode: b\n", "7:6 this line is not indented as those that it belongs to | start it in column 5, like what is behind the - of line 6"},
		"an element that is too far": {"tags:\n  - a\n - b\n", "7:2 this line is not indented as those that it belongs to | start it in column 3, like line 6"},
		"a tab":                      {"tags:\n\t- a\n", "6:1 a tab cannot indent | indent with blanks"},
		"an alias of nothing":        {"owner: *x\n", `5:8 *x stands for nothing: no &x is above it | a text that starts with * is put between quotation marks: "*x"`},
		"a key twice":                {"title: x\n", `5:1 the key "title" is there twice, first on line 3 | remove one of the two`},
		"a second document":          {"---\nname: x\n", "5:1 the file holds more than one YAML document | remove the line ---, or what is below it"},
		"a bracket inside a text":    {"next: |\n  a ] b '\nowner: @x\n", "7:8 a text cannot start with @ | put it between quotation marks"},
		"a list that is a text":      {"actions: [{id: a, run: npm install}]\n", "5:24 run is a list, and this is a text | write run: [npm, install]"},
		"a text that is a list":      {"description: [x]\n", "5:14 description is one text, and this is a list | write it on one line, in quotation marks"},
		"a number that is octal":     {"files: [{glob: a, mode: 0755}]\n", `5:25 mode is one text, and this is a number | put it between quotation marks, or YAML may read another number: "0755"`},
		"an element without its key": {"files: [a]\n", "5:9 an element of files is a mapping of keys to values, and this is a text | write {glob: a}"},
		"yes":                        {"tests: {pairwise: yes}\n", "5:19 pairwise is true or false, and this is a text | did you mean true?"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff([]string{tt.want}, wrong(t, head+tt.body)); diff != "" {
				t.Errorf("-want +got\n%s", diff)
			}
		})
	}
}

// TestAColonInsideATextOfAFlowMappingIsPartOfIt, as YAML 1.2 has it.
func TestAColonInsideATextOfAFlowMappingIsPartOfIt(t *testing.T) {
	m := parse(t, `recommend: {fit: {use:rest-api: {weight: 3, reason: "a:b"}, "use:ml-serving":{weight: 1, reason: a:b}}}
files: [{glob: a:b:c}, {"glob":"d"}]
`)
	if m.Recommend.Fit["use:rest-api"].Weight != 3 || m.Recommend.Fit["use:ml-serving"].Reason != "a:b" || m.Files[0].Glob != "a:b:c" || m.Files[1].Glob != "d" {
		t.Errorf("%+v %+v", m.Recommend.Fit, m.Files)
	}
}

// TestATemplatesOwnRuleForNames may be wider than the general one, but never takes
// what is no plain folder.
func TestATemplatesOwnRuleForNames(t *testing.T) {
	wide := parse(t, "projectName: {pattern: '^[A-Za-z][A-Za-z0-9_.-]{0,62}$'}\nreserved: [json, email]\n")
	plain := parse(t, "reserved: [json]\n")
	upper := parse(t, "projectName: {pattern: '^[A-Z]{1,10}$'}\n")
	tests := []struct {
		m          *manifest.Manifest
		name, says string
	}{
		{wide, "Python-Boilerplate", ""}, {wide, "o_sc", ""}, {wide, "shop", ""},
		{wide, "9x", `"9x" is not a project name for the template shop: ^[A-Za-z][A-Za-z0-9_.-]{0,62}$ | use x`},
		{wide, "CON", `"CON" is not a project name for the template shop: ^[A-Za-z][A-Za-z0-9_.-]{0,62}$ | use con-app`},
		{wide, "JSON", `"JSON" is a name that the template shop cannot bear: its stack has one of that name | use json-app`},
		{plain, "json", `"json" is a name that the template shop cannot bear: its stack has one of that name | use json-app`},
		{plain, "o_sc", `"o_sc" is not a project name: a to z, 0 to 9 and -, a letter first, at most 63, no reserved device name | use o-sc`},
		{plain, "shop", ""},
		{upper, "shop", `"shop" is not a project name for the template shop: ^[A-Z]{1,10}$ | choose another name`},
		{upper, "SHOP", ""},
	}
	for _, tt := range tests {
		said := ""
		if f := fault.Of(tt.m.CheckName(tt.name)); f != nil {
			said = f.Message + " | " + f.Hint
		}
		if said != tt.says {
			t.Errorf("%s: got %q, want %q", tt.name, said, tt.says)
		}
	}
	for _, pattern := range []string{".*", "^[a-z./]+$", "[a-z]", "^.{1,9}$", "^[a-z-]{1,9}$", "^[a-z]+$", `^\S{1,20}$`} {
		got := wrong(t, head+"projectName: {pattern: '"+pattern+"'}\n")
		if len(got) != 1 || !strings.Contains(got[0], "the pattern takes the name") {
			t.Errorf("%s: %v", pattern, got)
		}
	}
	if got := wrong(t, head+"reserved: [JSON]\n"); len(got) != 1 {
		t.Errorf("got %v", got)
	}
}
