package patch

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"

	"github.com/goccy/go-yaml"
	"github.com/tailscale/hujson"
)

// A Clash is a value that two sides changed differently. A side that removed it
// has nil.
type Clash struct {
	Key          string
	Ours, Theirs any
}

// Merge brings what changed from base to theirs into ours, key by key: ours
// keeps its order, its comments and its own values, and new keys come behind
// its last one. Where both sides changed a value differently ours stays, and
// the clash is reported. In a list of texts or numbers each element counts for
// itself. kind is json, yaml or toml.
func Merge(kind string, base, ours, theirs []byte) ([]byte, []Clash, error) {
	var sides [3]any
	for i, data := range [][]byte{base, ours, theirs} {
		v, err := readOrdered(kind, data)
		if err != nil {
			return nil, nil, err
		}
		sides[i] = v
	}
	m := &keyMerge{kind: kind, data: ours}
	if err := m.merge(nil, sides[0], sides[1], sides[2]); err != nil {
		return nil, nil, err
	}
	return m.data, m.clashes, m.check(sides)
}

// readOrdered reads a document with its keys in order.
func readOrdered(kind string, data []byte) (any, error) {
	name := "file." + kind
	l, err := languageOf(name)
	if err != nil {
		return nil, err
	}
	if len(data) > maxBytes || depth(data) > maxDepth {
		return nil, refuse("", "%s is too large or nested too deeply to be merged by key", name)
	}
	if _, err := l.open(data); err != nil {
		return nil, err
	}
	switch kind {
	case "json":
		return orderedJSON(data)
	case "yaml":
		var v any
		err := yaml.UnmarshalWithOptions(data, &v, yaml.UseOrderedMap())
		return v, err
	default:
		v, err := l.read(data)
		return byName(v), err
	}
}

// orderedJSON reads JSON, comments allowed.
func orderedJSON(data []byte) (any, error) {
	data, err := hujson.Standardize(bytes.Clone(data))
	if err != nil {
		return nil, err
	}
	dec := json.NewDecoder(bytes.NewReader(data))
	return nextJSON(dec)
}

func nextJSON(dec *json.Decoder) (any, error) {
	token, err := dec.Token()
	if err != nil {
		return nil, err
	}
	delim, ok := token.(json.Delim)
	if !ok {
		return token, nil
	}
	object, list := yaml.MapSlice{}, []any{}
	for dec.More() {
		var key any
		if delim == '{' {
			if key, err = dec.Token(); err != nil {
				return nil, err
			}
		}
		v, err := nextJSON(dec)
		if err != nil {
			return nil, err
		}
		object, list = append(object, yaml.MapItem{Key: key, Value: v}), append(list, v)
	}
	if _, err := dec.Token(); err != nil {
		return nil, err
	}
	if delim == '{' {
		return object, nil
	}
	return list, nil
}

