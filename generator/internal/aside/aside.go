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

// A Store keeps contents. It may be used by several goroutines.
type Store struct {
	mu   sync.Mutex
	room int64    // in memory, in bytes
	file *os.File // nil as long as there was room
	end  int64    // of the file
	none bool     // no file can be had, or it is full
}

// NewStore gives a store that holds so many bytes in memory. Where no file can
// be made, or it is full, all stays in memory.
func NewStore(room int64) *Store { return &Store{room: room} }

// A Content is bytes that were kept.
type Content struct {
	sum  [sha256.Size]byte
	size int
	data []byte // nil where they are in the file
	file *os.File
	at   int64
}

// Keep takes bytes, which the caller may change afterwards.
func (s *Store) Keep(data []byte) *Content {
	c := &Content{sum: sha256.Sum256(data), size: len(data)}
	if c.file, c.at = s.reserve(int64(len(data))); c.file != nil {
		if _, err := c.file.WriteAt(data, c.at); err == nil {
			return c
		}
		s.giveUp()
	}
	c.data, c.file = append([]byte{}, data...), nil
	return c
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

func (s *Store) giveUp() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.none = true
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
	if c.file == nil {
		return c.data, nil
	}
	data := b.Room(c.size)
	if _, err := c.file.ReadAt(data, c.at); err != nil {
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
