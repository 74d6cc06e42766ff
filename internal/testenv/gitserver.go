package testenv

import (
	"encoding/pem"
	"net/http"
	"net/http/cgi"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// A GitServer is git's own http-backend behind TLS on 127.0.0.1.
type GitServer struct {
	URL  string            // https://127.0.0.1:PORT; repositories are named below it
	CA   string            // a PEM file with its certificate, for SSL_CERT_FILE
	Via  http.RoundTripper // trusts it
	Host string            // 127.0.0.1:PORT
}

// ServeGit serves the repositories below a directory. With a password each
// request needs it, and the user's name.
func ServeGit(t *testing.T, root, user, password string) *GitServer {
	t.Helper()
	execPath := Run(t, time.Minute, root, Env(), Need(t, "git")[0], "--exec-path")
	backend := filepath.Join(strings.TrimSpace(execPath), "git-http-backend")
	if _, err := os.Stat(backend); err != nil {
		Missing(t, "git-http-backend is not installed")
	}
	handler := &cgi.Handler{Path: backend, Dir: root, Env: []string{
		"GIT_PROJECT_ROOT=" + root, "GIT_HTTP_EXPORT_ALL=1", "GIT_CONFIG_NOSYSTEM=1", "HOME=" + root,
		"GIT_CONFIG_COUNT=1", "GIT_CONFIG_KEY_0=safe.directory", "GIT_CONFIG_VALUE_0=*",
	}}
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if u, p, ok := r.BasicAuth(); password != "" && (!ok || u != user || p != password) {
			w.Header().Set("WWW-Authenticate", `Basic realm="git"`)
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		handler.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	return &GitServer{URL: server.URL, CA: CertificateFile(t, server), Via: server.Client().Transport, Host: strings.TrimPrefix(server.URL, "https://")}
}

// CertificateFile writes the certificate of a server, for GIT_SSL_CAINFO or
// SSL_CERT_FILE.
func CertificateFile(t *testing.T, server *httptest.Server) string {
	t.Helper()
	ca := filepath.Join(t.TempDir(), "ca.pem")
	block := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
	if err := os.WriteFile(ca, block, 0o644); err != nil {
		t.Fatal(err)
	}
	return ca
}

// GitCommit writes files into the repository at dir, which it makes where there
// is none, commits them, and gives the commit. A file without content is
// removed.
func GitCommit(t *testing.T, dir string, files map[string]string, tags ...string) string {
	t.Helper()
	git := func(args ...string) string {
		env := Env("GIT_AUTHOR_NAME=a", "GIT_AUTHOR_EMAIL=a@example.com", "GIT_COMMITTER_NAME=a", "GIT_COMMITTER_EMAIL=a@example.com",
			"GIT_CONFIG_GLOBAL=/dev/null", "GIT_CONFIG_NOSYSTEM=1")
		return strings.TrimSpace(Run(t, time.Minute, dir, env, append([]string{"git"}, args...)...))
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(dir, ".git")); err != nil {
		git("init", "-q", "-b", "main")
	}
	for name, content := range files {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if content == "" {
			if err := os.RemoveAll(path); err != nil {
				t.Fatal(err)
			}
			continue
		}
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	git("add", "-A")
	git("commit", "-q", "--allow-empty", "-m", "change")
	for _, tag := range tags {
		git("tag", "-f", "-a", "-m", tag, tag)
	}
	return git("rev-parse", "HEAD")
}
