package funcs_test

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"text/template"
	"time"

	"github.com/expr-lang/expr"
	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"scaffold/generator/fault"
	"scaffold/generator/internal/funcs"
)

var update = flag.Bool("update", false, "write the golden files")

// The allow-list is a promise to template authors and a part of the safety
// contract: a function comes or goes by intent only.
func TestNamesArePinned(t *testing.T) {
	const golden = "testdata/names.golden"
	got := strings.Join(funcs.Names(), "\n") + "\n"
	if *update {
		if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("the allow-list changed; if by intent, run the test with -update (-want +got)\n%s", diff)
	}
}

func TestNothingThatIsNotRepeatable(t *testing.T) {
	for _, name := range []string{
		"now", "date", "ago", "env", "expandenv", "getHostByName", "uuidv4", "randInt", "randAlpha", "randBytes", "shuffle",
		"genPrivateKey", "bcrypt", "htpasswd", "derivePassword", "encryptAES", "set", "unset", "merge", "mergeOverwrite", "call",
	} {
		if slices.Contains(funcs.Names(), name) {
			t.Errorf("template text may call %s", name)
		}
		if _, err := funcs.Compile(name+"()", expr.Env(vars())); err == nil {
			t.Errorf("an expression may call %s", name)
		}
	}
}

func vars() map[string]any {
	return map[string]any{
		"name":  "my-shop",
		"words": []string{"b", "a", "b"},
		"mixed": []any{"x", 1, "x", []any{"y"}, []any{"y"}},
		"table": map[string]any{"z": 1, "a": "two", "m": nil},
	}
}

