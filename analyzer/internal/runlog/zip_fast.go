//go:build !js

package runlog

import "github.com/klauspost/compress/flate"

// This is 1.6 to 2 times as fast. In a browser it is a sixth faster, for which the
// page's program is not made larger.
func init() { newInflater = flate.NewReader }
