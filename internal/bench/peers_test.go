package bench

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"scaffold/internal/testenv"
)

// A peer is another generator, installed from its registry.
type peer struct {
	name   string
	write  dialect
	argv   func(template, dir string) []string
	result string // where in the directory it puts the project
	ours   bool   // scaffold runs its templates, too
}

// peers installs the other generators into .cache/bench, once. One that cannot
// be installed is left out, and said.
func peers(b *testing.B) []peer {
	b.Helper()
	cache := filepath.Join(testenv.Root(), ".cache", "bench")
	bin, node, gobin := filepath.Join(cache, "bin"), filepath.Join(cache, "node"), filepath.Join(cache, "go")
	var list []peer
	if installed(b, filepath.Join(bin, "copier"), []string{"python3", "-m", "venv", cache},
		[]string{filepath.Join(bin, "pip"), "install", "-q", "copier==9.19.1", "cookiecutter==2.7.1"}) {
		list = append(list,
			peer{name: "copier", write: copier, ours: true, argv: func(template, dir string) []string {
				return []string{bin + "/copier", "copy", "--defaults", "--quiet", template, dir}
			}},
			peer{name: "cookiecutter", write: cookiecutter, ours: true, result: "out", argv: func(template, dir string) []string {
				return []string{bin + "/cookiecutter", "--no-input", "-o", dir, template}
			}})
	}
	if plop := filepath.Join(node, "node_modules", ".bin", "plop"); installed(b, plop,
		[]string{"npm", "install", "--silent", "--no-fund", "--no-audit", "--prefix", node, "plop@4.0.5"}) {
		list = append(list, peer{name: "plop", write: handlebars, argv: func(template, dir string) []string {
			return []string{"env", "OUT=" + dir, plop, "--plopfile", filepath.Join(template, "plopfile.mjs")}
		}})
	}
	if gomplate := filepath.Join(gobin, "gomplate"); installed(b, gomplate,
		[]string{"env", "GOBIN=" + gobin, "GOFLAGS=-mod=mod", "go", "install", "github.com/hairyhenderson/gomplate/v4/cmd/gomplate@v4.3.3"}) {
		list = append(list, peer{name: "gomplate", write: gomplated, argv: func(template, dir string) []string {
			return []string{gomplate, "--input-dir", filepath.Join(template, "files"), "--context", ".=" + filepath.Join(template, "answers.yaml"),
				"--exclude-processing", "**/*.bin", "--output-map", dir + "/{{ tpl .in . | strings.TrimSuffix \".tmpl\" }}"}
		}})
	}
	return list
}

// installed runs the commands that install a program, unless it is there.
func installed(b *testing.B, program string, commands ...[]string) bool {
	b.Helper()
	if _, err := os.Stat(program); err == nil {
		return true
	}
	for _, argv := range commands {
		cmd := exec.Command(argv[0], argv[1:]...)
		cmd.Dir = os.TempDir() // outside any module
		if out, err := cmd.CombinedOutput(); err != nil {
			b.Logf("without %s: %v\n%s", filepath.Base(program), err, testenv.Tail(string(out), 5))
			return false
		}
	}
	return true
}

// runners are the peer and, where scaffold reads its format, scaffold on the same
// template.
func (p peer) runners(b *testing.B, scaffold, template string, n int) []runner {
	b.Helper()
	p.write.write(b, template, n, false)
	list := []runner{{name: p.name, slow: true, result: p.result, argv: func(dir string) []string { return p.argv(template, dir) }}}
	if p.ours {
		list = append(list, runner{name: "scaffold on " + p.name + "'s", argv: func(dir string) []string {
			return []string{scaffold, "new", dir, "--name", "out", "-t", template, "--no-git", "--no-input", "-q"}
		}})
	}
	return list
}
