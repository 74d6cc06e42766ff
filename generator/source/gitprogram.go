package source

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	git "github.com/go-git/go-git/v5"
	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/storer"

	"scaffold/generator/internal/late"
)

// The oldest git that is used as a transport.
const gitMajor, gitMinor = 2, 25

// A gitProgram is git on this machine. It reads addresses as the person's git
// does: with insteadOf, credentials, proxies, certificates and ssh.
type gitProgram struct {
	path string
	err  error // why there is none
}

var gitVersion = late.Pattern(`^git version (\d+)\.(\d+)`)

// findGit looks for git on the PATH, once.
func (c *Catalog) findGit(ctx context.Context) gitProgram {
	c.gitOnce.Do(func() {
		if c.git.err = errors.New("git is not on the PATH"); !c.settings.withoutGit {
			c.git = lookGit(ctx)
		}
	})
	return c.git
}

func lookGit(ctx context.Context) gitProgram {
	path, err := exec.LookPath("git")
	if err != nil {
		return gitProgram{err: errors.New("git is not on the PATH")}
	}
	out, err := exec.CommandContext(ctx, path, "version").Output()
	found := gitVersion().FindSubmatch(out)
	if err != nil || found == nil {
		return gitProgram{err: fmt.Errorf("%s does not say its version", path)}
	}
	major, _ := strconv.Atoi(string(found[1]))
	minor, _ := strconv.Atoi(string(found[2]))
	if major < gitMajor || major == gitMajor && minor < gitMinor {
		return gitProgram{err: fmt.Errorf("git %d.%d is on the PATH, which is too old", major, minor)}
	}
	return gitProgram{path: path}
}

// A scratch is a bare repository that one fetch goes into. It is removed at the
// end, so that nothing of a fetch that was refused is ever used.
type scratch struct {
	c   *Catalog
	ref Reference
	git string
	dir string
	m   *meter

	settings []string // of git, beside those of a fetch: -c KEY=VALUE
	env      []string // of git, beside the person's
}

// scratchPrefix begins the names of such repositories in the cache.
const scratchPrefix = "fetch-"

func (c *Catalog) newScratch(ref Reference, program string, m *meter) (*scratch, error) {
	parent := c.settings.Cache
	if parent != "" {
		if err := os.MkdirAll(parent, 0o700); err != nil {
			parent = ""
		}
		sweep(parent)
	}
	dir, err := os.MkdirTemp(parent, scratchPrefix)
	if err != nil {
		dir, err = os.MkdirTemp("", "scaffold-"+scratchPrefix)
	}
	if err != nil {
		return nil, err
	}
	if _, err := git.PlainInit(dir, true); err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	m.dir.Store(&dir)
	return &scratch{c: c, ref: ref, git: program, dir: dir, m: m}, nil
}

// sweep removes what killed runs have left: no fetch takes a day.
func sweep(cache string) {
	left, _ := filepath.Glob(filepath.Join(cache, scratchPrefix+"*"))
	for _, dir := range left {
		if info, err := os.Stat(dir); err == nil && time.Since(info.ModTime()) > 24*time.Hour {
			_ = os.RemoveAll(dir)
		}
	}
}

func (s *scratch) close() {
	s.m.dir.Store(nil)
	_ = os.RemoveAll(s.dir)
}

