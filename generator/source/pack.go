package source

import (
	"bytes"
	"encoding/binary"
	"fmt"

	"github.com/go-git/go-git/v5/plumbing/format/packfile"
	"github.com/go-git/go-git/v5/plumbing/storer"
	"github.com/go-git/go-git/v5/storage/memory"
)

// unpack reads a pack into memory, after its sizes have been held against the
// limits: a pack of kilobytes may unfold to gigabytes.
func unpack(ref Reference, pack []byte, limits Limits) (storer.EncodedObjectStorer, error) {
	if err := weigh(ref, pack, limits); err != nil {
		return nil, err
	}
	store := memory.NewStorage()
	if err := packfile.UpdateObjectStorage(store, bytes.NewReader(pack)); err != nil {
		return nil, damaged(ref, err)
	}
	return store, nil
}

func damaged(ref Reference, err error) error {
	return caused(unavailable(ref.String(), "what the server sent is not a pack of git: "+err.Error(), "try again"), err)
}

// weigh sums up what the objects of a pack say they unfold to. An object cannot
// unfold to more than it says: the scanner holds it to that.
func weigh(ref Reference, pack []byte, limits Limits) error {
	scanner := packfile.NewScanner(bytes.NewReader(pack))
	_, count, err := scanner.Header()
	if err != nil {
		return damaged(ref, err)
	}
	if int64(count) > int64(limits.Objects) {
		return exceeds(ref.String(), fmt.Sprintf("it has %d objects", count), fmt.Sprint(limits.Objects))
	}
	var sum uint64
	for range count {
		header, err := scanner.NextObjectHeader()
		if err != nil {
			return damaged(ref, err)
		}
		sum += uint64(max(0, header.Length))
		if sum > uint64(limits.Unpacked) {
			return tooLarge(ref, limits)
		}
		var head prefix
		if _, _, err := scanner.NextObject(&head); err != nil {
			return damaged(ref, err)
		}
		if header.Type.IsDelta() {
			result := head.result()
			if sum += result; result > uint64(limits.Unpacked) || sum > uint64(limits.Unpacked) {
				return tooLarge(ref, limits)
			}
		}
	}
	return nil
}

func tooLarge(ref Reference, limits Limits) error {
	return exceeds(ref.String(), "its objects are too large", bytesText(limits.Unpacked))
}

// A prefix keeps the first bytes that are written to it: a delta starts with
// the sizes of its base and of its result (gitformat-pack).
type prefix struct{ data []byte }

func (p *prefix) Write(b []byte) (int, error) {
	p.data = append(p.data, b[:min(len(b), 2*binary.MaxVarintLen64-len(p.data))]...)
	return len(b), nil
}

func (p *prefix) result() uint64 {
	_, n := binary.Uvarint(p.data)
	if n <= 0 {
		return 0
	}
	size, _ := binary.Uvarint(p.data[n:])
	return size
}
