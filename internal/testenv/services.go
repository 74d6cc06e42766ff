//go:build unix

package testenv

import (
	"fmt"
	"net"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"
	"time"
)

// Postgres starts a PostgreSQL of its own in a temporary directory and gives
// its URL. The server refuses to run as root, so a root test runs it as nobody.
func Postgres(t *testing.T) string {
	t.Helper()
	programs := Need(t, "initdb", "postgres", "createdb")
	dir, err := os.MkdirTemp("", "scaffold-pg-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	owner := unprivileged(t, dir)
	data, port := filepath.Join(dir, "data"), FreePort(t)
	env := Env("HOME="+dir, "LC_ALL=C.UTF-8")
	runAs(t, owner, dir, env, programs[0], "-D", data, "-U", "postgres", "--auth=trust", "-E", "UTF8", "--no-sync")
	s := &Server{done: make(chan struct{})}
	s.cmd = command(t.Context(), dir, env, programs[1], "-D", data, "-p", strconv.Itoa(port), "-h", "127.0.0.1", "-k", dir,
		"-c", "fsync=off", "-c", "max_connections=200")
	s.cmd.SysProcAttr.Credential = owner
	s.cmd.Stdout, s.cmd.Stderr = &s.out, &s.out
	s.run(t)
	base := fmt.Sprintf("postgresql://postgres@127.0.0.1:%d/", port)
	Eventually(t, 60*time.Second, "PostgreSQL answers", func() bool {
		_, err := Try(t, 5*time.Second, dir, env, programs[2], "-h", "127.0.0.1", "-p", strconv.Itoa(port), "-U", "postgres", "app")
		return err == nil
	})
	return base + "app"
}

func runAs(t *testing.T, owner *syscall.Credential, dir string, env []string, argv ...string) {
	t.Helper()
	cmd := command(t.Context(), dir, env, argv...)
	cmd.SysProcAttr.Credential = owner
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %v\n%s", argv, err, out)
	}
}

// unprivileged gives the directory to nobody when the test runs as root.
func unprivileged(t *testing.T, dir string) *syscall.Credential {
	t.Helper()
	if os.Geteuid() != 0 {
		return nil
	}
	nobody, err := user.Lookup("nobody")
	if err != nil {
		t.Fatal(err)
	}
	uid, _ := strconv.Atoi(nobody.Uid)
	gid, _ := strconv.Atoi(nobody.Gid)
	if err := os.Chown(dir, uid, gid); err != nil {
		t.Fatal(err)
	}
	return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
}

// Redis starts a Redis of its own, in memory, and gives its URL.
func Redis(t *testing.T) string {
	t.Helper()
	program := Need(t, "redis-server")[0]
	port := FreePort(t)
	Start(t, t.TempDir(), Env(), program, "--bind", "127.0.0.1", "--port", strconv.Itoa(port), "--save", "", "--appendonly", "no")
	address := fmt.Sprintf("127.0.0.1:%d", port)
	Eventually(t, 20*time.Second, "Redis listens", func() bool {
		c, err := net.Dial("tcp", address)
		if err != nil {
			return false
		}
		c.Close()
		return true
	})
	return "redis://" + address + "/0"
}
