//go:build unix

package main

import (
	"encoding/xml"
	"fmt"
	"html"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hinshun/vt10x"

	"scaffold/internal/testenv"
)

// recording is the file that the README shows.
const recording = "docs/recording.svg"

// TestTheRecordingIsOfThisProgram makes a project on a terminal and holds what is
// seen against the recording: other words are other bytes, other numbers are not.
// `make recording` writes it anew.
func TestTheRecordingIsOfThisProgram(t *testing.T) {
	testenv.Need(t, "python3")                                                                         // the last question is asked where the project could start
	t.Setenv("PATH", filepath.Dir(testenv.Scaffold(t))+string(os.PathListSeparator)+os.Getenv("PATH")) // it is called by its name
	r := &recorder{sitting: sit(t, 80, 24)}
	r.show(uses, "", 2)
	r.show(uses, up+" ", 1)
	r.press(enter)
	r.show("What will it be?", "we sell shoes and want an admin to edit stock, I know Python", 2)
	r.press(enter)
	r.show("Is that right?", "", 3)
	r.press(enter)
	r.show("Recommended: django", "", 4)
	r.press(enter)
	r.show("Project name", "", 2)
	r.press(enter)
	r.show("Create it?", "", 3)
	r.press(enter)
	r.show(launch, "", 6)
	r.press(enter)
	if code := r.ends(); code != 0 {
		t.Fatalf("exit %d", code)
	}
	got, file := r.svg(), filepath.Join(testenv.Root(), recording)
	if err := xml.Unmarshal([]byte(got), new(struct{})); err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	kept, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	words := func(s string) []string {
		return strings.Split(numbers.ReplaceAllString(s, "N"), "\n")
	}
	if d := cmp.Diff(words(string(kept)), words(got)); d != "" {
		t.Errorf("the recording is stale (make recording): %s", d)
	}
}

// numbers are those that change from run to run, or with each template.
var numbers = regexp.MustCompile(`\b[0-9a-f]{7}\b|[0-9]+(\.[0-9]+)?`)

// A recorder keeps what a sitting shows.
type recorder struct {
	*sitting
	frames []frame
}

type frame struct {
	lines   []string // of SVG
	seconds int
}

// show presses keys on the screen with a title, and keeps what it becomes.
func (r *recorder) show(title, keys string, seconds int) {
	r.t.Helper()
	var shots []string
	r.shot(&shots, title, keys)
	r.mu.Lock()
	defer r.mu.Unlock()
	width, height := r.screen.Size()
	f := frame{seconds: seconds}
	for y := range height {
		f.lines = append(f.lines, r.line(y, width))
	}
	r.frames = append(r.frames, f)
}

// Cells of the drawing, in its units.
const (
	cellWide, cellHigh = 8.4, 18
	edge               = 12
)

// colors are those of the palette that the program uses.
var colors = map[vt10x.Color]string{vt10x.Red: "#e06c75", vt10x.Green: "#98c379", vt10x.Yellow: "#e5c07b", vt10x.Cyan: "#56b6c2", vt10x.LightCyan: "#56b6c2", vt10x.LightGreen: "#98c379"}

// line draws one row of the screen.
func (r *recorder) line(y, width int) string {
	var b strings.Builder
	for x := 0; x < width; {
		first, text := r.screen.Cell(x, y), ""
		for ; x < width && same(r.screen.Cell(x, y), first); x++ {
			text += string(max(r.screen.Cell(x, y).Char, ' '))
		}
		color := ""
		if c, ok := colors[first.FG]; ok {
			color = fmt.Sprintf(` fill="%s"`, c)
		}
		fmt.Fprintf(&b, "<tspan%s>%s</tspan>", color, html.EscapeString(text))
	}
	return strings.TrimRight(strings.TrimSuffix(b.String(), "</tspan>"), " ") + "</tspan>"
}

func same(a, b vt10x.Glyph) bool { return a.FG == b.FG && a.BG == b.BG }

// svg draws the frames over each other, each shown in its time. Where nothing moves
// the last is seen.
func (r *recorder) svg() string {
	width, height := r.screen.Size()
	total := 0
	for _, f := range r.frames {
		total += f.seconds
	}
	var b strings.Builder
	w, h := float64(width)*cellWide+2*edge, height*cellHigh+2*edge
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %.0f %d" role="img" aria-label="scaffold new makes a project from one sentence">`+"\n<style>\n", w, h)
	b.WriteString("text { font: 14px ui-monospace, Menlo, Consolas, monospace; fill: #d7dae0; white-space: pre }\n")
	at := 0
	for i, f := range r.frames {
		from, to := 100*float64(at)/float64(total), 100*float64(at+f.seconds)/float64(total)
		fmt.Fprintf(&b, "@keyframes f%d { 0%% { visibility: hidden } %.2f%% { visibility: visible } %.2f%% { visibility: hidden } }\n", i, from, to)
		still := "hidden"
		if i == len(r.frames)-1 {
			still = "visible"
		}
		fmt.Fprintf(&b, "#f%d { visibility: %s; animation: f%d %ds step-end infinite }\n", i, still, i, total)
		at += f.seconds
	}
	b.WriteString("@media (prefers-reduced-motion: reduce) { g { animation: none !important } }\n</style>\n")
	fmt.Fprintf(&b, `<rect width="%.0f" height="%d" rx="8" fill="#1e2127"/>`+"\n", w, h)
	for i, f := range r.frames {
		fmt.Fprintf(&b, `<g id="f%d">`+"\n", i)
		for y, line := range f.lines {
			if line != "<tspan></tspan>" {
				fmt.Fprintf(&b, `<text x="%d" y="%d" xml:space="preserve">%s</text>`+"\n", edge, edge+y*cellHigh+14, line)
			}
		}
		b.WriteString("</g>\n")
	}
	return b.String() + "</svg>\n"
}
