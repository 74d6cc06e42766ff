package project

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"scaffold/generator"
	"scaffold/generator/fault"
	"scaffold/generator/internal/record"
	"scaffold/generator/source"
)

// What a check finds.
const (
	Behind  = "behind"  // there is a newer version of the template
	Edited  = "edited"  // a file that is managed strictly is not as it was generated
	Missing = "missing" // a file that the template gave is not there
	TagGone = "moved"   // a version tag names another commit than when the project was made
	Answers = "answers" // answers.yaml says something that the project was not made with
)

// Findings lists what a check may find.
func Findings() []string { return []string{Behind, Edited, Missing, TagGone, Answers} }

// A Finding is one way in which a project differs from what it was made as.
type Finding struct {
	Kind   string `json:"kind"`
	Path   string `json:"path,omitempty"`
	Detail string `json:"detail,omitempty"`
}

// Check compares the project with its record, and the record with what its
// template's source has now. It writes nothing.
func (p *Project) Check(ctx context.Context, m Machine) ([]Finding, error) {
	var found []Finding
	for _, part := range p.Parts {
		newer, err := behind(ctx, m, part)
		if err != nil {
			return nil, err
		}
		files, err := p.checkFiles(ctx, part)
		if err != nil {
			return nil, err
		}
		found = slices.Concat(found, newer, files)
	}
	asked, err := p.Asked(ctx)
	if err != nil {
		return nil, err
	}
	for i, part := range p.Parts {
		found = append(found, answered(part, asked[i])...)
	}
	return found, nil
}

// behind asks the template's source what it has now, and what that stands on.
func behind(ctx context.Context, m Machine, part Part) ([]Finding, error) {
	found, err := newest(ctx, m, part.Template())
	if err != nil || len(part.Layers) == 1 || slices.ContainsFunc(found, func(f Finding) bool { return f.Kind == TagGone }) {
		return found, err
	}
	from, ref, err := m.Templates.Next(ctx, part.Layers, Move{})
	if err != nil {
		return nil, err
	}
	t, err := from.Load(ctx, ref)
	if fault.Is(err, fault.Moved) {
		return append(found, Finding{Kind: TagGone, Detail: err.Error()}), nil
	}
	if err != nil {
		return nil, err
	}
	for _, l := range part.Layers[:len(part.Layers)-1] {
		i := slices.IndexFunc(t.Layers, func(now generator.Layer) bool { return now.Source == l.Source })
		if i >= 0 {
			found = append(found, compared(l, t.Layers[i])...)
		}
	}
	return found, nil
}

func newest(ctx context.Context, m Machine, l generator.Layer) ([]Finding, error) {
	if source.IsAddress(l.Source) {
		head, err := m.Templates.Head(ctx, l)
		if err != nil {
			return nil, err
		}
		switch {
		case head.Moved:
			return []Finding{{Kind: TagGone, Detail: fmt.Sprintf("%s %s was %.12s and is %.12s", l.Name, l.Ref, l.Commit, head.Commit)}}, nil
		case head.Newer != "":
			return []Finding{{Kind: Behind, Detail: fmt.Sprintf("%s %s → %s", l.Name, l.Ref, head.Newer)}}, nil
		case head.Commit != l.Commit:
			return []Finding{{Kind: Behind, Detail: fmt.Sprintf("%s %s was %.12s and is %.12s", l.Name, l.Ref, l.Commit, head.Commit)}}, nil
		}
		return nil, nil
	}
	t, err := m.Templates.Of([]generator.Layer{l}).Load(ctx, l.Source)
	if err != nil {
		return nil, err
	}
	return compared(l, t.Top()), nil
}

// compared is what a layer is behind what it is now.
func compared(l, now generator.Layer) []Finding {
	switch {
	case now.SHA256 == l.SHA256:
		return nil
	case now.Version == l.Version:
		return []Finding{{Kind: Behind, Detail: l.Name + " " + l.Version + " has changed"}}
	}
	return []Finding{{Kind: Behind, Detail: l.Name + " " + l.Version + " → " + now.Version}}
}

// checkFiles holds files against the hashes of the lock. Line ends do not count:
// git may have converted them.
func (p *Project) checkFiles(ctx context.Context, part Part) ([]Finding, error) {
	var found []Finding
	err := p.within(ctx, func(root *os.Root) error {
		for _, f := range part.Files {
			name := path.Join(part.Path, f.Path)
			info, err := root.Lstat(filepath.FromSlash(name))
			switch {
			case errors.Is(err, fs.ErrNotExist):
				if f.Managed != "once" && f.SHA256 != "" {
					found = append(found, Finding{Kind: Missing, Path: name})
				}
				continue
			case err != nil:
				return fault.New(fault.Destination, "%s cannot be read: %v", name, err)
			case f.Managed != "strict" || f.SHA256 == "":
				continue
			}
			same, err := asGenerated(root, name, info, f)
			if err != nil {
				return err
			}
			if !same {
				found = append(found, Finding{Kind: Edited, Path: name})
			}
		}
		return nil
	})
	return found, err
}

func asGenerated(root *os.Root, name string, info fs.FileInfo, f record.File) (bool, error) {
	name = filepath.FromSlash(name)
	if info.Mode()&fs.ModeSymlink != 0 {
		target, err := root.Readlink(name)
		return f.Mode == "link" && sum([]byte(target)) == f.SHA256, err
	}
	if !info.Mode().IsRegular() || f.Mode == "link" {
		return false, nil
	}
	data, err := root.ReadFile(name)
	if err != nil {
		return false, fault.New(fault.Destination, "%s cannot be read: %v", name, err)
	}
	return sum(data) == f.SHA256 || sum(bytes.ReplaceAll(data, []byte("\r\n"), []byte("\n"))) == f.SHA256, nil
}

// answered compares what a part is asked for with what it was made with.
func answered(part Part, asked Asked) []Finding {
	var found []Finding
	was, now := part.Answers.Answers(), asked.Answers.Answers()
	for _, v := range asked.Answers {
		if old, ok := was[v.ID]; !ok || !same(old, now[v.ID]) {
			found = append(found, Finding{Kind: Answers, Detail: v.ID + "=" + now[v.ID].String()})
		}
	}
	for _, v := range part.Answers {
		if _, ok := now[v.ID]; !ok {
			found = append(found, Finding{Kind: Answers, Detail: v.ID + " is not answered any more"})
		}
	}
	if top := part.Template(); asked.Template.Source != top.Source || asked.Template.Ref != top.Ref {
		found = append(found, Finding{Kind: Answers, Detail: "the template is " + asked.Template.Reference()})
	}
	if strings.Join(asked.Signals, ",") != strings.Join(part.Signals, ",") {
		found = append(found, Finding{Kind: Answers, Detail: "signals " + strings.Join(asked.Signals, ",")})
	}
	return found
}
