package aside

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"os"
	"runtime"
	"strings"
	"sync"
	"testing"

	"scaffold/internal/testenv"
)

// contents are a hundred different ones, some of them empty.
func contents() [][]byte {
	list := make([][]byte, 100)
	for i := range list {
		list[i] = bytes.Repeat([]byte(fmt.Sprint(i, ",")), i*7%50*200)
	}
	return list
}

// keepAll keeps contents from several goroutines, out of one buffer each.
func keepAll(s *Store, list [][]byte) []*Content {
	kept := make([]*Content, len(list))
	var over sync.WaitGroup
	for from := range 4 {
		over.Go(func() {
			var hand []byte
			for i := from; i < len(list); i += 4 {
				hand = append(hand[:0], list[i]...)
				kept[i] = s.Keep(hand)
			}
		})
	}
	over.Wait()
	return kept
}

// held are the bytes that are in memory.
func held(kept []*Content) (n int) {
	seen := map[*chunk]bool{}
	for _, c := range kept {
		if !seen[c.in] {
			n += len(c.in.data)
		}
		seen[c.in] = true
	}
	return n
}

func TestWhatWasKeptIsGivenBack(t *testing.T) {
	for _, room := range []int64{0, 200_000, 1 << 30} {
		list := contents()
		kept := keepAll(NewStore(room), list)
		var b Buffer
		for i, c := range kept {
			got, err := c.Bytes(&b)
			if err != nil || !bytes.Equal(got, list[i]) || c.Size() != len(list[i]) || c.Sum() != sha256.Sum256(list[i]) {
				t.Fatalf("room for %d: content %d is %q, %v", room, i, got, err)
			}
		}
		if got := held(kept); runtime.GOOS == "linux" && int64(got) > room+2*chunkSize {
			t.Errorf("%d bytes are in memory, where there is room for %d", got, room)
		}
	}
}

func TestTheFileHasNoName(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("TMPDIR", dir)
	s := NewStore(0)
	keepAll(s, contents())
	if runtime.GOOS == "linux" && s.file == nil {
		t.Fatal("there is no file")
	}
	if names, err := os.ReadDir(dir); err != nil || len(names) > 0 {
		t.Errorf("%v %v", names, err)
	}
}

func TestWithoutAFileAllStaysInMemory(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir()+"/none")
	list := contents()
	if got, want := held(keepAll(NewStore(0), list)), len(bytes.Join(list, nil)); got != want {
		t.Errorf("%d bytes of %d are in memory", got, want)
	}
}

func TestAFullFileLosesNothing(t *testing.T) {
	full, err := os.OpenFile("/dev/full", os.O_RDWR, 0)
	if err != nil {
		testenv.Missing(t, "there is no /dev/full")
	}
	defer full.Close()
	list := contents()
	for i, c := range keepAll(&Store{file: full}, list) {
		if got, err := c.Bytes(nil); err != nil || !bytes.Equal(got, list[i]) {
			t.Fatalf("content %d is %q, %v", i, got, err)
		}
	}
}

func TestAFileThatWasCutIsAnError(t *testing.T) {
	s := NewStore(0)
	c := s.Keep([]byte(strings.Repeat("x", chunkSize)))
	s.Keep([]byte("more"))
	if c.in.file == nil {
		testenv.Missing(t, "there is no file without a name")
	}
	if err := c.in.file.Truncate(50); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Bytes(nil); err == nil {
		t.Error("half a content was given")
	}
}
