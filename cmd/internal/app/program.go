package app

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// Program is how this program is called again from here: by its name where that
// finds it, by go run where it was called so, else by its path.
func (m *Machine) Program() []string {
	self, err := os.Executable()
	if err != nil || len(os.Args) == 0 {
		return []string{"scaffold"}
	}
	if root := m.ownSource(); root != "" && strings.Contains(filepath.ToSlash(self), "/go-build") {
		if rel, err := filepath.Rel(m.Dir, filepath.Join(root, "cmd", "scaffold")); err == nil {
			return []string{"go", "run", "./" + filepath.ToSlash(rel)}
		}
	}
	if found, err := exec.LookPath("scaffold"); err == nil && sameFile(found, self) {
		return []string{"scaffold"}
	}
	if filepath.Base(self) != "scaffold" && filepath.Base(self) != "scaffold.exe" {
		return []string{"scaffold"} // a test, or a program that has scaffold in it
	}
	return []string{os.Args[0]}
}

func sameFile(a, b string) bool {
	x, err := os.Stat(a)
	if err != nil {
		return false
	}
	y, err := os.Stat(b)
	return err == nil && os.SameFile(x, y)
}

// ownSource is the root of scaffold's own source where the working directory is
// in it, or "".
func (m *Machine) ownSource() string {
	for dir := m.Dir; ; dir = filepath.Dir(dir) {
		if data, err := os.ReadFile(filepath.Join(dir, "go.mod")); err == nil {
			if _, err := os.Stat(filepath.Join(dir, "cmd", "scaffold", "main.go")); err == nil && strings.HasPrefix(string(data), "module scaffold\n") {
				return dir
			}
		}
		if dir == filepath.Dir(dir) {
			return ""
		}
	}
}

// beside is the directory in which a project goes whose own is not named: "" is
// the working directory. A project is not made inside scaffold's own source,
// where it would be a part of that repository.
func (m *Machine) beside() string {
	root := m.ownSource()
	if root == "" {
		return ""
	}
	rel, err := filepath.Rel(m.Dir, filepath.Dir(root))
	if err != nil {
		return filepath.Dir(root)
	}
	return rel
}
