package manifest_test

import (
	"testing"

	"scaffold/generator/manifest"
)

// FuzzParse: any bytes give a manifest or an error, and a manifest resolves.
func FuzzParse(f *testing.F) {
	f.Add([]byte(head + shop))
	f.Add([]byte("a: &a [*a]"))
	f.Add([]byte(head + "questions:\n  - {id: a, type: multi, choices: [{value: x}], default: {expr: 'signals'}}\n"))
	f.Add([]byte("{"))
	f.Fuzz(func(t *testing.T, data []byte) {
		m, err := manifest.Parse(data)
		if (m == nil) == (err == nil) {
			t.Fatalf("manifest %v, error %v", m, err)
		}
		if m != nil && m.Extends == nil {
			_, _ = m.Resolve(manifest.Given{Name: "x"}, nil)
			m.AlternativesFor(nil)
		}
	})
}

// FuzzParseAnswers: any bytes give answers or an error.
func FuzzParseAnswers(f *testing.F) {
	f.Add([]byte("a: 1\nb: [x, y]\n"))
	f.Add([]byte(`{"a": "x"}`))
	f.Add([]byte("apiVersion: scaffold/answers/v1\nanswers: {a: 1}\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		if a, err := manifest.ParseAnswers("a.yaml", data); (a == nil) == (err == nil) {
			t.Fatalf("answers %v, error %v", a, err)
		}
	})
}
