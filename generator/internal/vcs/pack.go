package vcs

import (
	"bytes"
	"context"
	"crypto/sha1"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"iter"
	"os"
	"runtime"
	"slices"
	"strconv"
	"sync"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/format/idxfile"
	"github.com/go-git/go-git/v5/plumbing/object"
	"github.com/klauspost/compress/zlib"
	"github.com/spf13/afero"

	"scaffold/generator/internal/aside"
	"scaffold/generator/internal/tree"
)

const (
	maxWorkers = 4
	batchSize  = 16 // objects that are compressed in one go
	packDir    = ".git/objects/pack"
)

// A packed is an object of the repository, to be written to its pack.
type packed struct {
	id   plumbing.Hash
	kind plumbing.ObjectType
	data []byte

	// Of a blob, in place of data: the file, and what git makes of its bytes.
	file  *tree.File
	rules *Attributes
}

// bytes gives the object's content; see [tree.File.Bytes].
func (p packed) bytes(b *aside.Buffer) ([]byte, error) {
	if p.file == nil {
		return p.data, nil
	}
	data, err := p.file.Bytes(b)
	return p.rules.stored(*p.file, data), err
}

// encode takes one of go-git's objects.
func encode(o object.Object) (packed, error) {
	var raw plumbing.MemoryObject
	if err := o.Encode(&raw); err != nil {
		return packed{}, err
	}
	r, err := raw.Reader()
	if err != nil {
		return packed{}, err
	}
	data, err := io.ReadAll(r)
	return packed{id: raw.Hash(), kind: raw.Type(), data: data}, err
}

// hashAll makes the files' blobs, in the files' order.
func hashAll(ctx context.Context, files []tree.Written, m Machine) ([]packed, error) {
	blobs := make([]packed, len(files))
	rules, err := NewAttributes(plain(files), m)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	share := max(1, (len(files)+workers()-1)/workers())
	var wait sync.WaitGroup
	for from := 0; from < len(files); from += share {
		wait.Go(func() {
			var buffer aside.Buffer
			for i := from; i < min(from+share, len(files)) && ctx.Err() == nil; i++ {
				blobs[i] = packed{kind: plumbing.BlobObject, file: &files[i].File, rules: rules}
				if err := blobs[i].hash(&buffer); err != nil {
					cancel(err)
				}
			}
		})
	}
	wait.Wait()
	return blobs, context.Cause(ctx)
}

func plain(written []tree.Written) iter.Seq[tree.File] {
	return func(yield func(tree.File) bool) {
		for _, w := range written {
			if !yield(w.File) {
				return
			}
		}
	}
}

// hash gives a blob its id.
func (p *packed) hash(b *aside.Buffer) error {
	data, err := p.bytes(b)
	h := sha1.New()
	h.Write(append(strconv.AppendInt([]byte("blob "), int64(len(data)), 10), 0))
	h.Write(data)
	h.Sum(p.id[:0])
	return err
}

// unique keeps the first of objects that are the same, in their own place.
func unique(objects []packed) []packed {
	seen := make(map[plumbing.Hash]bool, len(objects))
	return slices.DeleteFunc(objects, func(o packed) bool {
		again := seen[o.id]
		seen[o.id] = true
		return again
	})
}

// writePack writes objects, of which no two are the same, as one pack and its
// index. Compression goes on in several goroutines, the order stays.
// See gitformat-pack(5).
func writePack(ctx context.Context, root afero.Fs, objects []packed) error {
	if len(objects) == 0 {
		return nil
	}
	const draft = packDir + "/tmp_pack"
	var index idxfile.Writer
	sum, err := create(root, draft, func(w io.Writer) (plumbing.Hash, error) {
		return writeObjects(ctx, w, objects, &index)
	})
	if err != nil {
		return err
	}
	if err := index.OnFooter(sum); err != nil {
		return err
	}
	content, err := index.Index()
	if err != nil {
		return err
	}
	name := packDir + "/pack-" + sum.String()
	if err := root.Rename(draft, name+".pack"); err != nil {
		return err
	}
	var encoded bytes.Buffer
	if _, err := idxfile.NewEncoder(&encoded).Encode(content); err != nil {
		return err
	}
	_, err = create(root, name+".idx", func(w io.Writer) (int, error) { return w.Write(encoded.Bytes()) })
	return err
}

