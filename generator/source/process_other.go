//go:build !unix

package source

import "os/exec"

// detach has nothing to do here: the command alone is ended.
func detach(*exec.Cmd) {}
