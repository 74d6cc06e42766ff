//go:build unix

package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"scaffold/internal/testenv"
)

// Without git, what only git can store stays out of a commit that would be
// wrong; the repository is there, and it is said why.
func TestWithoutGitWhatOnlyGitCanStoreIsNotCommitted(t *testing.T) {
	dir := t.TempDir()
	layTemplate(t, filepath.Join(dir, "t"), map[string]string{".gitattributes": "*.psd filter=lfs\n", "a.psd": "x"})
	env := []string{"PATH=" + dir, "HOME=" + dir, "GIT_AUTHOR_NAME=Ada", "GIT_AUTHOR_EMAIL=ada@example.com"}
	out := testenv.Run(t, time.Minute, dir, env, testenv.Scaffold(t), "new", "shop", "--template", "./t", "--no-input")
	if !strings.Contains(out, "no commit: only git can store a.psd, which has the attribute filter=lfs") {
		t.Errorf("it does not say why:\n%s", out)
	}
	if _, err := os.Stat(filepath.Join(dir, "shop/.git/HEAD")); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(filepath.Join(dir, "shop/.git/index")); err == nil {
		t.Error("something was added")
	}
}
