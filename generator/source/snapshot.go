package source

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"errors"
	"io"
	"io/fs"
	"path"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"

	"scaffold/generator/fault"
	"scaffold/generator/internal/aside"
)

// What a snapshot keeps, in memory as far as there is room. What is larger, or
// beyond the sum, is read again when it is used.
const (
	keptSize = 1 << 20
	keptAll  = 64 << 20
	room     = 256 << 10
	maxLinks = 40
)

// A snapshot is a directory as it was when it was read: what changes on the disk
// afterwards changes nothing in it. A file that was too large to keep is held
// against its hash when it is read again, and refused where it differs.
type snapshot struct {
	from    fs.FS
	nodes   map[string]*node
	lists   map[string][]fs.DirEntry // of folders
	targets map[string]string        // of links
	sums    sync.Map                 // of files that are not kept: path to [sha256.Size]byte
	kept    int64
	store   *aside.Store
}

// A batch is some files of one folder: opening that folder once is cheaper than
// walking to it for each.
type batch struct {
	dir   string
	files []*node
}

const batchSize = 64

// A node is one entry of a snapshot. It describes itself as [fs.FileInfo], of no
// time: a template is the same whenever it was written.
type node struct {
	name string
	size int64
	kept *aside.Content // nil where it was not kept
	mode fs.FileMode
	keep bool
}

func (n *node) Name() string       { return n.name }
func (n *node) Size() int64        { return n.size }
func (n *node) Mode() fs.FileMode  { return n.mode }
func (n *node) ModTime() time.Time { return time.Time{} }
func (n *node) IsDir() bool        { return n.mode.IsDir() }
func (n *node) Sys() any           { return nil }

// take reads all of a directory but a .git at its root and what the globs match,
// and gives the [Digest] of exactly what it read.
func take(from fs.FS, without []string) (*snapshot, string, error) {
	s := &snapshot{from: from, nodes: map[string]*node{}, lists: map[string][]fs.DirEntry{}, targets: map[string]string{}, store: aside.NewStore(room)}
	if err := s.fill(prune(from, without)); err != nil {
		return nil, "", err
	}
	digest, err := digest(s, func(name string) ([sha256.Size]byte, error) { return s.sum(name), nil })
	return s, digest, err
}

// fill walks through the directory, and reads the files meanwhile: for their
// hashes, and into memory those for which there is room.
func (s *snapshot) fill(from fs.FS) error {
	errs := make([]error, min(runtime.GOMAXPROCS(0), 4))
	batches := make(chan batch)
	var over sync.WaitGroup
	for w := range errs {
		over.Go(func() {
			for b := range batches {
				if errs[w] == nil {
					errs[w] = s.loadAll(b)
				}
			}
		})
	}
	err := s.walk(from, batches)
	close(batches)
	over.Wait()
	for _, failed := range errs { // one is told: the first of a worker's
		err = cmp.Or(err, failed)
	}
	return err
}

func (s *snapshot) walk(from fs.FS, batches chan<- batch) error {
	info, err := fs.Stat(from, ".")
	if err != nil {
		return err
	}
	s.nodes["."] = &node{name: ".", mode: info.Mode(), size: info.Size()}
	return s.enter(from, ".", batches)
}

// enter lists a folder, sends its files to be read, and goes into its folders.
func (s *snapshot) enter(from fs.FS, dir string, batches chan<- batch) error {
	entries, err := fs.ReadDir(from, dir)
	if err != nil {
		return err
	}
	var files []*node
	var folders []string
	for _, d := range entries {
		name := path.Join(dir, d.Name())
		if name == ".git" {
			continue
		}
		n, err := s.add(name, d)
		switch {
		case err != nil:
			return err
		case n.IsDir():
			folders = append(folders, name)
		case n.mode.IsRegular():
			files = append(files, n)
		}
		s.lists[dir] = append(s.lists[dir], fs.FileInfoToDirEntry(n))
	}
	for part := range slices.Chunk(files, batchSize) {
		batches <- batch{dir: dir, files: part}
	}
	for _, folder := range folders {
		if err := s.enter(from, folder, batches); err != nil {
			return err
		}
	}
	return nil
}