// Each row is a call as a template writes it, and as an expression does.
var calls = []struct{ text, expr, want string }{
	{`snake "HTTPServer my-app"`, `snake("HTTPServer my-app")`, "http_server_my_app"},
	{`snake .name`, `snake(name)`, "my_shop"},
	{`snake "shop2Go v1.2"`, `snake("shop2Go v1.2")`, "shop2_go_v1_2"},
	{`kebab "My Big_Shop"`, `kebab("My Big_Shop")`, "my-big-shop"},
	{`camel "my-big shop"`, `camel("my-big shop")`, "myBigShop"},
	{`camel "HTTP server"`, `camel("HTTP server")`, "httpServer"},
	{`pascal .name`, `pascal(name)`, "MyShop"},
	{`pascal "élan vital"`, `pascal("élan vital")`, "ÉlanVital"},
	{`snake ""`, `snake("")`, ""},
	{`plural "category"`, `plural("category")`, "categories"},
	{`plural "day"`, `plural("day")`, "days"},
	{`plural "box"`, `plural("box")`, "boxes"},
	{`plural "branch"`, `plural("branch")`, "branches"},
	{`plural "analysis"`, `plural("analysis")`, "analyses"},
	{`plural "item"`, `plural("item")`, "items"},
	{`plural "y"`, `plural("y")`, "ys"},
	{`plural ""`, `plural("")`, ""},
	{`title "my shop"`, `title("my shop")`, "My Shop"},
	{`untitle "My Shop"`, `untitle("My Shop")`, "my shop"},
	{`upper .name`, `upper(name)`, "MY-SHOP"},
	{`lower "ÄB"`, `lower("ÄB")`, "äb"},
	{`trim "  a "`, `trim("  a ")`, "a"},
	{`trimAll "-" "--a-"`, `trimAll("--a-", "-")`, "a"},
	{`trimPrefix "my-" .name`, `trimPrefix(name, "my-")`, "shop"},
	{`trimSuffix "-shop" .name`, `trimSuffix(name, "-shop")`, "my"},
	{`nospace "a b"`, `nospace("a b")`, "ab"},
	{`replace "-" "_" .name`, `replace(name, "-", "_")`, "my_shop"},
	{`replace "" "." "ab"`, `replace("ab", "", ".")`, ".a.b."},
	{`repeat 3 "ab"`, `repeat("ab", 3)`, "ababab"},
	{`indent 2 "a\nb"`, `indent("a\nb", 2)`, "  a\n  b"},
	{`nindent 2 "a\nb"`, `nindent("a\nb", 2)`, "\n  a\n  b"},
	{`join ", " .words`, `join(words, ", ")`, "b, a, b"},
	{`join "+" "one"`, `join("one", "+")`, "one"},
	{`join "+" .table.m`, `join(table.m, "+")`, ""},
	{`join "," (list 1 true "x")`, `join([1, true, "x"], ",")`, "1,true,x"},
	{`splitList "," "a,b"`, `splitList("a,b", ",")`, "[a b]"},
	{`sortAlpha .words`, `sortAlpha(words)`, "[a b b]"},
	{`trunc 2 "äöü"`, `trunc("äöü", 2)`, "äö"},
	{`trunc -2 "äöü"`, `trunc("äöü", -2)`, "öü"},
	{`trunc 9 "äöü"`, `trunc("äöü", 9)`, "äöü"},
	{`hasPrefix "my" .name`, `hasPrefix(name, "my")`, "true"},
	{`hasSuffix "my" .name`, `hasSuffix(name, "my")`, "false"},
	{`contains "shop" .name`, `name contains "shop"`, "true"},
	{`quote "a\"b"`, `quote("a\"b")`, `"a\"b"`},
	{`squote .name`, `squote(name)`, `'my-shop'`},
	{`cat "a" 1`, `cat("a", 1)`, "a 1"},
	{`wrap 3 "ab cd"`, `wrap("ab cd", 3)`, "ab\ncd"},
	{`toString 12`, `toString(12)`, "12"},
	{`regexMatch "^my-[a-z]+$" .name`, `regexMatch(name, "^my-[a-z]+$")`, "true"},
	{`regexReplaceAll "([a-z])-" .name "${1}_"`, `regexReplaceAll(name, "([a-z])-", "${1}_")`, "my_shop"},
	{`b64enc "ab"`, `b64enc("ab")`, "YWI="},
	{`b64dec "YWI="`, `b64dec("YWI=")`, "ab"},
	{`sha256sum ""`, `sha256sum("")`, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
	{`base "a/b.c"`, `base("a/b.c")`, "b.c"},
	{`dir "a/b.c"`, `dir("a/b.c")`, "a"},
	{`ext "a/b.c"`, `ext("a/b.c")`, ".c"},
	{`clean "a/../b"`, `clean("a/../b")`, "b"},
	{`default "x" ""`, `default("", "x")`, "x"},
	{`default "x" .name`, `default(name, "x")`, "my-shop"},
	{`empty .words`, `empty(words)`, "false"},
	{`coalesce "" 0 "z"`, `coalesce("", 0, "z")`, "z"},
	{`ternary "a" "b" true`, `ternary(true, "a", "b")`, "a"},
	{`kindOf .words`, `kindOf(words)`, "slice"},
	{`kindIs "string" .name`, `kindIs(name, "string")`, "true"},
	{`int "12"`, `int("12")`, "12"},
	{`int 2.9`, `int(2.9)`, "2"},
	{`add 1 2 3`, `add(1, 2, 3)`, "6"},
	{`sub 5 2`, `sub(5, 2)`, "3"},
	{`mul 2 3 4`, `mul(2, 3, 4)`, "24"},
	{`div 7 2`, `div(7, 2)`, "3"},
	{`mod 7 2`, `mod(7, 2)`, "1"},
	{`max 1 3 2`, `max(1, 3, 2)`, "3"},
	{`min 2 1 3`, `min(2, 1, 3)`, "1"},
	{`until 3`, `until(3)`, "[0 1 2]"},
	{`until -2`, `until(-2)`, "[0 -1]"},
	{`untilStep 0 5 2`, `untilStep(0, 5, 2)`, "[0 2 4]"},
	{`untilStep 0 5 -1`, `untilStep(0, 5, -1)`, "[]"},
	{`list "a" 1`, `list("a", 1)`, "[a 1]"},
	{`first .words`, `first(words)`, "b"},
	{`last .mixed`, `last(mixed)`, "[y]"},
	{`rest .words`, `rest(words)`, "[a b]"},
	{`initial .words`, `initial(words)`, "[b a]"},
	{`reverse (list 1 2)`, `reverse([1, 2])`, "[2 1]"},
	{`append .words "c"`, `append(words, "c")`, "[b a b c]"},
	{`prepend .words "c"`, `prepend(words, "c")`, "[c b a b]"},
	{`concat .words .mixed`, `concat(words, mixed)`, "[b a b x 1 x [y] [y]]"},
	{`uniq .mixed`, `uniq(mixed)`, "[x 1 [y]]"},
	{`without .words "b"`, `without(words, "b")`, "[a]"},
	{`without .mixed "x" (list "y")`, `without(mixed, "x", ["y"])`, "[1]"},
	{`has "a" .words`, `has(words, "a")`, "true"},
	{`compact (list "" "a" 0)`, `compact(["", "a", 0])`, "[a]"},
	{`dict "b" 1 "a" 2`, `dict("b", 1, "a", 2)`, "map[a:2 b:1]"},
	{`get .table "a"`, `get(table, "a")`, "two"},
	{`hasKey .table "q"`, `hasKey(table, "q")`, "false"},
	{`keys .table`, `keys(table)`, "[a m z]"},
	{`values (dict "b" 1 "a" 2)`, `values(dict("b", 1, "a", 2))`, "[2 1]"},
	{`pick .table "a"`, `pick(table, "a")`, "map[a:two]"},
	{`omit .table "a" "m"`, `omit(table, "a", "m")`, "map[z:1]"},
	{`toJson .table`, `toJson(table)`, `{"a":"two","m":null,"z":1}`},
	{`toPrettyJson (list 1)`, `toPrettyJson([1])`, "[\n  1\n]"},
	{`toRawJson "<a>"`, `toRawJson("<a>")`, `"<a>"`},
	{`fromJson "{\"a\":[1]}"`, `fromJson("{\"a\":[1]}")`, "map[a:[1]]"},
	{`semverCompare ">=1.2" "1.3.0"`, `semverCompare("1.3.0", ">=1.2")`, "true"},
	{`len "äö"`, `len("äö")`, "2"},
	{`len .words`, `len(words)`, "3"},
	{`print "a" 1 2`, ``, "a1 2"},
	{`println "a"`, ``, "a\n"},
	{`printf "%-4s|%03d" "a" 7`, ``, "a   |007"},
	{`html "<a>"`, ``, "&lt;a&gt;"},
	{`js "'"`, ``, `\'`},
	{`urlquery "a b"`, ``, "a+b"},
}

func TestTextAndExpressionAgree(t *testing.T) {
	tested := map[string]bool{"and": true, "or": true, "not": true, "eq": true, "ne": true, "lt": true, "le": true, "gt": true, "ge": true, "index": true, "slice": true, "fail": true}
	for _, c := range calls {
		tested[strings.Fields(c.text)[0]] = true
		t.Run(c.text, func(t *testing.T) {
			if got, err := text(c.text, vars()); err != nil || got != c.want {
				t.Errorf("as text: %q, %v; want %q", got, err, c.want)
			}
			if c.expr == "" {
				return
			}
			if got, err := evaluate(c.expr, vars()); err != nil || fmt.Sprint(got) != c.want {
				t.Errorf("as expression: %q, %v; want %q", fmt.Sprint(got), err, c.want)
			}
		})
	}
	for _, name := range funcs.Names() {
		if !tested[name] {
			t.Errorf("no row calls %s", name)
		}
	}
}

func TestBothFail(t *testing.T) {
	tests := map[string][2]string{
		"fail says the author's words":      {`fail "no such region"`, `fail("no such region")`},
		"division by zero":                  {`div 1 0`, `div(1, 0)`},
		"modulo by zero":                    {`mod 1 0`, `mod(1, 0)`},
		"text that is no number":            {`int "1x"`, `int("1x")`},
		"text where a number is needed":     {`add "1" 2`, `add("1", 2)`},
		"a number where text is needed":     {`upper 1`, `upper(1)`},
		"a wrong pattern":                   {`regexMatch "(" "a"`, `regexMatch("a", "(")`},
		"a wrong version":                   {`semverCompare ">=1" "x"`, `semverCompare("x", ">=1")`},
		"the first of what is no list":      {`first "a"`, `first("a")`},
		"too few values":                    {`replace "a" "b"`, `replace("a", "b")`},
		"too many values":                   {`upper "a" "b"`, `upper("a", "b")`},
		"text that is no JSON":              {`fromJson "{"`, `fromJson("{")`},
		"a key of what is no dictionary":    {`get .words "a"`, `get(words, "a")`},
		"repeat by less than nothing":       {`repeat -1 "a"`, `repeat("a", -1)`},
		"a list of nested lists, unbounded": {`$l`, `reduce(1..40, [#acc, #acc], ["x"]) | toJson()`},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if got, err := text(tt[0], vars()); err == nil {
				t.Errorf("as text: %q", got)
			}
			if got, err := evaluate(tt[1], vars()); err == nil {
				t.Errorf("as expression: %q", got)
			}
		})
	}
}

