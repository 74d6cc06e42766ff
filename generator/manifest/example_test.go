package manifest_test

import (
	"fmt"

	"scaffold/generator/manifest"
)

const example = `apiVersion: scaffold/v1
name: api
title: An API
version: 1.0.0
questions:
  - {id: database, type: choice, choices: [{value: sqlite}, {value: postgres}], default: sqlite}
  - {id: port, type: int, default: 8000, validate: [{expr: value > 1023, message: must be above 1023}]}
computed:
  url: '"http://127.0.0.1:" + string(port)'
`

// All unknown keys of a manifest are said at once, each with its place.
func ExampleParse() {
	_, err := manifest.Parse([]byte("apiVersion: scaffold/v1\nname: api\ntitle: An API\nversion: 1.0.0\nquestons: []\nreadme: x\n"))
	for _, p := range err.(manifest.Problems) {
		fmt.Printf("%d:%d %s\n", p.Place.Line, p.Place.Column, p.Message)
	}
	// Output:
	// 5:1 unknown key "questons"
	// 6:1 unknown key "readme"
}

// Answers that are not given have their defaults; computed values follow.
func ExampleManifest_Resolve() {
	m, err := manifest.Parse([]byte(example))
	if err != nil {
		panic(err)
	}
	r, err := m.Resolve(manifest.Given{Name: "shop"}, manifest.Answers{"port": {Text: "9000"}})
	if err != nil {
		panic(err)
	}
	fmt.Println(r.Vars["database"], r.Vars["port"], r.Vars["url"])

	r, err = m.Resolve(manifest.Given{Name: "shop"}, manifest.Answers{"port": {Text: "80"}, "databse": {Text: "postgres"}})
	if err != nil {
		panic(err)
	}
	for _, p := range r.Problems {
		fmt.Println(p.Kind, p.ID, p.Detail)
	}
	// Output:
	// sqlite 9000 http://127.0.0.1:9000
	// unknown databse did you mean database?
	// invalid port must be above 1023
}
