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

func directive(t time.Time, d byte) (string, error) {
	if layout, ok := layouts[d]; ok {
		return t.Format(layout), nil
	}
	year, week := t.ISOWeek()
	switch d {
	case '%':
		return "%", nil
	case 'n':
		return "\n", nil
	case 't':
		return "\t", nil
	case 'f':
		return fmt.Sprintf("%06d", t.Nanosecond()/1000), nil
	case 's':
		return fmt.Sprint(t.Unix()), nil
	case 'C':
		return fmt.Sprintf("%02d", t.Year()/100), nil
	case 'G':
		return fmt.Sprintf("%04d", year), nil
	case 'g':
		return fmt.Sprintf("%02d", year%100), nil
	case 'V':
		return fmt.Sprintf("%02d", week), nil
	case 'u':
		return fmt.Sprint((int(t.Weekday())+6)%7 + 1), nil
	case 'w':
		return fmt.Sprint(int(t.Weekday())), nil
	case 'U':
		return fmt.Sprintf("%02d", (t.YearDay()+6-int(t.Weekday()))/7), nil
	case 'W':
		return fmt.Sprintf("%02d", (t.YearDay()+6-(int(t.Weekday())+6)%7)/7), nil
	case 'k', 'l', 'P':
		h := t.Hour()
		if d == 'P' {
			return strings.ToLower(t.Format("PM")), nil
		}
		if d == 'l' {
			h = (h+11)%12 + 1
		}
		return fmt.Sprintf("%2d", h), nil
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