func TestLargeResultsAreRefusedBeforeTheyAreMade(t *testing.T) {
	bombs := map[string][2]string{
		"repeat":             {`repeat 1048577 "a"`, `repeat("a", 1048577)`},
		"repeat, overflow":   {`repeat 9223372036854775807 "abc"`, `repeat("abc", 9223372036854775807)`},
		"repeat of repeat":   {`repeat 1048576 "a" | repeat 1048576`, `repeat(repeat("a", 1048576), 1048576)`},
		"indent":             {`repeat 100000 "\n" | indent 100000`, `indent(repeat("\n", 100000), 100000)`},
		"nindent":            {`repeat 100000 "\n" | nindent 100000`, `nindent(repeat("\n", 100000), 100000)`},
		"until":              {`until 9223372036854775807`, `until(9223372036854775807)`},
		"untilStep":          {`untilStep -9223372036854775807 9223372036854775807 1`, `untilStep(-9223372036854775807, 9223372036854775807, 1)`},
		"replace of nothing": {`replace "" (repeat 1000000 "a") (repeat 1000000 "b")`, `replace(repeat("b", 1000000), "", repeat("a", 1000000))`},
		"join":               {`join (repeat 1000 "a") (until 10000)`, `join(until(10000), repeat("a", 1000))`},
		"join, many":         {`until 60000 | join (repeat 1000000 "a")`, `join(until(60000), repeat("a", 1000000))`},
		"printf":             {`printf (repeat 100000 "%999d") 1`, ``},
		"regexReplaceAll":    {`regexReplaceAll ".+" (repeat 1000 "a") (repeat 2000 "$0")`, `regexReplaceAll(repeat("a", 1000), ".+", repeat("$0", 2000))`},
		"regexReplaceAll, long": {
			`regexReplaceAll "(.*x)|." (repeat 500000 "a") ""`, `regexReplaceAll(repeat("a", 500000), "(.*x)|.", "")`,
		},
		"regexMatch, large": {`regexMatch "(.{1000}){1}.{1000}.{1000}b" (repeat 500000 "a")`, `regexMatch(repeat("a", 500000), ".{1000}.{1000}.{1000}b")`},
		"cat":               {`$s := repeat 600000 "a" }}{{ cat $s $s`, `let s = repeat("a", 600000); cat(s, s)`},
		"lists in lists":    {`$l := list "x" }}{{ range until 40 }}{{ $l = list $l $l }}{{ end }}{{ $l`, `toJson(reduce(until(40), list(#acc, #acc), ["x"]))`},
		"deep lists":        {`$l := list "x" }}{{ range until 4000 }}{{ $l = list $l }}{{ end }}{{ $l`, `reduce(until(4000), list(#acc), ["x"])`},
		"doubling print":    {`$s := "x" }}{{ range until 40 }}{{ $s = print $s $s }}{{ end }}{{ $s`, `reduce(until(40), #acc + #acc, "x")`},
		"doubling by +":     {``, doubling("x + x", `"x"`)},
		"doubling of any":   {``, doubling("x + x", `first(["x"])`)},
	}
	for name, tt := range bombs {
		t.Run(name, func(t *testing.T) {
			start := time.Now()
			if got, err := text(tt[0], vars()); tt[0] != "" && err == nil {
				t.Errorf("as text: %d bytes", len(got))
			}
			if got, err := evaluate(tt[1], vars()); tt[1] != "" && err == nil {
				t.Errorf("as expression: %T", got)
			}
			if took := time.Since(start); took > time.Minute {
				t.Errorf("took %v", took)
			}
		})
	}
}

