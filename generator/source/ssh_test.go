package source_test

import (
	"crypto/ed25519"
	"crypto/rand"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/agent"
	"golang.org/x/crypto/ssh/knownhosts"

	"scaffold/generator/fault"
	"scaffold/internal/testenv"
)

func TestARepositoryOverSshIsReadWithTheAgentsKey(t *testing.T) {
	w := newWorld(t)
	commit := w.commit(map[string]string{"web/template.yaml": tiny, "web/files/a": "hello"}, "v1")
	mine := newKey(t)
	address, hostKey := serveSSH(t, mine.PublicKey())
	startAgent(t, mine)
	known := filepath.Join(w.dir, "known_hosts")
	t.Setenv("SSH_KNOWN_HOSTS", known)
	ref := "git+ssh://git@" + address + w.repo + "@v1#web"

	w.write(map[string]string{"known_hosts": "# nobody\n"})
	_, err := w.catalog().Load(t.Context(), ref)
	mustBe(t, err, fault.Source, "key is not known")

	w.write(map[string]string{"known_hosts": knownhosts.Line([]string{address}, hostKey) + "\n"})
	tpl, err := w.catalog().Load(t.Context(), ref)
	if err != nil || tpl.Top().Commit != commit {
		t.Fatalf("got %v", err)
	}
	_, err = w.catalog().Load(t.Context(), "git+ssh://git@"+address+"/nowhere")
	mustBe(t, err, fault.Source)

	startAgent(t, newKey(t))
	_, err = w.catalog().Load(t.Context(), "git+ssh://git@"+address+w.repo+"@main#web")
	mustBe(t, err, fault.Denied, "the ssh agent has no key")
}

// A key is a signer that an agent can take in.
type key struct {
	ssh.Signer
	private ed25519.PrivateKey
}

func newKey(t *testing.T) key {
	t.Helper()
	_, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	signer, err := ssh.NewSignerFromKey(private)
	if err != nil {
		t.Fatal(err)
	}
	return key{signer, private}
}

// startAgent serves one key at $SSH_AUTH_SOCK.
func startAgent(t *testing.T, k key) {
	t.Helper()
	ring := agent.NewKeyring()
	if err := ring.Add(agent.AddedKey{PrivateKey: k.private}); err != nil {
		t.Fatal(err)
	}
	dir, err := os.MkdirTemp("", "scaffold-agent-") // a socket's path is short
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	l, err := net.Listen("unix", filepath.Join(dir, "agent"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	t.Setenv("SSH_AUTH_SOCK", l.Addr().String())
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go agent.ServeAgent(ring, conn)
		}
	}()
}

// serveSSH lets the key run git-upload-pack on 127.0.0.1, and nothing else.
func serveSSH(t *testing.T, allowed ssh.PublicKey) (string, ssh.PublicKey) {
	t.Helper()
	uploadPack := testenv.Need(t, "git-upload-pack")[0]
	host := newKey(t)
	config := &ssh.ServerConfig{PublicKeyCallback: func(_ ssh.ConnMetadata, key ssh.PublicKey) (*ssh.Permissions, error) {
		if string(key.Marshal()) != string(allowed.Marshal()) {
			return nil, os.ErrPermission
		}
		return nil, nil
	}}
	config.AddHostKey(host)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go serveConn(conn, config, uploadPack)
		}
	}()
	return l.Addr().String(), host.PublicKey()
}

func serveConn(conn net.Conn, config *ssh.ServerConfig, uploadPack string) {
	_, channels, requests, err := ssh.NewServerConn(conn, config)
	if err != nil {
		return
	}
	go ssh.DiscardRequests(requests)
	for c := range channels {
		channel, requests, err := c.Accept()
		if err != nil {
			return
		}
		for r := range requests {
			var payload struct{ Command string }
			if r.Type != "exec" || ssh.Unmarshal(r.Payload, &payload) != nil {
				r.Reply(false, nil)
				continue
			}
			r.Reply(true, nil)
			path := strings.Trim(strings.TrimPrefix(payload.Command, "git-upload-pack "), "'")
			cmd := exec.Command(uploadPack, path)
			cmd.Stdout, cmd.Stderr = channel, channel.Stderr()
			in, _ := cmd.StdinPipe()
			go func() { io.Copy(in, channel); in.Close() }()
			status := byte(0)
			if cmd.Run() != nil {
				status = 1
			}
			channel.SendRequest("exit-status", false, []byte{0, 0, 0, status})
			channel.Close()
		}
	}
}
