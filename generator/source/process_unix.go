//go:build unix

package source

import (
	"os/exec"
	"syscall"
)

// detach gives a command a session of its own: without a terminal, which ssh
// would ask, and so that its end is the end of everything that it started.
func detach(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
}