func TestPlusKeepsItsMeaning(t *testing.T) {
	tests := map[string]string{
		`name + "!"`:               "my-shop!",
		`1 + 2`:                    "3",
		`1.5 + 2`:                  "3.5",
		`first(words) + name`:      "bmy-shop",
		`mixed[1] + 1`:             "2",
		`mixed[1] + mixed[1]`:      "2",
		`map(words, # + "-")`:      "[b- a- b-]",
		`sum(map(1..3, # + #))`:    "12",
		`"a" + "b" + name + "c"`:   "abmy-shopc",
		`name contains "y-" + "s"`: "true",
	}
	for source, want := range tests {
		if got, err := evaluate(source, vars()); err != nil || fmt.Sprint(got) != want {
			t.Errorf("%s = %v, %v; want %s", source, got, err, want)
		}
	}
	for _, source := range []string{`name + 1`, `1 + name`, `words + words`} {
		if _, err := funcs.Compile(source, expr.Env(vars())); err == nil {
			t.Errorf("%s compiles", source)
		}
	}
}

// doubling applies an expression over x to itself 40 times.
func doubling(body, start string) string {
	source := "let a0 = " + start + "; "
	for i := range 40 {
		source += fmt.Sprintf("let a%d = %s; ", i+1, strings.ReplaceAll(body, "x", fmt.Sprintf("a%d", i)))
	}
	return source + "a40"
}

