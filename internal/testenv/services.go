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

// A PostgresServer is a PostgreSQL of its own in a temporary directory.
type PostgresServer struct {
	address  []string // the options of a client
	port     int
	dir      string
	env      []string
	createdb string
	made     int
}

// StartPostgres starts a PostgreSQL for the length of a test. The server refuses
// to run as root, so a root test runs it as nobody.
func StartPostgres(t *testing.T) *PostgresServer {
	t.Helper()
	programs := Need(t, "initdb", "postgres", "createdb")
	dir, err := os.MkdirTemp("", "scaffold-pg-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	owner := unprivileged(t, dir)
	data := filepath.Join(dir, "data")
	p := &PostgresServer{port: FreePort(t), dir: dir, env: Env("HOME="+dir, "LC_ALL=C.UTF-8"), createdb: programs[2]}
	p.address = []string{"-h", "127.0.0.1", "-p", strconv.Itoa(p.port), "-U", "postgres"}
	runAs(t, owner, dir, p.env, programs[0], "-D", data, "-U", "postgres", "--auth=trust", "-E", "UTF8", "--no-sync")
	s := &Server{done: make(chan struct{})}
	s.cmd = command(t.Context(), dir, p.env, programs[1], "-D", data, "-p", strconv.Itoa(p.port), "-h", "127.0.0.1", "-k", dir,
		"-c", "fsync=off", "-c", "max_connections=200")
	s.cmd.SysProcAttr.Credential = owner
	s.cmd.Stdout, s.cmd.Stderr = &s.out, &s.out
	s.run(t)
	Eventually(t, 2*time.Minute, "PostgreSQL answers", func() bool {
		_, err := Try(t, time.Minute, dir, p.env, append([]string{p.createdb, "ready"}, p.address...)...)
		return err == nil
	})
	return p
}

// Database makes an empty database and gives its URL.
func (p *PostgresServer) Database(t *testing.T) string {
	t.Helper()
	p.made++
	name := fmt.Sprintf("app%d", p.made)
	Run(t, time.Minute, p.dir, p.env, append([]string{p.createdb, name}, p.address...)...)
	return fmt.Sprintf("postgresql://postgres@127.0.0.1:%d/%s", p.port, name)
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
