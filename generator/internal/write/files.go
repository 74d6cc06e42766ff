package write

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"runtime"
	"sync"
	"sync/atomic"

	"scaffold/generator/internal/aside"
	"scaffold/generator/internal/tree"
)

const (
	maxWorkers = 4  // more of them wait for the same disk
	batchSize  = 64 // files of one directory that one worker writes
)

// writeFiles writes files into an empty root, several at a time, and stamps them
// where that is asked for. The modes are subject to the person's umask, as for
// any program's files.
func writeFiles(ctx context.Context, root Disk, files []tree.Written, stamp bool) error {
	batches, err := layOut(root, files)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)

	var next atomic.Int64
	var workers sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), maxWorkers) {
		workers.Go(func() {
			for {
				i := int(next.Add(1)) - 1
				if i >= len(batches) || ctx.Err() != nil {
					return
				}
				if err := batches[i].write(ctx, root, files, stamp); err != nil {
					cancel(err)
				}
			}
		})
	}
	workers.Wait()
	return context.Cause(ctx)
}

// A batch is some files of one directory: opening that directory once is
// cheaper than walking to it for each.
type batch struct {
	dir   string
	files []int // indexes
}

// layOut makes the directories and divides the files among batches.
func layOut(root Disk, files []tree.Written) ([]batch, error) {
	var batches []batch
	open := map[string]int{} // the batch of a directory that has room
	made := map[string]bool{".": true}
	for i, f := range files {
		dir := path.Dir(f.Path.String())
		at, ok := open[dir]
		if !ok || len(batches[at].files) == batchSize {
			at = len(batches)
			open[dir] = at
			batches = append(batches, batch{dir: dir})
		}
		batches[at].files = append(batches[at].files, i)
		if err := makeDir(root, dir, made); err != nil {
			return nil, err
		}
	}
	return batches, nil
}

func makeDir(root Disk, dir string, made map[string]bool) error {
	if made[dir] {
		return nil
	}
	if err := makeDir(root, path.Dir(dir), made); err != nil {
		return err
	}
	made[dir] = true
	return root.Mkdir(dir, 0o777)
}

func (b batch) write(ctx context.Context, root Disk, files []tree.Written, stamp bool) error {
	dir, err := root.Sub(b.dir)
	if err != nil {
		return err
	}
	defer dir.Close()
	var buffer aside.Buffer
	for _, i := range b.files {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if err := writeFile(dir, &files[i], stamp, &buffer); err != nil {
			return fmt.Errorf("writing %s: %w", files[i].Path, err)
		}
	}
	return nil
}

// writeFile makes one file, which must not be there, in its directory.
func writeFile(dir Disk, f *tree.Written, stamp bool, b *aside.Buffer) (err error) {
	name := path.Base(f.Path.String())
	if f.Mode&fs.ModeSymlink != 0 {
		return makeLink(dir, name, f)
	}
	data, err := f.Bytes(b)
	if err != nil {
		return err
	}
	out, err := dir.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, permissions(f.File))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, out.Close()) }()
	if _, err := out.Write(data); err != nil || !stamp {
		return err
	}
	info, err := out.Stat()
	if err == nil {
		f.Stamp = tree.StampOf(info)
	}
	return err
}

func makeLink(dir Disk, name string, f *tree.Written) error {
	if err := tree.SafeLink(f.Path, string(f.Data)); err != nil {
		return err
	}
	if err := dir.SymlinkIfPossible(string(f.Data), name); err != nil {
		return err
	}
	info, _, err := dir.LstatIfPossible(name)
	if err == nil {
		f.Stamp = tree.StampOf(info)
	}
	return err
}

// permissions are what any program asks for, less the person's umask.
func permissions(f tree.File) fs.FileMode {
	if f.Mode&0o111 != 0 {
		return 0o777
	}
	return 0o666
}
