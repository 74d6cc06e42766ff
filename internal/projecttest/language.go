package projecttest

import (
	"crypto/sha256"
	"encoding/hex"
	"path/filepath"
	"testing"
	"time"

	"scaffold/internal/testenv"
)

// A Language is how the projects of one language are installed, checked and
// tested, by their own commands.
type Language struct {
	Needs       []string // programs
	locks       []string // globs of what is installed by
	environment string   // the directory that installing makes
	install     []string
	check, test []string
	version     []string // prints what an environment was made by
}

// Python projects have dev.py.
var Python = Language{
	Needs: []string{"python3"}, locks: []string{"requirements*.txt", "requirements/*.txt"}, environment: ".venv",
	install: []string{"python3", "dev.py", "install"}, check: []string{"python3", "dev.py", "check"}, test: []string{"python3", "dev.py", "test"},
	version: []string{"python3", "-c", "import sys; print(sys.version, sys.base_prefix)"},
}

// Node projects have npm's scripts.
var Node = Language{
	Needs: []string{"node", "npm"}, locks: []string{"package-lock.json"}, environment: "node_modules",
	install: []string{"npm", "ci", "--no-audit", "--no-fund"}, check: []string{"npm", "run", "check"}, test: []string{"npm", "test"},
	version: []string{"node", "--version"},
}

// lock identifies what a project installs, and by which interpreter.
func (p *Project) lock(t *testing.T) string {
	t.Helper()
	lang := p.Template.Language
	sum := sha256.New()
	sum.Write([]byte(testenv.Run(t, time.Minute, p.Dir, testenv.Env(), lang.version...)))
	for _, glob := range lang.locks {
		found, err := filepath.Glob(filepath.Join(p.Dir, glob))
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range found {
			rel, _ := filepath.Rel(p.Dir, path)
			sum.Write([]byte(rel + "\x00" + Read(t, path) + "\x00"))
		}
	}
	return hex.EncodeToString(sum.Sum(nil))[:20]
}
