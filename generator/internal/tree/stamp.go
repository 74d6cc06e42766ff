package tree

import "io/fs"

// A Stamp is what a disk says about a file, as far as git's index keeps it. What
// only some systems say is zero on others, where git looks at the file once.
type Stamp struct {
	ChangedSec, ChangedNano   uint32 // its state
	ModifiedSec, ModifiedNano uint32 // its content
	Device, Inode             uint32
	User, Group               uint32
	Size                      uint32
}

// StampOf takes what git keeps of what the disk said.
func StampOf(info fs.FileInfo) Stamp {
	modified := info.ModTime()
	s := Stamp{ModifiedSec: uint32(modified.Unix()), ModifiedNano: uint32(modified.Nanosecond()), Size: uint32(info.Size())}
	s.system(info)
	return s
}