// add enters a file, a link or a folder, whose content is still to be read.
func (s *snapshot) add(name string, d fs.DirEntry) (*node, error) {
	info, err := d.Info()
	if err != nil {
		return nil, err
	}
	n := &node{name: d.Name(), mode: info.Mode(), size: info.Size()}
	s.nodes[name] = n
	switch {
	case n.mode&fs.ModeSymlink != 0:
		s.targets[name], err = fs.ReadLink(s.from, name)
	case n.mode.IsRegular():
		n.keep = n.size <= keptSize && s.kept+n.size <= keptAll
		if n.keep {
			s.kept += n.size
		}
	}
	return n, err
}

func (s *snapshot) loadAll(b batch) error {
	var buffer bytes.Buffer
	dir, err := fs.Sub(s.from, b.dir)
	if err != nil {
		return err
	}
	if opened, ok := dir.(io.Closer); ok && b.dir != "." {
		defer opened.Close()
	}
	for _, n := range b.files {
		full := path.Join(b.dir, n.name)
		err := s.load(full, n, dir, &buffer)
		if failed, ok := errors.AsType[*fs.PathError](err); ok {
			failed.Path = full
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (s *snapshot) load(full string, n *node, dir fs.FS, b *bytes.Buffer) (err error) {
	if !n.keep {
		var sum [sha256.Size]byte
		n.size, sum, err = hash(dir, n.name)
		s.sums.Store(full, sum)
		return err
	}
	if err := read(dir, n.name, b); err != nil {
		return err
	}
	n.kept, n.size = s.store.Keep(b.Bytes()), int64(b.Len())
	return nil
}

// sum is the hash of a file.
func (s *snapshot) sum(name string) [sha256.Size]byte {
	if kept := s.nodes[name].kept; kept != nil {
		return kept.Sum()
	}
	sum, _ := s.sums.Load(name)
	return sum.([sha256.Size]byte)
}

// hash gives the size and the hash of a file.
func hash(fsys fs.FS, name string) (int64, [sha256.Size]byte, error) {
	f, err := fsys.Open(name)
	if err != nil {
		return 0, [sha256.Size]byte{}, err
	}
	defer f.Close()
	h := sha256.New()
	size, err := io.Copy(h, f)
	return size, [sha256.Size]byte(h.Sum(nil)), err
}

// read reads a file's content into an empty buffer.
func read(fsys fs.FS, name string, into *bytes.Buffer) error {
	f, err := fsys.Open(name)
	if err != nil {
		return err
	}
	defer f.Close()
	into.Reset()
	_, err = into.ReadFrom(f)
	return err
}

// find gives the entry of a path. Links are followed inside the directory, the
// last one only where follow says so.
func (s *snapshot) find(op, name string, follow bool) (string, *node, error) {
	if n, ok := s.nodes[name]; ok && (!follow || n.mode&fs.ModeSymlink == 0) {
		return name, n, nil // there is no link on the way to what was walked to
	}
	fail := func(err error) (string, *node, error) {
		return "", nil, &fs.PathError{Op: op, Path: name, Err: err}
	}
	if !fs.ValidPath(name) {
		return fail(fs.ErrInvalid)
	}
	at := "."
	rest := strings.Split(name, "/")
	for links := 0; len(rest) > 0; {
		next := path.Join(at, rest[0])
		rest = rest[1:]
		n, ok := s.nodes[next]
		switch {
		case !fs.ValidPath(next):
			return fail(errors.New("it leads out of the template"))
		case !ok:
			return fail(fs.ErrNotExist)
		case n.mode&fs.ModeSymlink == 0 || len(rest) == 0 && !follow:
			at = next
			continue
		}
		target := s.targets[next]
		if links++; links > maxLinks || path.IsAbs(target) {
			return fail(errors.New("the link cannot be followed"))
		}
		rest = append(strings.Split(path.Clean(target), "/"), rest...)
		if at = path.Dir(next); rest[0] == "." {
			rest = rest[1:]
		}
	}
	return at, s.nodes[at], nil
}

// Open opens a file or a folder.
func (s *snapshot) Open(name string) (fs.File, error) {
	at, n, err := s.find("open", name, true)
	if err != nil {
		return nil, err
	}
	if n.IsDir() {
		return &openDir{FileInfo: n, list: s.lists[at]}, nil
	}
	if n.kept != nil {
		return &keptFile{node: n}, nil
	}
	data, err := s.content(at, n)
	return &openFile{Reader: bytes.NewReader(data), node: n}, err
}

// content is a file's, kept or read again.
func (s *snapshot) content(name string, n *node) ([]byte, error) {
	if !n.mode.IsRegular() {
		return nil, &fs.PathError{Op: "open", Path: name, Err: errors.New("it is not a regular file")}
	}
	if n.kept != nil {
		return n.kept.Bytes(nil)
	}
	data, err := fs.ReadFile(s.from, name)
	if err != nil || sha256.Sum256(data) != s.sum(name) {
		return nil, &fault.Fault{Kind: fault.Changed, Message: "the template's " + name + " changed while it was in use", Hint: "run the command again", Err: err}
	}
	return data, nil
}

// ReadFile gives a copy of a file's content.
func (s *snapshot) ReadFile(name string) ([]byte, error) {
	at, n, err := s.find("read", name, true)
	if err != nil {
		return nil, err
	}
	data, err := s.content(at, n)
	return bytes.Clone(data), err
}

// ReadDir lists a folder, sorted.
func (s *snapshot) ReadDir(name string) ([]fs.DirEntry, error) {
	at, n, err := s.find("readdir", name, true)
	if err == nil && !n.IsDir() {
		err = &fs.PathError{Op: "readdir", Path: name, Err: errors.New("it is not a folder")}
	}
	if err != nil {
		return nil, err
	}
	return append([]fs.DirEntry{}, s.lists[at]...), nil
}

// Stat describes a file, links followed.
func (s *snapshot) Stat(name string) (fs.FileInfo, error) {
	_, n, err := s.find("stat", name, true)
	if err != nil {
		return nil, err
	}
	return n, nil
}

// Lstat describes a file or a link.
func (s *snapshot) Lstat(name string) (fs.FileInfo, error) {
	_, n, err := s.find("lstat", name, false)
	if err != nil {
		return nil, err
	}
	return n, nil
}

// ReadLink gives the target of a link.
func (s *snapshot) ReadLink(name string) (string, error) {
	at, n, err := s.find("readlink", name, false)
	if err == nil && n.mode&fs.ModeSymlink == 0 {
		err = &fs.PathError{Op: "readlink", Path: name, Err: fs.ErrInvalid}
	}
	if err != nil {
		return "", err
	}
	return s.targets[at], nil
}

// A keptFile is a file of a snapshot whose content is kept.
type keptFile struct {
	*node
	from *bytes.Reader // once it is read from
}

func (f *keptFile) Read(p []byte) (int, error) {
	if f.from == nil {
		data, err := f.kept.Bytes(nil)
		if err != nil {
			return 0, err
		}
		f.from = bytes.NewReader(data)
	}
	return f.from.Read(p)
}

// Aside is the content, for who wants it as it is.
func (f *keptFile) Aside() *aside.Content { return f.kept }

func (f *keptFile) Stat() (fs.FileInfo, error) { return f.node, nil }
func (f *keptFile) Close() error               { return nil }

// An openFile is another file of a snapshot while it is read.
type openFile struct {
	*bytes.Reader
	*node
}

func (f *openFile) Stat() (fs.FileInfo, error) { return f.node, nil }
func (f *openFile) Close() error               { return nil }
func (f *openFile) Size() int64                { return f.node.size }
