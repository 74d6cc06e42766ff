package source

import (
	"testing"

	"scaffold/generator"
)

func TestABaseIsReadFromWhereItsOverlayIs(t *testing.T) {
	tests := map[string]struct{ source, ref, base, want string }{
		"a built-in one":                    {"git+https://h/r#web", "v1", "builtin:django", "builtin:django"},
		"a folder of the same repository":   {"git+https://h/r#overlays/web", "v1", "../base", "git+https://h/r@v1#overlays/base"},
		"the root of the same repository":   {"git+https://h/r#web", "v1", "..", "git+https://h/r@v1"},
		"a directory beside":                {"/srv/acme/web", "", "../base", "/srv/acme/base"},
		"another repository":                {"/srv/acme/web", "", "git+https://h/r@v2", "git+https://h/r@v2"},
		"outside the repository is refused": {"git+https://h/r#web", "v1", "../../etc", ""},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			got, err := baseRef(generator.Layer{Source: test.source, Ref: test.ref}, test.base)
			if err == nil && IsAddress(got) {
				_, err = ParseReference(got)
			}
			if test.want == "" && err == nil || test.want != "" && (err != nil || got != test.want) {
				t.Errorf("got %q, %v", got, err)
			}
		})
	}
}
