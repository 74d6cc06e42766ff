package vcs

import (
	"io/fs"
	"syscall"
)

func statOf(info fs.FileInfo) stat {
	s, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return stat{}
	}
	return stat{
		changedSec: uint32(s.Ctim.Sec), changedNano: uint32(s.Ctim.Nsec),
		device: uint32(s.Dev), inode: uint32(s.Ino),
		user: s.Uid, group: s.Gid,
	}
}
