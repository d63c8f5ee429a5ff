package match

import (
	"testing"

	"github.com/pubmortem/pubmortem/patterns"
)

// The built-in catalog's literals let every fifth byte be probed. A shorter one
// slows down the search of all logs.
func TestBuiltinStride(t *testing.T) {
	if got := New(patterns.Builtin()).set.Stride(); got < 5 {
		t.Errorf("every %d bytes are probed", got)
	}
}
