package patch

import (
	"bytes"
	"path"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"
)

// A comment is how a language writes one: what is before a line, and behind it.
type comment struct{ before, behind string }

// commentOf is the style by a file's whole name or its suffix.
func commentOf(name string) (comment, bool) {
	for style, names := range map[comment]string{
		{"# ", ""}:        ".py .sh .bash .yaml .yml .toml .rb .cfg .conf .tf .pl .mk .properties .graphql Dockerfile Makefile .gitignore .dockerignore .editorconfig .env.example",
		{"// ", ""}:       ".js .mjs .cjs .jsx .ts .mts .cts .tsx .go .java .kt .rs .c .h .cc .cpp .hpp .cs .swift .scss .proto .jsonc",
		{"/* ", " */"}:    ".css",
		{"<!-- ", " -->"}: ".html .xml .svg .vue .md",
		{"-- ", ""}:       ".sql .lua",
		{"; ", ""}:        ".ini",
	} {
		if list := strings.Fields(names); slices.Contains(list, path.Base(name)) || slices.Contains(list, strings.ToLower(path.Ext(name))) {
			return style, true
		}
	}
	return comment{}, false
}

// HasComments reports whether [Header] knows how a file of that name writes a
// comment.
func HasComments(name string) bool {
	_, ok := commentOf(name)
	return ok
}

// first are lines that have to stay the first ones of a file.
var first = regexp.MustCompile(`^(?:#!|<\?xml|<!DOCTYPE|<!doctype|# -\*- coding|# coding[:=]|// @ts-|"use strict")`)

// Header puts a text before the first line of a file, as a comment of its
// language, behind a #! line and the like. A file that has it stays as it is.
func Header(name string, data []byte, text string) ([]byte, error) {
	style, ok := commentOf(name)
	if !ok || !utf8.Valid(data) {
		return nil, refuse("leave it out of the path", "%s has no comments that are known", name)
	}
	end := "\n"
	if bytes.Contains(data, []byte("\r\n")) {
		end = "\r\n"
	}
	var block strings.Builder
	for line := range strings.Lines(strings.TrimRight(text, "\n") + "\n") {
		block.WriteString(strings.TrimRight(style.before+strings.TrimRight(line, "\r\n")+style.behind, " ") + end)
	}
	if bytes.Contains(data, []byte(block.String())) {
		return data, nil
	}
	at := 0
	for line := range bytes.Lines(data) {
		if !first.Match(line) {
			break
		}
		at += len(line)
	}
	return slices.Concat(data[:at], []byte(block.String()), data[at:]), nil
}

// EnsureLine adds a line at the end of a file that lacks it, white space around
// it aside. A file of keys can still be read then, or it is an error.
func EnsureLine(name string, data []byte, line string) ([]byte, error) {
	if strings.ContainsAny(line, "\r\n") {
		return nil, refuse("write one patch a line", "ensure-line is one line")
	}
	end := "\n"
	if bytes.Contains(data, []byte("\r\n")) {
		end = "\r\n"
	}
	for have := range bytes.Lines(data) {
		if string(bytes.TrimSpace(have)) == strings.TrimSpace(line) {
			return data, nil
		}
	}
	out := slices.Clone(data)
	if len(out) > 0 && !bytes.HasSuffix(out, []byte("\n")) {
		out = append(out, end...)
	}
	out = append(out, line+end...)
	if l, err := languageOf(name); err == nil {
		if _, err := l.read(data); err != nil {
			return out, nil // it was not to be read before, either
		}
		if _, err := l.read(out); err != nil {
			return nil, refuse("change the key with set", "%s cannot be read with the line %q at its end", name, line)
		}
	}
	return out, nil
}

// BannedLine is the number of the first line, from 1, that a pattern matches, or
// 0.
func BannedLine(data []byte, pattern *regexp.Regexp) int {
	n := 0
	for line := range bytes.Lines(data) {
		n++
		if pattern.Match(bytes.TrimRight(line, "\r\n")) {
			return n
		}
	}
	return 0
}
