package project

import (
	"os"
	"path"
	"path/filepath"
	"slices"

	"scaffold/generator"
	"scaffold/generator/fault"
	"scaffold/generator/internal/foreign"
	"scaffold/generator/internal/merge"
	"scaffold/generator/internal/repo"
)

// keep has what copier and cruft know of a project follow an update, so that
// they go on working: the file that cruft keeps is no file of the template, and
// copier's names the template in copier's own words.
func (u *Update) keep(in *merge.Input, parts []generator.Part, tracked map[string]repo.Entry) error {
	for _, part := range parts {
		name := foreign.KeptFile(part.Template.Manifest, part.Answers.Vars)
		at := path.Join(part.Path, name)
		if entry, ok := tracked[at]; name == "" || !ok || entry.Mode != "100644" && entry.Mode != "100755" {
			continue
		}
		owner, err := os.ReadFile(filepath.Join(u.project.Dir, filepath.FromSlash(at)))
		if err != nil {
			return unread(at, err)
		}
		named := func(f repo.File) bool { return f.Path == at }
		base := slices.IndexFunc(in.Base, named)
		switch {
		case part.Template.Manifest.Foreign() == foreign.Copier && base >= 0:
			in.Base[base].Data = foreign.KeepCopier(in.Base[base].Data, owner)
		case part.Template.Manifest.Foreign() == foreign.Cookiecutter && base < 0 && !slices.ContainsFunc(in.Theirs, named):
			u.keepCruft(in, part, repo.File{Path: at, Mode: tracked[at].Mode, Data: owner})
		}
	}
	return nil
}

// keepCruft takes the owner's file for the template's old one. One that cannot be
// read stays, and is told of.
func (u *Update) keepCruft(in *merge.Input, part generator.Part, owner repo.File) {
	top := part.Template.Layers[0]
	now, err := foreign.KeepCruft(owner.Data, foreign.Place{Source: top.Source, Ref: top.Ref, Commit: top.Commit}, part.Answers.Vars)
	if err != nil {
		u.Notes = append(u.Notes, owner.Path+" is left as it is: "+fault.Of(err).Message)
		return
	}
	in.Base = append(in.Base, owner)
	in.Theirs = append(in.Theirs, repo.File{Path: owner.Path, Mode: owner.Mode, Data: now})
}
