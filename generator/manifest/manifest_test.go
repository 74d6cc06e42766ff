package manifest_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"scaffold/generator/fault"
	"scaffold/generator/manifest"
)

const head = `apiVersion: scaffold/v1
name: shop
title: A shop
version: 1.0.0
`

func parse(t *testing.T, body string) *manifest.Manifest {
	t.Helper()
	m, err := manifest.Parse([]byte(head + body))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestParseReportsWhereAndWhat(t *testing.T) {
	tests := map[string]struct{ body, want string }{
		"unknown key with the nearest":      {"qestions: []\n", `template.yaml:5:1: unknown key "qestions" | did you mean questions?`},
		"unknown key deep inside":           {"questions:\n  - id: a\n    type: string\n    defualt: x\n", `template.yaml:8:5: unknown key "defualt" | did you mean default?`},
		"wrong type":                        {"tags: yes\n", `template.yaml:5:7`},
		"unknown question type":             {"questions:\n  - {id: a, type: strnig}\n", `template.yaml:6:19: unknown type "strnig" | did you mean string?`},
		"unknown variable in a condition":   {"questions:\n  - {id: docker, type: bool, default: true}\n  - id: b\n    type: string\n    when: 'dokcer'\n", `template.yaml:9:12: expression "dokcer": unknown variable dokcer | did you mean docker?`},
		"a later question is not known yet": {"questions:\n  - {id: a, type: bool, default: {expr: 'b'}}\n  - {id: b, type: bool, default: true}\n", `b is asked below | move the question b above`},
		"a condition is a bool":             {"questions:\n  - {id: a, type: string, default: x}\n  - {id: b, type: bool, default: true, when: 'a'}\n", `it is a text, where true or false is needed | compare it`},
		"a default fits its type":           {"questions:\n  - {id: a, type: int, default: x}\n", "default of question a: must be a whole number"},
		"a default is among the choices":    {"questions:\n  - {id: a, type: choice, choices: [{value: eu}, {value: us}], default: uk}\n", "must be one of eu, us"},
		"a choice needs choices":            {"questions:\n  - {id: a, type: choice}\n", "question a has no choices"},
		"an id twice":                       {"questions:\n  - {id: a, type: bool}\n  - {id: a, type: bool}\n", `question id "a" is used twice`},
		"a reserved id":                     {"questions:\n  - {id: signals, type: bool}\n", `question id "signals" is reserved`},
		"a secret has no default":           {"questions:\n  - {id: a, type: secret, default: x}\n", "is a secret and has a default"},
		"unknown signal":                    {"recommend:\n  fit:\n    use:rest-apj: {weight: 1, reason: r}\n", `unknown signal "use:rest-apj" | did you mean use:rest-api?`},
		"weight out of range":               {"recommend:\n  fit:\n    use:rest-api: {weight: 9999, reason: r}\n", "a weight is an integer from -6 to 6"},
		"weight without a reason":           {"recommend:\n  fit:\n    use:rest-api: {weight: 3}\n", "a weight has a reason"},
		"a move out of the project":         {"migrations:\n  - {to: 2.0.0, move: {a: ../b}}\n", `"../b" is not a path in the project | write generated paths`},
		"a renamed answer of no question":   {"migrations:\n  - {to: 2.0.0, renameAnswer: {a: b}}\n", "no question b takes the answer to a"},
		"bad mode":                          {"files:\n  - {glob: a, mode: '0777'}\n", `unknown mode "0777"`},
		"bad managed":                       {"files:\n  - {glob: a, managed: fere}\n", `unknown managed "fere" | did you mean free?`},
		"bad glob":                          {"files:\n  - {glob: 'a[', when: 'true'}\n", "is not a glob"},
		"a preset for an unknown question":  {"presets:\n  minimal: {dokcer: false}\n", `unknown question "dokcer"`},
		"overlay keys without extends":      {"remove: [a]\n", "belong to an overlay"},
		"computed may not hide a variable":  {"computed:\n  name: 'snake(name)'\n", `computed name "name"`},
		"a bad duration":                    {"verify:\n  test: {run: [x], timeout: soon}\n", `"soon" is not a duration`},
		"an unknown function":               {"computed:\n  a: 'snaek(name)'\n", "snaek"},
		"a clock is not repeatable":         {"computed:\n  a: 'now()'\n", "now"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			_, err := manifest.Parse([]byte(head + test.body))
			var problems manifest.Problems
			if !errors.As(err, &problems) {
				t.Fatalf("got %v, want problems", err)
			}
			var got []string
			for _, p := range problems {
				got = append(got, fmt.Sprintf("%s: %s | %s", p.Place, p.Message, p.Hint))
			}
			if !strings.Contains(strings.Join(got, "\n"), test.want) {
				t.Errorf("got:\n%s\nwant: %s", strings.Join(got, "\n"), test.want)
			}
			if !fault.Is(err, fault.Template) {
				t.Errorf("the kind is %s", fault.KindOf(err))
			}
		})
	}
}

