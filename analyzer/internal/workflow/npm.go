package workflow

import (
	"slices"
	"strings"
)

// npmVersion is the version of npm that scripts install before the
// publication, or that npx runs for it, as the fact npm.version has it. It is
// "" when they install none or not a known one.
func (j *Job) npmVersion(p publication) (version string, line int) {
	if p.cmd != nil {
		if spec, ok := npxNpm(p.cmd.words); ok {
			return npmRange(spec), p.cmd.line
		}
	}
	commands := j.before(p)
	for _, cmd := range slices.Backward(commands) {
		if spec, ok := globalNpm(cmd.words); ok {
			return npmRange(spec), cmd.line
		}
	}
	return "", 0
}

// globalNpm is the X of `npm install -g npm@X`, or "latest" without one.
func globalNpm(words []string) (spec string, ok bool) {
	if len(words) < 3 || words[0] != "npm" || !slices.Contains(installs, words[1]) {
		return "", false
	}
	global := slices.ContainsFunc(words, func(w string) bool {
		return w == "-g" || w == "--global" || w == "--location=global"
	})
	for _, word := range words[2:] {
		if name, spec, _ := strings.Cut(word, "@"); name == "npm" && global {
			return spec, true
		}
	}
	return "", false
}

var installs = []string{"i", "in", "install", "add", "up", "update", "upgrade"}

// npxNpm is the X of `npx npm@X`.
func npxNpm(words []string) (spec string, ok bool) {
	if words[0] != "npx" {
		return "", false
	}
	name, spec, ok := strings.Cut(first(positional(words[1:])), "@")
	return spec, ok && name == "npm"
}

// npmRange is what is known of a version that a person names: the newest, or
// the newest of a major version, has been 11.5.1 or later since July 2025
// (https://github.com/npm/cli/releases/tag/v11.5.1).
func npmRange(spec string) string {
	switch spec {
	case "", "latest", "next":
		return ">= 11.5.1"
	case "11", "^11", "11.x":
		return ">= 11.5.1, < 12.0.0"
	}
	op := spec[:len(spec)-len(strings.TrimLeft(spec, "^~>="))]
	v, ok := plainVersion(spec[len(op):])
	if !ok || !slices.Contains([]string{"", "^", "~", ">="}, op) {
		return ""
	}
	return op + v
}
