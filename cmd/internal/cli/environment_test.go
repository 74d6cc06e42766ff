package cli

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"scaffold/internal/testenv"
)

// TestTheDocumentedEnvironmentIsTheOne holds docs/cli.md to the table.
func TestTheDocumentedEnvironmentIsTheOne(t *testing.T) {
	page, err := os.ReadFile(filepath.Join(testenv.Root(), "docs", "cli.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, section, _ := strings.Cut(string(page), "## Environment\n")
	section, _, _ = strings.Cut(section, "\n## ")
	for _, s := range environment() {
		row := "| `" + s.name + "` | " + s.means + " |\n"
		if !strings.Contains(section, row) {
			t.Errorf("docs/cli.md lacks %s", row)
		}
		section = strings.Replace(section, row, "", 1)
	}
	if strings.Contains(section, "| `") {
		t.Errorf("docs/cli.md has more:\n%s", section)
	}
}