// create makes a file that nobody is to change, and gives what write gives.
func create[T any](root afero.Fs, name string, write func(io.Writer) (T, error)) (got T, err error) {
	f, err := root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o444)
	if err != nil {
		return got, err
	}
	got, err = write(f)
	if closed := f.Close(); err == nil {
		err = closed
	}
	return got, err
}

// writeObjects writes a pack's content, gives its checksum and tells index
// where each object is.
func writeObjects(ctx context.Context, w io.Writer, objects []packed, index *idxfile.Writer) (plumbing.Hash, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	sum := sha1.New()
	w = io.MultiWriter(w, sum)

	header := binary.BigEndian.AppendUint32([]byte("PACK\x00\x00\x00\x02"), uint32(len(objects)))
	if _, err := w.Write(header); err != nil {
		return plumbing.ZeroHash, err
	}
	offset := uint64(len(header))
	spare := &sync.Pool{New: func() any { return newBatch() }}
	for pending := range compress(ctx, objects, spare) {
		done := <-pending
		if done.err != nil {
			return plumbing.ZeroHash, done.err
		}
		for _, e := range done.entries {
			index.Add(e.id, offset, e.crc)
			offset += e.size
		}
		if _, err := w.Write(done.data.Bytes()); err != nil {
			return plumbing.ZeroHash, err
		}
		spare.Put(done)
	}
	if err := context.Cause(ctx); err != nil {
		return plumbing.ZeroHash, err
	}
	checksum := plumbing.Hash(sum.Sum(nil))
	_, err := w.Write(checksum[:])
	return checksum, err
}

// A batch is some objects in their final form, and the means to make it.
type batch struct {
	data    bytes.Buffer
	entries []entry
	err     error
	raw     aside.Buffer
	zlib    *zlib.Writer
}

type entry struct {
	id   plumbing.Hash
	size uint64 // in the pack
	crc  uint32
}

func newBatch() *batch {
	b := new(batch)
	b.zlib, _ = zlib.NewWriterLevel(&b.data, zlib.BestSpeed) // the level is a valid one
	return b
}

// compress gives the objects' batches in order, each once it is ready. A few
// are on the way at any time, so that memory does not grow with the project.
func compress(ctx context.Context, objects []packed, spare *sync.Pool) <-chan chan *batch {
	queue := make(chan chan *batch, workers()-1)
	go func() {
		defer close(queue)
		for part := range slices.Chunk(objects, batchSize) {
			done := make(chan *batch, 1)
			select {
			case queue <- done:
			case <-ctx.Done():
				return
			}
			go func() {
				b := spare.Get().(*batch)
				b.fill(part)
				done <- b
			}()
		}
	}()
	return queue
}

func (b *batch) fill(objects []packed) {
	b.data.Reset()
	b.entries = b.entries[:0]
	for _, o := range objects {
		from := b.data.Len()
		data, err := o.bytes(&b.raw)
		b.data.Write(objectHeader(o.kind, len(data)))
		b.zlib.Reset(&b.data)
		_, failed := b.zlib.Write(data)
		if err = errors.Join(err, failed, b.zlib.Close()); err != nil {
			b.err = fmt.Errorf("compressing %s: %w", o.id, err)
			return
		}
		form := b.data.Bytes()[from:]
		b.entries = append(b.entries, entry{id: o.id, size: uint64(len(form)), crc: crc32.ChecksumIEEE(form)})
	}
}

// objectHeader is the kind and the size, four bits of it first, then seven at
// a time from the lowest.
func objectHeader(kind plumbing.ObjectType, size int) []byte {
	head := []byte{byte(kind)<<4 | byte(size&0x0f)}
	for size >>= 4; size > 0; size >>= 7 {
		head[len(head)-1] |= 0x80
		head = append(head, byte(size&0x7f))
	}
	return head
}

func workers() int { return min(runtime.GOMAXPROCS(0), maxWorkers) }
