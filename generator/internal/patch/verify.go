package patch

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/pelletier/go-toml/v2"
	"github.com/tailscale/hujson"
)

// verify reads a file before and after a change: it must differ in the value at
// the key path and in nothing else. A way of writing that the change was not
// made for becomes an error, never another file than the one asked for.
func verify(read func([]byte) (any, error), before, after []byte, change func(any) any) error {
	was, err := read(before)
	if err != nil {
		return err
	}
	is, err := read(after)
	if err != nil {
		return err
	}
	if !reflect.DeepEqual(filled(change(plain(was))), filled(plain(is))) {
		return fmt.Errorf("more than this value would change")
	}
	return nil
}

func readJSON(data []byte) (v any, err error) {
	if data, err = hujson.Standardize(bytes.Clone(data)); err == nil { // it works in place
		err = json.Unmarshal(data, &v)
	}
	return v, err
}

func readTOML(data []byte) (any, error) {
	v := map[string]any{}
	err := toml.Unmarshal(data, &v)
	return v, err
}

func readYAML(data []byte) (v any, err error) {
	err = yaml.Unmarshal(data, &v)
	return v, err
}

// plain gives a value in the one form that all three languages share.
func plain(v any) any {
	switch v := v.(type) {
	case map[string]any:
		m := make(map[string]any, len(v))
		for k, x := range v {
			m[k] = plain(x)
		}
		return m
	case yaml.MapSlice:
		m := make(map[string]any, len(v))
		for _, item := range v {
			m[fmt.Sprint(item.Key)] = plain(item.Value)
		}
		return m
	case []any:
		list := make([]any, len(v))
		for i, x := range v {
			list[i] = plain(x)
		}
		return list
	case time.Time:
		return v.Format(time.RFC3339Nano)
	case nil, bool, string:
		return v
	}
	switch n := reflect.ValueOf(v); {
	case n.CanInt():
		return float64(n.Int())
	case n.CanUint():
		return float64(n.Uint())
	case n.CanFloat():
		return n.Float()
	}
	return fmt.Sprint(v)
}

// filled leaves out empty mappings: a TOML table that only its last header made
// goes with it.
func filled(v any) any {
	switch v := v.(type) {
	case []any:
		list := make([]any, len(v))
		for i, x := range v {
			list[i] = filled(x)
		}
		return list
	case map[string]any:
		m := make(map[string]any, len(v))
		for k, x := range v {
			x = filled(x)
			if sub, ok := x.(map[string]any); !ok || len(sub) > 0 {
				m[k] = x
			}
		}
		return m
	default:
		return v
	}
}

// with is what a plain value is once the value at the path is set.
func with(v any, key Key, value any) any {
	if len(key) == 0 {
		return value
	}
	switch v := v.(type) {
	case []any:
		list := slices.Clone(v)
		if key[0].isAppend() {
			return append(list, with(nil, key[1:], value))
		}
		if i, err := element(key, 0, len(list)); err == nil {
			list[i] = with(list[i], key[1:], value)
		}
		return list
	case map[string]any:
		m := maps.Clone(v)
		m[key[0].Name] = with(v[key[0].Name], key[1:], value)
		return m
	default:
		nested, _ := nest(key, value)
		return plain(nested)
	}
}

// without is what a plain value is once the value at the path is gone.
func without(v any, key Key) any {
	switch v := v.(type) {
	case []any:
		list := slices.Clone(v)
		i, err := element(key, 0, len(list))
		switch {
		case err != nil:
		case len(key) == 1:
			list = slices.Delete(list, i, i+1)
		default:
			list[i] = without(list[i], key[1:])
		}
		return list
	case map[string]any:
		m := maps.Clone(v)
		if len(key) == 1 {
			delete(m, key[0].Name)
		} else {
			m[key[0].Name] = without(v[key[0].Name], key[1:])
		}
		return m
	default:
		return v
	}
}
