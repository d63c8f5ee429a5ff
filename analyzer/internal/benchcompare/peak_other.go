//go:build !linux

package main

import "os"

// peakMemory is unknown: other systems count it otherwise, or not at all.
func peakMemory(*os.ProcessState) int64 { return 0 }
