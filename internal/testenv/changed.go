package testenv

import (
	"os"
	"strings"
	"testing"
	"time"
)

// Changed lists the files that differ from BREAKS_BASE, a commit, or without it
// from 30 commits ago, committed or not; from the module's root.
func Changed(t *testing.T) []string {
	t.Helper()
	Need(t, "git")
	git := func(args ...string) []string {
		return strings.Fields(Run(t, time.Minute, Root(), Env(), append([]string{"git"}, args...)...))
	}
	base := os.Getenv("BREAKS_BASE")
	if base == "" {
		commits := git("rev-list", "--first-parent", "--max-count=31", "HEAD")
		base = commits[len(commits)-1]
	}
	return append(git("diff", "--name-only", base), git("ls-files", "--others", "--exclude-standard")...)
}
