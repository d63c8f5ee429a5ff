// Package lazy puts off the making of values that most runs do not need.
package lazy

import (
	"regexp"
	"sync"
)

// Regexp compiles expr when the returned function is first called, since the
// program is to start in little more time than an empty one. Like
// regexp.MustCompile it panics on an expression that does not compile: it is
// for those that are written in the source.
func Regexp(expr string) func() *regexp.Regexp {
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(expr) })
}
