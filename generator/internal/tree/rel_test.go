package tree_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"scaffold/generator/fault"
	"scaffold/generator/internal/tree"
)

func TestSafeRelKeepsOrdinaryNames(t *testing.T) {
	for _, p := range []string{
		"README.md", "a/b/c.txt", ".gitignore", ".github/workflows/ci.yml", "..a", "a..b", "...a", "-rf", "--", "~",
		"with space/x y", "größe.txt", "大きさ", "[...slug]/page.tsx", "con1.txt", "com10", "lpt", "console", "auxiliary",
		"git~", "digit~1x", ".gitmodules", ".github", strings.Repeat("a", 255),
		strings.Repeat("aaaaaaa/", 127) + "aaaaaaaa",
	} {
		if rel, err := tree.SafeRel(p); err != nil || rel.String() != p {
			t.Errorf("SafeRel(%q) = %q, %v", p, rel, err)
		}
	}
}

func TestSafeRelRefuses(t *testing.T) {
	tests := map[string][]string{
		"nothing":                             {""},
		"an empty part":                       {"a//b", "a/"},
		"the directory itself":                {".", "./a", "a/./b", "a/."},
		"a way up":                            {"..", "../pwn", "../../pwn", "a/../b", "a/.."},
		"an absolute path":                    {"/", "/etc/passwd", "//host/share"},
		"a backslash":                         {`..\pwn`, `C:\x`, `a\b`},
		"a colon":                             {"C:x", "a:stream", ".git::$INDEX_ALLOCATION"},
		"control characters":                  {"a\nb", "a\x00b", "\x1b[2J", "a\x7f", "a\u0085b"},
		"bidi characters":                     {"a\u202etxt.exe", "\u2066a", "a\u061c"},
		"zero-width characters":               {"a\u200bb", ".g\u200cit", "\ufeffa", "a\u2060b", "a\ufe0f", "a\u3164"},
		"line separators":                     {"a\u2028b", "a\u2029b"},
		"bytes that are no UTF-8":             {"a\xffb", "\xc0\xae\xc0\xae/x"},
		"a dot at the end":                    {"a.", "a./b", "..."},
		"a blank at the end":                  {"a ", "a /b", "a\u00a0", " "},
		"a Windows device":                    {"con", "CON", "a/Nul.txt", "aux.tar.gz", "COM1", "lpt9.log", "prn/x", "com0"},
		"a device with a superscript digit":   {"COM¹", "lpt².txt", "Com³"},
		"a device behind the console's names": {"CONIN$", "conout$.txt"},
		"a device with a blank before a dot":  {"con .txt", "nul  .a.b"},
		"the .git directory":                  {".git", ".git/config", "a/.git/hooks/x", ".GIT", ".Git", "git~1", "GIT~2/x", ".ｇｉｔ"},
		"a part above 255 bytes":              {strings.Repeat("a", 256), strings.Repeat("é", 128)},
		"a path above 1,024 bytes":            {strings.Repeat("aaaaaaa/", 128) + "a"},
	}
	for name, paths := range tests {
		t.Run(name, func(t *testing.T) {
			for _, p := range paths {
				rel, err := tree.SafeRel(p)
				var refused *tree.PathError
				if !errors.As(err, &refused) || refused.Path != p || !fault.Is(err, fault.Unsafe) {
					t.Errorf("SafeRel(%q) = %q, %v", p, rel, err)
				}
			}
		})
	}
}

func TestSafeLink(t *testing.T) {
	tests := map[string]struct {
		rel, target string
		ok          bool
	}{
		"a neighbour":                      {"a/link", "file", true},
		"a file below":                     {"link", "a/file", true},
		"a file above":                     {"a/b/link", "../file", true},
		"a file at the root":               {"a/b/link", "../../file", true},
		"the directory above":              {"a/b/link", "..", true},
		"nothing":                          {"link", "", false},
		"an absolute path":                 {"link", "/etc/passwd", false},
		"an absolute path behind a way up": {"a/link", "..//etc/passwd", false},
		"a way up that ends in a slash":    {"a/b/link", "../", false},
		"a file outside":                   {"link", "../file", false},
		"a file far outside":               {"a/b/link", "../../../etc/passwd", false},
		"the project itself":               {"a/link", "..", false},
		"the project itself, by a dot":     {"link", ".", false},
		"a way up after a name":            {"a/b/link", "c/../../../file", false},
		"a way up after a name, inside":    {"a/b/link", "c/../file", false},
		"the repository's own directory":   {"a/link", "../.git/config", false},
		"a target with a backslash":        {"a/link", `..\..\file`, false},
		"a target that ends in a slash":    {"link", "a/", false},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			err := tree.SafeLink(rel(t, tt.rel), tt.target)
			var refused *tree.PathError
			if tt.ok && err != nil || !tt.ok && !errors.As(err, &refused) {
				t.Errorf("SafeLink(%q, %q) = %v", tt.rel, tt.target, err)
			}
		})
	}
}

func rel(t *testing.T, p string) tree.Rel {
	t.Helper()
	r, err := tree.SafeRel(p)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// What SafeRel lets through is a local path for the operating system, and a
// link that SafeLink lets through stays below its root.
func FuzzSafeRel(f *testing.F) {
	for _, s := range []string{"a/b", "../a", "a/../../b", "C:/x", `a\b`, "/a", "nul.txt", ".git", ".GIT/x", "a. /b", "\u202e", "a\x00"} {
		f.Add(s, "../"+s)
	}
	f.Fuzz(func(t *testing.T, p, target string) {
		r, err := tree.SafeRel(p)
		if err != nil {
			return
		}
		if r.String() != p || !filepath.IsLocal(p) || filepath.ToSlash(filepath.Clean(p)) != p {
			t.Errorf("SafeRel let %q through", p)
		}
		for part := range strings.SplitSeq(p, "/") {
			if strings.EqualFold(part, ".git") || len(part) > 255 {
				t.Errorf("SafeRel let the part %q through", part)
			}
		}
		if tree.SafeLink(r, target) == nil && !filepath.IsLocal(filepath.Join(filepath.Dir(p), target)) {
			t.Errorf("SafeLink let %q -> %q through", p, target)
		}
	})
}

// The rule of SafeLink holds on a real disk: what it lets through, os.Root
// follows.
func TestSafeLinkOnDisk(t *testing.T) {
	dir := t.TempDir()
	if err := os.MkdirAll(filepath.Join(dir, "a/b"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "file"), []byte("here"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := tree.SafeLink(rel(t, "a/b/link"), "../../file"); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("../../file", filepath.Join(dir, "a/b/link")); err != nil {
		t.Skip(err)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	if got, err := root.ReadFile("a/b/link"); err != nil || string(got) != "here" {
		t.Errorf("reading through the link: %q, %v", got, err)
	}
}
