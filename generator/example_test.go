package generator_test

import (
	"context"
	"fmt"
	"testing/fstest"
	"time"

	"github.com/spf13/afero"

	"scaffold/generator"
	"scaffold/generator/manifest"
)

// A template is a manifest and a file system; a plan shows all that Apply will
// do, and nothing is written before it.
func ExampleGenerator_Plan() {
	m, err := manifest.Parse([]byte(`apiVersion: scaffold/v1
name: note
title: A note
version: 1.0.0
questions:
  - {id: greeting, type: string, default: Hello}
`))
	if err != nil {
		panic(err)
	}
	t := &generator.Template{
		FS:       fstest.MapFS{"files/README.md.tmpl": {Data: []byte("{{ .greeting }}, {{ .name }}!\n")}},
		Manifest: m,
		Layers:   []generator.Layer{{Name: m.Name, Source: "builtin", Version: m.Version}},
	}
	answers, err := m.Resolve(manifest.Given{Name: "shop"}, manifest.Answers{"greeting": {Text: "Welcome"}})
	if err != nil {
		panic(err)
	}
	disk := afero.NewMemMapFs()
	g := generator.New(generator.Options{FS: disk, Now: time.Date(2026, 11, 29, 12, 0, 0, 0, time.UTC)})
	plan, err := g.Plan(context.Background(), generator.Request{
		Dir: "shop", Name: "shop", Parts: []generator.Part{{Path: ".", Template: t, Answers: answers}},
		Git: generator.GitRequest{Skip: true},
	})
	if err != nil {
		panic(err)
	}
	for _, f := range plan.Files {
		fmt.Println(f.Op, f.Mode, f.Path)
	}
	if _, err := g.Apply(context.Background(), plan); err != nil {
		panic(err)
	}
	text, err := afero.ReadFile(disk, "shop/README.md")
	fmt.Printf("%s%v\n", text, err)
	// Output:
	// create 0644 .scaffold/answers.yaml
	// create 0644 .scaffold/lock.yaml
	// create 0644 README.md
	// Welcome, shop!
	// <nil>
}
