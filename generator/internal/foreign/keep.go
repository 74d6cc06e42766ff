package foreign

import (
	"path"
	"strings"

	"scaffold/generator/fault"
	"scaffold/generator/internal/jinja"
	"scaffold/generator/internal/late"
	"scaffold/generator/manifest"
)

// KeptFile is the file of a project's part that the tool of its template keeps;
// "" for a template of scaffold.
func KeptFile(m *manifest.Manifest, vars map[string]any) string {
	switch m.Foreign() {
	case Cookiecutter:
		return cruftFile
	case Copier:
		known, _ := vars[manifest.Context].(map[string]jinja.Value)
		conf, _ := known["_copier_conf"].(*jinja.Dict)
		name, _ := conf.Get("answers_file")
		text, _ := name.(string)
		return path.Clean(text)
	}
	return ""
}

// KeepCruft gives what cruft's file is to be after an update to a layer: its
// version and the answers are new, and all else is as it was.
func KeepCruft(data []byte, at Place, vars map[string]any) ([]byte, error) {
	v, err := jinja.ReadJSON(string(data))
	if err != nil {
		line, column := jsonPlace(string(data), err)
		return nil, fault.New(fault.Encoded, "this is not JSON: %v", err).At(cruftFile, line, column).Try("restore the file as cruft wrote it")
	}
	state, ok := v.(*jinja.Dict)
	values := cruftValues(vars)
	if replayValues(v, "context") == nil || !ok || values == nil || at.Commit == "" {
		return data, nil // it is not of this template
	}
	template, _ := state.Get("template")
	values.Set("_template", template)
	values.Set("_commit", at.Commit)
	context, _ := state.Get("context")
	context.(*jinja.Dict).Set("cookiecutter", values)
	state.Set("commit", at.Commit)
	state.Set("checkout", nil)
	if at.Ref != "" && at.Ref != at.Commit {
		state.Set("checkout", at.Ref)
	}
	text, err := jinja.WriteIndentedJSON(state)
	return []byte(text + "\n"), err
}

// cruftValues are the answers as cookiecutter has them, without what is about one
// run of it.
func cruftValues(vars map[string]any) *jinja.Dict {
	known, _ := vars[manifest.Context].(map[string]jinja.Value)
	own, ok := known["cookiecutter"].(*jinja.Dict)
	if !ok {
		return nil
	}
	out := &jinja.Dict{}
	own.Each(func(k, v jinja.Value) {
		if _, machine := v.(*jinja.Refused); !machine && k != "_checkout" {
			out.Set(k, v)
		}
	})
	return out
}

var aboutTemplate = late.Pattern(`(?m)^(_commit|_src_path):.*$`)

// KeepCopier gives the old text of copier's answers file with the lines about the
// template as the owner's file has them: copier writes a commit without a tag
// abbreviated, and an address as it was typed.
func KeepCopier(was, owner []byte) []byte {
	lines := map[string]string{}
	for _, line := range aboutTemplate().FindAllString(string(owner), -1) {
		key, _, _ := strings.Cut(line, ":")
		lines[key] = line
	}
	return aboutTemplate().ReplaceAllFunc(was, func(line []byte) []byte {
		key, _, _ := strings.Cut(string(line), ":")
		if own, ok := lines[key]; ok {
			return []byte(own)
		}
		return line
	})
}
