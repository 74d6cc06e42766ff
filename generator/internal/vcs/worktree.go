package vcs

import (
	"os"
	"path/filepath"
	"strings"
)

// WorkTree says whether dir is, or will be made, inside the work tree of a git
// repository, and where that one's root is. Linked work trees and submodules,
// whose .git is a file, count.
func WorkTree(dir string) (root string, inside bool) {
	for at := deepest(dir); ; at = filepath.Dir(at) {
		if isGitDir(filepath.Join(at, ".git")) {
			return at, true
		}
		if at == filepath.Dir(at) {
			return "", false
		}
	}
}

// isGitDir tells a repository from something else of that name, as git does:
// by its HEAD, or by what the file says.
func isGitDir(path string) bool {
	info, err := os.Stat(path)
	if err != nil {
		return false
	}
	if info.IsDir() {
		_, err := os.Lstat(filepath.Join(path, "HEAD"))
		return err == nil
	}
	const most = 4096 // far more than a path has
	if !info.Mode().IsRegular() || info.Size() > most {
		return false
	}
	content, err := os.ReadFile(path)
	return err == nil && strings.HasPrefix(string(content), "gitdir: ")
}

// deepest is the deepest existing directory on the way to dir, without links.
// The working directory stands for one that cannot be found.
func deepest(dir string) string {
	at, err := filepath.Abs(dir)
	if err != nil {
		return "."
	}
	for {
		if real, err := filepath.EvalSymlinks(at); err == nil {
			if info, err := os.Stat(real); err == nil && info.IsDir() {
				return real
			}
		}
		if at == filepath.Dir(at) {
			return at
		}
		at = filepath.Dir(at)
	}
}
