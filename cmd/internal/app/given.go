package app

import (
	"io"
	"os"
	"path/filepath"
	"strings"

	"scaffold/generator/fault"
	"scaffold/generator/manifest"
	"scaffold/generator/session"
)

// ParseSet reads --set KEY=VALUE.
func ParseSet(list []string) (manifest.Answers, error) {
	answers := manifest.Answers{}
	for _, s := range list {
		key, value, ok := strings.Cut(s, "=")
		if !ok || key == "" {
			return nil, fault.New(fault.Usage, "--set %q", s).Try("write --set KEY=VALUE")
		}
		answers[key] = manifest.Scalar{Text: value}
	}
	return answers, nil
}

// ReadSecrets reads --secret-file KEY=FILE.
func (e *Env) ReadSecrets(files []string, into manifest.Answers) error {
	for _, s := range files {
		key, path, ok := strings.Cut(s, "=")
		if !ok || key == "" || path == "" {
			return fault.New(fault.Usage, "--secret-file %q", s).Try("write --secret-file KEY=FILE")
		}
		data, err := e.ReadAll(path)
		if err != nil {
			return fault.New(fault.Usage, "the secret %s cannot be read: %v", key, err).Try("correct --secret-file " + key + "=FILE")
		}
		into[key] = manifest.Scalar{Text: strings.TrimRight(string(data), "\r\n")}
	}
	return nil
}

// ReadAnswers gives the answers file that was named, or nil.
func (e *Env) ReadAnswers(path string) (*session.Document, error) {
	if path == "" {
		return nil, nil
	}
	data, err := e.ReadAll(path)
	if err != nil {
		return nil, fault.New(fault.Usage, "the answers cannot be read: %v", err).Try("correct --answers FILE")
	}
	if path == "-" {
		path = "standard input"
	}
	return &session.Document{Name: path, Data: data}, nil
}

// ReadAll reads a small file, or standard input for "-".
func (e *Env) ReadAll(path string) ([]byte, error) {
	if path == "-" {
		return io.ReadAll(io.LimitReader(e.In, 1<<20+1))
	}
	return os.ReadFile(Absolute(e.Dir, path))
}

// Document is what is wrong with the configuration: the person's input, whatever
// was wrong with it.
func Document(err error) error {
	f := fault.As(fault.Encoded, err)
	if f.Hint == "" {
		f.Hint = "correct the file at that place"
	}
	return f
}

// Absolute is a path as it was typed, from the directory that it was typed in.
func Absolute(workDir, dir string) string {
	if filepath.IsAbs(dir) {
		return filepath.Clean(dir)
	}
	return filepath.Join(workDir, dir)
}
