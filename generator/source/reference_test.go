package source_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"scaffold/generator/fault"
	"scaffold/generator/source"
)

func TestReferences(t *testing.T) {
	tests := map[string]struct {
		text string
		want source.Reference
	}{
		"https with ref and folder":   {"git+https://git.example.com/a/b@v1.2.0#sub/dir", source.Reference{URL: "https://git.example.com/a/b", Ref: "v1.2.0", Subdir: "sub/dir"}},
		"a ref may hold a slash":      {"git+https://git.example.com/a@feature/x", source.Reference{URL: "https://git.example.com/a", Ref: "feature/x"}},
		"ssh has a user":              {"git+ssh://git@git.example.com:2222/a.git@main", source.Reference{URL: "ssh://git@git.example.com:2222/a.git", Ref: "main"}},
		"ssh without a ref":           {"git+ssh://git@git.example.com/a.git", source.Reference{URL: "ssh://git@git.example.com/a.git"}},
		"a repository of the machine": {"git+file:///srv/a@v1", source.Reference{URL: "file:///srv/a", Ref: "v1"}},
		"an @ of the path is escaped": {"git+file:///srv/a%40b@v1", source.Reference{URL: "file:///srv/a%40b", Ref: "v1"}},
		"a host in capitals":          {"git+https://Git.Example.com/A", source.Reference{URL: "https://git.example.com/A"}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got, err := source.ParseReference(tt.text)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Fatal(diff)
			}
			if again, err := source.ParseReference(got.String()); err != nil || again != got {
				t.Fatalf("%s reads back as %+v, %v", got, again, err)
			}
		})
	}
}

func TestWrongReferencesAreUsageErrorsWithARemedy(t *testing.T) {
	const secret = "hunter2"
	tests := map[string]string{
		"a remote helper runs a program": "ext::sh -c touch% pwned",
		"plain http":                     "git+http://git.example.com/a",
		"git's own protocol":             "git+git://git.example.com/a",
		"https without git+":             "https://git.example.com/a",
		"the short form of ssh":          "git@git.example.com:a/b.git",
		"a password":                     "git+https://ada:" + secret + "@git.example.com/a",
		"a token as user":                "git+https://" + secret + "@git.example.com/a",
		"a password for ssh":             "git+ssh://git:" + secret + "@git.example.com/a",
		"a token in a query":             "git+https://git.example.com/a?token=" + secret,
		"a ref that is an option":        "git+https://git.example.com/a@--upload-pack=touch",
		"a ref with a blank":             "git+https://git.example.com/a@a b",
		"a ref that climbs":              "git+https://git.example.com/a@../../x",
		"an empty ref":                   "git+https://git.example.com/a@",
		"a control character":            "git+https://git.example.com/a@v1\x1b[2J",
		"a newline":                      "git+https://git.example.com/a\nhost=evil",
		"a bidi character":               "git+https://git.example.com/\u202ea",
		"no host":                        "git+https:///a",
		"no repository":                  "git+https://git.example.com/",
		"a host that is an option":       "git+ssh://-oProxyCommand=touch/a",
		"a user that is an option":       "git+ssh://-oProxyCommand=touch@h/a",
		"a path that is an option":       "git+ssh://git@h/--upload-pack=touch",
		"a folder that climbs":           "git+https://git.example.com/a#../b",
		"a folder of git itself":         "git+https://git.example.com/a#.git/hooks",
		"file with a host":               "git+file://srv/a",
		"nothing at all":                 "git+",
	}
	for name, text := range tests {
		t.Run(name, func(t *testing.T) {
			r, err := source.ParseReference(text)
			usage := fault.Of(err)
			if usage == nil || usage.Kind != fault.Usage || usage.Hint == "" {
				t.Fatalf("got %+v, %v", r, err)
			}
			if strings.Contains(usage.Error()+usage.Hint, secret) {
				t.Fatalf("the secret is in %q, %q", usage.Error(), usage.Hint)
			}
			if !source.IsAddress(text) {
				t.Fatal("it would be taken for a name or a directory")
			}
		})
	}
}

func FuzzReference(f *testing.F) {
	for _, s := range []string{"git+https://h/p@v1#a", "git+ssh://g@h:1/p@r/x", "git+file:///a%40b@c", "ext::sh", "git@h:p", "git+https://u:p@h/x"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		r, err := source.ParseReference(text)
		if err != nil {
			return
		}
		again, err := source.ParseReference(r.String())
		if err != nil || again != r {
			t.Fatalf("%q gives %+v, which reads back as %+v, %v", text, r, again, err)
		}
		if strings.HasPrefix(r.Ref, "-") || !strings.HasPrefix(r.URL, "https://") && !strings.HasPrefix(r.URL, "ssh://") && !strings.HasPrefix(r.URL, "file://") {
			t.Fatalf("%q gives %+v", text, r)
		}
	})
}
