package jinja

import (
	"fmt"
	"strings"
	"time"
)

// strftime writes a time as Python does in the C locale.
func strftime(t time.Time, format string) (string, error) {
	var b strings.Builder
	for i := 0; i < len(format); i++ {
		if format[i] != '%' || i+1 == len(format) {
			b.WriteByte(format[i])
			continue
		}
		i++
		pad := true
		if format[i] == '-' && i+1 < len(format) {
			pad = false
			i++
		}
		text, err := directive(t, format[i])
		if err != nil {
			return "", err
		}
		if !pad {
			if trimmed := strings.TrimLeft(text, "0 "); trimmed != "" {
				text = trimmed
			} else {
				text = "0"
			}
		}
		b.WriteString(text)
	}
	return b.String(), nil
}

var layouts = map[byte]string{
	'Y': "2006", 'y': "06", 'm': "01", 'd': "02", 'H': "15", 'I': "03", 'M': "04", 'S': "05", 'p': "PM", 'B': "January", 'b': "Jan", 'h': "Jan",
	'A': "Monday", 'a': "Mon", 'j': "002", 'z': "-0700", 'Z': "MST", 'F': "2006-01-02", 'T': "15:04:05", 'R': "15:04", 'D': "01/02/06",
	'x': "01/02/06", 'X': "15:04:05", 'c': "Mon Jan _2 15:04:05 2006", 'e': "_2", 'r': "03:04:05 PM",
}

// numbers are what Go has no layout for.
var numbers = map[byte]struct {
	format string
	of     func(time.Time) int
}{
	'f': {"%06d", func(t time.Time) int { return t.Nanosecond() / 1000 }},
	's': {"%d", func(t time.Time) int { return int(t.Unix()) }},
	'C': {"%02d", func(t time.Time) int { return t.Year() / 100 }},
	'G': {"%04d", isoYear},
	'g': {"%02d", func(t time.Time) int { return isoYear(t) % 100 }},
	'V': {"%02d", func(t time.Time) int { _, week := t.ISOWeek(); return week }},
	'u': {"%d", func(t time.Time) int { return fromMonday(t) + 1 }},
	'w': {"%d", func(t time.Time) int { return int(t.Weekday()) }},
	'U': {"%02d", func(t time.Time) int { return (t.YearDay() + 6 - int(t.Weekday())) / 7 }},
	'W': {"%02d", func(t time.Time) int { return (t.YearDay() + 6 - fromMonday(t)) / 7 }},
	'k': {"%2d", time.Time.Hour},
	'l': {"%2d", func(t time.Time) int { return (t.Hour()+11)%12 + 1 }},
}

func isoYear(t time.Time) int { year, _ := t.ISOWeek(); return year }

// fromMonday is how many days after a Monday a day is.
func fromMonday(t time.Time) int { return (int(t.Weekday()) + 6) % 7 }

func directive(t time.Time, d byte) (string, error) {
	if layout, ok := layouts[d]; ok {
		return t.Format(layout), nil
	}
	if n, ok := numbers[d]; ok {
		return fmt.Sprintf(n.format, n.of(t)), nil
	}
	switch d {
	case '%':
		return "%", nil
	case 'n':
		return "\n", nil
	case 't':
		return "\t", nil
	case 'P':
		return strings.ToLower(t.Format("PM")), nil
	}
	return "", unsupported("the time format %%%c", d)
}

// timeOfDay reports whether a format writes more than the day.
func timeOfDay(format string) bool {
	for i := 0; i+1 < len(format); i++ {
		if format[i] != '%' {
			continue
		}
		i++
		if format[i] == '-' && i+1 < len(format) {
			i++
		}
		if !strings.ContainsRune("YymdBbhAajFDxCGgVuwUWent%", rune(format[i])) {
			return true
		}
	}
	return false
}
