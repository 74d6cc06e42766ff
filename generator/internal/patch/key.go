package patch

import "strings"

// A Key is a path to a value: the steps from the top of a file.
type Key []Step

// A Step is the key of a mapping or the number of a list's element; + is the
// element behind the last one. Quoted, it is always a key.
type Step struct {
	Name   string
	Quoted bool
}

func (s Step) isAppend() bool { return s.Name == "+" && !s.Quoted }

// ParseKey takes a path apart at its dots. A step with dots of its own stands in
// single or double quotes; what is in {{ }} is left as it is.
func ParseKey(text string) (Key, error) {
	var key Key
	for rest := text; ; {
		step, more, err := cutStep(rest)
		if err != nil || step.Name == "" && !step.Quoted {
			return nil, refuse(`write the keys with dots between them: tool.ruff.line-length; quote a key with a dot: "a.b"`, "%q is not a key path", text)
		}
		key = append(key, step)
		if more == "" {
			return key, nil
		}
		if more[0] != '.' {
			return nil, refuse("put a dot behind the quoted key", "%q is not a key path", text)
		}
		rest = more[1:]
	}
}

// cutStep gives the first step of a path, and the rest with its dot.
func cutStep(s string) (Step, string, error) {
	if s != "" && (s[0] == '"' || s[0] == '\'') {
		name, rest, ok := strings.Cut(s[1:], s[:1])
		if !ok {
			return Step{}, "", refuse("", "unclosed quote")
		}
		return Step{Name: name, Quoted: true}, rest, nil
	}
	for i := 0; i < len(s); i++ {
		if strings.HasPrefix(s[i:], "{{") {
			if end := strings.Index(s[i:], "}}"); end > 0 {
				i += end + 1
			}
			continue
		}
		if s[i] == '.' {
			return Step{Name: s[:i]}, s[i:], nil
		}
	}
	return Step{Name: s}, "", nil
}

// String writes the path as ParseKey reads it.
func (k Key) String() string {
	parts := make([]string, len(k))
	for i, s := range k {
		parts[i] = s.Name
		if s.Quoted || strings.ContainsAny(s.Name, `."'`) {
			parts[i] = `"` + s.Name + `"`
		}
	}
	if len(parts) == 0 {
		return "the file"
	}
	return strings.Join(parts, ".")
}
