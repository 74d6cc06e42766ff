package patch_test

import (
	"testing"

	"scaffold/generator/internal/patch"
)

// FuzzPatch holds changes of any text to ending without a panic; that they
// change nothing else they hold themselves to.
func FuzzPatch(f *testing.F) {
	names := []string{"a.toml", "a.json", "a.yaml"}
	for i, data := range []string{pyproject, packageJSON, compose, tsconfig} {
		for _, key := range []string{"services.web.ports.0", "tool.ruff.ignore.+", "scripts.test", "a.'b.c'.0.d", "steps.0.name", "+"} {
			f.Add(uint8(i%3+i/3), data, key, "x: y")
		}
	}
	f.Add(uint8(2), "- - a\n  - b\n", "0.1", "c")
	f.Add(uint8(2), "&a a: *a\n", "a", "c")
	f.Add(uint8('/'), "\x80:", "0", "0") // not UTF-8
	f.Add(uint8(0), "a = '''x''''\n", "a.b", "c")
	f.Fuzz(func(t *testing.T, language uint8, data, text, value string) {
		if len(data) > 2000 {
			return
		}
		name := names[int(language)%len(names)]
		key, err := patch.ParseKey(text)
		if err != nil {
			return
		}
		_, _ = patch.Set(name, []byte(data), key, value)
		_, _ = patch.Delete(name, []byte(data), key)
		_, _ = patch.Insert([]byte(data), text, value, patch.After)
	})
}
