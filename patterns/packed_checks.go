//go:build !js

package patterns

import _ "embed"

//go:embed checks.bin
var checksFile string

// The page checks no catalog and is smaller without.
func init() { files["checks"] = checksFile }