func TestParseReportsEverythingAtOnce(t *testing.T) {
	_, err := manifest.Parse([]byte(head + "maturity: old\ntests: {minCoverage: 101}\nfiles:\n  - {glob: a, mode: '1'}\n"))
	var problems manifest.Problems
	if !errors.As(err, &problems) || len(problems) != 3 {
		t.Errorf("got %v, want three problems", err)
	}
}

// TestParseTakesALimitAndRefusesWhatIsOneBeyond holds each number of the format
// on both sides.
func TestParseTakesALimitAndRefusesWhatIsOneBeyond(t *testing.T) {
	fit := func(weight int, reason string) string {
		return fmt.Sprintf("recommend:\n  fit:\n    use:rest-api: {weight: %d, reason: %q}\n", weight, reason)
	}
	nodes := func(n int) string { // a computed name of n operands
		return "computed:\n  a: '" + strings.TrimSuffix(strings.Repeat("1+", n), "+") + "'\n"
	}
	tests := map[string]struct{ within, beyond string }{
		"the highest weight":     {fit(6, "r"), fit(7, "r")},
		"the lowest weight":      {fit(-6, "r"), fit(-7, "r")},
		"the longest reason":     {fit(1, strings.Repeat("ä", 60)), fit(1, strings.Repeat("ä", 61))},
		"the least coverage":     {"tests: {minCoverage: 0}\n", "tests: {minCoverage: -1}\n"},
		"the most coverage":      {"tests: {minCoverage: 100}\n", "tests: {minCoverage: 101}\n"},
		"the longest expression": {nodes(400), nodes(600)},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			parse(t, test.within)
			if _, err := manifest.Parse([]byte(head + test.beyond)); !fault.Is(err, fault.Template) {
				t.Errorf("one beyond is taken: %v", err)
			}
		})
	}
}

func TestParseRefusesWhatHasNoMeaning(t *testing.T) {
	for name, body := range map[string]string{
		"a choice with a comma":               "questions:\n  - {id: a, type: choice, choices: [{value: 'x,y'}]}\n",
		"a choice twice":                      "questions:\n  - {id: a, type: choice, choices: [{value: x}, {value: x}]}\n",
		"a secret in an expression":           "questions:\n  - {id: key, type: secret}\ncomputed:\n  a: 'key'\n",
		"a secret in a condition":             "questions:\n  - {id: key, type: secret}\nfiles:\n  - {glob: a, when: 'key != \"\"'}\n",
		"each without as":                     "files:\n  - {glob: a, each: '[\"x\"]'}\n",
		"as without each":                     "files:\n  - {glob: a, as: x}\n",
		"a hook that wants what is no secret": "questions:\n  - {id: a, type: string, default: x}\nactions:\n  - {id: h, run: [x], needs: {secrets: [a]}}\n",
		"a readiness that is no path":         "verify:\n  run: {run: [x], ready: {http: 'http://evil.example/'}}\n",
		"two delimiters that are one":         "render:\n  delimiters:\n    - {glob: a, use: ['%%', '%%']}\n",
		"a replacement of what is not old":    "replacedBy: other\n",
		"a default that is a list":            "questions:\n  - {id: a, type: string, default: [x, y]}\n",
		"a computed name twice":               "questions:\n  - {id: a, type: string, default: x}\ncomputed:\n  a: '1'\n",
		"two documents":                       "---\nname: other\n",
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := manifest.Parse([]byte(head + body)); !fault.Is(err, fault.Template) {
				t.Errorf("it is taken: %v", err)
			}
		})
	}
}

