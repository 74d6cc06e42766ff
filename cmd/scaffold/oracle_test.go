//go:build unix

package main

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"scaffold/internal/testenv"
)

// repositories are what a template gives. A name with ! at its end is to be run,
// one with @ is a link.
var repositories = map[string]map[string]string{
	"plain":                  {"README.md": "# Shop\n", "a/b.txt": "b\n"},
	"something of each kind": {"run.sh!": "#!/bin/sh\n", "link@": "run.sh", "a/up@": "../run.sh", "empty": "", "naïve/ключ.txt": "x\n", "zero": "\x00\xff\xfe", "crlf.txt": "one\r\ntwo\r\n", "utf16.txt": "\xff\xfea\x00\r\x00\n\x00", "a-b/x": "", "a.txt": "", "a/c": ""},
	"ignored files":          {".gitignore": ".env\n*.log\n!keep.log\n", ".env": "x\n", "a.log": "a\n", "keep.log": "k\n", "sub/.env": "x\n"},
	"nested ignore files":    {".gitignore": "*.tmp\nbuild/\n", "sub/.gitignore": "!b.tmp\n/only\n", "a.tmp": "", "sub/b.tmp": "", "sub/only": "", "sub/deep/only": "", "build/x": "", "build/.gitignore": "!x\n"},
	"ignored but for some":   {".gitignore": "/*\n!/.gitignore\n!/src/\n[!x]bc\n", "src/a": "", "README": "", "abc": "", "src/abc": "", "src/xbc": ""},
	"the records ignored":    {".gitignore": ".scaffold/\n.*\n", "a": ""},
	"line endings":           {".gitattributes": "* text=auto\n*.bat eol=crlf\n*.bin -text\n", "a.txt": "a\r\n", "b.bat": "b\r\n", "c.bin": "c\r\n", "sub/.gitattributes": "*.txt -text\n", "sub/a.txt": "a\r\n"},
	"attributes of old":      {".gitattributes": "*.a crlf\n*.b -crlf\n*.c crlf=input\n*.d text=input\n", "x.a": "a\r\n", "x.b": "b\r\n", "x.c": "c\r\n", "x.d": "d\r\n"},
	"quotes and classes":     {".gitattributes": "\"dir x/*.txt\" text\n[ab].cls text\n[[:digit:]].n text\n", "dir x/q.txt": "a\r\n", "a.cls": "a\r\n", "c.cls": "a\r\n", "1.n": "a\r\n"},
	"macros":                 {".gitattributes": "[attr]mine text eol=lf\n*.mac mine\n*.no binary\n* text=auto\n", "a.mac": "a\r\n", "b.no": "a\r\n"},
	"ident":                  {".gitattributes": "*.c ident\n", "a.c": "$Id: 123 $\r\n", "b.txt": "$Id$\n"},
	"another encoding":       {".gitattributes": "*.u16 text working-tree-encoding=UTF-16LE\n", "a.u16": "a\x00\r\x00\n\x00", ".gitignore": "b\n", "b": "", "run!": "x\n"},
	"a filter":               {".gitattributes": "*.up filter=up -text\n*.no filter=nobody\n", "a.up": "loud\r\n", "b.no": "quiet\n", "sub/c.up": "deep\n", "link@": "a.up"},
	"rules that are links":   {"rules": "*.log\n", ".gitignore@": "rules", "a.log": "a\n"},
}

// A setting is a machine: what it says of git, and what is in the directory.
type setting struct {
	files map[string]string // below the home directory
	env   []string
	umask string
	start [][]string // git commands that make a repository in the directory first
}

const person = "[user]\n\tname = Ada Lovelace\n\temail = ada@example.com\n"

