package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"scaffold/internal/testenv"
)

var shellBlock = regexp.MustCompile("(?ms)^```sh\n(.*?)^```$")

// TestPlatformTeams runs every command of docs/platform-teams.md, in order, on
// a clean account, against a private git server on 127.0.0.1.
func TestPlatformTeams(t *testing.T) {
	testenv.Long(t)
	testenv.Need(t, "git", "python3")
	page, err := os.ReadFile(filepath.Join(testenv.Root(), "docs", "platform-teams.md"))
	if err != nil {
		t.Fatal(err)
	}
	const user, password = "ada", "s3cret-of-ada"
	repositories, home := t.TempDir(), t.TempDir()
	server := testenv.ServeGit(t, repositories, user, password)
	bare := filepath.Join(repositories, "templates.git")
	testenv.Run(t, time.Minute, repositories, testenv.Env(), "git", "init", "-q", "--bare", "-b", "main", bare)
	testenv.Run(t, time.Minute, repositories, testenv.Env(), "git", "-C", bare, "config", "http.receivepack", "true")
	account(t, home, server, user, password)

	var script strings.Builder
	script.WriteString("set -eu\n")
	for _, block := range shellBlock.FindAllStringSubmatch(string(page), -1) {
		for line := range strings.Lines(block[1]) {
			script.WriteString(strings.ReplaceAll(line, "https://git.acme.example", server.URL))
		}
		script.WriteString("\necho '--- block done ---'\n")
	}
	work := t.TempDir()
	env := testenv.Env("HOME="+home, "XDG_CONFIG_HOME="+home+"/.config", "XDG_CACHE_HOME="+cacheHome(), "SSL_CERT_FILE="+server.CA, "GIT_SSL_CAINFO="+server.CA,
		"PATH="+filepath.Dir(testenv.Scaffold(t))+":"+os.Getenv("PATH"))
	started := time.Now()
	out := testenv.Run(t, 20*time.Minute, work, env, "sh", "-c", script.String())
	t.Logf("the whole page in %.1f s:\n%s", time.Since(started).Seconds(), out)
	for _, want := range []string{"acme-django", "audited by Acme's payments team", "test"} {
		if !strings.Contains(out, want) {
			t.Errorf("the page's commands never say %q", want)
		}
	}
	if strings.Contains(out, password) {
		t.Error("a password was printed")
	}
	pyproject, err := os.ReadFile(filepath.Join(work, "shop", "pyproject.toml"))
	if err != nil || !strings.Contains(string(pyproject), "line-length = 110") {
		t.Errorf("the patch is not in the project: %v", err)
	}
	runbook, err := os.ReadFile(filepath.Join(work, "shop", "docs", "RUNBOOK.md"))
	if err != nil || !strings.Contains(string(runbook), "cc-123") {
		t.Errorf("the own file is not in the project: %v", err)
	}
}

// cacheHome keeps what pip and uv downloaded before; scaffold's own cache is
// below it, by content.
func cacheHome() string {
	dir, err := os.UserCacheDir()
	if err != nil {
		return os.TempDir()
	}
	return dir
}

// account gives a home directory a git identity and a credential for the
// server, as git stores it.
func account(t *testing.T, home string, server *testenv.GitServer, user, password string) {
	t.Helper()
	files := map[string]string{
		".gitconfig":       "[user]\n\tname = Ada Lovelace\n\temail = ada@example.com\n[credential]\n\thelper = store\n[http]\n\tsslCAInfo = " + server.CA + "\n",
		".git-credentials": "https://" + user + ":" + password + "@" + server.Host + "\n",
	}
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(home, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}
