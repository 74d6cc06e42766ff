package vcs_test

import (
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"scaffold/generator/internal/tree"
	"scaffold/generator/internal/vcs"
)

// ignored asks git which of the files it would leave out.
func ignored(t testing.TB, dir string, names []string) string {
	t.Helper()
	cmd := exec.Command("git", "-c", "core.excludesFile=", "-c", "core.quotePath=false", "check-ignore", "--no-index", "--stdin")
	cmd.Dir, cmd.Stdin = dir, strings.NewReader(strings.Join(names, "\n")+"\n")
	out, err := cmd.Output()
	if exit, ok := err.(*exec.ExitError); err != nil && (!ok || exit.ExitCode() != 1) {
		t.Fatal(err)
	}
	return string(out)
}

// agreeOnIgnored compares with git in a work tree of its own.
func agreeOnIgnored(t testing.TB, fail func(string, ...any), contents map[string]string) {
	t.Helper()
	dir, all := fastDir(t), files(t, contents)
	put(t, dir, all)
	git(t, dir, "init", "-q")
	ignore, names, ours := ignoring(t, all), []string{}, ""
	for _, f := range all {
		names = append(names, f.Path.String())
		if ignore.Ignored(f.Path.String()) {
			ours += f.Path.String() + "\n"
		}
	}
	if diff := cmp.Diff(ignored(t, dir, names), ours); diff != "" {
		fail("with %q (-git +ours):\n%s", contents[".gitignore"], diff)
	}
}

func TestIgnoreRulesAreReadAsGitReadsThem(t *testing.T) {
	paths := []string{
		"abc", "xbc", "a", "b", "build/keep/x", "build/x", "doc/a.txt", "doc/deep/a.txt", "a.txt", "foo/x/bar", "foo/bar", "foobar/bar",
		"a]", "a-", "é", "#x", "!y", "Q", "a b", "foo/a/b/bar", "dir/.env", ".env", "x1", "x-", "[a", "a[",
	}
	for _, rules := range []string{
		"[!x]bc", "build/\n!build/keep/", "build/*\n!build/keep/", "!abc\nabc", "abc\n!abc", "*.txt\n!/a.txt", "/a.txt", "doc/**", "doc/**/a.txt",
		"**/a.txt", "foo/**/bar", "foo**/bar", "foo*/bar", "**", "*", "*\n!*/\n!*.txt", "a\\]", "[]]", "a[]-]", "a[-]", "é", "\\#x", "#x", "\\!y",
		"x\\ ", "x ", "x", "[[:upper:]]", "[[:foo:]]", "[a", "a\\", "a b", "star\\*", "?", "/*/", "dir/", "dir", ".env\r\n", "\ufeffabc", "x[[:digit:]]", "x[^0-9]",
		"[[:alpha:]-]", "x[+--]", "[[a]", "a[[]", "**/", "/**", "a/**/", "**foo", "foo***/bar", "", "!", "/", "//", "a//b", "build//", "!/", "x[0-", "[z-a]", "[\\a]", "x\\1",
	} {
		contents := map[string]string{".gitignore": rules + "\n"}
		for _, path := range paths {
			contents[path] = ""
		}
		agreeOnIgnored(t, t.Errorf, contents)
	}
}

func TestAnyIgnoreRulesAreReadAsGitReadsThem(t *testing.T) {
	line := rapid.Custom(func(r *rapid.T) string {
		return strings.Join(rapid.SliceOfN(rapid.SampledFrom([]string{
			"a", "b", "c", "/", "/", "*", "**", "**/", "/**", "?", "[ab]", "[!a]", "[^b]", "[a-c]", "!", "\\", "[", "]", " ", "-", "[[:alpha:]]", "[]", ".",
		}), 0, 6).Draw(r, "parts"), "")
	})
	name := rapid.StringMatching(`[abc-]{1,2}`)
	rapid.Check(t, func(r *rapid.T) {
		contents := map[string]string{}
		for range rapid.IntRange(1, 8).Draw(r, "files") {
			contents[strings.Join(rapid.SliceOfN(name, 1, 3).Draw(r, "path"), "/")] = ""
		}
		for _, dir := range []string{"", "a/", "a/b/"} {
			contents[dir+".gitignore"] = strings.Join(rapid.SliceOfN(line, 0, 4).Draw(r, dir), "\n") + "\n"
		}
		if _, ok := valid(contents); !ok {
			r.Skip("no tree")
		}
		agreeOnIgnored(t, r.Fatalf, contents)
	})
}

