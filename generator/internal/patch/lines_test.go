package patch_test

import (
	"regexp"
	"testing"

	"scaffold/generator/fault"
	"scaffold/generator/internal/patch"
)

// TestAHeaderIsAComment of the file's language, put first, and once however often
// it is done.
func TestAHeaderIsAComment(t *testing.T) {
	tests := map[string]struct{ name, data, want string }{
		"Python":            {"a.py", "import os\n", "# Copyright Acme\n#\n# MIT\nimport os\n"},
		"behind #!":         {"run.sh", "#!/bin/sh\nset -e\n", "#!/bin/sh\n# Copyright Acme\n#\n# MIT\nset -e\n"},
		"behind the coding": {"a.py", "#!/usr/bin/python\n# -*- coding: utf-8 -*-\nx\n", "#!/usr/bin/python\n# -*- coding: utf-8 -*-\n# Copyright Acme\n#\n# MIT\nx\n"},
		"TypeScript":        {"src/a.ts", "x\r\n", "// Copyright Acme\r\n//\r\n// MIT\r\nx\r\n"},
		"CSS":               {"a.css", "a {}\n", "/* Copyright Acme */\n/*  */\n/* MIT */\na {}\n"},
		"HTML":              {"a.html", "<!doctype html>\n<p>\n", "<!doctype html>\n<!-- Copyright Acme -->\n<!--  -->\n<!-- MIT -->\n<p>\n"},
		"a whole name":      {"x/Dockerfile", "FROM a\n", "# Copyright Acme\n#\n# MIT\nFROM a\n"},
		"nothing":           {"a.py", "", "# Copyright Acme\n#\n# MIT\n"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got, err := patch.Header(tt.name, []byte(tt.data), "Copyright Acme\n\nMIT\n")
			if err != nil || string(got) != tt.want {
				t.Fatalf("got %q, %v; want %q", got, err, tt.want)
			}
			if again, err := patch.Header(tt.name, got, "Copyright Acme\n\nMIT\n"); err != nil || string(again) != tt.want {
				t.Errorf("twice gives %q, %v", again, err)
			}
		})
	}
	for _, name := range []string{"a.json", "a.png", "LICENSE"} {
		if _, err := patch.Header(name, []byte("x"), "Copyright"); !fault.Is(err, fault.Template) || patch.HasComments(name) {
			t.Errorf("%s has comments: %v", name, err)
		}
	}
}

func TestEnsureLineAddsWhatIsNotThere(t *testing.T) {
	tests := map[string]struct{ data, line, want string }{
		"missing":             {"a\n", "b", "a\nb\n"},
		"there":               {"a\n  b\n", "b", "a\n  b\n"},
		"without a last end":  {"a", "b", "a\nb\n"},
		"in a file with CRLF": {"a\r\n", "b", "a\r\nb\r\n"},
		"in nothing":          {"", "b", "b\n"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got, err := patch.EnsureLine("a.txt", []byte(tt.data), tt.line)
			if err != nil || string(got) != tt.want {
				t.Errorf("got %q, %v; want %q", got, err, tt.want)
			}
		})
	}
	if got, err := patch.EnsureLine("ci.yml", []byte("on: push\n"), "permissions: {contents: read}"); err != nil || string(got) != "on: push\npermissions: {contents: read}\n" {
		t.Errorf("got %q, %v", got, err)
	}
	for name, data := range map[string]string{"ci.yml": "permissions: {contents: write}\n", "a.json": "{}\n", "a.toml": "[permissions]\ncontents = 1\n[x\n"} {
		got, err := patch.EnsureLine(name, []byte(data), "permissions: {contents: read}")
		if name != "a.toml" && !fault.Is(err, fault.Template) {
			t.Errorf("%s is broken: %q, %v", name, got, err)
		}
	}
	if _, err := patch.EnsureLine("a.txt", nil, "a\nb"); !fault.Is(err, fault.Template) {
		t.Errorf("two lines are one: %v", err)
	}
}

func TestBannedLine(t *testing.T) {
	if n := patch.BannedLine([]byte("a\r\n  print(1)\nprint(2)\n"), regexp.MustCompile(`print\(1\)$`)); n != 2 {
		t.Errorf("line %d", n)
	}
	if n := patch.BannedLine([]byte("a\nb"), regexp.MustCompile(`c`)); n != 0 {
		t.Errorf("line %d", n)
	}
}
