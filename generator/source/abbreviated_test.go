package source_test

import (
	"testing"
)

// What another tool has written down of a commit is the beginning of its name.
func TestAnAbbreviatedCommitIsFound(t *testing.T) {
	w := newWorld(t)
	first := w.commit(map[string]string{"template.yaml": tiny})
	second := w.commit(map[string]string{"template.yaml": tiny, "files/a.txt": "a"}, "v1.0.0")
	w.commit(map[string]string{"template.yaml": tiny, "files/a.txt": "b"})
	tests := map[string]string{
		"@" + first[:7]:          "@" + first,
		"@" + second[:9]:         "@" + second,
		"@" + first:              "@" + first,
		"@v1.0.0":                "@v1.0.0",
		"":                       "",
		"@0000000":               "@0000000",
		"@main":                  "@main",
		"@" + first[:7] + "#sub": "@" + first + "#sub",
	}
	for given, want := range tests {
		got, err := w.catalog().Unabbreviated(t.Context(), w.file()+given)
		if err != nil || got != w.file()+want {
			t.Errorf("%s gives %s, %v", given, got, err)
		}
	}
	if got, err := w.catalog().Unabbreviated(t.Context(), "django"); got != "django" || err != nil {
		t.Errorf("a name gives %q, %v", got, err)
	}
}
