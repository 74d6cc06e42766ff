package templates_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"scaffold/internal/testenv"
)

// browse drives a project's pages in Chromium by a script of its template's browser folder:
// TEMPLATE/SCRIPT. // Screenshots go to the directory that SCAFFOLD_SHOTS names.
func browse(t *testing.T, p *running, script string) {
	t.Helper()
	chromium := testenv.Need(t, "chromium|chromium-browser|google-chrome")[0]
	dir := tools(t)
	env := append(p.env, "URL="+p.url, "CHROMIUM="+chromium)
	if strings.HasPrefix(script, "django/") {
		name, pass := administrator(t, p)
		env = append(env, "ADMIN="+name, "PASSWORD="+pass)
	} else {
		env = append(env, "KEY="+setting(t, p, "DEV_API_KEY"))
	}
	if shots := os.Getenv("SCAFFOLD_SHOTS"); shots != "" {
		env = append(env, "SHOTS="+shots)
	}
	template, name, _ := strings.Cut(script, "/")
	rewrite(t, filepath.Join(dir, template+"-"+name), read(t, testenv.Root(), filepath.Join("templates", template, "browser", name)))
	t.Logf("%s: %s", script, testenv.Run(t, 3*time.Minute, dir, env, "node", template+"-"+name))
}

// TestProfilePage uploads a CSV file to the page of flask's data feature, on the
// production server.
func TestProfilePage(t *testing.T) {
	testenv.Long(t)
	testenv.Need(t, "python3")
	dir := generate(t, "--template", "flask", "--set", "features=data")
	p := start(t, dir, "python3 dev.py serve")
	browse(t, p, "flask/data.mjs")
	if code := p.proc.Stop(40 * time.Second); code != 0 {
		t.Errorf("`dev.py serve` ends with %d after SIGTERM\n%s", code, testenv.Tail(p.proc.Output(), 40))
	}
}

// tools installs testdata/tools, once for its lock, and gives the directory.
func tools(t *testing.T) string {
	t.Helper()
	testenv.Need(t, "node", "npm")
	source := filepath.Join(testenv.Root(), "templates", "testdata", "tools")
	dir := filepath.Join(testenv.Root(), ".cache", "tools")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	entries, err := os.ReadDir(source)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		rewrite(t, filepath.Join(dir, e.Name()), read(t, source, e.Name()))
	}
	lock := read(t, source, "package-lock.json")
	if old, err := os.ReadFile(filepath.Join(dir, "installed")); err == nil && string(old) == lock {
		return dir
	}
	testenv.Run(t, 5*time.Minute, dir, testenv.Env(), "npm", "ci", "--no-audit", "--no-fund")
	rewrite(t, filepath.Join(dir, "installed"), lock)
	return dir
}
