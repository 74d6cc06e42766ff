package funcs_test

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"text/template"

	"github.com/expr-lang/expr"
	"github.com/google/go-cmp/cmp"

	"scaffold/generator/internal/funcs"
)

// TestThePageOfFunctionsIsThatOfTheCode: a page that is not made from the code
// would part from it.
func TestThePageOfFunctionsIsThatOfTheCode(t *testing.T) {
	const page = "../../../docs/functions.md"
	if *update {
		if err := os.WriteFile(page, []byte(functionsPage()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), functionsPage()); diff != "" {
		t.Errorf("run the test with -update (-want +got)\n%s", diff)
	}
}

func functionsPage() string {
	var b strings.Builder
	b.WriteString(`# Functions

The same in texts and in expressions, pure and repeatable: no clock, no randomness, no environment, no disk. In a text the subject
comes last, for pipes: ` + "`{{ .name | trimPrefix \"my-\" }}`" + `. In an expression it comes first: ` + "`trimPrefix(name, \"my-\")`" + `. Made by
` + "`make golden`" + ` from the list that both are checked against.

| in a text | in an expression | gives |
|---|---|---|
`)
	for _, s := range funcs.Signatures() {
		fmt.Fprintf(&b, "| `%s` | `%s` | %s |\n", s.Text(), s.Expr(), s.About)
	}
	b.WriteString(`
Texts also have ` + "`include`, `contains PART TEXT`, `len`, `print`, `println`, `printf`, `html`, `js`, `urlquery`" + ` and the operators of
[text/template](https://pkg.go.dev/text/template#hdr-Functions): ` + "`and` `or` `not` `eq` `ne` `lt` `le` `gt` `ge` `index` `slice`" + `.
Expressions have the operators of [expr](https://expr-lang.org/docs/language-definition), ` + "`TEXT contains PART`" + ` among them, and its
` + "`len` `string` `float` `all` `none` `any` `one` `filter` `map` `find` `findIndex` `findLast` `findLastIndex` `count` `sum` `groupBy` `sortBy` `reduce`" + `.
`)
	return b.String()
}

// TestEachSignatureIsThatOfItsFunction calls each function with as many values
// as its signature has, and with one less.
func TestEachSignatureIsThatOfItsFunction(t *testing.T) {
	var listed []string
	for _, s := range funcs.Signatures() {
		listed = append(listed, s.Name)
		fields := strings.Fields(s.Text())[1:]
		if err := callWith(s.Name, len(fields)); strings.Contains(fmt.Sprint(err), "wrong number of args") {
			t.Errorf("%s: %v", s.Text(), err)
		}
		if many := strings.HasSuffix(fields[len(fields)-1], "…"); many {
			continue
		}
		for _, n := range []int{len(fields) - 1, len(fields) + 1} {
			if err := callWith(s.Name, n); !strings.Contains(fmt.Sprint(err), "wrong number of args") {
				t.Errorf("%s takes %d values: %v", s.Text(), n, err)
			}
		}
	}
	for _, name := range funcs.Names() {
		_, builtin := operators[name]
		if !builtin && !slices.Contains(listed, name) {
			t.Errorf("%s has no signature", name)
		}
	}
}

// operators are what only texts have, see the page.
var operators = map[string]bool{
	"and": true, "or": true, "not": true, "eq": true, "ne": true, "lt": true, "le": true, "gt": true, "ge": true, "index": true, "slice": true,
	"contains": true, "len": true, "print": true, "println": true, "printf": true, "html": true, "js": true, "urlquery": true,
}

func callWith(name string, n int) error {
	tmpl, err := template.New("").Funcs(funcs.Text()).Parse("{{ " + name + strings.Repeat(" nil", n) + " }}")
	if err != nil {
		return err
	}
	return tmpl.Execute(new(strings.Builder), nil)
}

// TestEachArgumentIsChecked: the compiler passes over the arguments of functions
// in a tree that it has seen before.
func TestEachArgumentIsChecked(t *testing.T) {
	for source, want := range map[string]string{
		`upper(nope)`:             "unknown name nope",
		`has(wrods, "a")`:         "unknown name wrods",
		`upper(lower(nope))`:      "unknown name nope",
		`upper(words)`:            "cannot use []string",
		`name + upper(words)`:     "cannot use []string",
		`hasPrefix("a")`:          "not enough arguments",
		`filter(words, upper(1))`: "cannot use int",
	} {
		if _, err := funcs.Compile(source, expr.Env(vars())); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v; want %q", source, err, want)
		}
	}
}
