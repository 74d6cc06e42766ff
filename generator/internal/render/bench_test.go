package render_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"scaffold/generator/internal/render"
)

// BenchmarkTree renders a template like the one that `make bench` uses: files
// of 2 KB with ten substitutions, two conditions and a loop, one name in five
// with a field, one file in twenty a binary of 20 KB, four levels deep.
func BenchmarkTree(b *testing.B) {
	for _, n := range []int{30, 1000, 10_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			dir := b.TempDir()
			writeTemplate(b, dir, n)
			m := parse(b, "")
			b.ReportAllocs()
			for b.Loop() {
				if _, err := render.Tree(b.Context(), render.Template{FS: os.DirFS(dir), Manifest: m}, variables(), render.Limits{}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func writeTemplate(b *testing.B, dir string, n int) {
	text := strings.Repeat("{{ .name }} is a line with some words in it\n", 10) +
		"{{ if .docker }}yes{{ else }}no{{ end }}\n{{ if eq .app \"x\" }}yes{{ end }}\n{{ range .apps }}- {{ . }}\n{{ end }}" +
		strings.Repeat("just a line of text, without anything in it to replace\n", 28)
	for i := range n {
		name, data := fmt.Sprintf("f%d.txt.tmpl", i), text
		switch {
		case i%20 == 0:
			name, data = fmt.Sprintf("f%d.bin", i), strings.Repeat("\x00\x01{{\xff", 4000)
		case i%5 == 1:
			name = fmt.Sprintf("{{ .app }}%d.txt.tmpl", i)
		}
		path := filepath.Join(dir, "files", fmt.Sprint("a", i%3), fmt.Sprint("b", i%7), fmt.Sprint("c", i%11), name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			b.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(data), 0o644); err != nil {
			b.Fatal(err)
		}
	}
}
