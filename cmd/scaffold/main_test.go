package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"scaffold/internal/testenv"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"scaffold": main})
}

// TestScripts runs testdata/script through the real main. Each # line of a
// script is a promise to the user.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 filepath.Join("..", "..", "testdata", "script"),
		RequireExplicitExec: true,
		UpdateScripts:       os.Getenv("UPDATE_SCRIPTS") != "",
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"gitserve": func(ts *testscript.TestScript, _ bool, args []string) { gitServe(t, ts, args) },
		},
		Setup: func(e *testscript.Env) error {
			e.Setenv("HOME", filepath.Join(e.WorkDir, "home"))
			e.Setenv("GIT_AUTHOR_NAME", "Ada Lovelace")
			e.Setenv("GIT_AUTHOR_EMAIL", "ada@example.com")
			e.Setenv("GIT_CONFIG_NOSYSTEM", "1")
			e.Setenv("SOURCE_DATE_EPOCH", "1767225600")
			return os.Mkdir(filepath.Join(e.WorkDir, "home"), 0o755)
		},
	})
}

// gitServe is `gitserve DIR [USER PASSWORD]`: it serves the repositories below
// DIR on 127.0.0.1, as $GITURL, and has scaffold and git trust the server.
func gitServe(t *testing.T, ts *testscript.TestScript, args []string) {
	user, password := "", ""
	if len(args) == 3 {
		user, password = args[1], args[2]
	}
	server := testenv.ServeGit(t, args[0], user, password)
	ts.Setenv("GITURL", server.URL)
	ts.Setenv("SSL_CERT_FILE", server.CA)
	ts.Setenv("GIT_SSL_CAINFO", server.CA)
}
