package source

import (
	"bytes"
	"context"
	"net/url"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	githttp "github.com/go-git/go-git/v5/plumbing/transport/http"
)

// credentialTime is how long git's helpers may take.
const credentialTime = 10 * time.Second

// credentials asks git for what it knows about a repository's host
// (git-credential). It never prompts; what it gives goes to that host only.
func (c *Catalog) credentials(ctx context.Context, ref Reference) (*githttp.BasicAuth, error) {
	fail := func(problem string) error {
		return denied(ref, problem)
	}
	u, err := url.Parse(ref.URL)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, or(c.settings.credentialTime, credentialTime))
	defer cancel()
	if strings.ContainsAny(u.Host+u.Path, "\n\r\x00") { // lines of git's protocol
		return nil, fail("its address holds control characters")
	}
	out, err := c.credentialFill(ctx, "protocol="+u.Scheme+"\nhost="+u.Host+"\npath="+strings.TrimPrefix(u.Path, "/")+"\n\n")
	switch {
	case ctx.Err() == context.DeadlineExceeded:
		return nil, fail("git's credential helper does not answer")
	case err != nil:
		return nil, fail("the server asks for credentials, and git has none for it")
	}
	auth := &githttp.BasicAuth{}
	for line := range strings.Lines(string(out)) {
		key, value, _ := strings.Cut(strings.TrimRight(line, "\r\n"), "=")
		switch key {
		case "username":
			auth.Username = value
		case "password":
			auth.Password = value
		}
	}
	if auth.Password == "" {
		return nil, fail("the server asks for credentials, and git has none for it")
	}
	return auth, nil
}

// credentialFill runs git outside any repository, whose settings it would take,
// and lets nothing ask the person.
func (c *Catalog) credentialFill(ctx context.Context, request string) ([]byte, error) {
	cmd := exec.CommandContext(ctx, "git", "credential", "fill")
	cmd.Dir = filepath.VolumeName(c.dir) + string(filepath.Separator)
	cmd.Env = append(c.settings.environ(), "GIT_TERMINAL_PROMPT=0", "GIT_ASKPASS=", "SSH_ASKPASS=", "GCM_INTERACTIVE=never")
	cmd.Stdin = strings.NewReader(request)
	cmd.WaitDelay = time.Second
	ownGroup(cmd)
	var out bytes.Buffer
	cmd.Stdout = &out
	err := cmd.Run()
	return out.Bytes(), err
}
