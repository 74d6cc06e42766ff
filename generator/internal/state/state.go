// Package state keeps what scaffold remembers on a person's machine: one YAML
// file for each thing, with a version in it, changed by one process at a time.
//
// A change reads the file, alters what it read and puts the result in its place,
// all under one lock, so that nothing that another process wrote is lost. A
// reader takes no lock: it sees the file as it was before a change or after it.
// What a file holds is its owner's matter, not this package's.
package state

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/goccy/go-yaml"

	"scaffold/generator/fault"
	"scaffold/generator/manifest"
)

// end is the last line of a file that is whole: YAML's own mark for the end of a
// document. A file that was cut short lacks it, though what is left may be good
// YAML with fewer entries.
const end = "...\n"

// maxSize caps what is read; the decoder's own cap is lower.
const maxSize = 4 << 20

// A File is a YAML document of scaffold's own. T is a struct whose fields are
// the document's keys; apiVersion is kept by the File.
type File[T any] struct {
	Path    string // "" is a machine without a home, where nothing can be kept
	What    string // what it is to a person: "the list of trusted templates"
	Header  string // a line for who opens it, without #
	Kind    string // scaffold/trust, with the version in apiVersion: scaffold/trust/v2
	Version int    // what is written, from 2; the keys of lower ones are among its keys. 1 had no last line

	Wait time.Duration // for another process's lock; 0 is 10 seconds
}

// wait is how long a change waits for another one.
const wait = 10 * time.Second

// envelope is the file as it is on the disk.
type envelope[T any] struct {
	APIVersion string `yaml:"apiVersion"`
	Content    T      `yaml:",inline"`
}

// Read gives the content; the zero T where there is no file. What cannot be read
// is a [fault.State], and is left as it is.
func (f File[T]) Read() (T, error) {
	var none T
	if f.Path == "" {
		return none, nil
	}
	data, err := readRegular(f.Path)
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR) {
		return none, nil
	}
	if err != nil {
		return none, f.unreadable(err).Try("let this user read the file, or move it away")
	}
	return f.decode(data)
}

// Change alters the content in one step: no other process changes the file
// meanwhile. Where change fails, its error is returned and the file stays as it
// is, as it does where nothing was altered.
func (f File[T]) Change(ctx context.Context, change func(*T) error) error {
	if f.Path == "" {
		return fault.New(fault.State, "%s cannot be kept: there is no home directory", f.What).Try("set XDG_CONFIG_HOME")
	}
	f.Path = target(f.Path)
	held, err := f.lock(ctx)
	if err != nil {
		return err
	}
	defer held.Close()
	content, err := f.Read()
	if err != nil {
		return err
	}
	was, err := f.encode(content)
	if err != nil {
		return err
	}
	if err := change(&content); err != nil {
		return err
	}
	now, err := f.encode(content)
	if err != nil || bytes.Equal(now, was) {
		return err
	}
	if err := replace(f.Path, now); err != nil {
		return f.unwritable(err)
	}
	return nil
}

// target is the file that a link leads to: people keep their configuration
// elsewhere and link to it. The link stays one.
func target(path string) string {
	if real, err := filepath.EvalSymlinks(path); err == nil {
		return real
	}
	return path
}

// decode reads a document of this version or a lower one.
func (f File[T]) decode(data []byte) (T, error) {
	var doc envelope[T]
	version, err := f.version(data)
	if err != nil {
		return doc.Content, err
	}
	if version > 1 && !bytes.HasSuffix(data, []byte("\n"+end)) {
		return doc.Content, f.broken("the file was cut short: it does not end with a line of three dots")
	}
	if err := manifest.Decode(f.Path, data, &doc); err != nil {
		return doc.Content, f.misread(err)
	}
	return doc.Content, nil
}

// apiVersion is the document's version, as scaffold writes it.
var apiVersion = regexp.MustCompile(`(?m)^apiVersion: *["']?(.*?)["']? *\r?$`)

// version looks for the document's version before its keys, of which another
// version may have more.
func (f File[T]) version(data []byte) (int, error) {
	found := apiVersion.FindSubmatch(data)
	if found == nil {
		return 0, f.misread(manifest.Decode(f.Path, data, new(envelope[T])))
	}
	text := string(found[1])
	number, ok := strings.CutPrefix(text, f.Kind+"/v")
	version, err := strconv.Atoi(number)
	switch {
	case !ok || err != nil || version < 1:
		return 0, f.broken(fmt.Sprintf("apiVersion is %q, and should be %s", text, f.name()))
	case version > f.Version:
		newer := f.unreadable(fmt.Errorf("a newer scaffold wrote it (%s); this one reads %s", text, f.name()))
		return 0, newer.Try("update scaffold, or set XDG_CONFIG_HOME to another directory for this one")
	}
	return version, nil
}

func (f File[T]) name() string { return fmt.Sprintf("%s/v%d", f.Kind, f.Version) }

// encode writes a document, and reads it again: what could not be read the next
// time is never put in the place of what can.
func (f File[T]) encode(content T) ([]byte, error) {
	data, err := yaml.Marshal(envelope[T]{f.name(), content})
	if err != nil {
		return nil, err
	}
	data = fmt.Appendf(nil, "# %s\n%s%s", f.Header, data, end)
	if _, err := f.decode(data); err != nil {
		return nil, f.unwritable(fmt.Errorf("it could not be read again: %w", err))
	}
	return data, nil
}

func readRegular(path string) ([]byte, error) {
	info, err := os.Stat(path) // before opening: a FIFO would wait for a writer
	switch {
	case err != nil:
		return nil, err
	case info.IsDir():
		return nil, errors.New("it is a directory")
	case !info.Mode().IsRegular():
		return nil, errors.New("it is not a regular file")
	case info.Size() > maxSize:
		return nil, fmt.Errorf("it has %d bytes", info.Size())
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	return io.ReadAll(io.LimitReader(file, maxSize))
}

// replace puts bytes in the place of a file, readable by its owner alone. The
// new file has a name of its own, which only the holder of the lock uses: what a
// killed process left there is in nobody's way.
func replace(path string, data []byte) error {
	fresh := path + ".new"
	if err := os.Remove(fresh); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	file, err := os.OpenFile(fresh, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = file.Write(data)
	if err := errors.Join(err, file.Sync(), file.Close()); err != nil {
		return errors.Join(err, os.Remove(fresh))
	}
	if err := rename(fresh, path); err != nil {
		return errors.Join(err, os.Remove(fresh))
	}
	return syncDir(filepath.Dir(path))
}
