package patterns

import "sync"

//go:generate go run -tags bootstrap ../analyzer/internal/gencatalog

var fillOnce sync.Once

// Builtin is the catalog that comes with the program, prepared from the YAML
// files of this directory. It is shared: do not change it, Merge copies.
func Builtin() *Catalog {
	// Static data cannot hold maps; they are added when somebody asks.
	fillOnce.Do(func() { fillMaps(&builtin) })
	return &builtin
}
