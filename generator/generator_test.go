package generator_test

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/afero"

	"scaffold/generator"
	"scaffold/generator/fault"
	"scaffold/generator/manifest"
)

const tiny = `apiVersion: scaffold/v1
name: tiny
title: Tiny
version: 1.2.3
questions:
  - {id: zip, type: string, default: "012"}
  - {id: token, type: secret}
  - {id: extra, type: bool, default: false}
files:
  - {glob: run.sh, mode: "0755"}
  - {glob: package-lock.json, managed: lock}
  - {glob: extra.txt, when: extra}
`

var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

func request(t *testing.T, dir string) generator.Request {
	t.Helper()
	m, err := manifest.Parse([]byte(tiny))
	if err != nil {
		t.Fatal(err)
	}
	resolved, err := m.Resolve(manifest.Given{Name: "shop", Year: "2026"}, manifest.Answers{"token": {Text: "hunter2"}})
	if err != nil {
		t.Fatal(err)
	}
	return generator.Request{
		Dir: dir, Name: "shop",
		Parts: []generator.Part{{Answers: resolved, Signals: []string{"use:rest-api"}, Template: &generator.Template{
			Manifest: m,
			Layers:   []generator.Layer{{Name: "tiny", Source: "builtin:tiny", Ref: "1.2.3", Version: "1.2.3", SHA256: "sha256:00"}},
			FS: fstest.MapFS{
				"files/README.md.tmpl":    {Data: []byte("# {{ .name }} {{ .zip }}\n")},
				"files/run.sh":            {Data: []byte("#!/bin/sh\n")},
				"files/package-lock.json": {Data: []byte("{}\r\n")},
				"files/extra.txt":         {Data: []byte("extra\n")},
			},
		}}},
		Git: generator.GitRequest{Branch: "main", Author: generator.Identity{Name: "Ada", Email: "ada@example.com"}},
	}
}

func plan(t *testing.T, g *generator.Generator, req generator.Request) *generator.Plan {
	t.Helper()
	p, err := g.Plan(t.Context(), req)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func content(t *testing.T, c generator.Change) string {
	t.Helper()
	data, err := c.Content()
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func TestPlanListsEveryFileAndWritesNothing(t *testing.T) {
	disk := afero.NewMemMapFs()
	p := plan(t, generator.New(generator.Options{FS: disk, Now: noon}), request(t, "shop"))
	var got []string
	for _, f := range p.Files {
		got = append(got, string(f.Op)+" "+f.Mode+" "+f.Path)
	}
	want := []string{
		"create 0644 .scaffold/answers.yaml", "create 0644 .scaffold/lock.yaml",
		"create 0644 README.md", "create 0644 package-lock.json", "create 0755 run.sh",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if ok, _ := afero.Exists(disk, "shop"); ok {
		t.Error("the plan was written")
	}
}

func TestTheRecordIsCompleteAndHoldsNoSecret(t *testing.T) {
	p := plan(t, generator.New(generator.Options{FS: afero.NewMemMapFs(), Now: noon}), request(t, "shop"))
	want := `# The answers that this project was made with.
apiVersion: scaffold/answers/v1
parts:
  - path: "."
    template: {source: "builtin:tiny", ref: "1.2.3"}
    signals: ["use:rest-api"]
    answers:
      name: shop
      zip: "012"
      extra: false
      year: "2026"
`
	if diff := cmp.Diff(want, content(t, p.Files[0])); diff != "" {
		t.Errorf("answers.yaml (-want +got):\n%s", diff)
	}
	lock := content(t, p.Files[1])
	for _, part := range []string{
		"apiVersion: scaffold/lock/v1", `scaffold: "` + generator.Version, `tree: "` + p.Parts[0].Digest(), `date: "2026-11-22"`, "recommendation: null", "commit: null",
		`package-lock.json: {sha256: `, `mode: "0755"`, "managed: lock", "managed: free", "layer: tiny",
	} {
		if !strings.Contains(lock, part) {
			t.Errorf("lock.yaml lacks %s:\n%s", part, lock)
		}
	}
	for _, f := range p.Files {
		if strings.Contains(content(t, f), "hunter2") {
			t.Errorf("the secret is in %s", f.Path)
		}
	}
}

func TestApplyMakesTheProjectAndItsRepository(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "a", "shop")
	g := generator.New(generator.Options{Now: noon})
	result, err := g.Apply(t.Context(), plan(t, g, request(t, dir)))
	if err != nil {
		t.Fatal(err)
	}
	if len(result.Created) != 5 || len(result.Commit) != 40 {
		t.Errorf("result: %+v", result)
	}
	for _, args := range [][]string{{"fsck", "--strict"}, {"status", "--porcelain"}} {
		out, err := exec.Command("git", append([]string{"-C", dir}, args...)...).CombinedOutput()
		if err != nil || (args[0] == "status" && len(out) > 0) {
			t.Errorf("git %v: %v\n%s", args, err, out)
		}
	}
	log, err := exec.Command("git", "-C", dir, "log", "--format=%B").Output()
	if err != nil || !strings.Contains(string(log), "Create shop with scaffold\n\nScaffold-Template: tiny@1.2.3\nScaffold-Tree: sha256:") {
		t.Errorf("message: %s %v", log, err)
	}
}

func TestTheSameInputsGiveTheSameCommit(t *testing.T) {
	var commits []string
	for range 2 {
		g := generator.New(generator.Options{Now: noon})
		result, err := g.Apply(t.Context(), plan(t, g, request(t, filepath.Join(t.TempDir(), "shop"))))
		if err != nil {
			t.Fatal(err)
		}
		commits = append(commits, result.Commit)
	}
	if commits[0] != commits[1] {
		t.Error(commits)
	}
}

func TestADestinationThatHoldsSomething(t *testing.T) {
	dir := t.TempDir()
	for name, data := range map[string]string{"README.md": "mine\n", "run.sh": "#!/bin/sh\n"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(data), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	g := generator.New(generator.Options{Now: noon})
	req := request(t, dir)
	_, err := g.Plan(t.Context(), req)
	if !fault.Is(err, fault.Destination, fault.NotEmpty) {
		t.Fatalf("without force: %v", err)
	}
	req.Force = true
	p := plan(t, g, req)
	actions := map[string]generator.Op{}
	for _, f := range p.Files {
		actions[f.Path] = f.Op
	}
	if actions["README.md"] != generator.Keep || actions["run.sh"] != generator.Skip || actions["package-lock.json"] != generator.Create {
		t.Errorf("actions: %v", actions)
	}
	if _, err := g.Apply(t.Context(), p); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{"README.md": "mine\n", "README.md.scaffold-new": "# shop 012\n"} {
		if got, err := os.ReadFile(filepath.Join(dir, name)); err != nil || string(got) != want {
			t.Errorf("%s: %q %v", name, got, err)
		}
	}
}

// What a run refuses its plan refuses, so that --dry-run does not promise it.
func TestAPlanRefusesWhatIsInTheWay(t *testing.T) {
	for name, block := range map[string]func(dir string) error{
		"a directory at a file's path": func(dir string) error { return os.Mkdir(filepath.Join(dir, "README.md"), 0o755) },
		"a link at a file's path":      func(dir string) error { return os.Symlink("/etc/hosts", filepath.Join(dir, "README.md")) },
		"a file where a directory is needed": func(dir string) error {
			return os.WriteFile(filepath.Join(dir, ".scaffold"), nil, 0o644)
		},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			if err := block(dir); err != nil {
				t.Fatal(err)
			}
			req := request(t, dir)
			req.Force = true
			_, err := generator.New(generator.Options{Now: noon}).Plan(t.Context(), req)
			if !fault.Is(err, fault.Destination, fault.Exists, fault.Unsafe, fault.NotWritable) {
				t.Errorf("the plan is made: %v", err)
			}
		})
	}
}

func TestGitIsLeftAloneWhereItShouldBe(t *testing.T) {
	inside := t.TempDir()
	if out, err := exec.Command("git", "init", "-q", inside).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	tests := map[string]struct {
		dir    string
		change func(*generator.GitRequest)
		init   bool
		reason string
	}{
		"inside a work tree":  {filepath.Join(inside, "shop"), func(*generator.GitRequest) {}, false, "inside the repository"},
		"--no-git":            {filepath.Join(t.TempDir(), "shop"), func(r *generator.GitRequest) { r.Skip = true }, false, "--no-git"},
		"--no-commit":         {filepath.Join(t.TempDir(), "shop"), func(r *generator.GitRequest) { r.NoCommit = true }, true, "--no-commit"},
		"nobody known to git": {filepath.Join(t.TempDir(), "shop"), func(r *generator.GitRequest) { r.Author = generator.Identity{} }, true, "does not know who you are"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			g := generator.New(generator.Options{Now: noon})
			req := request(t, test.dir)
			test.change(&req.Git)
			p := plan(t, g, req)
			if p.Git.Init != test.init || p.Git.Commit || !strings.Contains(p.Git.Reason, test.reason) {
				t.Errorf("git: %+v", p.Git)
			}
			if _, err := g.Apply(t.Context(), p); err != nil {
				t.Fatal(err)
			}
			if _, err := os.Stat(filepath.Join(test.dir, ".git")); (err == nil) != test.init {
				t.Errorf(".git: %v", err)
			}
		})
	}
}

