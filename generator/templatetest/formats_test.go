package templatetest_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"go/ast"
	"go/build"
	"go/parser"
	"go/token"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/owenrumney/go-sarif/v3/pkg/report/v210/sarif"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"scaffold/generator/templatetest"
)

var someFindings = []templatetest.Finding{
	{Rule: templatetest.RuleVariable, File: "./t/files/{{ .a }}/b c.tmpl", Line: 2, Column: 9, Message: "unknown variable .dokcer", Try: "did you mean .docker?"},
	{Rule: templatetest.RuleName, File: "files/con:x%0A::warning.txt", Message: "a device\n::error::forged"},
}

// TestSARIFIsHeldToItsSchema of 2.1.0, as another project ships it.
func TestSARIFIsHeldToItsSchema(t *testing.T) {
	schema := sarifSchema(t)
	for name, findings := range map[string][]templatetest.Finding{"some": someFindings, "none": nil} {
		text, err := json.Marshal(templatetest.SARIF(findings, "1.0.0"))
		if err != nil {
			t.Fatal(err)
		}
		doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
		if err := errors.Join(err, schema.Validate(doc)); err != nil {
			t.Errorf("%s: %v\n%s", name, err, text)
		}
		read, err := sarif.FromBytes(text)
		if err != nil || len(read.Runs) != 1 || len(read.Runs[0].Results) != len(findings) {
			t.Fatalf("%s: %v\n%s", name, err, text)
		}
		rules := map[string]bool{}
		for _, r := range read.Runs[0].Tool.Driver.Rules {
			rules[*r.ID] = true
		}
		for i, r := range read.Runs[0].Results {
			at := r.Locations[0].PhysicalLocation
			if !rules[*r.RuleID] || (at.Region == nil) != (findings[i].Line == 0) || at.Region != nil && *at.Region.StartColumn != findings[i].Column {
				t.Errorf("%s: %+v", name, r)
			}
		}
	}
}

// sarifSchema reads the schema out of the source of the library that embeds it.
func sarifSchema(t *testing.T) *jsonschema.Schema {
	t.Helper()
	pkg, err := build.Import("github.com/owenrumney/go-sarif/v3/pkg/report/v210/sarif", ".", build.FindOnly)
	if err != nil {
		t.Fatal(err)
	}
	file, err := parser.ParseFile(token.NewFileSet(), filepath.Join(pkg.Dir, "schema.go"), nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	literal := file.Scope.Objects["schema"].Decl.(*ast.ValueSpec).Values[0].(*ast.BasicLit)
	text, err := strconv.Unquote(literal.Value)
	if err != nil {
		t.Fatal(err)
	}
	doc, err := jsonschema.UnmarshalJSON(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("sarif.json", doc); err != nil {
		t.Fatal(err)
	}
	schema, err := c.Compile("sarif.json")
	if err != nil {
		t.Fatal(err)
	}
	return schema
}

func TestAnAnnotationIsOneCommand(t *testing.T) {
	var b bytes.Buffer
	if err := templatetest.WriteAnnotations(&b, someFindings); err != nil {
		t.Fatal(err)
	}
	want := "::error file=t/files/{{ .a }}/b c.tmpl,line=2,col=9,title=scaffold variable::unknown variable .dokcer. Try: did you mean .docker?\n" +
		"::error file=files/con%3Ax%250A%3A%3Awarning.txt,title=scaffold name::a device%0A::error::forged\n"
	if b.String() != want {
		t.Errorf("got\n%s\nwant\n%s", b.String(), want)
	}
	if n := strings.Count(b.String(), "\n"); n != len(someFindings) {
		t.Errorf("%d lines", n)
	}
}

func TestEachRuleHasItsLine(t *testing.T) {
	for rule, about := range templatetest.Rules() {
		if rule == "" || about == "" {
			t.Errorf("%q: %q", rule, about)
		}
	}
}
