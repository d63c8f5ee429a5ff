package main

import (
	"syscall"
	"unsafe"
)

func init() { settleHeap = hugePages }

// hugePages has the heap go on where nothing of it is in use yet, and asks the
// kernel for huge pages there: page by page, the page faults of the 4 MB that a
// small log takes can be a third of what the run costs. Where there are no huge
// pages, nothing changes. The room before stays without memory, and is free for
// use after the first collection.
func hugePages() {
	const (
		chunk  = 4 << 20   // by which the heap grows, and to which it is aligned
		direct = 256 << 10 // more than what the runtime keeps ready
	)
	at := func(b []byte) uintptr { return uintptr(unsafe.Pointer(unsafe.SliceData(b))) }
	probe := make([]byte, direct)
	rest := make([]byte, -(at(probe)+direct)&(chunk-1))
	next := make([]byte, direct)
	if at(next)&(chunk-1) == 0 && at(next) == at(probe)+direct+uintptr(len(rest)) {
		syscall.Madvise(unsafe.Slice(unsafe.SliceData(next), chunk), syscall.MADV_HUGEPAGE) // it is an advice
	}
}
