package patterns

import (
	"bytes"
	_ "embed"
)

//go:embed schema.json
var schema []byte

// Schema is the JSON Schema (draft 2020-12) of catalog files. It knows what a
// file must look like; what it must mean (ids that exist, examples that match,
// regular expressions that compile) only Lint can tell.
func Schema() []byte {
	return bytes.Clone(schema)
}
