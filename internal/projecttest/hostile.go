package projecttest

import (
	"os"
	"path/filepath"
	"testing"

	"scaffold/internal/testenv"
)

// Hostile makes, installs, checks and tests a project on a machine that is not
// as its authors' is: a path with blanks, quotes and accents, no locale, the
// other side of the date line, a strict umask, a home directory without
// settings, and settings of package tools that are meant for other places.
func (tpl Template) Hostile(t *testing.T) {
	t.Helper()
	testenv.Need(t, tpl.Language.Needs...)
	parent := filepath.Join(t.TempDir(), `Ada's "café" & co`)
	if err := os.Mkdir(parent, 0o755); err != nil {
		t.Fatal(err)
	}
	p := tpl.newIn(t, parent, "--template", tpl.Name)
	env := testenv.Env(
		"LC_ALL=C", "LANG=C", "PYTHONUTF8=0", "TZ=Pacific/Kiritimati", "NODE_ENV=production", "NO_COLOR=1",
		"PIP_USER=1", "PIP_REQUIRE_VIRTUALENV=1", "PYTHONPATH=", "npm_config_omit=dev", "npm_config_loglevel=silent",
	)
	inStrictShell := func(argv []string) []string {
		return append([]string{"sh", "-c", `umask 077; exec "$@"`, "sh"}, argv...)
	}
	Timed(t, "install", func() { p.Run(t, env, inStrictShell(tpl.Language.install)...) })
	Timed(t, "check", func() { p.Run(t, env, inStrictShell(tpl.Language.check)...) })
	Timed(t, "test", func() { t.Log(passed(t, p.Run(t, env, inStrictShell(tpl.Language.test)...))) })
	p.Clean(t)
}
