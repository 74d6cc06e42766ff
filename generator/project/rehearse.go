package project

import (
	"context"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"scaffold/generator"
	"scaffold/generator/fault"
	"scaffold/generator/internal/repo"
	"scaffold/generator/source"
)

// A Rehearsal is an update of a project that exists for it alone.
type Rehearsal struct {
	Was   generator.Part // of the older version of the template
	Edits []byte         // what an owner has done since, as a patch that git applies; nil is nothing
	// Next gives the parts that the project is to have.
	Next func(ctx context.Context, p *Project) ([]generator.Part, error)
}

// Rehearse makes a project, does an owner's edits, and says what an update makes
// of each file. A patch that does not apply is of the kind [fault.Template].
func (m Machine) Rehearse(ctx context.Context, r Rehearsal) ([]File, error) {
	parent, err := os.MkdirTemp("", "scaffold-rehearsal-")
	if err != nil {
		return nil, fault.As(fault.Destination, err)
	}
	defer os.RemoveAll(parent)
	m.Environ = rehearsed(m.Environ, parent)
	p, err := m.stage(ctx, filepath.Join(parent, "project"), r.Was)
	if err != nil {
		return nil, err
	}
	if len(r.Edits) > 0 {
		if err := p.patch(ctx, m, r.Edits); err != nil {
			return nil, err
		}
	}
	parts, err := r.Next(ctx, p)
	if err != nil {
		return nil, err
	}
	u, err := p.Update(ctx, m, parts)
	if err != nil {
		return nil, err
	}
	defer u.Close()
	return u.Files, nil
}

// rehearsed is an environment in which git is the same on every machine.
func rehearsed(environ []string, home string) []string {
	return append(slices.Clone(environ), "HOME="+home, "XDG_CONFIG_HOME="+home, "GIT_CONFIG_GLOBAL="+os.DevNull, "GIT_CONFIG_NOSYSTEM=1",
		"GIT_AUTHOR_NAME=Ada Lovelace", "GIT_AUTHOR_EMAIL=ada@example.com", "GIT_COMMITTER_NAME=Ada Lovelace", "GIT_COMMITTER_EMAIL=ada@example.com")
}

// stage makes the project.
func (m Machine) stage(ctx context.Context, dir string, part generator.Part) (*Project, error) {
	if err := os.Mkdir(dir, 0o700); err != nil {
		return nil, fault.As(fault.Destination, err)
	}
	if err := repo.Init(ctx, dir, m.Environ); err != nil { // also where the temporary directory is in a repository
		return nil, err
	}
	plan, err := m.Generator.Plan(ctx, generator.Request{
		Dir: dir, Name: "project", Parts: []generator.Part{part},
		Git: generator.GitRequest{Branch: "main", Author: generator.Identity{Name: "Ada Lovelace", Email: "ada@example.com"}},
	})
	if err != nil {
		return nil, err
	}
	if _, err := m.Generator.Apply(ctx, plan); err != nil {
		return nil, err
	}
	return Open(ctx, dir)
}

// patch applies and commits an owner's edits.
func (p *Project) patch(ctx context.Context, m Machine, edits []byte) error {
	r, err := repo.Open(ctx, p.Dir, m.Environ)
	if err != nil {
		return err
	}
	return r.Patch(ctx, edits, "Edits of an owner")
}

// Earlier is the reference of the template in a directory as it was at a tag,
// branch or commit of the repository that it is in.
func Earlier(ctx context.Context, dir, ref string, environ []string) (string, error) {
	r, err := repo.Find(ctx, dir, environ)
	if err != nil {
		return "", err
	}
	commit, err := r.Commit(ctx, ref)
	if err != nil {
		return "", err
	}
	at := url.URL{Scheme: "file", Path: filepath.ToSlash(r.Top)}
	address := "git+" + strings.ReplaceAll(at.String(), "@", "%40") + "@" + commit
	if sub := strings.TrimSuffix(r.Prefix, "/"); sub != "" {
		address += "#" + sub
	}
	_, err = source.ParseReference(address)
	return address, err
}
