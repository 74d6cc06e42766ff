package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
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