func TestProblemsComeInTheOrderOfTheFile(t *testing.T) {
	_, err := manifest.Parse([]byte(head + "tests: {minCoverage: 101}\nfiles:\n  - {glob: a, mode: '1'}\nquestions:\n  - {id: signals, type: bool}\nmaturity: old\n"))
	var problems manifest.Problems
	if !errors.As(err, &problems) || len(problems) != 4 {
		t.Fatalf("got %v, want four problems", err)
	}
	for i, p := range problems[1:] {
		if p.Place.Line < problems[i].Place.Line {
			t.Errorf("line %d comes after line %d", p.Place.Line, problems[i].Place.Line)
		}
	}
}

// TestWhatEveryTemplateKnowsIsOneLine: author, email and licence may be given
// where no question asks for them.
func TestWhatEveryTemplateKnowsIsOneLine(t *testing.T) {
	m := parse(t, "")
	for _, id := range manifest.Defaulted() {
		for _, a := range []manifest.Answers{answers(id, "a\nb"), answers(id, "a\x1b[2J"), {id: {List: []string{"a"}, Many: true}}} {
			r, err := m.Resolve(manifest.Given{Name: "demo"}, a)
			if err != nil || len(r.Problems) != 1 || r.Problems[0].Kind != manifest.Invalid || r.Vars[id] != "" {
				t.Errorf("%v: %v %v, %v", a, r.Problems, r.Vars[id], err)
			}
		}
	}
}

func TestAValueOfAnExpressionIsBounded(t *testing.T) {
	m := parse(t, "computed:\n  a: 'map(until(60000), \"0123456789012345678901234567890123456789\")'\n")
	if _, err := m.Resolve(manifest.Given{Name: "demo"}, nil); !fault.Is(err, fault.Limit) {
		t.Errorf("got %v, want a limit error", err)
	}
}

func TestAMissingAnswerIsMarked(t *testing.T) {
	r, err := parse(t, "questions:\n  - {id: a, type: string}\n  - {id: b, type: string, default: x}\n").Resolve(manifest.Given{Name: "demo"}, nil)
	if err != nil || !r.Asked[0].Missing || r.Asked[1].Missing || !r.Asked[1].Open {
		t.Errorf("%+v, %v", r.Asked, err)
	}
}

func TestAnAnswerHasNoControlCharacters(t *testing.T) {
	m := parse(t, "questions:\n  - {id: a, type: string, default: x}\n")
	for _, text := range []string{"a\nb", "a\x1b[2J", "a\x7fb", "a\u0080b", "a\u009bb"} {
		r, err := m.Resolve(manifest.Given{Name: "demo"}, answers("a", text))
		if err != nil || len(r.Problems) != 1 || r.Problems[0].Kind != manifest.Invalid {
			t.Errorf("%q is taken: %v", text, err)
		}
	}
	for _, text := range []string{"a\tb", "größe", "\u00a0"} {
		if r, err := m.Resolve(manifest.Given{Name: "demo"}, answers("a", text)); err != nil || len(r.Problems) != 0 {
			t.Errorf("%q is refused: %v", text, err)
		}
	}
}

