package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
	"time"
)

// tool is a way to look through a log.
type tool struct {
	name string
	args []string // the log's path follows
	env  []string
	// none is the exit code for "nothing found", which is no failure.
	none int
}

// cost is what one run took.
type cost struct {
	wall, cpu time.Duration
	peak      int64 // bytes; 0 where the system does not tell
}

// once runs a tool and throws its output away.
func once(t tool, in io.Reader, more ...string) (cost, error) {
	cmd := exec.Command(t.args[0], append(slices.Clone(t.args[1:]), more...)...)
	cmd.Env = append(os.Environ(), t.env...)
	cmd.Stdin = in
	var trouble bytes.Buffer
	cmd.Stderr = &trouble
	start := time.Now()
	err := cmd.Run()
	c := cost{wall: time.Since(start)}
	if cmd.ProcessState == nil {
		return c, err
	}
	if code := cmd.ProcessState.ExitCode(); code != 0 && code != t.none {
		return c, fmt.Errorf("%s: exit code %d: %s", t.name, code, strings.TrimSpace(trouble.String()))
	}
	c.cpu = cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
	c.peak = peakMemory(cmd.ProcessState)
	return c, nil
}

// interleaved runs all tools in turn, so that all see the same disturbances,
// and returns the median of each.
func interleaved(tools []tool, runs int, more ...string) ([]cost, error) {
	all := make([][]cost, len(tools))
	for range runs {
		for i, t := range tools {
			c, err := once(t, nil, more...)
			if err != nil {
				return nil, err
			}
			all[i] = append(all[i], c)
		}
	}
	medians := make([]cost, len(tools))
	for i, costs := range all {
		medians[i] = median(costs)
	}
	return medians, nil
}

// median takes the median of each measure.
func median(costs []cost) cost {
	middle := func(of func(cost) int64) int64 {
		var list []int64
		for _, c := range costs {
			list = append(list, of(c))
		}
		slices.Sort(list)
		return list[len(list)/2]
	}
	return cost{
		wall: time.Duration(middle(func(c cost) int64 { return int64(c.wall) })),
		cpu:  time.Duration(middle(func(c cost) int64 { return int64(c.cpu) })),
		peak: middle(func(c cost) int64 { return c.peak }),
	}
}

func (c cost) rate(size int64) float64 { return float64(size) / 1e6 / c.wall.Seconds() }

func mib(bytes int64) string {
	if bytes == 0 {
		return "-"
	}
	return fmt.Sprintf("%d MiB", bytes>>20)
}
