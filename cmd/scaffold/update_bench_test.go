package main

import (
	"path/filepath"
	"testing"
	"time"

	"scaffold/internal/testenv"
)

// TestUpdatesKeepWhatPeopleWrote runs the suite that compares tools on scaffold
// alone: nothing is lost, no exit code is dishonest, no conflict needless.
func TestUpdatesKeepWhatPeopleWrote(t *testing.T) {
	testenv.Need(t, "python3")
	testenv.Need(t, "git")
	root := testenv.Root()
	t.Log(testenv.Run(t, 5*time.Minute, root, testenv.Env(), "python3", filepath.Join(root, "bench", "update", "run.py"), "--tool", "scaffold", "--scaffold", testenv.Scaffold(t)))
}
