package tree_test

import (
	"io/fs"
	"testing"

	"scaffold/generator/internal/tree"
)

func TestFilesComeInPathOrder(t *testing.T) {
	got, err := tree.New(tree.File{Path: rel(t, "b"), Data: []byte("22")}, tree.File{Path: rel(t, "a/x"), Data: []byte("1")})
	if err != nil {
		t.Fatal(err)
	}
	list := got.Files()
	if len(list) != 2 || list[0].Path.String() != "a/x" || got.Len() != 2 || got.Size() != 3 {
		t.Errorf("%d files, %d bytes: %v", got.Len(), got.Size(), list)
	}
	list[0] = tree.File{}
	if f, ok := got.Lookup("a/x"); !ok || string(f.Data) != "1" {
		t.Errorf("a change of the slice reached the tree: %v", f)
	}
	if _, ok := got.Lookup("a"); ok {
		t.Error("a directory was found as a file")
	}
}

func TestDigestDependsOnAllThatIsWritten(t *testing.T) {
	seen := map[string]string{}
	for name, f := range map[string]tree.File{
		"base":    {Path: rel(t, "a"), Mode: 0o644, Data: []byte("x")},
		"path":    {Path: rel(t, "b"), Mode: 0o644, Data: []byte("x")},
		"mode":    {Path: rel(t, "a"), Mode: 0o755, Data: []byte("x")},
		"link":    {Path: rel(t, "a"), Mode: fs.ModeSymlink, Data: []byte("x")},
		"content": {Path: rel(t, "a"), Mode: 0o644, Data: []byte("y")},
	} {
		got, err := tree.New(f)
		if err != nil {
			t.Fatal(err)
		}
		if other, ok := seen[got.Digest()]; ok {
			t.Errorf("%s and %s have one digest", name, other)
		}
		seen[got.Digest()] = name
	}
	plain, _ := tree.New(tree.File{Path: rel(t, "a"), Mode: 0o644, Data: []byte("x"), Source: "s", Layer: "l"})
	if seen[plain.Digest()] != "base" {
		t.Error("the digest depends on where a file comes from")
	}
}