func TestParseIsBounded(t *testing.T) {
	bomb := "a: &a [x,x,x,x,x,x,x,x,x]\n"
	for i := 'b'; i < 'k'; i++ {
		bomb += fmt.Sprintf("%c: &%c [*%c,*%c,*%c,*%c,*%c,*%c,*%c,*%c,*%c]\n", i, i, i-1, i-1, i-1, i-1, i-1, i-1, i-1, i-1, i-1)
	}
	tests := map[string]string{
		"an alias bomb":       bomb,
		"a very deep nesting": "a: " + strings.Repeat("[", 5000),
		"a very large file":   strings.Repeat("# x\n", 1<<19),
	}
	for name, data := range tests {
		t.Run(name, func(t *testing.T) {
			_, err := manifest.Parse([]byte(data))
			if !fault.Is(err, fault.Limit) {
				t.Errorf("got %v, want a limit error", err)
			}
		})
	}
}

func TestAnExpressionThatLoopsEnds(t *testing.T) {
	m := parse(t, "computed:\n  a: 'let xs = 1..2000; all(xs, all(xs, all(xs, all(xs, true))))'\n")
	_, err := m.Resolve(manifest.Given{}, nil)
	if !fault.Is(err, fault.Limit) {
		t.Errorf("got %v, want a limit error", err)
	}
}

const shop = `questions:
  - id: kind
    type: choice
    choices: [{value: api}, {value: ml}]
    default: {expr: '"use:ml-serving" in signals ? "ml" : "api"'}
  - {id: region, type: choice, choices: [{value: eu}, {value: us}]}
  - id: port
    type: int
    default: 8000
    validate: [{expr: 'value > 0 && value < 65536', message: must be from 1 to 65535}]
  - {id: extras, type: multi, choices: [{value: a}, {value: b}, {value: c}], default: [a]}
  - {id: database, type: string, default: sqlite, when: 'kind != "ml"'}
  - {id: docker, type: bool, default: true}
computed:
  package: 'snake(name)'
  module: 'package + "_app"'
`

func answers(pairs ...string) manifest.Answers {
	a := manifest.Answers{}
	for i := 0; i < len(pairs); i += 2 {
		a[pairs[i]] = manifest.Scalar{Text: pairs[i+1]}
	}
	return a
}

func TestResolve(t *testing.T) {
	m := parse(t, shop)
	tests := map[string]struct {
		signals []string
		answers manifest.Answers
		want    map[string]any // some of the variables
		wrong   []string       // kind id: detail
	}{
		"defaults, computed names and a missing answer": {
			want:  map[string]any{"kind": "api", "port": 8000, "extras": []string{"a"}, "database": "sqlite", "package": "my_shop", "module": "my_shop_app"},
			wrong: []string{"missing region: "},
		},
		"a default follows the signals": {
			signals: []string{"use:ml-serving"}, answers: answers("region", "eu"),
			want: map[string]any{"kind": "ml", "database": ""},
		},
		"text stays what was typed, a multi takes commas in any order": {
			answers: answers("region", "us", "database", "012", "extras", "c,b", "docker", "false"),
			want:    map[string]any{"database": "012", "extras": []string{"b", "c"}, "docker": false},
		},
		"every problem at once": {
			answers: answers("bakcend", "x", "port", "99999", "docker", "yes", "extras", "z"),
			wrong: []string{
				"missing region: ",
				"unknown bakcend: known here: kind, region, port, extras, database, docker, author, email, license, year",
				"invalid port: must be from 1 to 65535",
				"invalid extras: must be one of a, b, c",
				"invalid docker: must be true or false",
			},
		},
		"an answer to a question that is not asked": {
			answers: answers("region", "eu", "kind", "ml", "database", "x"),
			wrong:   []string{`invalid database: is not asked here: its condition is kind != "ml"`},
		},
		"control characters": {
			answers: answers("region", "eu", "database", "a\x1b[31m"),
			wrong:   []string{"invalid database: must not hold control characters"},
		},
		"a given variable may be answered": {
			answers: answers("region", "eu", "author", "Ada"),
			want:    map[string]any{"author": "Ada"},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			r, err := m.Resolve(manifest.Given{Name: "my-shop", Signals: test.signals}, test.answers)
			if err != nil {
				t.Fatal(err)
			}
			for id, want := range test.want {
				if diff := cmp.Diff(want, r.Vars[id]); diff != "" {
					t.Errorf("%s (-want +got):\n%s", id, diff)
				}
			}
			var wrong []string
			for _, p := range r.Problems {
				wrong = append(wrong, fmt.Sprintf("%s %s: %s", p.Kind, p.ID, p.Detail))
			}
			if diff := cmp.Diff(test.wrong, wrong); diff != "" {
				t.Errorf("problems (-want +got):\n%s", diff)
			}
		})
	}
}

