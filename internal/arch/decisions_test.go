package arch

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"scaffold/internal/testenv"
)

// TestEachDecisionHasItsNumber: a page is called by its number, and says it.
func TestEachDecisionHasItsNumber(t *testing.T) {
	pages, err := filepath.Glob(filepath.Join(testenv.Root(), "docs/decisions/*.md"))
	if err != nil || len(pages) == 0 {
		t.Fatal(len(pages), err)
	}
	for i, page := range pages {
		var n int
		if _, err := fmt.Sscanf(filepath.Base(page), "%04d-", &n); err != nil {
			t.Errorf("%s does not begin with a number of four digits", filepath.Base(page))
			continue
		}
		if i > 0 && filepath.Base(pages[i-1])[:4] == filepath.Base(page)[:4] {
			t.Errorf("%s and %s have one number; take the next free one", filepath.Base(pages[i-1]), filepath.Base(page))
		}
		data, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		if want := fmt.Sprintf("# %d. ", n); !strings.HasPrefix(string(data), want) {
			t.Errorf("%s does not begin with %q", filepath.Base(page), want)
		}
	}
}
