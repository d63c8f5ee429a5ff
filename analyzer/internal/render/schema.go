package render

import (
	"bytes"
	_ "embed"
)

//go:embed schema.json
var schema []byte

// Schema is the JSON Schema (draft 2020-12) of what [JSON] writes. It allows
// additional fields everywhere; the values of enumerations are final.
func Schema() []byte {
	return bytes.Clone(schema)
}