func TestPreferredDefaultsStandBeforeTheManifests(t *testing.T) {
	m := parse(t, shop)
	given := manifest.Given{Name: "x", Defaults: answers("region", "us", "port", "9000", "nothing_here", "1", "author", "Ada")}
	r, err := m.Resolve(given, answers("port", "9001"))
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Problems) > 0 || r.Vars["region"] != "us" || r.Vars["port"] != 9001 || r.Vars["author"] != "Ada" {
		t.Errorf("problems %v, region %v, port %v, author %v", r.Problems, r.Vars["region"], r.Vars["port"], r.Vars["author"])
	}
	given.Defaults = answers("port", "99999")
	if r, err = m.Resolve(given, answers("region", "eu")); err != nil || len(r.Problems) != 1 {
		t.Errorf("an invalid preference: %v %v", r.Problems, err)
	}
}

func TestASecretIsNeverInAProblem(t *testing.T) {
	m := parse(t, "questions:\n  - id: token\n    type: secret\n    validate: [{pattern: '^x', message: starts with x}]\n")
	r, err := m.Resolve(manifest.Given{}, answers("token", "hunter2"))
	if err != nil {
		t.Fatal(err)
	}
	if s := fmt.Sprintf("%+v", r.Problems); len(r.Problems) != 1 || strings.Contains(s, "hunter2") {
		t.Errorf("problems: %s", s)
	}
}

