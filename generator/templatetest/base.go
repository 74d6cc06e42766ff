package templatetest

import (
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"

	"scaffold/generator"
	"scaffold/generator/manifest"
)

// BaseFile is where an overlay records what it replaces and patches, beside its
// template.yaml.
const BaseFile = "base.yaml"

// baseRecord is a base.yaml.
type baseRecord struct {
	APIVersion string            `yaml:"apiVersion"`
	Base       string            `yaml:"base"`  // the template below and its version, for people
	Files      map[string]string `yaml:"files"` // hex SHA-256, by path below the base
}

// BaseRecord is what base.yaml of an overlay is to hold now; nil where it replaces
// and patches nothing.
func BaseRecord(t *generator.Template) []byte {
	if len(beneath(t)) == 0 {
		return nil
	}
	var b strings.Builder
	b.WriteString("# The files of the base that this overlay replaces or patches, as they were when somebody last looked.\n" +
		"# Written by `scaffold template lint --accept-base`.\napiVersion: scaffold/base/v1\n")
	fmt.Fprintf(&b, "base: %s %s\nfiles:\n", standsOn(t).Name, standsOn(t).Version)
	for _, name := range sorted(beneath(t)) {
		fmt.Fprintf(&b, "  %q: %s\n", name, beneath(t)[name].SHA256)
	}
	return []byte(b.String())
}

// standsOn is the layer that the last overlay stands on.
func standsOn(t *generator.Template) generator.Layer { return t.Layers[len(t.Layers)-2] }

func beneath(t *generator.Template) map[string]generator.Beneath {
	if len(t.Overlays) == 0 {
		return nil
	}
	return t.Overlays[len(t.Overlays)-1].Beneath
}

// base holds what an overlay replaces and patches against what it has recorded: a
// mended file of the base is masked by a copy, and a patch may no longer fit.
func (l *linter) base() {
	under := beneath(l.t)
	data, err := fs.ReadFile(l.t.FS, BaseFile)
	if len(l.t.Overlays) == 0 || err != nil && len(under) == 0 {
		return
	}
	var rec baseRecord
	if err := manifest.Decode(BaseFile, data, &rec); err != nil {
		found, _ := Refused(err)
		l.findings = append(l.findings, found...)
		return
	}
	for _, name := range sorted(rec.Files) {
		l.recorded(data, &rec, name)
	}
	unknown := maps.Clone(under)
	maps.DeleteFunc(unknown, func(name string, _ generator.Beneath) bool { return rec.Files[name] != "" })
	if len(unknown) > 0 && len(l.findings) == 0 { // what is wrong comes first
		l.unrecorded(unknown)
	}
}

// recorded holds one line of base.yaml against the base.
func (l *linter) recorded(data []byte, rec *baseRecord, name string) {
	f := Finding{Rule: RuleBase, File: BaseFile, Try: "then accept it: scaffold template lint --accept-base"}
	if places, err := manifest.ReadPlaces(data); err == nil {
		f.Line, f.Column = places.Key("files", name)
	}
	switch now, there := beneath(l.t)[name]; {
	case !there:
		f.Message = fmt.Sprintf("the overlay neither replaces nor patches %s of its base", name)
		f.Try = "take it out: scaffold template lint --accept-base"
	case now.SHA256 == rec.Files[name]:
		return
	case now.Does == "replaces":
		f.Message = fmt.Sprintf("%s of %s has changed since %s, and this overlay replaces it", name, l.under(), rec.Base)
		f.Try = "take over into the overlay's file what it needs, " + f.Try
	default:
		f.Message = fmt.Sprintf("%s of %s has changed since %s, and this overlay patches it", name, l.under(), rec.Base)
		f.Try = "look whether the patch still says what it is to, " + f.Try
	}
	l.findings = append(l.findings, f)
}

func (l *linter) under() string { return standsOn(l.t).Name + " " + standsOn(l.t).Version }

// unrecorded is the finding for files that base.yaml does not have.
func (l *linter) unrecorded(names map[string]generator.Beneath) {
	list := slices.Sorted(maps.Keys(names))
	first := strings.Join(list[:min(3, len(list))], ", ")
	if len(list) > 3 {
		first += fmt.Sprintf(" and %d more", len(list)-3)
	}
	at := l.t.Overlays[len(l.t.Overlays)-1].Manifest.Problem("", "", "extends").Place
	l.findings = append(l.findings, Finding{
		Rule: RuleBase, File: manifest.FileName, Line: at.Line, Column: at.Column,
		Message: "what this overlay replaces or patches of its base is not recorded: " + first,
		Try:     "record it, so that lint says when it changes: scaffold template lint --accept-base",
	})
}
