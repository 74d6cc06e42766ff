package cli

import (
	"encoding/json"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"scaffold/internal/testenv"
)

// declaredKinds reads the kinds of faults out of the source, so that a new one
// is missed in the table.
func declaredKinds(t *testing.T) []string {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), filepath.Join(testenv.Root(), "generator/fault/fault.go"), nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	var kinds []string
	ast.Inspect(file, func(n ast.Node) bool {
		if v, ok := n.(*ast.ValueSpec); ok && fmt.Sprint(v.Type) == "Kind" {
			text, err := strconv.Unquote(v.Values[0].(*ast.BasicLit).Value)
			if err != nil {
				t.Fatal(err)
			}
			kinds = append(kinds, text)
		}
		return true
	})
	return kinds
}

func TestEveryKindEndsWithOneCode(t *testing.T) {
	ends := map[string]int{}
	for _, x := range exits() {
		for _, k := range x.kinds {
			ends[string(k)]++
		}
	}
	want := map[string]int{}
	for _, k := range declaredKinds(t) {
		want[k] = 1
	}
	if diff := cmp.Diff(want, ends); diff != "" {
		t.Errorf("kinds and how often the table has them (-declared +table):\n%s", diff)
	}
}

var exitRow = regexp.MustCompile(`(?m)^\| (\d+) \| (.*) \|$`)

func TestTheDocumentedExitCodesAreTheTable(t *testing.T) {
	page, err := os.ReadFile(filepath.Join(testenv.Root(), "docs/cli.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, section, _ := strings.Cut(string(page), "\n## Exit codes\n")
	section, _, _ = strings.Cut(section, "\n## ")
	var want, got []string
	for _, x := range exits() {
		want = append(want, fmt.Sprintf("| %d | %s |", x.code, x.means))
	}
	got = exitRow.FindAllString(section, -1)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("docs/cli.md (-table +page):\n%s", diff)
	}
}

func TestTheSchemaHasTheCodesOfTheTable(t *testing.T) {
	var schema struct {
		Defs struct {
			Error struct {
				Properties struct {
					Error struct {
						Properties struct {
							Code struct{ Enum []string }
							Kind struct{ Enum []string }
						}
					}
					Exit struct{ Enum []int }
				}
			}
		} `json:"$defs"`
	}
	if err := json.Unmarshal(outputSchema, &schema); err != nil {
		t.Fatal(err)
	}
	type lists struct {
		Codes, Kinds []string
		Exits        []int
	}
	var want lists
	for _, x := range exits()[1:] {
		want.Codes, want.Exits = append(want.Codes, x.name), append(want.Exits, x.code)
		for _, k := range x.kinds {
			want.Kinds = append(want.Kinds, string(k))
		}
	}
	p := schema.Defs.Error.Properties
	if diff := cmp.Diff(want, lists{p.Error.Properties.Code.Enum, p.Error.Properties.Kind.Enum, p.Exit.Enum}); diff != "" {
		t.Errorf("output.schema.json (-table +schema):\n%s", diff)
	}
}

func TestHelpHasTheWholeTable(t *testing.T) {
	text := strings.Join(strings.Fields(exitCodesHelp()), " ")
	for _, x := range exits() {
		if !strings.Contains(text, fmt.Sprintf("%d %s", x.code, x.means)) {
			t.Errorf("%d is not in the help", x.code)
		}
	}
}