func TestParseAnswers(t *testing.T) {
	tests := map[string]struct {
		data string
		want manifest.Answers
		err  string
	}{
		"yaml, as typed":   {data: "zip: 012\nok: no\nlist: [a, b]\n", want: manifest.Answers{"zip": {Text: "012"}, "ok": {Text: "no"}, "list": {List: []string{"a", "b"}, Many: true}}},
		"json":             {data: `{"port": 8000, "docker": false}`, want: answers("port", "8000", "docker", "false")},
		"not a mapping":    {data: "- a\n", err: "not a mapping"},
		"broken":           {data: "a: [\n", err: "a.yaml:"},
		"a nested mapping": {data: "a: {b: c}\n", err: "one value is expected"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			got, err := manifest.ParseAnswers("a.yaml", []byte(test.data))
			if test.err != "" {
				if err == nil || !strings.Contains(err.Error(), test.err) {
					t.Errorf("got %v, want %s", err, test.err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestCheckName(t *testing.T) {
	tests := map[string]string{ // name -> nearest valid one; "" for a valid name
		"shop": "", "a": "", "my-shop-2": "",
		"My Shop": "my-shop", "2shop": "shop", "-rf": "rf", "shop\n": "shop", "ünï": "uni", "café": "cafe", "Straße 5": "strasse-5", "Łódź": "lodz", "ﬁsh": "fish",
		"con": "con-app", "lpt1": "lpt1-app", "a_b": "a-b", "..": "", strings.Repeat("a", 64): strings.Repeat("a", 63),
	}
	for name, nearest := range tests {
		err := manifest.CheckName(name)
		switch {
		case name == "..":
			if err == nil {
				t.Errorf("%q is accepted", name)
			}
		case nearest == "" && err != nil:
			t.Errorf("%q: %v", name, err)
		case nearest != "" && (!fault.Is(err, fault.Answer) || fault.Of(err).Hint != "use "+nearest):
			t.Errorf("%q: got %v, want nearest %q", name, err, nearest)
		}
	}
}

func TestMatch(t *testing.T) {
	tests := []struct {
		glob, path string
		want       bool
	}{
		{"apps/{{ .app }}/**", "apps/{{ .app }}/models.py", true},
		{"{a,b}.py", "b.py", true},
		{"*.py", "x/b.py", false},
		{".github/**", ".github/workflows/ci.yml.tmpl", true},
		{"**/*.sh", "a/b/c.sh", true},
		{"**/*.{yaml,{j,t}son}", "a/b.json", true}, // an alternative in one
	}
	for _, test := range tests {
		if got := manifest.Match(test.glob, test.path); got != test.want {
			t.Errorf("Match(%q, %q) = %v", test.glob, test.path, got)
		}
	}
}

// TestSchemaFitsTheTypes walks schema.json and the Go types together: the same
// keys, the same kinds.
func TestSchemaFitsTheTypes(t *testing.T) {
	var doc map[string]any
	if err := json.Unmarshal(manifest.Schema(), &doc); err != nil {
		t.Fatal(err)
	}
	defs := doc["$defs"].(map[string]any)
	compare(t, "template.yaml", doc, defs, reflect.TypeFor[manifest.Manifest]())
	var policy map[string]any
	if err := json.Unmarshal(manifest.PolicySchema(), &policy); err != nil {
		t.Fatal(err)
	}
	compare(t, "policy.yaml", policy, policy["$defs"].(map[string]any), reflect.TypeFor[manifest.Policy]())
}

func compare(t *testing.T, path string, schema, defs map[string]any, typ reflect.Type) {
	t.Helper()
	if ref, ok := schema["$ref"].(string); ok {
		schema = defs[strings.TrimPrefix(ref, "#/$defs/")].(map[string]any)
	}
	if typ.Kind() == reflect.Pointer {
		typ = typ.Elem()
	}
	switch {
	case typ == reflect.TypeFor[manifest.Scalar]() || typ == reflect.TypeFor[manifest.Default]() || typ == reflect.TypeFor[manifest.Duration]() || typ == reflect.TypeFor[manifest.Computed]() || typ == reflect.TypeFor[manifest.Settings]():
		return // written by their own methods
	case typ.Kind() == reflect.Struct:
		properties, _ := schema["properties"].(map[string]any)
		left := map[string]bool{}
		for name := range properties {
			left[name] = true
		}
		for f := range typ.Fields() {
			name, _, _ := strings.Cut(f.Tag.Get("yaml"), ",")
			if name == "" || name == "-" {
				continue
			}
			sub, ok := properties[name].(map[string]any)
			if !ok {
				t.Errorf("%s: the schema lacks %s", path, name)
				continue
			}
			delete(left, name)
			compare(t, path+"."+name, sub, defs, f.Type)
		}
		for name := range left {
			t.Errorf("%s: the types lack %s", path, name)
		}
		if schema["additionalProperties"] != false {
			t.Errorf("%s: the schema allows unknown keys", path)
		}
	case typ.Kind() == reflect.Slice:
		items, _ := schema["items"].(map[string]any)
		if schema["type"] != "array" {
			t.Errorf("%s: the schema says %v, the type is a list", path, schema["type"])
			return
		}
		compare(t, path+"[]", items, defs, typ.Elem())
	case typ.Kind() == reflect.Map:
		if schema["type"] != "object" {
			t.Errorf("%s: the schema says %v, the type is a mapping", path, schema["type"])
		}
		if sub, ok := schema["additionalProperties"].(map[string]any); ok {
			compare(t, path+".*", sub, defs, typ.Elem())
		}
	default:
		want := map[reflect.Kind]string{reflect.String: "string", reflect.Int: "integer", reflect.Bool: "boolean"}[typ.Kind()]
		_, enum := schema["enum"]
		_, constant := schema["const"]
		loose, _ := schema["type"].([]any) // a text that is read from its source
		if schema["type"] != want && !enum && !constant && loose == nil && want != "" {
			t.Errorf("%s: the schema says %v, the type %s", path, schema["type"], want)
		}
	}
}