var settings = map[string]setting{
	"plain":                      {files: map[string]string{".gitconfig": person + "[init]\n\tdefaultBranch = trunk\n"}},
	"includeIf gitdir":           {files: map[string]string{".gitconfig": person + "[includeIf \"gitdir:~/code/\"]\n\tpath = w\n", "w": "[user]\n\temail = w@example.com\n[init]\n\tdefaultBranch = work\n[core]\n\tautocrlf = input\n"}},
	"includeIf, then a later":    {files: map[string]string{".gitconfig": "[includeIf \"gitdir:~/code/\"]\n\tpath = w\n" + person, "w": "[user]\n\temail = w@example.com\n[init]\n\tdefaultBranch = work\n"}},
	"includeIf of the name":      {files: map[string]string{".gitconfig": person + "[includeIf \"gitdir:shop/\"]\n\tpath = ~/w\n[includeIf \"gitdir:other/\"]\n\tpath = ~/o\n", "w": "[init]\n\tdefaultBranch = named\n", "o": "[user]\n\tname = Other\n"}},
	"includeIf gitdir/i":         {files: map[string]string{".gitconfig": person + "[includeIf \"gitdir/i:~/WORK/sh[Oo]p/\"]\n\tpath = w\n", "w": "[user]\n\tname = Case Less\n[init]\n\tdefaultBranch = folded\n"}},
	"includeIf beside itself":    {files: map[string]string{".gitconfig": person + "[include]\n\tpath = code/c\n", "code/c": "[includeIf \"gitdir:./sh*/\"]\n\tpath = d\n", "work/d": "[init]\n\tdefaultBranch = beside\n"}},
	"includeIf onbranch":         {files: map[string]string{".gitconfig": person + "[init]\n\tdefaultBranch = rel/1\n[includeIf \"onbranch:rel/\"]\n\tpath = w\n[includeIf \"onbranch:main\"]\n\tpath = o\n", "w": "[user]\n\tname = On Branch\n[init]\n\tdefaultBranch = no\n", "o": "[user]\n\tname = Other\n"}},
	"includeIf hasconfig":        {files: map[string]string{".gitconfig": person + "[init]\n\tdefaultBranch = trunk\n[remote \"up\"]\n\turl = https://git.example.com/x\n[includeIf \"hasconfig:remote.*.url:https://git.example.com/**\"]\n\tpath = w\n", "w": "[user]\n\tname = Has Config\n"}},
	"includeIf in includeIf":     {files: map[string]string{".gitconfig": person + "[includeIf \"gitdir:~/code/\"]\n\tpath = w\n", "w": "[init]\n\tdefaultBranch = deep\n[includeIf \"onbranch:deep\"]\n\tpath = sub/v\n", "sub/v": "[user]\n\tname = Deep Down\n[include]\n\tpath = u\n", "sub/u": "[user]\n\temail = deep@example.com\n"}},
	"settings in variables":      {files: map[string]string{".gitconfig": person}, env: []string{"GIT_CONFIG_COUNT=3", "GIT_CONFIG_KEY_0=user.name", "GIT_CONFIG_VALUE_0=By Variable", "GIT_CONFIG_KEY_1=init.defaultBranch", "GIT_CONFIG_VALUE_1=var", "GIT_CONFIG_KEY_2=core.autocrlf", "GIT_CONFIG_VALUE_2=true"}},
	"another global file":        {files: map[string]string{".gitconfig": "[user]\n\tname = Not Me\n", "mine": person + "[init]\n\tdefaultBranch = mine\n"}, env: []string{"GIT_CONFIG_GLOBAL=$HOME/mine"}},
	"EMAIL alone":                {files: map[string]string{".gitconfig": "[user]\n\tname = Ada\n[init]\n\tdefaultBranch = trunk\n"}, env: []string{"EMAIL=mail@example.com"}},
	"ignore rules of its own":    {files: map[string]string{".gitconfig": person + "[init]\n\tdefaultBranch = trunk\n", ".config/git/ignore": "*.txt\n.gitignore\nlink\n", ".config/git/attributes": "*.a -text\n*.d text\n"}},
	"ignore rules elsewhere":     {files: map[string]string{".gitconfig": person + "[init]\n\tdefaultBranch = trunk\n[core]\n\texcludesFile = ~/ex\n\tattributesFile = ~/at\n", "ex": "a*\n!a.log\n", "at": "[attr]mine -text\n*.txt text\n"}},
	"autocrlf":                   {files: map[string]string{".gitconfig": person + "[init]\n\tdefaultBranch = trunk\n[core]\n\tautocrlf = true\n\tsafecrlf = false\n\teol = crlf\n"}},
	"modes and links of its own": {files: map[string]string{".gitconfig": person + "[init]\n\tdefaultBranch = trunk\n[core]\n\tfileMode = false\n\tsymlinks = false\n\tignoreCase = true\n\tquotePath = false\n[index]\n\tversion = 4\n[feature]\n\tmanyFiles = true\n"}},
	"templates and hooks":        {files: map[string]string{".gitconfig": person + "[init]\n\tdefaultBranch = trunk\n\ttemplateDir = ~/tpl\n[safe]\n\tdirectory = /nowhere\n[commit]\n\tgpgSign = true\n", "tpl/hooks/pre-commit!": "#!/bin/sh\nexit 1\n", "tpl/info/exclude": "*\n"}},
	"umask 002":                  {umask: "002", files: map[string]string{".gitconfig": person + "[init]\n\tdefaultBranch = trunk\n"}},
	"umask 007":                  {umask: "007", files: map[string]string{".gitconfig": person + "[init]\n\tdefaultBranch = trunk\n"}},
	"umask 077":                  {umask: "077", files: map[string]string{".gitconfig": person + "[init]\n\tdefaultBranch = trunk\n"}},
	"a repository that waits":    {files: map[string]string{".gitconfig": person + "[includeIf \"gitdir:~/code/\"]\n\tpath = w\n", "w": "[user]\n\temail = w@example.com\n", "code/ex": "*.txt\n"}, start: [][]string{{"init", "-q", "-b", "side"}, {"config", "core.autocrlf", "input"}, {"config", "core.excludesFile", "~/code/ex"}}},
}

