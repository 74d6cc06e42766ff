package quote

import "strings"

// Wrap breaks a line into lines of at most width columns. What does not fit goes
// on below its last column: a column starts behind two spaces or more, in the
// left half. So tables stay tables on a narrow screen.
func Wrap(line string, width int) []string {
	if Columns(line) <= width {
		return []string{line}
	}
	if text := strings.TrimLeft(line, " "); len(line)-len(text) > width/2 { // an indent for a wider screen
		return Wrap(strings.Repeat(" ", width/4)+text, width)
	}
	head := line[:lastColumn(line, width/2)]
	indent := Columns(head)
	lines := Fill(line[len(head):], width-indent)
	for i := range lines {
		if i == 0 {
			lines[i] = head + lines[i]
			continue
		}
		lines[i] = strings.Repeat(" ", indent) + lines[i]
	}
	return lines
}

// lastColumn gives the offset at which the last column within the first limit
// cells starts: the text behind two spaces, or behind the indent.
func lastColumn(line string, limit int) int {
	start := len(line) - len(strings.TrimLeft(line, " "))
	for i := start; i < len(line)-2; i++ {
		if line[i:i+2] != "  " || line[i+2] == ' ' {
			continue
		}
		if Columns(line[:i+2]) > limit {
			break
		}
		start = i + 2
	}
	if Columns(line[:start]) > limit {
		return 0
	}
	return start
}
