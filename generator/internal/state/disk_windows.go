package state

import (
	"errors"
	"os"
	"time"

	"golang.org/x/sys/windows"
)

// pidBytes are the bytes of a lock file that may be read while another process
// holds it: a lock of Windows keeps readers out of what it covers.
const pidBytes = 64

func tryLock(f *os.File) error {
	const flags = windows.LOCKFILE_EXCLUSIVE_LOCK | windows.LOCKFILE_FAIL_IMMEDIATELY
	err := windows.LockFileEx(windows.Handle(f.Fd()), flags, 0, 1, 0, &windows.Overlapped{Offset: pidBytes})
	if errors.Is(err, windows.ERROR_LOCK_VIOLATION) {
		return errHeld
	}
	return err
}

// rename tries for a second: Windows replaces no file that somebody reads.
func rename(from, to string) error {
	var err error
	for range 100 {
		if err = os.Rename(from, to); !errors.Is(err, windows.ERROR_ACCESS_DENIED) && !errors.Is(err, windows.ERROR_SHARING_VIOLATION) {
			return err
		}
		time.Sleep(10 * time.Millisecond)
	}
	return err
}

// syncDir has nothing to do: Windows writes a rename through.
func syncDir(string) error { return nil }