// filters are in every machine.
const filters = "[filter \"up\"]\n\tclean = tr a-z A-Z\n\tsmudge = tr A-Z a-z\n"

// TestTheFirstCommitIsTheOneThatGitWouldMake compares with `git init`, `git add .`
// and `git commit` in the same directory. What scaffold does otherwise on
// purpose: its records are always committed, and no hook, no template directory
// and no signature of the machine takes part.
func TestTheFirstCommitIsTheOneThatGitWouldMake(t *testing.T) {
	compareAll(t, func(machine, repository string) bool {
		return machine == "plain" || repository == "something of each kind"
	})
}

// TestEveryFirstCommitIsTheOneThatGitWouldMake is the rest of the table.
func TestEveryFirstCommitIsTheOneThatGitWouldMake(t *testing.T) {
	testenv.All(t)
	compareAll(t, func(machine, repository string) bool {
		return machine != "plain" && repository != "something of each kind"
	})
}

func compareAll(t *testing.T, wanted func(machine, repository string) bool) {
	testenv.Need(t, "git")
	for machine, m := range settings {
		for repository, files := range repositories {
			if wanted(machine, repository) {
				t.Run(machine+"/"+repository, func(t *testing.T) {
					t.Parallel()
					compareWithGit(t, m, files)
				})
			}
		}
	}
}

func compareWithGit(t *testing.T, m setting, files map[string]string) {
	home, err := filepath.EvalSymlinks(t.TempDir())
	check(t, err)
	lay(t, home, m.files)
	global := filepath.Join(home, ".gitconfig")
	before, err := os.ReadFile(global)
	check(t, err)
	lay(t, home, map[string]string{".gitconfig": string(before) + filters, "mine": m.files["mine"] + filters, "code/.keep": ""})
	layTemplate(t, filepath.Join(home, "tpl-shop"), files)
	c := cell{t: t, home: home, dir: filepath.Join(home, "code", "shop"), umask: m.umask}
	for _, kv := range m.env {
		c.env = append(c.env, strings.ReplaceAll(kv, "$HOME", home))
	}

	c.start(m.start)
	c.run(filepath.Dir(c.dir), testenv.Scaffold(t), "new", c.dir, "--template", filepath.Join(home, "tpl-shop"), "--no-input", "--quiet")
	ours := c.seen()
	if ours["status"] != "" {
		t.Errorf("git status says:\n%s", ours["status"])
	}
	modes := c.modes(c.dir)
	check(t, os.RemoveAll(filepath.Join(c.dir, ".git")))
	if m.start == nil {
		m.start = [][]string{{"-c", "init.templateDir=", "init", "-q"}}
	}
	c.start(m.start)
	c.git("-c", "core.safecrlf=false", "add", ".")
	c.git("-c", "core.safecrlf=false", "add", "-f", ".scaffold")
	c.git("-c", "core.hooksPath=/dev/null", "-c", "commit.gpgSign=false", "commit", "-q", "-m", "x")
	if diff := cmp.Diff(c.seen(), ours); diff != "" {
		t.Errorf("(-git +scaffold):\n%s", diff)
	}
	if m.umask != "" {
		c.git("checkout-index", "-a", "-f", "--prefix=../out/")
		theirs := c.modes(filepath.Join(filepath.Dir(c.dir), "out"))
		for name := range theirs {
			if modes[name] != theirs[name] {
				t.Errorf("%s has mode %s, and by git %s", name, modes[name], theirs[name])
			}
		}
	}
}

