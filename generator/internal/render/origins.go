package render

import "scaffold/generator/internal/tree"

// Origins are the layers of a template that give each of its source files, from
// the base; the last of them shows. A template of one layer has none.
type Origins map[string][]int

// Shown is the layer whose file stands at a source path.
func (o Origins) Shown(source string) int {
	if layers := o[source]; len(layers) > 0 {
		return layers[len(layers)-1]
	}
	return 0
}

// topmost leaves out what a higher layer of the template replaces under another
// name of its own: the files "{{ .app }}/a.py" and "shop/a.py".
func (o Origins) topmost(files []tree.File) []tree.File {
	if o == nil {
		return files
	}
	top := make(map[tree.Rel]int, len(files))
	for _, f := range files {
		top[f.Path] = max(top[f.Path], o.Shown(f.Source))
	}
	var kept []tree.File
	for _, f := range files {
		if o.Shown(f.Source) == top[f.Path] {
			kept = append(kept, f)
		}
	}
	return kept
}
