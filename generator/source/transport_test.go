//go:build unix

package source_test

import (
	"encoding/base64"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"scaffold/generator/fault"
	"scaffold/internal/testenv"
)

// config writes a line of the person's git configuration.
func (w *world) config(key, value string) {
	w.t.Helper()
	file := filepath.Join(w.dir, ".gitconfig")
	w.env = append(w.env, "GIT_CONFIG_GLOBAL="+file)
	testenv.Run(w.t, time.Minute, w.dir, testenv.Env(), "git", "config", "--file", file, "--add", key, value)
}

// gives holds what the address gives: a template, or where kind is not "" a
// fault that shows no secret and leaves nothing behind.
func (w *world) gives(address string, kind fault.Kind) {
	w.t.Helper()
	tpl, err := w.catalog().Load(w.t.Context(), address)
	if kind != "" {
		mustBe(w.t, err, kind)
		w.untouched(err)
		return
	}
	if err != nil {
		w.t.Fatal(err, fault.Of(err).Hint)
	}
	if got, err := fs.ReadFile(tpl.FS, "files/a"); string(got) != "hello\n" {
		w.t.Fatalf("got %q, %v", got, err)
	}
	record, _ := os.ReadFile(w.settings.Record)
	if ref, _, _ := strings.Cut(address, "@"); !strings.Contains(string(record), ref) {
		w.t.Errorf("the lock does not name %s as it was written:\n%s", ref, record)
	}
	if strings.Contains(string(record)+strings.Join(*w.warnings, ""), "hunter2") {
		w.t.Error("a password is kept or shown")
	}
}

func basic(password string) string {
	return "Authorization: Basic " + base64.StdEncoding.EncodeToString([]byte("ada:"+password))
}

// TestHTTPSGoesTheWayGitGoes reads a private repository of git's http-backend
// behind TLS by each way that git knows, once right and once refused.
func TestHTTPSGoesTheWayGitGoes(t *testing.T) {
	type setup func(w *world, server *testenv.GitServer) string // gives the address
	plain := func(w *world, s *testenv.GitServer) string {
		w.env = append(w.env, "GIT_SSL_CAINFO="+s.CA)
		return "git+" + s.URL + "/repo/.git"
	}
	netrc := func(password string) setup {
		return func(w *world, s *testenv.GitServer) string {
			w.write(map[string]string{".netrc": "machine 127.0.0.1 login ada password " + password + "\n"})
			return plain(w, s)
		}
	}
	header := func(password string) setup {
		return func(w *world, s *testenv.GitServer) string {
			w.config("http."+s.URL+"/.extraHeader", basic(password))
			return plain(w, s)
		}
	}
	authority := func(ca func(s *testenv.GitServer) string) setup {
		return func(w *world, s *testenv.GitServer) string {
			w.config("http.sslCAInfo", ca(s))
			w.config("http.extraHeader", basic("hunter2"))
			return "git+" + s.URL + "/repo/.git"
		}
	}
	instead := func(password string) setup { // a token in the rewritten address, as CI has it
		return func(w *world, s *testenv.GitServer) string {
			w.config("url.https://ada:"+password+"@"+s.Host+"/.insteadOf", "https://git.corp.invalid/")
			plain(w, s)
			return "git+https://git.corp.invalid/repo/.git"
		}
	}
	tests := map[string]struct {
		setup setup
		kind  fault.Kind
	}{
		"a password in .netrc":                   {netrc("hunter2"), ""},
		"another one in .netrc":                  {netrc("hunter22"), fault.Denied},
		"an extraheader":                         {header("hunter2"), ""},
		"another extraheader":                    {header("hunter22"), fault.Denied},
		"an authority of sslCAInfo":              {authority(func(s *testenv.GitServer) string { return s.CA }), ""},
		"another authority":                      {authority(func(*testenv.GitServer) string { return "/dev/null" }), fault.Source},
		"a rewritten address with a token":       {instead("hunter2"), ""},
		"a rewritten address with another token": {instead("hunter22"), fault.Denied},
		"a rewritten address of a refused kind": {func(w *world, s *testenv.GitServer) string {
			w.config("url.ext::sh -c touch% "+w.dir+"/pwned% .insteadOf", "https://git.corp.invalid/")
			w.config("protocol.ext.allow", "always")
			return "git+https://git.corp.invalid/repo/.git"
		}, fault.Unsafe},
		"no password at all": {plain, fault.Denied},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.commit(map[string]string{"template.yaml": tiny, "files/a": "hello\n"}, "v1")
			server := testenv.ServeGit(t, filepath.Dir(w.repo), "ada", "hunter2")
			w.gives(tt.setup(w, server)+"@v1", tt.kind)
			if _, err := os.Stat(filepath.Join(w.dir, "pwned")); err == nil {
				t.Error("a command of the address was run")
			}
		})
	}
}

