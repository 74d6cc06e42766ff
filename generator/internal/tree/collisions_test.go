package tree_test

import (
	"errors"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"scaffold/generator/fault"
	"scaffold/generator/internal/tree"
)

func TestCollisions(t *testing.T) {
	tests := map[string]struct {
		paths []string
		want  *tree.CollisionError // nil: none
	}{
		"files side by side":             {[]string{"a/x", "a/y", "b/x", "ab"}, nil},
		"a file beside a longer name":    {[]string{"a", "a.b/c", "ab/c"}, nil},
		"names that only look alike":     {[]string{"strasse", "straze"}, nil},
		"one path twice":                 {[]string{"a", "a"}, collision("a", "a", "are one path")},
		"case":                           {[]string{"readme.md", "README.md"}, collision("README.md", "readme.md", twins)},
		"case outside ASCII":             {[]string{"ÄPFEL", "äpfel"}, collision("ÄPFEL", "äpfel", twins)},
		"case of a directory":            {[]string{"src/a", "Src/b"}, collision("Src", "src", twins)},
		"Unicode form":                   {[]string{"caf\u00e9", "cafe\u0301"}, collision("cafe\u0301", "caf\u00e9", twins)},
		"case and Unicode form":          {[]string{"CAF\u00c9", "cafe\u0301"}, collision("CAF\u00c9", "cafe\u0301", twins)},
		"a file in a directory's place":  {[]string{"a/b", "a"}, collision("a", "a", places)},
		"a file in a deep one's place":   {[]string{"a/b/c/d", "a/b"}, collision("a/b", "a/b", places)},
		"a file in place but for case":   {[]string{"a/b", "A"}, collision("A", "a", places)},
		"a name between file and folder": {[]string{"a", "a-b", "a/c"}, collision("a", "a", places)},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			for _, reversed := range []bool{false, true} {
				_, err := tree.New(files(t, tt.paths, reversed)...)
				var got *tree.CollisionError
				errors.As(err, &got)
				if got != nil {
					if slices.Contains(got.Sources[:], "") || !fault.Is(err, fault.Template) {
						t.Errorf("sources %q, kind %s", got.Sources, fault.KindOf(err))
					}
					got.Sources = [2]string{}
				}
				if diff := cmp.Diff(tt.want, got); diff != "" {
					t.Errorf("reversed %v: -want +got\n%s", reversed, diff)
				}
			}
		})
	}
}

const (
	twins  = "differ only in case or Unicode form"
	places = "need a file and a directory in one place"
)

func collision(a, b, reason string) *tree.CollisionError {
	return &tree.CollisionError{Paths: [2]string{a, b}, Reason: reason}
}

func files(t *testing.T, paths []string, reversed bool) []tree.File {
	t.Helper()
	var list []tree.File
	for _, p := range paths {
		list = append(list, tree.File{Path: rel(t, p), Source: "files/" + p + ".tmpl"})
	}
	if reversed {
		slices.Reverse(list)
	}
	return list
}

func TestCollisionErrorNamesBothSources(t *testing.T) {
	_, err := tree.New(
		tree.File{Path: rel(t, "shop.py"), Source: "files/{{ .name }}.py"},
		tree.File{Path: rel(t, "shop.py"), Source: "files/shop.py.tmpl"},
	)
	const want = `"shop.py" (from files/{{ .name }}.py) and "shop.py" (from files/shop.py.tmpl) are one path`
	if err == nil || err.Error() != want {
		t.Errorf("got  %v\nwant %s", err, want)
	}
}

// The order in which files come does not matter, neither for the tree nor for
// the error.
func TestTreeOfAnyOrderIsOne(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		paths := rapid.SliceOfN(rapid.StringMatching(`[aAbé](/[aAbé]){0,2}`), 0, 6).Draw(rt, "paths")
		list := files(t, paths, false)
		for i := range list {
			list[i].Data = []byte(paths[i])
		}
		a, errA := tree.New(list...)
		b, errB := tree.New(rapid.Permutation(list).Draw(rt, "order")...)
		if a.Digest() != b.Digest() {
			rt.Errorf("digests differ")
		}
		if (errA == nil) != (errB == nil) || errA != nil && errA.Error() != errB.Error() {
			rt.Errorf("%v, but %v", errA, errB)
		}
	})
}