// byName gives the mappings of a value an order.
func byName(v any) any {
	switch v := v.(type) {
	case map[string]any:
		out := yaml.MapSlice{}
		for _, name := range slices.Sorted(maps.Keys(v)) {
			out = append(out, yaml.MapItem{Key: name, Value: byName(v[name])})
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i, x := range v {
			out[i] = byName(x)
		}
		return out
	default:
		return v
	}
}

// A keyMerge changes the text of ours, one value after the other.
type keyMerge struct {
	kind    string
	data    []byte
	clashes []Clash
}

// absent is the value of a key that is not there.
type absent struct{}

func (m *keyMerge) merge(key Key, base, ours, theirs any) error {
	if alike(theirs, base) || alike(theirs, ours) {
		return nil
	}
	b, bm := base.(yaml.MapSlice)
	o, om := ours.(yaml.MapSlice)
	t, tm := theirs.(yaml.MapSlice)
	if _, none := base.(absent); om && tm && (bm || none) { // also where ours is base: its comments stay
		return m.mappings(key, b, o, t)
	}
	if alike(ours, base) {
		return m.take(key, theirs)
	}
	if list, ok := mergeLists(base, ours, theirs); ok {
		return m.take(key, list)
	}
	m.clashes = append(m.clashes, Clash{Key: key.String(), Ours: shown(ours), Theirs: shown(theirs)})
	return nil
}

func shown(v any) any {
	if _, none := v.(absent); none {
		return nil
	}
	return plain(v)
}

func (m *keyMerge) mappings(key Key, base, ours, theirs yaml.MapSlice) error {
	names := keysOf(theirs)
	for _, name := range keysOf(base) {
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	for _, name := range names {
		step := append(slices.Clone(key), Step{Name: name, Quoted: name == "+"})
		if err := m.merge(step, valueOf(base, name), valueOf(ours, name), valueOf(theirs, name)); err != nil {
			return err
		}
	}
	return nil
}

// take gives ours a value of theirs, or of both.
func (m *keyMerge) take(key Key, value any) error {
	if len(key) == 0 {
		return fmt.Errorf("it is another kind of document")
	}
	var err error
	if _, gone := value.(absent); gone {
		m.data, err = Delete("file."+m.kind, m.data, key)
	} else {
		m.data, err = Set("file."+m.kind, m.data, key, value)
	}
	return err
}

func keysOf(m yaml.MapSlice) []string {
	names := make([]string, len(m))
	for i, item := range m {
		names[i] = fmt.Sprint(item.Key)
	}
	return names
}

func valueOf(m yaml.MapSlice, name string) any {
	for _, item := range m {
		if fmt.Sprint(item.Key) == name {
			return item.Value
		}
	}
	return absent{}
}

func alike(a, b any) bool {
	_, aGone := a.(absent)
	_, bGone := b.(absent)
	if aGone || bGone {
		return aGone && bGone
	}
	return reflect.DeepEqual(plain(a), plain(b))
}

// mergeLists brings the elements that theirs added and removed into ours. It
// is not for lists whose elements are not told apart, nor where both sides
// removed the same element and put others in its place.
func mergeLists(base, ours, theirs any) ([]any, bool) {
	b, okB := elementsOf(base)
	o, okO := elementsOf(ours)
	t, okT := elementsOf(theirs)
	if !okB || !okO || !okT {
		return nil, false
	}
	removedByBoth := slices.ContainsFunc(b, func(v any) bool { return !slices.Contains(o, v) && !slices.Contains(t, v) })
	if removedByBoth {
		return nil, false
	}
	out := slices.DeleteFunc(slices.Clone(o), func(v any) bool { return slices.Contains(b, v) && !slices.Contains(t, v) })
	for i, v := range t {
		if slices.Contains(b, v) || slices.Contains(out, v) {
			continue
		}
		at := len(out)
		if i > 0 {
			if before := slices.Index(out, t[i-1]); before >= 0 {
				at = before + 1
			}
		} else {
			at = 0
		}
		out = slices.Insert(out, at, v)
	}
	return out, true
}

// elementsOf gives a list whose elements are single values, each there once.
func elementsOf(v any) ([]any, bool) {
	if _, none := v.(absent); none {
		return nil, true
	}
	list, ok := v.([]any)
	if !ok {
		return nil, false
	}
	seen := map[any]bool{}
	for _, x := range list {
		switch x.(type) {
		case yaml.MapSlice, []any, map[string]any:
			return nil, false
		}
		if seen[x] {
			return nil, false
		}
		seen[x] = true
	}
	return list, true
}

// check holds the result: every value that ours changed is there, unless
// theirs is the same or the value is a list that has both.
func (m *keyMerge) check(sides [3]any) error {
	result, err := readOrdered(m.kind, m.data)
	if err != nil {
		return err
	}
	return kept(nil, sides[0], sides[1], sides[2], result)
}

func kept(key Key, base, ours, theirs, result any) error {
	if alike(ours, base) || alike(ours, result) {
		return nil
	}
	o, om := ours.(yaml.MapSlice)
	r, rm := result.(yaml.MapSlice)
	if om && rm {
		b, _ := base.(yaml.MapSlice)
		t, _ := theirs.(yaml.MapSlice)
		all := map[string]bool{}
		for _, name := range slices.Concat(keysOf(o), keysOf(b)) {
			all[name] = true
		}
		for _, name := range slices.Sorted(maps.Keys(all)) {
			step := append(slices.Clone(key), Step{Name: name, Quoted: name == "+"})
			if err := kept(step, valueOf(b, name), valueOf(o, name), valueOf(t, name), valueOf(r, name)); err != nil {
				return err
			}
		}
		return nil
	}
	if merged, ok := mergeLists(base, ours, theirs); ok && alike(merged, result) {
		return nil
	}
	return fmt.Errorf("%s would not be what ours has", key)
}
