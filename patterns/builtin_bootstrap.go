//go:build bootstrap

package patterns

// With the tag bootstrap the built-in catalog is empty, so that its generator
// compiles even where builtin_gen.go does not fit the types any more.
var builtin Catalog

func fillMaps(*Catalog) {}
