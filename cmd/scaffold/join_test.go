//go:build unix

package main

import (
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/creack/pty"

	"scaffold/internal/testenv"
)

// onTerminal runs the program on a terminal, types an answer once it asks, and
// gives all that was shown.
func (m *machine) onTerminal(answer string, args ...string) (string, int) {
	m.t.Helper()
	cmd := exec.Command(m.program, args...)
	cmd.Dir, cmd.Env = m.dir, append(m.env, "TERM=xterm-256color")
	terminal, err := pty.Start(cmd)
	if err != nil {
		m.t.Skipf("no pseudo-terminal: %v", err)
	}
	defer terminal.Close()
	var shown strings.Builder
	asked := make(chan struct{})
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		buf, told := make([]byte, 4096), false
		for {
			n, err := terminal.Read(buf)
			if shown.Write(buf[:n]); !told && strings.Contains(shown.String(), "[y/N]") {
				close(asked)
				told = true
			}
			if err != nil {
				return
			}
		}
	}()
	select {
	case <-asked:
		if _, err := terminal.WriteString(answer + "\r"); err != nil {
			m.t.Fatal(err)
		}
	case <-ended:
	case <-time.After(time.Minute):
		m.t.Error("nothing was asked")
		cmd.Process.Kill()
	}
	cmd.Wait()
	<-ended
	return shown.String(), cmd.ProcessState.ExitCode()
}

// TestJoiningIsShownAndAgreedTo takes over a configuration, a newer one, and
// leaves again.
func TestJoiningIsShownAndAgreedTo(t *testing.T) {
	testenv.Need(t, "git")
	m := newMachine(t)
	acme, platform := filepath.Join(m.dir, "acme"), filepath.Join(m.dir, "platform")
	testenv.GitCommit(t, acme, map[string]string{
		"web/template.yaml": "apiVersion: scaffold/v1\nname: web\ntitle: T\nversion: 1.0.0\nactions: [{id: mark, run: [touch, ran]}]\n", "web/files/a": "x\n",
	}, "v1")
	join := "sources:\n  acme: {url: \"git+file://" + acme + "\", ref: v1}\ntrust: [{source: acme}]\n"
	testenv.GitCommit(t, platform, map[string]string{"join.yaml": join})
	address := "git+file://" + platform

	shown, code := m.onTerminal("n", "join", address)
	if code != 130 || !strings.Contains(shown, "acme: all releases may run their commands") || len(m.names("source")) > 0 {
		t.Errorf("no is not taken for no: exit %d, %v\n%s", code, m.names("source"), shown)
	}
	if shown, code = m.onTerminal("y", "join", address); code != 0 || !slices.Equal(m.names("source"), []string{"acme"}) {
		t.Fatalf("exit %d, %v\n%s", code, m.names("source"), shown)
	}
	m.must("new", "shop", "-t", "acme/web", "--no-input") // its hook is trusted
	if _, talk, code := m.run(t.Context(), "source", "remove", "acme"); code != 2 {
		t.Errorf("a joined source is removed as if it had been added: exit %d, %s", code, talk)
	}

	// A change of the repository counts once it is agreed to, too.
	testenv.GitCommit(t, platform, map[string]string{"join.yaml": join + "policy: {deny: [{template: web, text: use api}]}\n"})
	m.must("new", "shop2", "-t", "acme/web", "--no-input")
	if shown, code = m.onTerminal("yes", "join", address); code != 0 || !strings.Contains(shown, "web: use api") {
		t.Fatalf("exit %d\n%s", code, shown)
	}
	if _, talk, code := m.run(t.Context(), "new", "shop3", "-t", "acme/web", "--no-input"); code != 4 || !strings.Contains(talk, "use api") || !strings.Contains(talk, address) {
		t.Errorf("exit %d, %s", code, talk)
	}
	m.must("join", "--leave", address)
	if got := m.names("source"); len(got) > 0 {
		t.Errorf("left, and there are %v", got)
	}
}