// dialGit reads the refs of a repository by git.
func (c *Catalog) dialGit(ctx context.Context, ref Reference, m *meter, program string) (*remote, error) {
	s, err := c.newScratch(ref, program, m)
	if err != nil {
		return nil, err
	}
	out, err := s.run(ctx, "ls-remote", "--end-of-options", ref.URL)
	if err != nil {
		s.close()
		return nil, err
	}
	r := &remote{ref: ref, refs: map[string]plumbing.Hash{}, peeled: map[string]plumbing.Hash{}, fetch: s.fetch, close: s.close}
	for line := range strings.Lines(string(out)) {
		hash, name, ok := strings.Cut(strings.TrimSpace(line), "\t")
		tag, peeled := strings.CutSuffix(name, "^{}")
		switch {
		case !ok || !plumbing.IsHash(hash) || len(hash) != 40:
			s.close()
			return nil, unavailable(ref.String(), "what the server says is not a list of refs with SHA-1 names", "check the address; repositories with SHA-256 names are not read")
		case peeled:
			r.peeled[tag] = plumbing.NewHash(hash)
		case name == "HEAD":
			r.head = plumbing.NewHash(hash)
		default:
			r.refs[name] = plumbing.NewHash(hash)
		}
	}
	return r, nil
}

// fetch brings one commit, without its history; or all branches, where the
// server gives out tips only and the commit is none.
func (s *scratch) fetch(ctx context.Context, want plumbing.Hash) (storer.EncodedObjectStorer, error) {
	options := []string{"fetch", "--no-tags", "--no-recurse-submodules"}
	_, err := s.run(ctx, append(options, "--depth=1", "--end-of-options", s.ref.URL, want.String())...)
	if failed := (*gitError)(nil); errors.As(err, &failed) && failed.says("unadvertised object", "not our ref") {
		_, err = s.run(ctx, append(options, "--end-of-options", s.ref.URL, "+refs/heads/*:refs/fetched/*")...)
	}
	if err != nil {
		return nil, err
	}
	if err := s.weigh(); err != nil {
		return nil, err
	}
	repo, err := git.PlainOpen(s.dir)
	if err != nil {
		return nil, err
	}
	return repo.Storer, nil
}

// weigh holds each pack against the limits before anything of it is read.
func (s *scratch) weigh() error {
	packs, err := filepath.Glob(filepath.Join(s.dir, "objects", "pack", "*.pack"))
	if err != nil {
		return err
	}
	for _, name := range packs {
		pack, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		if err := weigh(s.ref, pack, s.m.limits); err != nil {
			return err
		}
	}
	return nil
}

// settings of git for a fetch of what nobody has looked at yet.
func (s *scratch) config() []string {
	silence := 2 * max(1, int(s.m.limits.Silence/time.Second)) // the meter, which says what is meant, comes first
	return []string{
		"-c", "protocol.allow=never", "-c", "protocol.https.allow=always", "-c", "protocol.ssh.allow=always", "-c", "protocol.file.allow=always",
		"-c", "protocol.version=2", "-c", "transfer.fsckObjects=true", "-c", "fetch.unpackLimit=1", "-c", "core.hooksPath=" + os.DevNull,
		"-c", "gc.auto=0", "-c", "maintenance.auto=false", "-c", "core.bigFileThreshold=16m", "-c", "http.followRedirects=false",
		"-c", "http.lowSpeedLimit=1", "-c", "http.lowSpeedTime=" + strconv.Itoa(silence),
	}
}

// repositoryVariables would have git work on another repository, or say more
// than it is asked for.
var repositoryVariables = []string{
	"GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY", "GIT_ALTERNATE_OBJECT_DIRECTORIES", "GIT_COMMON_DIR",
	"GIT_NAMESPACE", "GIT_SHALLOW_FILE", "GIT_GRAFT_FILE", "GIT_PREFIX", "GIT_REPLACE_REF_BASE", "GIT_QUARANTINE_PATH",
	"GIT_CURL_VERBOSE", "GIT_DEFAULT_HASH", "GIT_TERMINAL_PROMPT", "GIT_ALLOW_PROTOCOL", "LC_ALL", "LANGUAGE",
}

