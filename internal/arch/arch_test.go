// Package arch holds the arrows of docs/architecture.md.
package arch

import (
	"go/build"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"scaffold/internal/testenv"
)

// may says what each package of this module may import of this module.
var may = map[string][]string{
	"cmd/scaffold":                  {"cmd/internal/cli", "cmd/internal/guard"},
	"cmd/internal/guard":            {},
	"cmd/internal/ui":               {"generator", "generator/fault", "generator/manifest", "generator/quote", "generator/session", "generator/step"},
	"cmd/internal/app":              {"cmd/internal/ui", "generator", "generator/fault", "generator/manifest", "generator/project", "generator/prompt", "generator/quote", "generator/session", "generator/source", "generator/trust", "templates"},
	"cmd/internal/app/apptest":      {"cmd/internal/app", "cmd/internal/ui"},
	"cmd/internal/command":          {"cmd/internal/app", "generator/fault", "generator/manifest", "generator/nearest", "generator/quote", "generator/recommend"},
	"cmd/internal/cli":              {"cmd/internal/app", "cmd/internal/cli/newcmd", "cmd/internal/cli/projectcmd", "cmd/internal/cli/recommendcmd", "cmd/internal/cli/sourcecmd", "cmd/internal/cli/templatecmd", "cmd/internal/cli/trustcmd", "cmd/internal/command", "cmd/internal/mcp", "cmd/internal/ui", "docs", "generator", "generator/fault", "generator/manifest", "generator/nearest", "generator/quote"},
	"cmd/internal/cli/newcmd":       {"cmd/internal/app", "cmd/internal/command", "cmd/internal/ui", "generator", "generator/fault", "generator/manifest", "generator/quote", "generator/recommend", "generator/session", "generator/step"},
	"cmd/internal/cli/projectcmd":   {"cmd/internal/app", "cmd/internal/command", "cmd/internal/ui", "generator", "generator/fault", "generator/manifest", "generator/nearest", "generator/project", "generator/quote", "generator/recommend", "generator/session", "generator/step"},
	"cmd/internal/cli/recommendcmd": {"cmd/internal/app", "cmd/internal/command", "cmd/internal/ui", "generator/recommend", "generator/session"},
	"cmd/internal/cli/sourcecmd":    {"cmd/internal/app", "cmd/internal/command", "cmd/internal/ui", "generator/fault", "generator/manifest", "generator/quote", "generator/source", "generator/trust"},
	"cmd/internal/cli/templatecmd":  {"cmd/internal/app", "cmd/internal/command", "cmd/internal/ui", "generator", "generator/fault", "generator/manifest", "generator/nearest", "generator/project", "generator/quote", "generator/recommend", "generator/session", "generator/source", "generator/step", "generator/templatetest", "templates"},
	"cmd/internal/cli/trustcmd":     {"cmd/internal/app", "cmd/internal/command", "cmd/internal/ui", "generator/fault", "generator/nearest", "generator/quote", "generator/session", "generator/source", "generator/trust"},
	"cmd/internal/mcp":              {"cmd/internal/app", "cmd/internal/cli/newcmd", "cmd/internal/cli/projectcmd", "cmd/internal/cli/recommendcmd", "cmd/internal/cli/templatecmd", "cmd/internal/command", "generator", "generator/fault", "generator/manifest", "generator/nearest", "generator/quote", "generator/session", "generator/step", "templates"},
	"docs":                          {},
	"generator":                     {"generator/fault", "generator/internal/aside", "generator/internal/patch", "generator/internal/record", "generator/internal/render", "generator/internal/tree", "generator/internal/vcs", "generator/internal/write", "generator/manifest", "generator/quote"},
	"generator/manifest":            {"generator/internal/late", "generator/internal/nesting", "generator/fault", "generator/internal/funcs", "generator/nearest"},
	"generator/recommend":           {"generator/fault", "generator/manifest", "generator/nearest", "generator/quote"},
	"generator/source":              {"generator/internal/aside", "generator/internal/late", "generator", "generator/fault", "generator/internal/foreign", "generator/internal/state", "generator/internal/tree", "generator/internal/write", "generator/manifest", "generator/nearest", "generator/quote"},
	"generator/prompt":              {"generator/fault", "generator/quote", "generator/session"},
	"generator/project":             {"generator", "generator/fault", "generator/internal/foreign", "generator/internal/merge", "generator/internal/record", "generator/internal/repo", "generator/internal/tree", "generator/internal/write", "generator/manifest", "generator/recommend", "generator/source"},
	"generator/session":             {"generator", "generator/fault", "generator/internal/record", "generator/manifest", "generator/nearest", "generator/quote", "generator/recommend", "generator/source", "generator/step", "generator/trust"},
	"generator/step":                {"generator/fault", "generator/manifest", "generator/quote"},
	"generator/trust":               {"generator", "generator/fault", "generator/internal/state"},
	"generator/templatetest":        {"generator", "generator/fault", "generator/internal/foreign", "generator/internal/render", "generator/internal/tree", "generator/manifest", "generator/nearest", "generator/quote"},
	"generator/fault":               {},
	"generator/quote":               {},
	"generator/nearest":             {},
	"generator/internal/funcs":      {"generator/fault"},
	"generator/internal/jinja":      {"generator/internal/late", "generator/internal/nesting"},
	"generator/internal/foreign":    {"generator", "generator/fault", "generator/internal/late", "generator/internal/jinja", "generator/internal/tree", "generator/manifest"},
	"generator/internal/late":       {},
	"generator/internal/aside":      {},
	"generator/internal/nesting":    {},
	"generator/internal/patch":      {"generator/fault", "generator/internal/nesting"},
	"generator/internal/tree":       {"generator/fault", "generator/internal/aside", "generator/quote"},
	"generator/internal/record":     {"generator/fault", "generator/internal/tree", "generator/manifest"},
	"generator/internal/render":     {"generator/internal/aside", "generator/internal/late", "generator/fault", "generator/internal/funcs", "generator/internal/tree", "generator/manifest", "generator/nearest"},
	"generator/internal/write":      {"generator/fault", "generator/internal/aside", "generator/internal/tree"},
	"generator/internal/merge":      {"generator/fault", "generator/internal/patch", "generator/internal/repo"},
	"generator/internal/repo":       {"generator/fault"},
	"generator/internal/state":      {"generator/fault", "generator/manifest"},
	"generator/internal/vcs":        {"generator/fault", "generator/internal/aside", "generator/internal/tree"},
	"templates":                     {},
	// Only tests import these.
	"generator/internal/write/faultfs": {"generator/internal/write"},
	"internal/testenv":                 {},
	"internal/projecttest":             {"internal/testenv"},
	"internal/breaks":                  {},
	"internal/gotest":                  {},
	"internal/bench":                   {},
	"internal/release":                 {"generator", "generator/manifest", "generator/source"},
	"internal/release/pack":            {"internal/release", "templates"},
	"internal/release/dist":            {"generator"},
	"internal/arch":                    {},
}

