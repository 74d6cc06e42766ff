package state

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// errHeld says that another process holds a lock.
var errHeld = errors.New("held by another process")

// lock waits for the right to change the file. The lock is the system's own on a
// file beside it, and ends with the process that holds it, however that ends.
// The file holds the holder's process id and stays: who removed it would take it
// from those that wait.
func (f File[T]) lock(ctx context.Context) (io.Closer, error) {
	if err := os.MkdirAll(filepath.Dir(f.Path), 0o700); err != nil {
		return nil, f.unwritable(err)
	}
	file, err := os.OpenFile(f.Path+".lock", os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, f.unwritable(err)
	}
	err = f.acquire(ctx, file)
	if err != nil {
		file.Close()
		return nil, err
	}
	return file, nil
}

func (f File[T]) acquire(ctx context.Context, file *os.File) error {
	ctx, cancel := context.WithTimeoutCause(ctx, f.patience(), errHeld)
	defer cancel()
	for {
		err := tryLock(file)
		if err == nil {
			return f.sign(file)
		}
		if !errors.Is(err, errHeld) {
			return f.unwritable(fmt.Errorf("it cannot be locked: %w", err))
		}
		select {
		case <-ctx.Done():
			if errors.Is(context.Cause(ctx), errHeld) {
				return f.busy(holder(file))
			}
			return context.Cause(ctx)
		case <-time.After(time.Millisecond + rand.N(20*time.Millisecond)):
		}
	}
}

// sign leaves the process id for those that wait in vain.
func (f File[T]) sign(file *os.File) error {
	err := file.Truncate(0)
	if err == nil {
		_, err = file.WriteAt([]byte(strconv.Itoa(os.Getpid())+"\n"), 0)
	}
	if err != nil {
		return f.unwritable(err)
	}
	return nil
}

// holder is the process id in a lock file, or 0.
func holder(file *os.File) int {
	text := make([]byte, 32)
	n, _ := file.ReadAt(text, 0)
	pid, err := strconv.Atoi(strings.TrimSpace(string(text[:n])))
	if err != nil {
		return 0
	}
	return pid
}

func (f File[T]) patience() time.Duration {
	if f.Wait > 0 {
		return f.Wait
	}
	return wait
}
