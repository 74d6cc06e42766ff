package templatetest_test

import (
	"context"
	"fmt"
	"testing/fstest"

	"scaffold/generator"
	"scaffold/generator/manifest"
	"scaffold/generator/templatetest"
)

// Lint says what is wrong with a template before anybody makes a project of it.
func ExampleLint() {
	const text = `apiVersion: scaffold/v1
name: note
title: A note
version: 1.0.0
questions:
  - {id: greeting, type: string, default: Hello}
`
	m, err := manifest.Parse([]byte(text))
	if err != nil {
		panic(err)
	}
	t := &generator.Template{Manifest: m, FS: fstest.MapFS{
		"template.yaml":        {Data: []byte(text)},
		"files/README.md.tmpl": {Data: []byte("# {{ .name }}\n{{ .greting }}\n")},
	}}
	findings, err := templatetest.Lint(context.Background(), t)
	if err != nil {
		panic(err)
	}
	for _, f := range findings {
		fmt.Printf("%s %s: %s; %s\n", f.Place(), f.Rule, f.Message, f.Try)
	}
	// Output:
	// files/README.md.tmpl:2:4 variable: unknown variable .greting; did you mean .greeting?
	// template.yaml:6:10 unused: nothing uses the question greeting; use .greeting in a file, a name or a condition, or remove it
}
