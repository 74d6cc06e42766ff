package main

import (
	"debug/buildinfo"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"scaffold/internal/testenv"
)

// TestEachPackageInstallsAndRuns builds the packages of this system, installs
// each from its file into a place of its own, and makes a project with it.
func TestEachPackageInstallsAndRuns(t *testing.T) {
	testenv.Long(t)
	out := os.Getenv("SCAFFOLD_DIST") // built already
	if out == "" {
		out = t.TempDir()
		testenv.Run(t, 30*time.Minute, testenv.Root(), testenv.Env(), "go", "run", "./internal/release/dist", "-out", out, "-only", "here")
	}
	if runtime.GOOS != "linux" {
		testenv.Missing(t, "the installers that are tested are Linux's")
	}
	only := func(pattern string) string {
		found, err := filepath.Glob(filepath.Join(out, pattern))
		if err != nil || len(found) != 1 {
			t.Fatalf("%s: %q %v", pattern, found, err)
		}
		return found[0]
	}
	here := targets[slices.IndexFunc(targets, func(t target) bool { return t.os == runtime.GOOS && t.arch == runtime.GOARCH })]
	installs := map[string]struct {
		needs   []string
		install func(t *testing.T, dir string) (program, share string)
	}{
		"archive": {[]string{"tar"}, func(t *testing.T, dir string) (string, string) {
			run(t, dir, "tar", "-xzf", only("*_"+here.os+"_"+here.arch+".tar.gz"), "--strip-components=1")
			return dir + "/scaffold", dir + "/share"
		}},
		"debian": {[]string{"dpkg", "dpkg-deb"}, func(t *testing.T, dir string) (string, string) {
			if os.Getuid() != 0 {
				run(t, dir, "dpkg-deb", "-x", only("*_"+here.deb+".deb"), dir)
				return dir + "/usr/bin/scaffold", dir + "/usr/share"
			}
			for _, sub := range []string{"info", "updates", "triggers"} {
				if err := os.MkdirAll(filepath.Join(dir, "var/lib/dpkg", sub), 0o755); err != nil {
					t.Fatal(err)
				}
			}
			if err := os.WriteFile(filepath.Join(dir, "var/lib/dpkg/status"), nil, 0o644); err != nil {
				t.Fatal(err)
			}
			run(t, dir, "dpkg", "--root="+dir, "--force-not-root", "--force-script-chrootless", "-i", only("*_"+here.deb+".deb"))
			return dir + "/usr/bin/scaffold", dir + "/usr/share"
		}},
		"npm": {[]string{"npm", "node"}, func(t *testing.T, dir string) (string, string) {
			if err := os.WriteFile(filepath.Join(dir, "package.json"), []byte("{}"), 0o644); err != nil {
				t.Fatal(err)
			}
			run(t, dir, "npm", "install", "--offline", "--ignore-scripts", "--no-audit", "--no-fund", only("scaffold-backend-"+here.npmOS+"-"+here.npmCPU+"-*.tgz"), only("scaffold-backend-[0-9]*.tgz"))
			return dir + "/node_modules/.bin/scaffold", dir + "/node_modules/scaffold-backend/share"
		}},
		"wheel": {[]string{"python3"}, func(t *testing.T, dir string) (string, string) {
			run(t, dir, "python3", "-m", "venv", dir)
			run(t, dir, dir+"/bin/pip", "install", "--no-index", "--disable-pip-version-check", only("*-"+here.wheel+".whl"))
			return dir + "/bin/scaffold", dir + "/share"
		}},
	}
	for name, test := range installs {
		t.Run(name, func(t *testing.T) {
			testenv.Need(t, test.needs...)
			program, share := test.install(t, t.TempDir())
			said := run(t, t.TempDir(), program, "version")
			if !strings.HasPrefix(said, "scaffold 1.") {
				t.Errorf("version: %s", said)
			}
			work := t.TempDir()
			made := run(t, work, program, "new", "shop", "--template", "flask", "--no-git")
			if _, err := os.Stat(filepath.Join(work, "shop", "README.md")); err != nil {
				t.Error(err)
			}
			t.Logf("%s: %s %s", name, strings.TrimSpace(said), strings.SplitN(made, "\n", 2)[0])
			for _, f := range []string{"man/man1/scaffold-new.1", "bash-completion/completions/scaffold", "zsh/site-functions/_scaffold", "fish/vendor_completions.d/scaffold.fish"} {
				if info, err := os.Stat(filepath.Join(share, f)); err != nil || info.Size() == 0 {
					t.Errorf("%s: %v", f, err)
				}
			}
			refused := exec.Command(program, "new", "--bogus")
			_ = refused.Run()
			if refused.ProcessState.ExitCode() != 2 {
				t.Errorf("an error ends with %d", refused.ProcessState.ExitCode())
			}
		})
	}
	t.Run("contents", func(t *testing.T) { contents(t, out) })
	t.Run("checksums", func(t *testing.T) {
		testenv.Need(t, "sha256sum")
		run(t, out, "sha256sum", "--check", "--strict", "checksums.txt")
	})
	t.Run("bill of materials", func(t *testing.T) {
		data, err := os.ReadFile(only("*_" + here.os + "_" + here.arch + ".cdx.json"))
		if err != nil {
			t.Fatal(err)
		}
		var bill struct {
			Components []struct{ Name, Version string }
		}
		if err := json.Unmarshal(data, &bill); err != nil {
			t.Fatal(err)
		}
		info, err := buildinfo.ReadFile(filepath.Join(out, "bin", runtime.GOOS+"-"+runtime.GOARCH, "scaffold"))
		if err != nil || len(bill.Components) != len(info.Deps)+1 {
			t.Errorf("%d components, %d modules, %v", len(bill.Components), len(info.Deps), err)
		}
		for _, s := range info.Settings {
			if s.Key == "-trimpath" && s.Value != "true" || s.Key == "-ldflags" && s.Value != "-s -w" {
				t.Errorf("built with %s=%s", s.Key, s.Value)
			}
		}
	})
}

