package projecttest

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"scaffold/internal/testenv"
)

// Browse drives the project's pages in Chromium by a script of the template's
// browser folder. Screenshots go to the directory that SCAFFOLD_SHOTS names.
func (s *Server) Browse(t *testing.T, script string, settings ...string) {
	t.Helper()
	chromium := testenv.Need(t, "chromium|chromium-browser|google-chrome")[0]
	dir := tools(t)
	env := append(append(s.Env, "URL="+s.URL, "CHROMIUM="+chromium), settings...)
	if shots := os.Getenv("SCAFFOLD_SHOTS"); shots != "" {
		env = append(env, "SHOTS="+shots)
	}
	name := s.Template.Name + "-" + script
	Write(t, filepath.Join(dir, name), Read(t, filepath.Join(s.Template.Dir(), "browser", script)))
	Timed(t, "pages in Chromium", func() {
		t.Logf("%s: %s", script, testenv.Run(t, 5*time.Minute, dir, env, "node", name))
	})
}

// tools installs testdata/tools, once for its lock, and gives the directory.
// Packages that run side by side wait for each other.
func tools(t *testing.T) string {
	t.Helper()
	testenv.Need(t, "node", "npm")
	source := filepath.Join(testenv.Root(), "templates", "testdata", "tools")
	dir := filepath.Join(testenv.Root(), ".cache", "tools")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	defer testenv.Lock(t, dir+".lock")()
	entries, err := os.ReadDir(source)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		Write(t, filepath.Join(dir, e.Name()), Read(t, filepath.Join(source, e.Name())))
	}
	lock := Read(t, filepath.Join(source, "package-lock.json"))
	if old, err := os.ReadFile(filepath.Join(dir, "installed")); err == nil && string(old) == lock {
		return dir
	}
	testenv.Run(t, 10*time.Minute, dir, testenv.Env(), "npm", "ci", "--no-audit", "--no-fund")
	Write(t, filepath.Join(dir, "installed"), lock)
	return dir
}