// homes are the packages that may import a dependency.
var homes = map[string][]string{
	"github.com/modelcontextprotocol/": {"cmd/internal/mcp"},
	"github.com/google/jsonschema-go":  {"cmd/internal/mcp"},
	"github.com/spf13/cobra":           {"cmd/internal/command", "cmd/internal/cli", "cmd/internal/cli/newcmd", "cmd/internal/cli/projectcmd", "cmd/internal/cli/recommendcmd", "cmd/internal/cli/sourcecmd", "cmd/internal/cli/templatecmd", "cmd/internal/cli/trustcmd"},
	"github.com/charmbracelet/":        {"generator/prompt"},
	"github.com/Masterminds/sprig":     {"generator/internal/funcs"},
	"github.com/go-git/":               {"generator/internal/vcs", "generator/source"},
	"github.com/spf13/afero":           {"generator", "generator/internal/write", "generator/internal/write/faultfs", "generator/internal/vcs"},
	"github.com/expr-lang/expr":        {"generator/manifest", "generator/internal/funcs"},
	"github.com/goccy/go-yaml":         {"internal/release", "generator", "generator/internal/patch", "generator/manifest", "generator/internal/state", "internal/projecttest", "internal/breaks"},
	"go.yaml.in/yaml":                  {"generator/internal/jinja"},
	"github.com/bmatcuk/doublestar":    {"generator/manifest", "generator/internal/vcs"},
	"github.com/klauspost/compress":    {"generator/internal/vcs"},
	"github.com/pelletier/go-toml":     {"generator/internal/patch"},
	"github.com/tailscale/hujson":      {"generator/internal/patch"},
	"github.com/rogpeppe/go-internal":  {},
	"github.com/creack/pty":            {},
	"github.com/santhosh-tekuri/":      {},
	"github.com/google/go-cmp":         {},
	"pgregory.net/rapid":               {},
	"github.com/stretchr/testify":      {},
	"github.com/hinshun/vt10x":         {},
	"github.com/aymanbagabas/go-udiff": {"generator/project", "generator/source", "generator/templatetest"},
	"golang.org/x/term":                {"cmd/internal/ui", "generator/prompt"},
	"golang.org/x/sys":                 {"generator/internal/aside", "generator/internal/state", "generator/internal/write", "generator/step"},
	"golang.org/x/tools":               {"generator/templatetest"},
	"golang.org/x/text":                {"generator/internal/tree", "generator/manifest", "generator/internal/jinja", "generator/internal/foreign"},
	"github.com/rivo/uniseg":           {"generator/quote"},
	"github.com/Masterminds/semver":    {"generator/project", "generator/manifest", "generator/source", "generator/internal/funcs", "generator/step", "generator/internal/foreign"},
}

// TestArrows reads imports by go/build, so that the test cache sees them.
func TestArrows(t *testing.T) {
	root := testenv.Root()
	for _, dir := range packages(t, root) {
		rel, _ := filepath.Rel(root, dir)
		name := filepath.ToSlash(rel)
		p, err := build.ImportDir(dir, 0)
		if err != nil {
			if _, none := err.(*build.NoGoError); none {
				continue
			}
			t.Fatal(err)
		}
		allowed, known := may[name]
		if !known {
			t.Errorf("package %s is not in docs/architecture.md", name)
		}
		for _, path := range p.Imports {
			if own, ok := strings.CutPrefix(path, "scaffold/"); ok && !slices.Contains(allowed, own) {
				t.Errorf("%s imports %s", name, own)
			}
			for dep, home := range homes {
				if strings.HasPrefix(path, dep) && !slices.Contains(home, name) {
					t.Errorf("%s imports %s, whose home is %v", name, path, home)
				}
			}
		}
	}
}

func packages(t *testing.T, root string) []string {
	t.Helper()
	var dirs []string
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.IsDir() {
			return err
		}
		name := d.Name()
		if path != root && (strings.HasPrefix(name, ".") || name == "testdata" || name == "node_modules" || filepath.Dir(path) == filepath.Join(root, "templates")) {
			return fs.SkipDir
		}
		if files, _ := filepath.Glob(filepath.Join(path, "*.go")); len(files) > 0 {
			dirs = append(dirs, path)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(dirs) == 0 {
		t.Fatalf("no packages below %s", root)
	}
	return dirs
}
