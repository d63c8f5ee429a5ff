package runlog

import (
	"bytes"
	"encoding/binary"
	"io"

	"golang.org/x/text/encoding/unicode"
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

// utf16Reader turns UTF-16 into UTF-8. Half a unit at the end is dropped.
func utf16Reader(r io.Reader, order binary.ByteOrder) io.Reader {
	endian := unicode.LittleEndian
	if order == binary.ByteOrder(binary.BigEndian) {
		endian = unicode.BigEndian
	}
	return unicode.UTF16(endian, unicode.IgnoreBOM).NewDecoder().Reader(r)
}
