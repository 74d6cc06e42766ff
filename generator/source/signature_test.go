//go:build unix

package source_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"scaffold/generator"
	"scaffold/generator/fault"
	"scaffold/internal/testenv"
)

// A signer makes tags and commits that are signed by a key of its own.
type signer struct {
	env    []string
	config []string
	public string // as `trust add --signers` takes it
}

func sshSigner(t *testing.T) signer {
	t.Helper()
	testenv.Need(t, "ssh-keygen")
	dir := t.TempDir()
	testenv.Run(t, time.Minute, dir, testenv.Env(), "ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", "key")
	public, err := os.ReadFile(filepath.Join(dir, "key.pub"))
	if err != nil {
		t.Fatal(err)
	}
	return signer{config: []string{"-c", "gpg.format=ssh", "-c", "user.signingKey=" + filepath.Join(dir, "key.pub")}, public: "ada@example.com " + string(public)}
}

func gpgSigner(t *testing.T) signer {
	t.Helper()
	testenv.Need(t, "gpg", "gpgconf")
	home, err := os.MkdirTemp("", "gpg-") // a socket's path is short
	if err != nil {
		t.Fatal(err)
	}
	env := testenv.Env("GNUPGHOME=" + home)
	t.Cleanup(func() {
		testenv.Try(t, time.Minute, "/", env, "gpgconf", "--kill", "all")
		os.RemoveAll(home)
	})
	testenv.Run(t, time.Minute, home, env, "gpg", "--batch", "--quiet", "--passphrase", "", "--quick-gen-key", "Ada <ada@example.com>", "ed25519", "sign", "never")
	public := testenv.Run(t, time.Minute, home, env, "gpg", "--batch", "--armor", "--export", "ada@example.com")
	return signer{env: []string{"GNUPGHOME=" + home}, config: []string{"-c", "user.signingKey=ada@example.com"}, public: public}
}

// git runs git in the repository with the signer's key.
func (s signer) git(t *testing.T, repo string, args ...string) {
	t.Helper()
	env := testenv.Env(append([]string{"GIT_AUTHOR_NAME=a", "GIT_AUTHOR_EMAIL=ada@example.com", "GIT_COMMITTER_NAME=a", "GIT_COMMITTER_EMAIL=ada@example.com",
		"GIT_CONFIG_GLOBAL=/dev/null", "GIT_CONFIG_NOSYSTEM=1"}, s.env...)...)
	testenv.Run(t, time.Minute, repo, env, append(append([]string{"git"}, s.config...), args...)...)
}

func TestSignaturesAreCheckedByTheSignersAlone(t *testing.T) {
	for kind, make := range map[string]func(*testing.T) signer{"ssh": sshSigner, "GPG": gpgSigner} {
		t.Run(kind, func(t *testing.T) {
			ours, theirs := make(t), make(t)
			w := newWorld(t)
			w.commit(map[string]string{"template.yaml": tiny}, "unsigned")
			ours.git(t, w.repo, "tag", "-s", "-m", "v1", "signed")
			ours.git(t, w.repo, "commit", "-q", "--allow-empty", "-S", "-m", "signed commit")
			ours.git(t, w.repo, "tag", "of-signed-commit")
			w.commit(nil)
			theirs.git(t, w.repo, "tag", "-s", "-m", "v2", "by-another")
			// A tag that was signed as another version.
			ours.git(t, w.repo, "update-ref", "refs/tags/renamed", "refs/tags/signed")
			tests := map[string]struct {
				signers string
				says    string // "" is good
			}{
				"signed":           {ours.public, ""},
				"of-signed-commit": {ours.public, ""},
				"by-another":       {ours.public, "neither the tag nor the commit is signed by one of the signers"},
				"unsigned":         {ours.public, "neither the tag nor the commit is signed"},
				"renamed":          {ours.public, "neither the tag nor the commit"},
				"main":             {ours.public, "the commit is not signed"},
			}
			for tag, tt := range tests {
				tpl, err := w.catalog().Load(t.Context(), w.file()+"@"+tag)
				if err != nil {
					t.Fatal(err)
				}
				for name, c := range map[string]interface {
					check(t *testing.T, layer generator.Layer, signers string) error
				}{"online": online{w}, "offline": offline{w}} {
					err := c.check(t, tpl.Top(), tt.signers)
					switch {
					case tt.says == "" && err != nil:
						t.Errorf("%s %s: %v", tag, name, err)
					case tt.says != "" && (!fault.Is(err, fault.Untrusted) || !strings.Contains(err.Error(), tt.says)):
						t.Errorf("%s %s: %v", tag, name, err)
					}
				}
				if err := (online{w}).check(t, tpl.Top(), theirs.public); (err == nil) != (tag == "by-another") {
					t.Errorf("%s by another list of signers: %v", tag, err)
				}
			}
			// Keys that git would use for itself decide nothing.
			w.env = append(w.env, ours.env...)
			w.config("gpg.ssh.allowedSignersFile", filepath.Join(w.dir, "mine"))
			w.write(map[string]string{"mine": ours.public})
			tpl, err := w.catalog().Load(t.Context(), w.file()+"@signed")
			if err != nil {
				t.Fatal(err)
			}
			for other, signers := range map[string]string{"none": "\n", "theirs": theirs.public, "ssh": sshSigner(t).public} {
				if err := (online{w}).check(t, tpl.Top(), signers); err == nil {
					t.Errorf("a key of the person's own is taken for one of %s", other)
				}
			}
		})
	}
}

type online struct{ *world }

func (w online) check(t *testing.T, layer generator.Layer, signers string) error {
	return w.catalog().Signed(t.Context(), layer, signers)
}

type offline struct{ *world }

func (w offline) check(t *testing.T, layer generator.Layer, signers string) error {
	return w.offline().Signed(t.Context(), layer, signers)
}

func TestASignatureOfAChangedObjectIsNotTaken(t *testing.T) {
	ours := sshSigner(t)
	w := newWorld(t)
	w.commit(map[string]string{"template.yaml": tiny}, "v0")
	ours.git(t, w.repo, "tag", "-s", "-m", "v1", "v1")
	w.commit(map[string]string{"files/evil": "x"}, "v2")
	good, err := w.catalog().Load(t.Context(), w.file()+"@v1")
	if err != nil {
		t.Fatal(err)
	}
	evil, err := w.catalog().Load(t.Context(), w.file()+"@v2")
	if err != nil {
		t.Fatal(err)
	}
	if err := w.catalog().Signed(t.Context(), good.Top(), ours.public); err != nil {
		t.Fatal(err)
	}
	kept, _ := filepath.Glob(filepath.Join(w.settings.Cache, "signed-"+good.Top().Commit+"-*"))
	other, _ := filepath.Glob(filepath.Join(w.settings.Cache, "signed-"+evil.Top().Commit+"-*"))
	if len(kept) != 1 || len(other) != 1 {
		t.Fatal(kept, other)
	}
	data, err := os.ReadFile(kept[0])
	if err == nil {
		err = os.WriteFile(other[0], data, 0o600) // a good signature, of something else
	}
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []error{w.catalog().Signed(t.Context(), evil.Top(), ours.public), w.offline().Signed(t.Context(), evil.Top(), ours.public)} {
		if c == nil {
			t.Error("it was taken")
		}
	}
}
