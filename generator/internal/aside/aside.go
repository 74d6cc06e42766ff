// Package aside keeps bytes that are needed once more later on: the first of
// them in memory, the rest in a file without a name, which no other program
// finds and which is gone with the last of its contents, or with the program.
//
// It is no cache: what was kept is there, and is what was given.
package aside

import (
	"crypto/sha256"
	"fmt"
	"os"
	"sync"
)

// chunkSize is what is written by one call, and so stays in memory until it is full.
const chunkSize = 64 << 10

// A Store keeps contents. It may be used by several goroutines.
type Store struct {
	mu   sync.Mutex
	room int64  // in memory, in bytes
	open *chunk // to which contents are added
	file *os.File
	end  int64 // of the file
	none bool  // no file can be had, or it is full
}

// NewStore gives a store that holds so many bytes in memory, and the last few.
// Where no file can be made, or it is full, all stays in memory.
func NewStore(room int64) *Store { return &Store{room: room} }

// A Content is bytes that were kept.
type Content struct {
	sum  [sha256.Size]byte
	in   *chunk
	at   int
	size int
}

// Keep takes bytes, which the caller may change afterwards.
func (s *Store) Keep(data []byte) *Content {
	c := &Content{sum: sha256.Sum256(data), size: len(data)}
	var full *chunk
	if c.in, c.at, full = s.add(data); full != nil {
		s.settle(full)
	}
	return c
}

// add puts bytes into a chunk, and gives the one that has no room for them.
func (s *Store) add(data []byte) (in *chunk, at int, full *chunk) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.open == nil || len(s.open.data)+len(data) > cap(s.open.data) {
		full, s.open = s.open, &chunk{data: make([]byte, 0, max(chunkSize, len(data)))}
	}
	return s.open, s.open.add(data), full
}

// settle writes a full chunk to the file, unless there is room in memory.
func (s *Store) settle(c *chunk) {
	file, at := s.reserve(int64(len(c.data)))
	if file == nil {
		return
	}
	if err := c.write(file, at); err != nil {
		s.mu.Lock()
		s.none = true
		s.mu.Unlock()
	}
}

// reserve finds a place in the file; without one the bytes are for the memory.
func (s *Store) reserve(size int64) (*os.File, int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.room >= size {
		s.room -= size
		return nil, 0
	}
	if s.file == nil && !s.none {
		var err error
		s.file, err = nameless(os.TempDir())
		s.none = err != nil
	}
	if s.none {
		return nil, 0
	}
	at := s.end
	s.end += size
	return s.file, at
}

// A chunk is contents side by side.
type chunk struct {
	mu   sync.RWMutex
	data []byte // grows as far as it has room; nil once it is in the file
	file *os.File
	at   int64
}

func (c *chunk) add(data []byte) (at int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	at = len(c.data)
	c.data = append(c.data, data...)
	return at
}

// write moves a chunk to a file. After an error it is where it was.
func (c *chunk) write(file *os.File, at int64) error {
	if _, err := file.WriteAt(c.data, at); err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.data, c.file, c.at = nil, file, at
	return nil
}

// inMemory gives bytes of a chunk that is not in the file.
func (c *chunk) inMemory(at, size int) ([]byte, bool) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	if c.file != nil {
		return nil, false
	}
	return c.data[at : at+size : at+size], true
}

// Sum is the SHA-256 of the bytes.
func (c *Content) Sum() [sha256.Size]byte { return c.sum }

// Size is their number.
func (c *Content) Size() int { return c.size }

// A Buffer is what contents are read into, one after the other.
type Buffer struct{ data []byte }

// Bytes gives the bytes, not to be changed. They are in the buffer where there
// is one, and hold until it is used again.
func (c *Content) Bytes(b *Buffer) ([]byte, error) {
	if data, ok := c.in.inMemory(c.at, c.size); ok {
		return data, nil
	}
	data := b.Room(c.size)
	if _, err := c.in.file.ReadAt(data, c.in.at+int64(c.at)); err != nil {
		return nil, fmt.Errorf("reading what was kept: %w", err)
	}
	return data, nil
}

// Room gives so many bytes of the buffer; without one, new ones.
func (b *Buffer) Room(size int) []byte {
	if b == nil {
		return make([]byte, size)
	}
	if cap(b.data) < size {
		b.data = make([]byte, size)
	}
	return b.data[:size]
}
