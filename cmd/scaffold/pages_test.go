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

var fencedBlock = regexp.MustCompile("(?ms)^```([a-z]*)\n(.*?)^```$")

// blocks are the blocks of a page in a language, in order.
func blocks(t *testing.T, name, language string) []string {
	t.Helper()
	var list []string
	for _, m := range fencedBlock.FindAllStringSubmatch(page(t, "docs", name), -1) {
		if m[1] == language {
			list = append(list, m[2])
		}
	}
	return list
}

// a desk is a clean account, in a directory, with what the pages speak of.
type desk struct {
	*testing.T
	dir string
	env []string
}

func newDesk(t *testing.T) desk {
	t.Helper()
	home := t.TempDir()
	return desk{t, t.TempDir(), testenv.Env("HOME="+home, "XDG_CONFIG_HOME="+home+"/config", "XDG_CACHE_HOME="+home+"/cache",
		"PATH="+filepath.Dir(testenv.Scaffold(t))+":"+os.Getenv("PATH"), "GIT_AUTHOR_NAME=Ada", "GIT_AUTHOR_EMAIL=ada@example.com",
		"GIT_COMMITTER_NAME=Ada", "GIT_COMMITTER_EMAIL=ada@example.com")}
}

func (d desk) write(name, text string) {
	d.Helper()
	path := filepath.Join(d.dir, name)
	err := os.MkdirAll(filepath.Dir(path), 0o755)
	if err == nil {
		err = os.WriteFile(path, []byte(text), 0o644)
	}
	if err != nil {
		d.Fatal(err)
	}
}

func (d desk) sh(script string) string {
	d.Helper()
	return testenv.Run(d.T, 2*time.Minute, d.dir, d.env, "sh", "-ec", script)
}

const head = "apiVersion: scaffold/v1\nname: %s\ntitle: T\nversion: 1.0.0\n"

func manifestOf(name, rest string) string {
	return strings.Replace(head, "%s", name, 1) + rest
}

// TestTheOverlaysOfTheirPage lints and tests what docs/overlays.md shows, and holds
// what it says that a command prints.
func TestTheOverlaysOfTheirPage(t *testing.T) {
	testenv.Need(t, "sh")
	d, yamls := newDesk(t), blocks(t, "overlays.md", "yaml")
	if len(yamls) != 2 {
		t.Fatalf("%d blocks of YAML", len(yamls))
	}
	d.write("acme-django/template.yaml", yamls[0])
	d.sh("scaffold template lint ./acme-django --accept-base && scaffold template test ./acme-django")
	d.write("many/template.yaml", manifestOf("many", "extends: {template: builtin:django}\n"+yamls[1]))
	d.sh("scaffold template lint ./many")
	shown := regexp.MustCompile(`(?s)\$ (scaffold template show [^\n]*)\n(.*)`).FindStringSubmatch(strings.Join(blocks(t, "overlays.md", ""), "\n"))
	if shown == nil {
		t.Fatal("no command is shown with what it prints")
	}
	if got, want := d.sh(shown[1]), strings.ReplaceAll(shown[2], "/home/ada", d.dir); strings.TrimSpace(got) != strings.TrimSpace(want) {
		t.Errorf("%s prints\n%s, and the page says\n%s", shown[1], got, want)
	}
}

// TestTheCommandsOfThePageOnSources runs those of docs/sources.md against a server,
// with its configuration and its policy.
func TestTheCommandsOfThePageOnSources(t *testing.T) {
	testenv.Need(t, "sh", "git")
	d, yamls := newDesk(t), blocks(t, "sources.md", "yaml")
	server := testenv.ServeGit(t, d.dir, "", "")
	d.env = append(d.env, "GIT_SSL_CAINFO="+server.CA)
	d.write("made/shop/template.yaml", manifestOf("shop", ""))
	d.write("made/policy.yaml", yamls[1])
	d.sh(`cd made && git init -q -b main . && git add . && git commit -q -m one && git tag v1.4.0 && git commit -q --allow-empty -m two && git tag v1.5.0
git clone -q --bare . ../platform/templates`)
	for _, block := range blocks(t, "sources.md", "sh") {
		d.sh(strings.ReplaceAll(block, "https://git.example.com", server.URL))
	}
	d.write("config.yaml", strings.ReplaceAll(yamls[0], "https://git.example.com", server.URL))
	out := d.sh(`mkdir -p "$XDG_CONFIG_HOME/scaffold" && cp config.yaml "$XDG_CONFIG_HOME/scaffold" && scaffold source list && scaffold recommend --use rest-api`)
	for _, want := range []string{"acme  1 template", "has a policy", "denied by acme: not supported by the platform team before May"} {
		if !strings.Contains(out, want) {
			t.Errorf("%q is not in\n%s", want, out)
		}
	}
}

// TestTheCommandsOfThePageOnHooks runs those of docs/hooks.md, for its hook.
func TestTheCommandsOfThePageOnHooks(t *testing.T) {
	testenv.Need(t, "sh", "git", "ssh-keygen")
	d := newDesk(t)
	hook := "questions:\n  - {id: install, type: bool, default: true}\n  - {id: registry_token, type: secret}\n" + blocks(t, "hooks.md", "yaml")[0]
	d.write("our-template/template.yaml", manifestOf("our-template", hook))
	d.write("acme/web/template.yaml", manifestOf("web", ""))
	d.sh(`ssh-keygen -q -t ed25519 -N '' -f key && echo "ada@acme.example $(cat key.pub)" > allowed_signers
cd acme && git init -q . && git add . && git commit -q -m one && cd .. && scaffold source add acme "git+file://$PWD/acme"`)
	out := d.sh(blocks(t, "hooks.md", "sh")[0])
	for _, want := range []string{"npm install   (hook lock; reaches the network; uses npm; gets the secret registry_token; at most 5m0s)", "Trusted our-template 1.0.0", "Removed our-template"} {
		if !strings.Contains(out, want) {
			t.Errorf("%q is not in\n%s", want, out)
		}
	}
}
