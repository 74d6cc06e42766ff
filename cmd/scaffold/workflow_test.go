package main

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/goccy/go-yaml"

	"scaffold/internal/testenv"
)

var workflowOfPage = regexp.MustCompile(`(?ms)^cat > \.github/workflows/templates\.yml <<'YAML'\n(.*?)^YAML$`)

// A workflow is one of GitHub's, as far as its steps run here.
type workflow struct {
	Env  map[string]string
	Jobs map[string]struct {
		Steps []struct{ Name, Uses, If, Run string }
	}
}

// TestTheWorkflowOfPlatformTeams runs the steps of the workflow in
// docs/platform-teams.md as a runner does, with what a runner has on its PATH: on
// a pull request that is right, and on one that is not.
func TestTheWorkflowOfPlatformTeams(t *testing.T) {
	testenv.Need(t, "git", "bash", "curl", "tar", "gzip", "sha256sum")
	page, err := os.ReadFile(filepath.Join(testenv.Root(), "docs", "platform-teams.md"))
	if err != nil {
		t.Fatal(err)
	}
	var flow workflow
	if err := yaml.Unmarshal(workflowOfPage.FindSubmatch(page)[1], &flow); err != nil {
		t.Fatal(err)
	}
	archive := packed(t)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(archive) }))
	defer server.Close()
	sum := sha256.Sum256(archive)
	flow.Env["SCAFFOLD"], flow.Env["SCAFFOLD_SHA256"] = server.URL+"/scaffold.tar.gz", hex.EncodeToString(sum[:])

	out, summary, err := flow.run(t, pullRequest(t, "echo 'USER app' >> over/files/Dockerfile"))
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for _, want := range []string{"### `over` 1.0.0 → 1.0.0", "+USER app", "1 template is the same."} {
		if !strings.Contains(summary, want) {
			t.Errorf("the summary does not say %q:\n%s", want, summary)
		}
	}
	out, _, err = flow.run(t, pullRequest(t, `echo '{{ .nmae }}' >> api/files/README.md.tmpl`))
	if want := "::error file=api/files/README.md.tmpl,line="; err == nil || !strings.Contains(out, want) {
		t.Errorf("a variable that is none: %v, no %q in\n%s", err, want, out)
	}
	flow.Env["SCAFFOLD_SHA256"] = strings.Repeat("0", 64)
	if out, _, err = flow.run(t, pullRequest(t, "true")); err == nil || !strings.Contains(out, "sha256sum: WARNING") {
		t.Errorf("another archive: %v\n%s", err, out)
	}
}

// packed is the program as the archive of a release holds it.
func packed(t *testing.T) []byte {
	t.Helper()
	program, err := os.ReadFile(testenv.Scaffold(t))
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	zip := gzip.NewWriter(&out)
	archive := tar.NewWriter(zip)
	err = archive.WriteHeader(&tar.Header{Name: "scaffold_1.0.0_linux_amd64/scaffold", Mode: 0o755, Size: int64(len(program))})
	if err == nil {
		_, err = archive.Write(program)
	}
	for _, c := range []interface{ Close() error }{archive, zip} {
		if err == nil {
			err = c.Close()
		}
	}
	if err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// pullRequest is a clone as actions/checkout leaves it: of a repository of
// templates, with one more commit.
func pullRequest(t *testing.T, change string) string {
	t.Helper()
	dir := t.TempDir()
	env := testenv.Env("PATH="+filepath.Dir(testenv.Scaffold(t))+":"+os.Getenv("PATH"), "HOME="+dir, "GIT_AUTHOR_NAME=a", "GIT_AUTHOR_EMAIL=a@b.c", "GIT_COMMITTER_NAME=a", "GIT_COMMITTER_EMAIL=a@b.c")
	testenv.Run(t, time.Minute, dir, env, "sh", "-ec", `
git init -q -b main origin && cd origin
scaffold template init api
mkdir -p over/files
printf 'apiVersion: scaffold/v1\nname: over\ntitle: O\nversion: 1.0.0\nextends: {template: ../api}\n' > over/template.yaml
echo 'FROM debian' > over/files/Dockerfile
scaffold template lint . --accept-base
git add . && git commit -q -m one && cd ..
git clone -q origin clone && cd clone && git checkout -q -b change
`+change+`
git commit -q -a --allow-empty -m change`)
	return filepath.Join(dir, "clone")
}

// run does the steps of the workflow, and gives what they print and the summary.
func (w workflow) run(t *testing.T, dir string) (out, summary string, err error) {
	t.Helper()
	temp, path := t.TempDir(), runnerPath(t)
	env := []string{"HOME=" + temp, "RUNNER_TEMP=" + temp, "GITHUB_PATH=" + temp + "/path", "GITHUB_STEP_SUMMARY=" + temp + "/summary", "GITHUB_BASE_REF=main"}
	for name, value := range w.Env {
		env = append(env, name+"="+value)
	}
	for _, step := range w.Jobs["test"].Steps {
		if step.Run == "" {
			continue // checkout
		}
		if added, err := os.ReadFile(temp + "/path"); err == nil {
			path = strings.ReplaceAll(strings.TrimSpace(string(added)), "\n", ":") + ":" + path
		}
		cmd := exec.CommandContext(t.Context(), "bash", "-e", "-o", "pipefail", "-c", step.Run)
		cmd.Dir, cmd.Env = dir, append(env, "PATH="+path)
		said, err := cmd.CombinedOutput()
		if out += string(said); err != nil {
			return out, "", err
		}
	}
	data, err := os.ReadFile(temp + "/summary")
	return out, string(data), err
}

// runnerPath has what the workflow asks of a runner, and nothing else.
func runnerPath(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for _, name := range []string{"git", "curl", "tar", "gzip", "sha256sum", "mkdir"} {
		at, err := exec.LookPath(name)
		if err == nil {
			err = os.Symlink(at, filepath.Join(dir, name))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return dir
}
