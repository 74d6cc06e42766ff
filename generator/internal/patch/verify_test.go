package patch

import "testing"

// TestVerify: whatever an editor does, only the value that was asked for may
// differ afterwards.
func TestVerify(t *testing.T) {
	key := Key{{Name: "a"}, {Name: "b"}}
	asked := func(v any) any { return with(v, key, plain(2)) }
	const before = "a: {b: 1, c: x}\nd: [1]\n"
	tests := map[string]struct {
		after string
		ok    bool
	}{
		"what was asked for":     {"a: {b: 2, c: x}\nd: [1]\n", true},
		"in another style":       {"a:\n  b: 2\n  c: 'x'\nd:\n- 1\n", true},
		"something else as well": {"a: {b: 2, c: y}\nd: [1]\n", false},
		"something lost":         {"a: {b: 2}\nd: [1]\n", false},
		"something more":         {"a: {b: 2, c: x}\nd: [1, 2]\n", false},
		"nothing":                {before, false},
		"another type":           {"a: {b: '2', c: x}\nd: [1]\n", false},
		"what cannot be read":    {"a: [", false},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if err := verify(readYAML, []byte(before), []byte(test.after), asked); (err == nil) != test.ok {
				t.Errorf("%v", err)
			}
		})
	}
}

// TestPlusAppendsUnlessQuoted: a key may be called +.
func TestPlusAppendsUnlessQuoted(t *testing.T) {
	for text, want := range map[string]string{
		`a.+ = 3`:   `{"a": [1, 3]}`,
		`a."+" = 3`: "",
		`"+" = 3`:   `{"a": [1], "+": 3}`,
	} {
		path, _, _ := cutLast(text)
		key, err := ParseKey(path)
		if err != nil {
			t.Fatal(err)
		}
		got, err := Set("x.json", []byte(`{"a": [1]}`), key, 3)
		if (err == nil) != (want != "") || string(got) != want {
			t.Errorf("%s gives %s, %v", text, got, err)
		}
	}
}

func cutLast(text string) (path, value string, ok bool) {
	const sign = " = "
	return text[:len(text)-len(sign)-1], text[len(text)-1:], true
}
