package patch

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/tailscale/hujson"
)

var jsonSyntax = syntax{
	comments: []string{"//"}, block: true, between: ':',
	key: func(text string) string {
		var name string
		if json.Unmarshal([]byte(text), &name) != nil {
			return text
		}
		return name
	},
	write:    func(v any) string { return writeJSON(v) },
	writeKey: quoteJSON,
}

// A jsonFile is a JSON file, with comments and trailing commas or without.
type jsonFile struct {
	data  []byte
	start int
}

func openJSON(data []byte) (file, error) {
	v, err := hujson.Parse(data)
	if err != nil {
		return nil, refuse("", "it is not JSON: %v", err)
	}
	return &jsonFile{data, v.StartOffset}, nil
}

func (j *jsonFile) top() (*flow, error) {
	if c := j.data[j.start]; c != '{' && c != '[' {
		return nil, notContainer(nil)
	}
	return jsonSyntax.scan(j.data, j.start), nil
}

func (j *jsonFile) set(key Key, value any) ([]byte, error) {
	f, err := j.top()
	if err != nil {
		return nil, err
	}
	return f.set(key, 0, value)
}

func (j *jsonFile) remove(key Key) ([]byte, error) {
	f, err := j.top()
	if err != nil {
		return nil, err
	}
	return f.remove(key, 0)
}

func quoteJSON(s string) string {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(s); err != nil { // a text always has a form
		panic(err)
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// writeJSON writes a value on one line, mappings in their order.
func writeJSON(v any) string {
	switch v := v.(type) {
	case string:
		return quoteJSON(v)
	case yaml.MapSlice:
		parts := make([]string, len(v))
		for i, item := range v {
			parts[i] = quoteJSON(fmt.Sprint(item.Key)) + ": " + writeJSON(item.Value)
		}
		return "{" + strings.Join(parts, ", ") + "}"
	case []any:
		parts := make([]string, len(v))
		for i, x := range v {
			parts[i] = writeJSON(x)
		}
		return "[" + strings.Join(parts, ", ") + "]"
	case nil:
		return "null"
	default:
		return fmt.Sprint(v)
	}
}

// indentJSON writes over several lines what writeJSON wrote on one.
func indentJSON(text, indent, unit string) string {
	var b bytes.Buffer
	if json.Indent(&b, []byte(text), indent, unit) != nil {
		return text
	}
	return b.String()
}