func TestSizeErrorIsALimit(t *testing.T) {
	_, err := text(`repeat 2000000 "a"`, nil)
	var limit funcs.SizeError
	if !errors.As(err, &limit) || !fault.Is(err, fault.Limit) {
		t.Errorf("%v", err)
	}
}

func TestMeteredChargesEachCall(t *testing.T) {
	total := 0
	m := funcs.Metered(func(cost int) error {
		total += cost
		if total > 1000 {
			return errors.New("spent")
		}
		return nil
	})
	tmpl := template.Must(template.New("").Funcs(m).Parse(`{{ range until 10000 }}{{ upper "a" }}{{ end }}`))
	err := tmpl.Execute(new(strings.Builder), nil)
	if err == nil || !strings.Contains(err.Error(), "spent") {
		t.Errorf("%v", err)
	}
}

// printf neither shows addresses nor takes its widths from arguments.
func TestPrintfIsRepeatable(t *testing.T) {
	for _, call := range []string{`printf "%p" .words`, `printf "%*d" 5 1`, `printf "%[1]s%[1]s" "a"`, `printf "%1000d" 1`, `printf "%.99999f" 1.5`} {
		if got, err := text(call, vars()); err == nil {
			t.Errorf("%s gives %q", call, got)
		}
	}
	if got, err := text(`printf "100 %% of %s" "it"`, nil); got != "100 % of it" {
		t.Errorf("%q, %v", got, err)
	}
}

