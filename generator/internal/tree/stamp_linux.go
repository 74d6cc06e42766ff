package tree

import (
	"io/fs"
	"syscall"
)

func (s *Stamp) system(info fs.FileInfo) {
	if i, ok := info.Sys().(*syscall.Stat_t); ok {
		s.ChangedSec, s.ChangedNano = uint32(i.Ctim.Sec), uint32(i.Ctim.Nsec)
		s.Device, s.Inode = uint32(i.Dev), uint32(i.Ino)
		s.User, s.Group = i.Uid, i.Gid
	}
}