// environ is the person's, as git's credentials, proxies and keys may stand in
// it. For the traces see [talk].
func (s *scratch) environ() []string {
	env := slices.DeleteFunc(s.c.settings.environ(), func(kv string) bool {
		name, _, _ := strings.Cut(kv, "=")
		return slices.Contains(repositoryVariables, name) || strings.HasPrefix(name, "GIT_TRACE")
	})
	env = append(env, "GIT_DIR="+s.dir, "GIT_DEFAULT_HASH=sha1", "GIT_ALLOW_PROTOCOL=https:ssh:file", "LC_ALL=C",
		"GIT_TRACE_PACKET=1", "GIT_TRACE_CURL=1")
	if !s.c.settings.Terminal {
		env = append(env, "GIT_TERMINAL_PROMPT=0", "GCM_INTERACTIVE=never", "SSH_ASKPASS_REQUIRE=never")
	}
	return append(env, s.env...)
}

// run gives what git prints; what goes wrong is worded for the person.
func (s *scratch) run(ctx context.Context, args ...string) ([]byte, error) {
	out, talk, err := s.exec(ctx, args)
	if err == nil {
		return out, nil
	}
	if cause := s.m.cause(ctx, nil); cause != nil {
		return nil, cause
	}
	failed := &gitError{talk: talk.text(), location: talk.location, err: err}
	return nil, caused(s.explain(failed), failed)
}

func (s *scratch) exec(ctx context.Context, args []string) ([]byte, *talk, error) {
	return s.do(exec.CommandContext(ctx, s.git, slices.Concat(s.config(), s.settings, args)...))
}

// program runs another program as git would be run, and gives what it says.
func (s *scratch) program(ctx context.Context, name string, args ...string) (string, error) {
	_, said, err := s.do(exec.CommandContext(ctx, name, args...))
	return said.text(), err
}

func (s *scratch) do(cmd *exec.Cmd) ([]byte, *talk, error) {
	cmd.Dir, cmd.Env, cmd.WaitDelay = s.dir, s.environ(), time.Second
	if !s.c.settings.Terminal {
		detach(cmd)
	}
	out, said := &bytes.Buffer{}, &talk{m: s.m}
	cmd.Stdout, cmd.Stderr = out, said
	err := cmd.Run()
	return out.Bytes(), said, err
}

// A talk is what git says on its standard error: messages, which it keeps the
// last of, and traces, which show how much comes from the server, and where it
// redirects to. Traces hold headers, and are kept nowhere.
type talk struct {
	m        *meter
	line     []byte // what has come of the last line
	lines    []string
	location string
}

// What of git's messages is kept.
const (
	maxLine  = 4 << 10
	maxLines = 100
)

func (t *talk) Write(p []byte) (int, error) {
	for part := range bytes.Lines(p) {
		t.line = append(t.line, part[:min(len(part), max(0, maxLine-len(t.line)))]...)
		if part[len(part)-1] == '\n' {
			t.take(string(t.line))
			t.line = t.line[:0]
		}
	}
	return len(p), nil
}

var (
	traced   = late.Pattern(`^\d\d:\d\d:\d\d\.\d+ `)
	received = late.Pattern(`<= Recv data, 0*(\d+) bytes`)
	sentTo   = late.Pattern(`(?i)<= Recv header: location: (\S+)`)
)

func (t *talk) take(line string) {
	if !traced().MatchString(line) {
		if t.lines = append(t.lines, line); len(t.lines) > maxLines {
			t.lines = t.lines[1:]
		}
		return
	}
	if found := received().FindStringSubmatch(line); found != nil {
		n, _ := strconv.Atoi(found[1])
		_ = t.m.add(n)
	} else if strings.Contains(line, " packet: ") {
		_ = t.m.add(len(line))
	}
	if found := sentTo().FindStringSubmatch(line); found != nil {
		t.location = found[1]
	}
}

// text is what git said to a person.
func (t *talk) text() string { return strings.Join(append(t.lines, string(t.line)), "") }

// size sums up the files below a directory, which may change meanwhile.
func size(dir string) int64 {
	var sum int64
	_ = filepath.WalkDir(dir, func(_ string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			if info, err := d.Info(); err == nil {
				sum += info.Size()
			}
		}
		return nil
	})
	return sum
}