// No function changes what it is given: the same variables serve every file.
func TestNoFunctionChangesItsArguments(t *testing.T) {
	given := vars()
	for _, c := range calls {
		if got, err := text(c.text, given); err != nil || got != c.want {
			t.Errorf("%s gives %q, %v", c.text, got, err)
		}
		if c.expr != "" {
			if _, err := evaluate(c.expr, given); err != nil {
				t.Errorf("%s: %v", c.expr, err)
			}
		}
		if diff := cmp.Diff(vars(), given); diff != "" {
			t.Fatalf("%s changed the variables (-before +after)\n%s", c.text, diff)
		}
	}
}

func TestEveryCallIsRepeatable(t *testing.T) {
	for _, c := range calls {
		for range 20 {
			if got, _ := text(c.text, vars()); got != c.want {
				t.Errorf("%s gives %q and %q", c.text, c.want, got)
			}
		}
	}
}

func TestWordsAreStable(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		s := rapid.StringMatching(`[A-Za-z0-9 _.-]{0,20}`).Draw(rt, "name")
		once, err := text(`snake .`, s)
		if err != nil {
			rt.Fatal(err)
		}
		for _, call := range []string{`snake . | snake`, `kebab . | snake`} {
			if again, _ := text(call, s); again != once {
				rt.Errorf("%s of %q gives %q, not %q", call, s, again, once)
			}
		}
	})
}

// One call ends soon even with the largest arguments it takes, whatever they
// hold.
func TestLargestArgumentsEndSoon(t *testing.T) {
	blob := map[string]any{
		"a": strings.Repeat("a", 500_000), "lines": strings.Repeat("a\n", 250_000), "cases": strings.Repeat("aB ", 160_000),
		"many": make([]any, 30_000), "wide": strings.Repeat("é", 250_000),
	}
	for i := range 30_000 {
		blob["many"].([]any)[i] = []any{i}
	}
	for _, call := range []string{
		`snake .cases`, `snake .a`, `wrap 1 .cases`, `wrap 80 .a`, `wrap 80 .lines`, `nospace .cases`, `title .cases`, `quote .wide`, `trunc 9 .wide`,
		`uniq .many`, `without .many 1`, `has "x" .many`, `toJson .many`, `sortAlpha .many`, `compact .many`, `reverse .many`,
		`concat .many`, `splitList "" .a`, `squote .many`, `b64enc .a`, `fromJson .a`, `plural .a`, `untitle .cases`, `clean .lines`,
		`regexMatch "(a*)*b" .a`, `regexMatch "(a|b|aB)*$" .cases`, `regexReplaceAll "(.*x)|." (trunc 2000 .a) ""`, `semverCompare .a .a`,
		`semverCompare ">=1" .a`, `print .many`, `len .wide`, `keys (dict .a .a)`, `html .cases`, `js .wide`, `urlquery .wide`,
	} {
		start := time.Now()
		if _, err := text(call, blob); err != nil && strings.Contains(err.Error(), "not defined") {
			t.Errorf("%s is no call: %v", call, err)
		}
		if took := time.Since(start); took > time.Minute {
			t.Errorf("%s took %v", call, took)
		}
	}
}

func text(call string, data any) (string, error) {
	tmpl, err := template.New("").Funcs(funcs.Text()).Parse("{{ " + call + " }}")
	if err != nil {
		return "", err
	}
	var b strings.Builder
	err = tmpl.Execute(&b, data)
	return b.String(), err
}

func evaluate(source string, env map[string]any) (any, error) {
	program, err := funcs.Compile(source, expr.Env(env))
	if err != nil {
		return nil, err
	}
	return expr.Run(program, env)
}
