package jinja

import (
	"encoding/hex"
	"math/big"
	"strings"
	"time"
)

// extensions are those that are built in, by their names in Python. Each adds
// what the Python class does.
func extensions() map[string]func(*Environment) {
	do := func(e *Environment) { e.tags["do"] = parseDo }
	loops := func(e *Environment) {
		e.tags["break"] = func(p *parser, _ pos) (statement, error) { return &jumpNode{errBreak}, p.blockEnd() }
		e.tags["continue"] = func(p *parser, _ pos) (statement, error) { return &jumpNode{errContinue}, p.blockEnd() }
	}
	now := func(e *Environment) { e.tags["now"] = parseNow }
	jsonify := func(e *Environment) { e.filters["jsonify"] = filterJsonify }
	slug := func(e *Environment) { e.filters["slugify"] = filterSlug }
	return map[string]func(*Environment){
		"jinja2.ext.do": do, "jinja2.ext.loopcontrols": loops,
		"jinja2.ext.with_": func(*Environment) {}, "jinja2.ext.autoescape": func(*Environment) {}, // in Jinja2 itself since 2.9
		"cookiecutter.extensions.JsonifyExtension":           jsonify,
		"cookiecutter.extensions.SlugifyExtension":           slug,
		"cookiecutter.extensions.TimeExtension":              now,
		"jinja2_time.TimeExtension":                          now,
		"cookiecutter.extensions.RandomStringExtension":      func(e *Environment) { e.globals["random_ascii_string"] = &Func{"random_ascii_string", randomText} },
		"cookiecutter.extensions.UUIDExtension":              func(e *Environment) { e.globals["uuid4"] = &Func{"uuid4", randomUUID} },
		"jinja2_ansible_filters.AnsibleCoreFiltersExtension": addAnsible,
		"copier.YieldExtension":                              func(e *Environment) { e.tags["yield"] = parseYield },
	}
}

func filterJsonify(f *frame, of Value, a args) (Value, error) {
	p, err := a.with("jsonify", "indent")
	if err != nil {
		return nil, err
	}
	indent, given := p["indent"]
	if !given {
		indent = int64(4)
	}
	return f.dumpJSON(of, indent, true, true)
}

// now gives the time of the run, in a zone, moved by an offset such as days=2.
func (f *frame) now(zone, sign, offset, format string) (string, error) {
	where, err := location(zone)
	if err != nil {
		return "", err
	}
	if where != time.UTC || timeOfDay(format) {
		f.drawn = true // the day alone is known again from the record
	}
	t := f.env.opts.Now.In(where)
	if offset != "" {
		if t, err = shifted(t, sign, offset); err != nil {
			return "", err
		}
	}
	if format == "" {
		format = "%Y-%m-%d"
	}
	return strftime(t, format)
}

func location(zone string) (*time.Location, error) {
	switch strings.ToLower(zone) {
	case "utc":
		return time.UTC, nil
	case "local":
		return time.Local, nil
	}
	where, err := time.LoadLocation(zone)
	if err != nil || zone == "" {
		return nil, unsupported("the time zone %q is not known here", zone)
	}
	return where, nil
}

func shifted(t time.Time, sign, offset string) (time.Time, error) {
	for _, part := range strings.Split(offset, ",") {
		unit, value, ok := strings.Cut(part, "=")
		n, isNumber := parseFloat(sign + strings.TrimSpace(value))
		if !ok || !isNumber {
			return t, runtime("an offset is UNIT=NUMBER, such as days=2")
		}
		switch strings.TrimSpace(unit) {
		case "weeks":
			t = t.Add(time.Duration(n * float64(7*24*time.Hour)))
		case "days":
			t = t.Add(time.Duration(n * float64(24*time.Hour)))
		case "hours":
			t = t.Add(time.Duration(n * float64(time.Hour)))
		case "minutes":
			t = t.Add(time.Duration(n * float64(time.Minute)))
		case "seconds":
			t = t.Add(time.Duration(n * float64(time.Second)))
		case "months", "years", "quarters":
			return t, unsupported("an offset in %s", strings.TrimSpace(unit))
		default:
			return t, runtime("invalid shift time frame %q", unit)
		}
	}
	return t, nil
}

// draw gives random bytes that are the same for each pass over a template.
func (st *state) draw(what string, n int) ([]byte, error) {
	st.drawn = true
	st.draws++
	if st.env.opts.Draw == nil {
		return nil, unsupported("%s: there is nothing to draw from", what)
	}
	return st.env.opts.Draw(what, n), nil
}

const letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"

func randomText(st *state, a args) (Value, error) {
	p, err := a.with("random_ascii_string", "length", "punctuation")
	if err != nil {
		return nil, err
	}
	n, err := number64(p["length"], "random_ascii_string")
	if err != nil {
		return nil, err
	}
	if err := st.room(n); err != nil {
		return nil, err
	}
	from := letters
	if Truth(p["punctuation"]) {
		from += "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~"
	}
	// Two bytes each: what is left over by the remainder is too little to matter.
	data, err := st.draw("random_ascii_string", 2*max(n, 0))
	if err != nil {
		return nil, err
	}
	out := make([]byte, max(n, 0))
	for i := range out {
		out[i] = from[(int(data[2*i])<<8|int(data[2*i+1]))%len(from)]
	}
	return string(out), nil
}

func randomUUID(st *state, _ args) (Value, error) {
	data, err := st.draw("uuid4", 16)
	if err != nil {
		return nil, err
	}
	b := append([]byte{}, data...)
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	h := hex.EncodeToString(b)
	return strings.Join([]string{h[:8], h[8:12], h[12:16], h[16:20], h[20:]}, "-"), nil
}

// below draws a number from 0 to before n.
func (st *state) below(n int64, what string) (int64, error) {
	data, err := st.draw(what, 16)
	if err != nil {
		return 0, err
	}
	return new(big.Int).Mod(new(big.Int).SetBytes(data), big.NewInt(n)).Int64(), nil
}
