package source

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"scaffold/generator"
	"scaffold/generator/manifest"
)

// beneath gives what an overlay replaces of the layers below it, and what it
// patches by a key or beside a line, as it is there: a change of that is one that
// the overlay masks, or that its patch does not know of. Changes of many files at
// once rest on no file's content.
func (l link) beneath(t *generator.Template, below *union) (map[string]generator.Beneath, error) {
	found := map[string]generator.Beneath{}
	note := func(name, does string) error {
		sum, err := below.sum(t, name)
		found[name] = generator.Beneath{Does: does, SHA256: sum}
		return err
	}
	for _, name := range below.generated() {
		rests := func(p manifest.Patch) bool {
			return (len(p.Set)+len(p.Delete) > 0 || p.Before+p.After != "") && manifest.MayGive(name, p.Path)
		}
		if slices.ContainsFunc(l.m.Patch, rests) {
			if err := note(manifest.FilesDir+"/"+name, "patches"); err != nil {
				return nil, err
			}
		}
	}
	for _, root := range []string{manifest.FilesDir, manifest.PartialsDir} {
		err := fs.WalkDir(l.fsys, root, func(name string, d fs.DirEntry, err error) error {
			if errors.Is(err, fs.ErrNotExist) && name == root {
				return fs.SkipAll
			}
			gifts := below.gifts[strings.TrimSuffix(name, manifest.Suffix)]
			if err != nil || d.IsDir() || len(gifts) == 0 {
				return err
			}
			return note(gifts[len(gifts)-1].path, "replaces")
		})
		if err != nil {
			return nil, err
		}
	}
	return found, nil
}

// sum is the hash of a file, and of the manifest of each overlay that changes it.
func (u *union) sum(t *generator.Template, name string) (string, error) {
	h := sha256.New()
	if u.shown[name].Type()&fs.ModeSymlink != 0 {
		target, err := u.ReadLink(name)
		fmt.Fprintf(h, "link %s\n", target)
		return hex.EncodeToString(h.Sum(nil)), err
	}
	data, err := fs.ReadFile(u, name)
	if err != nil {
		return "", err
	}
	h.Write(data)
	source := manifest.Below(name)
	for _, over := range t.Overlays {
		changes := func(p manifest.Patch) bool { return manifest.MayGive(source, p.Path) }
		if !slices.ContainsFunc(over.Manifest.Patch, changes) {
			continue
		}
		data, err := fs.ReadFile(u.layers[over.Layer], manifest.FileName)
		if err != nil {
			return "", err
		}
		h.Write(data)
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}
