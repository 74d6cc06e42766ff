package projecttest

import (
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"scaffold/internal/testenv"
)

// A Server is a project that runs.
type Server struct {
	*Project
	URL  string // without a slash at its end
	Env  []string
	Proc *testenv.Server
}

// Start runs a command of the project on a free port and waits for /healthz.
func (p *Project) Start(t *testing.T, command string, settings ...string) *Server {
	t.Helper()
	port := testenv.FreePort(t)
	env := testenv.Env(append(settings, fmt.Sprintf("PORT=%d", port))...)
	s := &Server{Project: p, Env: env, URL: fmt.Sprintf("http://127.0.0.1:%d", port)}
	s.Proc = testenv.Start(t, p.Dir, env, "sh", "-c", "exec "+command)
	client := http.Client{Timeout: 5 * time.Second}
	for end := time.Now().Add(longest); ; time.Sleep(50 * time.Millisecond) {
		if res, err := client.Get(s.URL + "/healthz"); err == nil {
			res.Body.Close()
			if res.StatusCode == http.StatusOK {
				return s
			}
		}
		if s.Proc.Exited() || time.Now().After(end) {
			t.Fatalf("`%s` does not answer /healthz\n%s", command, testenv.Tail(s.Proc.Output(), 60))
		}
	}
}

// Stop ends the server as a supervisor does, and holds it to the exit code 0.
func (s *Server) Stop(t *testing.T) {
	t.Helper()
	if code := s.Proc.Stop(time.Minute); code != 0 {
		t.Errorf("the server ends with %d after SIGTERM\n%s", code, testenv.Tail(s.Proc.Output(), 40))
	}
}

// Page fetches the first page: HTML under a Content-Security-Policy.
func (s *Server) Page(t *testing.T) {
	t.Helper()
	res, body := Get(t, http.DefaultClient, s.URL+"/")
	if res.StatusCode != http.StatusOK || !strings.Contains(res.Header.Get("Content-Type"), "text/html") || !strings.Contains(body, "<title>") {
		t.Errorf("GET / gives %s, %s\n%.400s", res.Status, res.Header.Get("Content-Type"), body)
	}
	if res.Header.Get("Content-Security-Policy") == "" {
		t.Error("the page has no Content-Security-Policy")
	}
}

// Setting reads what the first run wrote to .env.
func (s *Server) Setting(t *testing.T, name string) string {
	t.Helper()
	m := regexp.MustCompile(`(?m)^` + name + `="?([^"\n]+)`).FindStringSubmatch(s.Read(t, ".env"))
	if m == nil {
		t.Fatalf(".env has no %s", name)
	}
	return m[1]
}

// Script runs a script of the template's browser folder inside the project, by
// Node and with the project's own dependencies.
func (s *Server) Script(t *testing.T, name string) {
	t.Helper()
	target := filepath.Join("node_modules", ".test-"+name)
	s.Add(t, "browser/"+name, target)
	testenv.Run(t, 3*time.Minute, s.Dir, append(s.Env, "URL="+s.URL), "node", target)
}

// Get asks for a page and reads it.
func Get(t *testing.T, client *http.Client, url string) (*http.Response, string) {
	t.Helper()
	res, err := client.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	return res, readBody(t, res)
}

// Do sends a request, which is to be answered with the status, and gives the body.
func Do(t *testing.T, client *http.Client, req *http.Request, status int) string {
	t.Helper()
	res, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	body := readBody(t, res)
	if res.StatusCode != status {
		t.Fatalf("%s %s: %s\n%.3000s", req.Method, req.URL, res.Status, body)
	}
	return body
}

// Post sends JSON, which is to be answered with 201.
func Post(t *testing.T, client *http.Client, url, body string) string {
	t.Helper()
	req, err := http.NewRequest(http.MethodPost, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	return Do(t, client, req, http.StatusCreated)
}

func readBody(t *testing.T, res *http.Response) string {
	t.Helper()
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}