// A cell is one machine with one repository.
type cell struct {
	t         *testing.T
	home, dir string
	umask     string
	env       []string
}

func (c cell) run(dir string, argv ...string) string {
	c.t.Helper()
	umask := c.umask
	if umask == "" {
		umask = "022"
	}
	env := append([]string{"PATH=" + os.Getenv("PATH"), "HOME=" + c.home, "GIT_CONFIG_NOSYSTEM=1", "LC_ALL=C"}, c.env...)
	argv = append([]string{"sh", "-c", `umask ` + umask + `; exec "$@"`, "sh"}, argv...)
	return testenv.Run(c.t, time.Minute, dir, env, argv...)
}

func (c cell) git(args ...string) string {
	c.t.Helper()
	var said []string
	for line := range strings.Lines(c.run(c.dir, append([]string{"git"}, args...)...)) {
		if !strings.HasPrefix(line, "warning: ") {
			said = append(said, line)
		}
	}
	return strings.TrimSpace(strings.Join(said, ""))
}

func (c cell) start(commands [][]string) {
	c.t.Helper()
	for _, args := range commands {
		check(c.t, os.MkdirAll(c.dir, 0o755))
		c.git(args...)
	}
}

// seen is what git says of the repository.
func (c cell) seen() map[string]string {
	c.t.Helper()
	branch := c.git("symbolic-ref", "--short", "HEAD")
	if branch == "master" { // git's own choice, where nothing says otherwise
		branch = "main"
	}
	return map[string]string{
		"status": c.git("status", "--porcelain"),
		"branch": branch,
		"author": c.git("log", "-1", "--format=%an <%ae>"),
		"tree":   c.git("ls-tree", "-r", "HEAD"),
	}
}

// modes are the permissions of the files below dir.
func (c cell) modes(dir string) map[string]string {
	modes := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.Name() == ".git" {
			return fs.SkipDir
		}
		info, err := d.Info()
		if name, _ := filepath.Rel(dir, path); info.Mode().IsRegular() {
			modes[name] = info.Mode().String()
		}
		return err
	})
	check(c.t, err)
	return modes
}

// layTemplate makes a template of the files.
func layTemplate(t *testing.T, dir string, files map[string]string) {
	t.Helper()
	all := map[string]string{"README.md": "x\n"}
	for name, data := range files {
		if base := filepath.Base(name); base == ".gitignore" || base == ".gitattributes" {
			name += ".tmpl" // else git would heed them in a template's own repository
		}
		all["files/"+name] = data
	}
	all["template.yaml"] = "apiVersion: scaffold/v1\nname: t\ntitle: T\nversion: 1.0.0\nquestions: []\n"
	lay(t, dir, all)
}

// lay writes files below dir.
func lay(t *testing.T, dir string, files map[string]string) {
	t.Helper()
	for name, data := range files {
		mode := fs.FileMode(0o644)
		if path, is := strings.CutSuffix(name, "!"); is {
			name, mode = path, 0o755
		}
		path, link := strings.CutSuffix(filepath.Join(dir, name), "@")
		check(t, os.MkdirAll(filepath.Dir(path), 0o755))
		if link {
			check(t, os.Symlink(data, path))
		} else {
			check(t, os.WriteFile(path, []byte(data), mode))
			check(t, os.Chmod(path, mode))
		}
	}
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
