package runlog

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"unicode/utf16"
	"unicode/utf8"
)

// utf16Order tells the byte order of UTF-16 text by its byte order mark, or by
// where the NULs of its ASCII letters stand; nil when head is not UTF-16.
func utf16Order(head []byte) binary.ByteOrder {
	switch {
	case bytes.HasPrefix(head, []byte{0xff, 0xfe}):
		return binary.LittleEndian
	case bytes.HasPrefix(head, []byte{0xfe, 0xff}):
		return binary.BigEndian
	}
	const enough = 512
	var nuls [2]int
	head = head[:min(len(head), enough)]
	for i, c := range head {
		if c == 0 {
			nuls[i%2]++
		}
	}
	most := len(head) * 2 / 5 // four of five letters
	switch {
	case len(head) < 8:
		return nil
	case nuls[1] > most && nuls[0] == 0:
		return binary.LittleEndian
	case nuls[0] > most && nuls[1] == 0:
		return binary.BigEndian
	}
	return nil
}

// utf16Reader turns UTF-16 into UTF-8.
type utf16Reader struct {
	r     io.Reader
	order binary.ByteOrder
	// high is the first half of a surrogate pair whose second half follows.
	high  rune
	chunk [4096]byte
	out   []byte
}

func (u *utf16Reader) Read(p []byte) (int, error) {
	for len(u.out) == 0 {
		if err := u.fill(); err != nil {
			return 0, err
		}
	}
	n := copy(p, u.out)
	u.out = u.out[n:]
	return n, nil
}

// fill decodes the next chunk. A half unit at the end is dropped. A damaged
// stream may end in io.ErrUnexpectedEOF again and again.
func (u *utf16Reader) fill() error {
	n, err := io.ReadFull(u.r, u.chunk[:])
	if n > 0 && errors.Is(err, io.ErrUnexpectedEOF) {
		err = nil
	}
	if err != nil {
		return err
	}
	u.out = u.out[:0:cap(u.out)]
	for i := 0; i+1 < n; i += 2 {
		u.decode(rune(u.order.Uint16(u.chunk[i:])))
	}
	if n == 1 {
		return io.EOF
	}
	return nil
}

func (u *utf16Reader) decode(unit rune) {
	if u.high != 0 {
		r := utf16.DecodeRune(u.high, unit)
		u.high = 0
		u.out = utf8.AppendRune(u.out, r)
		if r != utf8.RuneError {
			return
		}
	}
	if unit >= 0xd800 && unit < 0xdc00 {
		u.high = unit
		return
	}
	u.out = utf8.AppendRune(u.out, unit)
}
