package jinja

import (
	"fmt"
	"math"
	"math/big"
	"strconv"
	"strings"

	"scaffold/generator/internal/late"
)

func filterAbs(_ *frame, of Value, _ args) (Value, error) {
	switch v := of.(type) {
	case float64:
		return math.Abs(v), nil
	case *Undefined:
		return nil, v.err()
	}
	b, ok := asBig(of)
	if !ok {
		return nil, runtime("bad operand type for abs(): '%s'", typeName(of))
	}
	return normal(new(big.Int).Abs(b)), nil
}

func filterSize(f *frame, of Value, a args) (Value, error) {
	p, err := a.with("filesizeformat", "binary")
	if err != nil {
		return nil, err
	}
	v, err := filterFloat(f, of, args{})
	if err != nil {
		return nil, err
	}
	bytes := v.(float64)
	base, names := 1000.0, []string{"kB", "MB", "GB", "TB", "PB", "EB", "ZB", "YB"}
	if Truth(p["binary"]) {
		base, names = 1024, []string{"KiB", "MiB", "GiB", "TiB", "PiB", "EiB", "ZiB", "YiB"}
	}
	if bytes == 1 {
		return "1 Byte", nil
	}
	if bytes < base {
		return fmt.Sprintf("%d Bytes", int(bytes)), nil
	}
	unit := base
	for i, name := range names {
		unit = math.Pow(base, float64(i+2))
		if bytes < unit || i == len(names)-1 {
			return fmt.Sprintf("%.1f %s", base*bytes/unit, name), nil
		}
	}
	return nil, nil
}

func filterFloat(f *frame, of Value, a args) (Value, error) {
	p, err := a.with("float", "default")
	if err != nil {
		return nil, err
	}
	instead, given := p["default"]
	if !given {
		instead = 0.0
	}
	if err := checked(of); err != nil {
		return nil, err
	}
	if x, ok := Float(of); ok {
		return x, nil
	}
	return instead, nil
}

var floatPattern = late.Pattern(`(?i)^[+-]?(\d[\d_]*\.?[\d_]*(e[+-]?\d+)?|\.\d[\d_]*(e[+-]?\d+)?|inf|infinity|nan)$`)

func parseFloat(s string) (float64, bool) {
	s = strings.TrimFunc(s, isSpace)
	if !floatPattern().MatchString(s) {
		return 0, false
	}
	x, err := strconv.ParseFloat(strings.ReplaceAll(s, "_", ""), 64)
	return x, err == nil || math.IsInf(x, 0)
}

func filterInt(_ *frame, of Value, a args) (Value, error) {
	p, err := a.with("int", "default", "base")
	if err != nil {
		return nil, err
	}
	base, err := p.whole("int", "base", 10)
	if err != nil {
		return nil, err
	}
	if err := checked(of); err != nil {
		return nil, err
	}
	if n, ok := toInt(of, base); ok {
		return n, nil
	}
	if instead, given := p["default"]; given {
		return instead, nil
	}
	return int64(0), nil
}

// toInt is Python's int(v), where that gives a number; a text may be one of a
// fraction, too.
func toInt(v Value, base int) (Value, bool) {
	if x, ok := v.(float64); ok {
		return truncated(x)
	}
	if b, ok := asBig(v); ok {
		return normal(b), true
	}
	s, ok := asText(v)
	if !ok {
		return nil, false
	}
	if b, ok := parseInt(s, base); ok {
		return normal(b), true
	}
	if x, ok := parseFloat(s); ok {
		return truncated(x)
	}
	return nil, false
}

// truncated is a float without its fraction; infinities and what is no number
// have none.
func truncated(x float64) (Value, bool) {
	if math.IsNaN(x) || math.IsInf(x, 0) {
		return nil, false
	}
	b, _ := big.NewFloat(math.Trunc(x)).Int(nil)
	return normal(b), true
}

var intPattern = late.Pattern(`^[+-]?[0-9a-zA-Z]+(_[0-9a-zA-Z]+)*$`)

func parseInt(s string, base int) (*big.Int, bool) {
	s = strings.TrimFunc(s, isSpace)
	if !intPattern().MatchString(s) || base < 2 || base > 36 {
		return nil, false
	}
	s = strings.ReplaceAll(s, "_", "")
	sign := ""
	if s[0] == '-' || s[0] == '+' {
		sign, s = s[:1], s[1:]
	}
	for prefix, b := range map[string]int{"0x": 16, "0o": 8, "0b": 2} {
		if b == base && len(s) > 2 && strings.EqualFold(s[:2], prefix) {
			s = s[2:]
		}
	}
	return new(big.Int).SetString(sign+s, base)
}

func filterRound(_ *frame, of Value, a args) (Value, error) {
	p, err := a.with("round", "precision", "method")
	if err != nil {
		return nil, err
	}
	n, err := p.whole("round", "precision", 0)
	if err != nil {
		return nil, err
	}
	method, _ := p["method"].(string)
	if u, ok := of.(*Undefined); ok {
		return nil, u.err()
	}
	x, isNumber := asFloat(of)
	if !isNumber {
		return nil, runtime("type %s doesn't define __round__ method", typeName(of))
	}
	switch method {
	case "", "common":
		if b, ok := asBig(of); ok {
			return roundInt(b, n), nil
		}
		return roundFloat(x, n), nil
	case "ceil":
		return math.Ceil(x*math.Pow(10, float64(n))) / math.Pow(10, float64(n)), nil
	case "floor":
		return math.Floor(x*math.Pow(10, float64(n))) / math.Pow(10, float64(n)), nil
	}
	return nil, runtime("method must be common, ceil or floor")
}

// roundFloat rounds the exact value, half to even, as Python does.
func roundFloat(x float64, n int) float64 {
	if n >= 0 {
		r, _ := strconv.ParseFloat(strconv.FormatFloat(x, 'f', min(n, 400), 64), 64)
		return r
	}
	by := math.Pow(10, float64(-n))
	return math.RoundToEven(x/by) * by
}

func roundInt(b *big.Int, n int) Value {
	if n >= 0 || n < -400 {
		return normal(b)
	}
	by := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(-n)), nil)
	q, m := new(big.Int).DivMod(b, by, new(big.Int))
	twice := new(big.Int).Lsh(m, 1)
	if c := twice.Cmp(by); c > 0 || c == 0 && q.Bit(0) == 1 {
		q.Add(q, big.NewInt(1))
	}
	return normal(q.Mul(q, by))
}