// contents looks into each result, of whatever system: who gets one has the
// program, its licence, the manual and the completion of each shell.
func contents(t *testing.T, out string) {
	texts := []string{"/man/man1/scaffold.1", "/man/man1/scaffold-new.1", "/completions/scaffold", "/_scaffold", "/scaffold.fish", "/completion.ps1"}
	for pattern, want := range map[string][]string{
		"*.tar.gz":               append([]string{"/scaffold", "/LICENSE"}, texts...),
		"*.zip":                  append([]string{"/scaffold.exe", "/LICENSE"}, texts...),
		"*.deb":                  append([]string{"/bin/scaffold", "/copyright"}, texts...),
		"*-win_*.whl":            append([]string{"/scripts/scaffold.exe", "/LICENSE"}, texts...),
		"*-m*.whl":               append([]string{"/scripts/scaffold", "/LICENSE"}, texts...),
		npmName + "-[0-9]*.tgz":  append([]string{"/bin/scaffold.js", "/LICENSE"}, texts...),
		npmName + "-win32-*.tgz": {"/bin/scaffold.exe", "/LICENSE"},
		npmName + "-[dl]*.tgz":   {"/bin/scaffold", "/LICENSE"},
	} {
		files, err := filepath.Glob(filepath.Join(out, pattern))
		if err != nil || len(files) == 0 && os.Getenv("SCAFFOLD_DIST") != "" {
			t.Errorf("%s: none, %v", pattern, err)
		}
		for _, path := range files {
			list := listed(t, path)
			for _, name := range want {
				if !slices.ContainsFunc(list, func(has string) bool { return strings.HasSuffix("/"+has, name) }) {
					t.Errorf("%s has no %s", filepath.Base(path), name)
				}
			}
		}
	}
}

// listed are the files of an archive, as programs that are not ours read it.
func listed(t *testing.T, path string) []string {
	t.Helper()
	argv := []string{"tar", "-tzf", path}
	switch filepath.Ext(path) {
	case ".deb":
		argv = []string{"sh", "-c", "dpkg-deb --fsys-tarfile '" + path + "' | tar -t"}
	case ".zip", ".whl":
		argv = []string{"python3", "-c", "import sys, zipfile; print('\\n'.join(zipfile.ZipFile(sys.argv[1]).namelist()))", path}
	}
	testenv.Need(t, argv[0])
	return strings.Fields(run(t, t.TempDir(), argv...))
}

// TestTheSameFilesGiveTheSameArchives: nothing in them depends on the clock.
func TestTheSameFilesGiveTheSameArchives(t *testing.T) {
	files := []file{{"b", 0o755, []byte("2")}, {"a", 0o644, []byte("1")}}
	at := time.Unix(1767225600, 0).UTC()
	for name, pack := range map[string]func([]file, time.Time) []byte{"tar": tarred, "zip": zipped} {
		if first, again := pack(sorted("x", files), at), pack(sorted("x", files), at); string(first) != string(again) || len(first) == 0 {
			t.Errorf("%s: %d and %d bytes", name, len(first), len(again))
		}
	}
}

// TestNpmNamesEverySystem: the package that starts the program finds it by what
// Node calls the system.
func TestNpmNamesEverySystem(t *testing.T) {
	for _, t2 := range targets {
		if t2.npmOS == "" || t2.npmCPU == "" || t2.wheel == "" || (t2.os == "linux") != (t2.deb != "") {
			t.Errorf("%s is not named in full: %+v", t2, t2)
		}
	}
	if strings.Contains(npmStart, "http") || strings.Contains(npmStart, "install(") {
		t.Error("the starter fetches something")
	}
}

func run(t *testing.T, dir string, args ...string) string {
	t.Helper()
	cmd := exec.Command(args[0], args[1:]...)
	cmd.Dir, cmd.Env = dir, testenv.Env("HOME="+t.TempDir(), "npm_config_cache="+t.TempDir())
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatal(fmt.Errorf("%s: %w\n%s", strings.Join(args, " "), err, out))
	}
	return string(out)
}