// TestAProxyIsGoneThrough has git reach a server through a proxy on loopback,
// which counts the tunnels and wants a password.
func TestAProxyIsGoneThrough(t *testing.T) {
	for password, kind := range map[string]fault.Kind{"hunter2": "", "hunter22": fault.Source} {
		t.Run(password, func(t *testing.T) {
			w := newWorld(t)
			w.commit(map[string]string{"template.yaml": tiny, "files/a": "hello\n"}, "v1")
			address := w.serve("", "")
			var tunnels atomic.Int32
			proxy := httptest.NewServer(http.HandlerFunc(func(out http.ResponseWriter, r *http.Request) {
				if "Authorization: "+r.Header.Get("Proxy-Authorization") != basic("hunter2") {
					out.Header().Set("Proxy-Authenticate", `Basic realm="proxy"`)
					out.WriteHeader(http.StatusProxyAuthRequired)
					return
				}
				tunnels.Add(1)
				tunnel(out, r)
			}))
			t.Cleanup(proxy.Close)
			w.config("http.proxy", "http://ada:"+password+"@"+strings.TrimPrefix(proxy.URL, "http://"))
			w.gives(address+"@v1", kind)
			if (tunnels.Load() > 0) != (kind == "") {
				t.Errorf("%d tunnels", tunnels.Load())
			}
		})
	}
}

func tunnel(out http.ResponseWriter, r *http.Request) {
	to, err := net.Dial("tcp", r.Host)
	if err != nil {
		out.WriteHeader(http.StatusBadGateway)
		return
	}
	defer to.Close()
	out.WriteHeader(http.StatusOK)
	from, _, err := out.(http.Hijacker).Hijack()
	if err != nil {
		return
	}
	defer from.Close()
	go io.Copy(to, from)
	io.Copy(from, to)
}

// An sshServer is OpenSSH on 127.0.0.1, which lets one key in.
type sshServer struct {
	address string // ssh://USER@127.0.0.1:PORT
	known   string // a known_hosts file with its key
	key     string // the file of the key that it lets in
	other   string // the file of one that it does not
}

func newSSHServer(t *testing.T) sshServer {
	t.Helper()
	sshd := testenv.Need(t, "/usr/sbin/sshd", "ssh-keygen", "ssh")[0]
	me, err := user.Current()
	if err != nil {
		t.Fatal(err)
	}
	if me.Uid == "0" {
		if err := os.MkdirAll("/run/sshd", 0o755); err != nil { // where it gives up its rights
			t.Fatal(err)
		}
	}
	dir := t.TempDir()
	for _, name := range []string{"host", "key", "other"} {
		testenv.Run(t, time.Minute, dir, testenv.Env(), "ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", name)
	}
	port := testenv.FreePort(t)
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	host, err := os.ReadFile(filepath.Join(dir, "host.pub"))
	if err != nil {
		t.Fatal(err)
	}
	config := write("sshd_config", fmt.Sprintf(`ListenAddress 127.0.0.1:%d
HostKey %s/host
AuthorizedKeysFile %s/key.pub
PasswordAuthentication no
KbdInteractiveAuthentication no
UsePAM no
StrictModes no
PermitRootLogin yes
PidFile none
AcceptEnv GIT_PROTOCOL
`, port, dir, dir))
	server := testenv.Start(t, dir, testenv.Env(), sshd, "-D", "-e", "-f", config)
	testenv.Eventually(t, 2*time.Minute, "sshd listens", func() bool {
		if server.Exited() {
			t.Fatal(server.Output())
		}
		conn, err := net.Dial("tcp", "127.0.0.1:"+strconv.Itoa(port))
		if err == nil {
			conn.Close()
		}
		return err == nil
	})
	return sshServer{
		address: fmt.Sprintf("ssh://%s@127.0.0.1:%d", me.Username, port),
		known:   write("known", fmt.Sprintf("[127.0.0.1]:%d %s", port, host)),
		key:     filepath.Join(dir, "key"), other: filepath.Join(dir, "other"),
	}
}