// A pattern takes no time to speak of, whatever it is.
func TestAPatternOfStarsEnds(t *testing.T) {
	all := files(t, map[string]string{".gitignore": strings.Repeat("*a", 500) + "*b\n", strings.Repeat("a", 250): ""})
	if ignoring(t, all).Ignored(all[1].Path.String()) {
		t.Error("it is ignored")
	}
}

func TestTheRecordsAreNeverIgnored(t *testing.T) {
	ignore := ignoring(t, files(t, map[string]string{".gitignore": "*\n"}))
	if !ignore.Ignored("a") || ignore.Ignored(".scaffold/lock.yaml") {
		t.Error("the records are ignored, or the rest is not")
	}
}

func TestAttributesAreReadAsGitReadsThem(t *testing.T) {
	line := rapid.Custom(func(r *rapid.T) string {
		text := rapid.SampledFrom([]string{
			"*", "*.bat", "sub/*", `"a b.txt"`, `"*.\142at"`, "[ab].bat", "[!a].bat", "[[:alpha:]].bat", "**/b.txt", "/a.bat", "sub/**", "a*", "!a.bat",
			"[attr]mine", "[attr]yours", "[attr]binary", "#", `"a.bat`, `\a.bat`, "sub/", "[attr]",
		}).Draw(r, "pattern")
		says := rapid.SliceOfN(rapid.SampledFrom([]string{
			"text", "-text", "!text", "text=auto", "text=input", "text=foo", "crlf", "-crlf", "crlf=input", "crlf=auto", "!crlf", "eol=lf", "eol=crlf", "-eol",
			"!eol", "binary", "-binary", "!binary", "mine", "-mine", "!mine", "yours", "=", "a$b", "diff",
		}), 0, 3).Draw(r, "says")
		return rapid.SampledFrom([]string{"", "", " ", "\ufeff"}).Draw(r, "before") + text + " " + strings.Join(says, rapid.SampledFrom([]string{" ", "\t"}).Draw(r, "between"))
	})
	bytes := rapid.SliceOfN(rapid.SampledFrom([]string{"\r\n", "\r\n", "\n", "\r", "\x00", "a"}), 1, 4)
	rapid.Check(t, func(r *rapid.T) {
		contents := map[string]string{}
		for _, dir := range []string{"", "sub/"} {
			contents[dir+".gitattributes"] = strings.Join(rapid.SliceOfN(line, 0, 5).Draw(r, dir+".gitattributes"), "\n") + "\n"
			for _, name := range []string{"a.bat", "b.txt", "a b.txt"} {
				contents[dir+name] = strings.Join(bytes.Draw(r, dir+name), "")
			}
		}
		autoCRLF := rapid.SampledFrom([]string{"false", "true", "input"}).Draw(r, "autocrlf")
		o := options()
		o.Machine.AutoCRLF = autoCRLF != "false"
		ours, theirs := fastDir(t), fastDir(t)
		_, err := vcs.Create(t.Context(), at(ours), put(t, ours, files(t, contents)), o)
		must(t, err)
		put(t, theirs, files(t, contents))
		git(t, theirs, "init", "-q", "-b", "main")
		git(t, theirs, "-c", "core.autocrlf="+autoCRLF, "-c", "core.safecrlf=false", "add", "-A", "-f")
		if diff := cmp.Diff(lines(git(t, theirs, "ls-files", "--stage")), lines(git(t, ours, "ls-files", "--stage"))); diff != "" {
			r.Fatalf("(-git +ours):\n%s", diff)
		}
	})
}

// lines are those of an output that are no warnings.
func lines(out string) []string {
	var kept []string
	for line := range strings.Lines(out) {
		if !strings.HasPrefix(line, "warning") {
			kept = append(kept, line)
		}
	}
	return kept
}

func ignoring(t testing.TB, files []tree.File) *vcs.Ignore {
	t.Helper()
	ignore, err := vcs.NewIgnore(slices.Values(files), vcs.Machine{})
	if err != nil {
		t.Fatal(err)
	}
	return ignore
}
