//go:build unix

package step

import (
	"os"
	"os/exec"
	"syscall"
)

// apart gives the command a session of its own: a group that can be ended as a
// whole, and no terminal to ask on.
func apart(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true} }

// askGroup asks every process of the group to end.
func askGroup(p *os.Process) error { return syscall.Kill(-p.Pid, syscall.SIGTERM) }

// askToStop asks the process itself to end, as a supervisor does.
func askToStop(p *os.Process) error { return p.Signal(syscall.SIGTERM) }

// group is the processes that a command started.
type group struct{ id int }

func holdGroup(p *os.Process) group { return group{id: p.Pid} }

// kill ends what is left of the group.
func (g group) kill() { _ = syscall.Kill(-g.id, syscall.SIGKILL) }