func TestACancelledRunLeavesNothing(t *testing.T) {
	parent := t.TempDir()
	g := generator.New(generator.Options{Now: noon})
	p := plan(t, g, request(t, filepath.Join(parent, "shop")))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := g.Apply(ctx, p); err == nil {
		t.Error("no error")
	}
	entries, err := os.ReadDir(parent)
	if err != nil || len(entries) != 0 {
		t.Errorf("left behind: %v %v", entries, err)
	}
}

func TestATargetThatIsALinkIsRefused(t *testing.T) {
	parent, elsewhere := t.TempDir(), t.TempDir()
	if err := os.Symlink(elsewhere, filepath.Join(parent, "shop")); err != nil {
		t.Fatal(err)
	}
	_, err := generator.New(generator.Options{Now: noon}).Plan(t.Context(), request(t, filepath.Join(parent, "shop")))
	if !fault.Is(err, fault.Unsafe) {
		t.Errorf("got %v, want exit 4", err)
	}
}

func TestWhatWasPlannedIsWhatIsDone(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "shop")
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	g := generator.New(generator.Options{Now: noon})
	req := request(t, dir)
	req.Force = true
	p := plan(t, g, req)
	if err := os.WriteFile(filepath.Join(dir, "README.md"), []byte("mine\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	_, err := g.Apply(t.Context(), p)
	if !fault.Is(err, fault.Changed) {
		t.Errorf("got %v, of the kind %s", err, fault.KindOf(err))
	}
	if entries, _ := os.ReadDir(dir); len(entries) != 1 {
		t.Errorf("it wrote %v", entries)
	}
}

func TestTheLockKeepsHowAFileIsMerged(t *testing.T) {
	req := request(t, "/projects/shop")
	req.Parts[0].Template.Manifest.Files[0].Merge = "json" // the rule of one file
	p := plan(t, generator.New(generator.Options{Now: noon}), req)
	for _, f := range p.Files {
		if f.Path == generator.LockFile && strings.Count(content(t, f), "merge: json") == 1 {
			return
		}
	}
	t.Error("the lock does not say how that file is merged")
}
