package jinja

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"scaffold/internal/testenv"
)

var update = flag.Bool("update", false, "write what Jinja2 answers anew")

// jinja2 is what the constructs are held to.
var jinja2 = []string{"jinja2==3.1.6", "jinja2-ansible-filters==1.3.2"}

// An answer is what Jinja2 makes of one construct.
type answer struct {
	Case           int
	Strict, Blocks bool
	Text           *string
	Error          string
	Line           int
}

func (a answer) String() string {
	return fmt.Sprintf("case %d, strict %t, blocks %t", a.Case, a.Strict, a.Blocks)
}

// TestConstructs holds each construct of testdata to Jinja2 itself: the same
// text, or an error where Jinja2 has one, or a refusal that names what is
// missing. Those that are refused are listed here.
func TestConstructs(t *testing.T) {
	if testing.Short() {
		t.Skip("Jinja2 comes from PyPI; TestRecorded has its answers")
	}
	python := testenv.Python(t, jinja2...)
	for _, table := range tables {
		t.Run(table.name, func(t *testing.T) {
			out := testenv.Run(t, time.Minute, "testdata", testenv.Env("PYTHONHASHSEED=0"), append([]string{python, "oracle.py", table.name + ".txt", "context.json"}, table.extensions...)...)
			recorded := filepath.Join("testdata", table.name+".json")
			var doc any
			if err := json.Unmarshal([]byte(out), &doc); err != nil {
				t.Fatal(err)
			}
			text, _ := json.MarshalIndent(doc, "", " ")
			text = append(text, '\n')
			if *update {
				if err := os.WriteFile(recorded, text, 0o644); err != nil {
					t.Fatal(err)
				}
			}
			hold(t, table, text)
			if was, _ := os.ReadFile(recorded); string(was) != string(text) {
				t.Errorf("%s is not what Jinja2 says today: make golden writes it", recorded)
			}
		})
	}
}

// TestRecorded is TestConstructs with the answers that Jinja2 gave.
func TestRecorded(t *testing.T) {
	for _, table := range tables {
		t.Run(table.name, func(t *testing.T) {
			text, err := os.ReadFile(filepath.Join("testdata", table.name+".json"))
			if err != nil {
				t.Fatal(err)
			}
			hold(t, table, text)
		})
	}
}

type table struct {
	name       string
	extensions []string
	refused    int // how many of the renderings are refused
}

var tables = []table{
	{"constructs", nil, 22},
	{"ansible", []string{"jinja2_ansible_filters.AnsibleCoreFiltersExtension"}, 4},
}

func hold(t *testing.T, table table, recorded []byte) {
	var doc struct {
		Files   map[string]string
		Results []answer
	}
	if err := json.Unmarshal(recorded, &doc); err != nil {
		t.Fatal(err)
	}
	source, err := os.ReadFile(filepath.Join("testdata", table.name+".txt"))
	if err != nil {
		t.Fatal(err)
	}
	cases := strings.Split(strings.TrimSuffix(string(source), "\n"), "\n=====\n")
	counts := map[string]int{}
	for _, want := range doc.Results {
		counts[judge(t, table, doc.Files, cases[want.Case], want)]++
	}
	t.Logf("%d renderings: %v", len(doc.Results), counts)
	if counts["refused"] != table.refused {
		t.Errorf("%d are refused, and %d are known to be", counts["refused"], table.refused)
	}
	if len(doc.Results) != 4*len(cases) {
		t.Errorf("%d answers for %d constructs", len(doc.Results), len(cases))
	}
}

func judge(t *testing.T, table table, files map[string]string, source string, want answer) string {
	text, err := os.ReadFile(filepath.Join("testdata", "context.json"))
	if err != nil {
		t.Fatal(err)
	}
	vars, err := ReadJSON(string(text))
	if err != nil {
		t.Fatal(err)
	}
	opts := Options{
		Strict: want.Strict, Syntax: Syntax{TrimBlocks: want.Blocks, LstripBlocks: want.Blocks, KeepTrailingNewline: want.Blocks},
		Extensions: append([]string{"jinja2.ext.do", "jinja2.ext.loopcontrols"}, table.extensions...),
		Load: func(name string) (string, error) {
			if text, ok := files[name]; ok {
				return text, nil
			}
			return "", &Error{Kind: NotFound, Message: "there is no template " + name}
		},
	}
	named := map[string]Value{}
	vars.(*Dict).Each(func(k, v Value) { named[k.(string)] = v })
	got, err := Render(t.Context(), opts, "case", source, named)
	var e *Error
	switch {
	case err != nil && !errors.As(err, &e):
		t.Errorf("%v: %v", want, err)
	case err != nil && e.Kind == Unsupported:
		t.Logf("refused: %q: %v", source, err)
		return "refused"
	case err != nil && want.Text != nil:
		t.Errorf("%v: %q\n  fails: %v\n  Jinja2: %q", want, source, err, *want.Text)
		return "wrong"
	case err != nil:
		if e.File == "" || e.Line == 0 {
			t.Errorf("%v: %q: no place: %v", want, source, err)
		}
		return "failing as Jinja2"
	case want.Text == nil:
		t.Errorf("%v: %q\n  gives %q\n  Jinja2: %s", want, source, got, want.Error)
		return "wrong"
	case got != *want.Text:
		t.Errorf("%v: %q\n%s", want, source, cmp.Diff(*want.Text, got))
		return "wrong"
	}
	return "the same"
}
