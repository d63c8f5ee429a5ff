package joblog

import (
	"bytes"
	"testing"
)

func TestReader(t *testing.T) {
	for _, kind := range Kinds() {
		log := Bytes(kind, 3<<20)
		if len(log) < 3<<20 || len(log) > 5<<20 {
			t.Errorf("%s: %d bytes", kind, len(log))
		}
		if !bytes.HasPrefix(log, []byte(head)) || !bytes.HasSuffix(log, []byte("\n"+tail)) {
			t.Errorf("%s: its ends are missing", kind)
		}
		if !bytes.Equal(log, Bytes(kind, 3<<20)) {
			t.Errorf("%s: not the same again", kind)
		}
		if lines := bytes.Count(log, []byte("\n")); (lines < 100) != (kind == OneLine) {
			t.Errorf("%s: %d lines", kind, lines)
		}
	}
}
