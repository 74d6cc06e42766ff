package templates_test

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"scaffold/internal/testenv"
)

// A made project, running.
type running struct {
	dir  string
	url  string // without a slash at its end
	env  []string
	proc *testenv.Server
}

// TestFromQuestionsToARunningRepo makes each template's project, types the two
// commands of its README exactly as printed there, and uses what runs.
func TestFromQuestionsToARunningRepo(t *testing.T) {
	testenv.Long(t)
	tests := []struct {
		template string // the recommended one for the flags
		flags    []string
		needs    []string
		use      func(*testing.T, *running)
		browser  string // TEMPLATE/SCRIPT; the Node templates have their own
	}{
		{"node-ws", []string{"--use", "realtime-chat", "--team", "javascript"}, []string{"node", "npm"}, chat, ""},
		{"flask", []string{"--use", "ml-serving"}, []string{"python3"}, predict, "flask/ml.mjs"},
		{"django", []string{"--use", "data-web-app,admin-cms", "--size", "large"}, []string{"python3"}, administer, "django/pages.mjs"},
		{"node-express", []string{"--use", "rest-api", "--team", "javascript"}, []string{"node", "npm"}, takeNotes, ""},
	}
	for _, test := range tests {
		t.Run(test.template, func(t *testing.T) {
			testenv.Need(t, test.needs...)
			started := time.Now()
			dir := generate(t, test.flags...)
			if lock := read(t, dir, ".scaffold/lock.yaml"); !strings.Contains(lock, "builtin:"+test.template) {
				t.Fatalf("%v gave another template:\n%s", test.flags, lock[:min(len(lock), 800)])
			}
			run, check := readmeCommands(t, dir)
			p := start(t, dir, run)
			t.Logf("%s: from `scaffold new` to a first 200 in %.1f s", test.template, time.Since(started).Seconds())
			page(t, p)
			test.use(t, p)
			if test.browser != "" {
				t.Run("browser", func(t *testing.T) { browse(t, p, test.browser) })
			}
			if code := p.proc.Stop(40 * time.Second); code != 0 {
				t.Errorf("`%s` ends with %d after SIGTERM\n%s", run, code, testenv.Tail(p.proc.Output(), 40))
			}
			started = time.Now()
			testenv.Run(t, 20*time.Minute, dir, testenv.Env(), "sh", "-c", check)
			t.Logf("%s: `%s` passes in %.1f s", test.template, check, time.Since(started).Seconds())
		})
	}
}

// generate makes a project in a temporary directory.
func generate(t *testing.T, flags ...string) string {
	t.Helper()
	parent := t.TempDir()
	argv := append([]string{testenv.Scaffold(t), "new", "demo", "--yes", "--author", "Ada Lovelace <ada@example.com>"}, flags...)
	testenv.Run(t, time.Minute, parent, testenv.Env(), argv...)
	return filepath.Join(parent, "demo")
}

func read(t *testing.T, dir, name string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(dir, name))
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

var command = regexp.MustCompile(`(?m)^(?:    )?((?:python3 dev\.py|npm) [a-z]+)\b`)

// readmeCommands gives the first two commands of the generated README: the one
// that runs the project and the one that tests it.
func readmeCommands(t *testing.T, dir string) (run, test string) {
	t.Helper()
	found := command.FindAllStringSubmatch(read(t, dir, "README.md"), 2)
	if len(found) != 2 || !strings.HasSuffix(found[1][1], " test") {
		t.Fatalf("the README does not start with two commands: %v", found)
	}
	return found[0][1], found[1][1]
}

// start runs a command of the project on a free port and waits for /healthz.
func start(t *testing.T, dir, command string, settings ...string) *running {
	t.Helper()
	port := testenv.FreePort(t)
	env := testenv.Env(append(settings, fmt.Sprintf("PORT=%d", port))...)
	p := &running{dir: dir, env: env, url: fmt.Sprintf("http://127.0.0.1:%d", port)}
	p.proc = testenv.Start(t, dir, env, "sh", "-c", "exec "+command)
	client := http.Client{Timeout: 5 * time.Second}
	for end := time.Now().Add(15 * time.Minute); ; time.Sleep(50 * time.Millisecond) {
		if res, err := client.Get(p.url + "/healthz"); err == nil {
			res.Body.Close()
			if res.StatusCode == http.StatusOK {
				return p
			}
		}
		if p.proc.Exited() || time.Now().After(end) {
			t.Fatalf("`%s` does not answer /healthz\n%s", command, testenv.Tail(p.proc.Output(), 60))
		}
	}
}

// page fetches the first page: HTML under a Content-Security-Policy.
func page(t *testing.T, p *running) {
	t.Helper()
	res, body := get(t, http.DefaultClient, p.url+"/")
	if res.StatusCode != http.StatusOK || !strings.Contains(res.Header.Get("Content-Type"), "text/html") || !strings.Contains(body, "<title>") {
		t.Errorf("GET / gives %s, %s\n%.400s", res.Status, res.Header.Get("Content-Type"), body)
	}
	if res.Header.Get("Content-Security-Policy") == "" {
		t.Error("the page has no Content-Security-Policy")
	}
}

func get(t *testing.T, client *http.Client, url string) (*http.Response, string) {
	t.Helper()
	res, err := client.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res, string(body)
}

// node runs a script of a template's browser folder inside the project, with its dependencies.
func node(t *testing.T, p *running, template, script string) {
	t.Helper()
	source := filepath.Join(testenv.Root(), "templates", template, "browser", script)
	target := filepath.Join(p.dir, "node_modules", ".e2e-"+script)
	data, err := os.ReadFile(source)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(target, data, 0o644); err != nil {
		t.Fatal(err)
	}
	testenv.Run(t, time.Minute, p.dir, append(p.env, "URL="+p.url), "node", target)
}
