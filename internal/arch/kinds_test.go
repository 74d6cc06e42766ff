package arch

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"strings"
	"testing"

	"scaffold/internal/testenv"
)

// TestTheCoreKnowsNoExitCodes holds that errors say kinds: a code is a matter of
// the command line alone, and of its one table.
func TestTheCoreKnowsNoExitCodes(t *testing.T) {
	for _, dir := range packages(t, filepath.Join(testenv.Root(), "generator")) {
		files, err := filepath.Glob(filepath.Join(dir, "*.go"))
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range files {
			if strings.HasSuffix(name, "_test.go") {
				continue
			}
			fset := token.NewFileSet()
			file, err := parser.ParseFile(fset, name, nil, parser.SkipObjectResolution)
			if err != nil {
				t.Fatal(err)
			}
			ast.Inspect(file, func(n ast.Node) bool {
				switch n := n.(type) {
				case *ast.FuncDecl:
					if n.Name.Name == "ExitCode" {
						t.Errorf("%s: a method ExitCode", fset.Position(n.Pos()))
					}
				case *ast.InterfaceType:
					for _, m := range n.Methods.List {
						if len(m.Names) == 1 && m.Names[0].Name == "ExitCode" {
							t.Errorf("%s: an interface with ExitCode", fset.Position(m.Pos()))
						}
					}
				}
				return true
			})
		}
	}
}
