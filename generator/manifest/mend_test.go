package manifest_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"scaffold/generator/manifest"
)

const mendable = `apiVersion: scaffold/v1
name: tiny
title: Tiny
version: 1.0.0
questions:
  - {id: database, type: choice, choices: [{value: sqlite}, {value: postgres}], default: sqlite}
  - {id: parts, type: multi, choices: [{value: chat}, {value: game}, {value: jobs}], default: [chat]}
  - {id: licence, type: choice, choices: [{value: MIT}, {value: Apache-2.0}], default: MIT}
  - {id: tick, type: int, default: 20, when: '"game" in parts'}
  - {id: cluster, type: bool, default: false, when: 'database == "postgres"'}
  - {id: nodes, type: int, default: 2, when: cluster}
  - {id: never, type: int, default: 2, when: 'database == "oracle"'}
  - {id: port, type: int, default: 8000}
  - {id: app, type: string, default: catalog, reserved: [json, test]}
`

func TestMend(t *testing.T) {
	m, err := manifest.Parse([]byte(mendable))
	if err != nil {
		t.Fatal(err)
	}
	tests := map[string]struct {
		given, want map[string]string
		open        []string
	}{
		"what is right stays":                       {given: map[string]string{"database": "postgres", "port": "1"}, want: map[string]string{"database": "postgres", "port": "1"}},
		"a misspelt name":                           {given: map[string]string{"databse": "postgres"}, want: map[string]string{"database": "postgres"}},
		"a misspelt value":                          {given: map[string]string{"database": "postgre"}, want: map[string]string{"database": "postgres"}},
		"both":                                      {given: map[string]string{"databse": "postgre"}, want: map[string]string{"database": "postgres"}},
		"the beginning of a value":                  {given: map[string]string{"licence": "apache"}, want: map[string]string{"licence": "Apache-2.0"}},
		"a value that only one question has":        {given: map[string]string{"db": "postgres"}, want: map[string]string{"database": "postgres"}},
		"one of several values":                     {given: map[string]string{"parts": "chat,gane"}, want: map[string]string{"parts": "chat,game"}},
		"a value that needs another answer":         {given: map[string]string{"tick": "30"}, want: map[string]string{"tick": "30", "parts": "game"}},
		"one that needs two":                        {given: map[string]string{"nodes": "3"}, want: map[string]string{"nodes": "3", "cluster": "true", "database": "postgres"}},
		"the name that was meant is given, too":     {given: map[string]string{"databse": "sqlite", "database": "postgres"}, want: map[string]string{"database": "postgres"}, open: []string{"<KEY>=sqlite"}},
		"a name like no other":                      {given: map[string]string{"zzzzzz": "1"}, want: map[string]string{}, open: []string{"<KEY>=1"}},
		"a value like no other":                     {given: map[string]string{"database": "zzzzzz"}, want: map[string]string{}, open: []string{"database=<sqlite|postgres>"}},
		"a reserved name":                           {given: map[string]string{"app": "json"}, want: map[string]string{"app": "json_app"}},
		"what no answer has asked":                  {given: map[string]string{"never": "1"}, want: map[string]string{}, open: []string{"never=1"}},
		"a value that is no number is not guessed":  {given: map[string]string{"port": "x"}, want: map[string]string{"port": "x"}},
		"two values where one is taken are no word": {given: map[string]string{"database": "sqlite,postgres"}, want: map[string]string{}, open: []string{"database=<sqlite|postgres>"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			answers := manifest.Answers{}
			for id, v := range test.given {
				answers[id] = manifest.Scalar{Text: v}
			}
			mended, err := m.Mend(manifest.Given{Name: "shop"}, answers)
			if err != nil {
				t.Fatal(err)
			}
			got, open := map[string]string{}, []string(nil)
			for id, v := range mended.Answers {
				got[id] = v.String()
			}
			for _, o := range mended.Open {
				open = append(open, o.Set)
			}
			if d := cmp.Diff(test.want, got); d != "" {
				t.Error(d)
			}
			if d := cmp.Diff(test.open, open); d != "" {
				t.Error(d)
			}
			if len(test.given) != len(answers) {
				t.Error("the given answers were changed")
			}
		})
	}
}