// client is a command line of ssh that knows nothing of the machine's own keys.
func (s sshServer) client(options string) string {
	return "ssh -F none -o UserKnownHostsFile=" + s.known + " " + options
}

// agent starts a real ssh-agent that holds a key.
func agentWith(t *testing.T, key string) string {
	t.Helper()
	testenv.Need(t, "ssh-agent", "ssh-add")
	dir, err := os.MkdirTemp("", "scaffold-agent-") // a socket's path is short
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	socket := filepath.Join(dir, "agent")
	testenv.Start(t, dir, testenv.Env(), "ssh-agent", "-D", "-a", socket)
	testenv.Eventually(t, 2*time.Minute, "the agent listens", func() bool {
		cmd := exec.Command("ssh-add", "-q", key)
		cmd.Env = testenv.Env("SSH_AUTH_SOCK=" + socket)
		return cmd.Run() == nil
	})
	return "SSH_AUTH_SOCK=" + socket
}

// TestSSHGoesTheWayGitGoes reads a repository of an OpenSSH server by each way
// that git and ssh know, once right and once refused.
func TestSSHGoesTheWayGitGoes(t *testing.T) {
	server := newSSHServer(t)
	keyFile := func(key string) func(*world) {
		return func(w *world) { w.config("core.sshCommand", server.client("-o IdentitiesOnly=yes -i "+key)) }
	}
	command := func(key string) func(*world) {
		return func(w *world) {
			w.env = append(w.env, "GIT_SSH_COMMAND="+server.client("-o IdentitiesOnly=yes -i "+key))
		}
	}
	agent := func(key string) func(*world) {
		return func(w *world) {
			w.config("core.sshCommand", server.client("-o IdentityFile=none"))
			w.env = append(w.env, agentWith(w.t, key))
		}
	}
	tests := map[string]struct {
		setup func(*world)
		kind  fault.Kind
	}{
		"a key file":                       {keyFile(server.key), ""},
		"another key file":                 {keyFile(server.other), fault.Denied},
		"an agent":                         {agent(server.key), ""},
		"an agent with another key":        {agent(server.other), fault.Denied},
		"GIT_SSH_COMMAND":                  {command(server.key), ""},
		"GIT_SSH_COMMAND with another key": {command(server.other), fault.Denied},
		"a host that is not known": {func(w *world) {
			w.env = append(w.env, "GIT_SSH_COMMAND=ssh -F none -o UserKnownHostsFile=/dev/null -i "+server.key)
		}, fault.Source},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.commit(map[string]string{"template.yaml": tiny, "files/a": "hello\n"}, "v1")
			w.env = append(w.env, "SSH_AUTH_SOCK=")
			tt.setup(w)
			w.gives("git+"+server.address+w.repo+"@v1", tt.kind)
			if tt.kind == "" {
				w.env = append(w.env, "GIT_SSH_COMMAND="+server.client("-o IdentitiesOnly=yes -i "+server.other))
				if _, err := w.catalog().Load(t.Context(), "git+"+server.address+w.repo+"@v1"); err != nil {
					t.Error("the key is gone, and the locked copy is not used:", err)
				}
				if all := strings.Join(*w.warnings, "\n"); !strings.Contains(all, "the locked copy is used") {
					t.Error(all)
				}
			}
		})
	}
}
