package cli

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"scaffold/internal/testenv"
)

// TestEveryExitHasItsTrouble holds docs/troubleshooting.md to the table of exits.
func TestEveryExitHasItsTrouble(t *testing.T) {
	page, err := os.ReadFile(filepath.Join(testenv.Root(), "docs", "troubleshooting.md"))
	if err != nil {
		t.Fatal(err)
	}
	rows := strings.Count(string(page), "\n| ") - 1 // less the heading
	for _, x := range exits()[1:] {
		if row := fmt.Sprintf("\n| %d | `%s` | ", x.code, x.name); !strings.Contains(string(page), row) {
			t.Errorf("no row %s", row)
		}
	}
	if rows != len(exits())-1 {
		t.Errorf("%d rows for %d codes", rows, len(exits())-1)
	}
}
