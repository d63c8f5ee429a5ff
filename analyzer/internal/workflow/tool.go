package workflow

import (
	"slices"
	"strings"
)

// upload is what a command or an action does about publishing.
type upload struct {
	// tool is a value of the fact publish.tool, or "" for a script of the
	// package whose name only speaks of publishing.
	tool string
	// args are the tool's arguments.
	args []string
}

// uploadOf says how a command publishes; ok is false when it does not, or only
// rehearses.
func uploadOf(words []string) (_ upload, ok bool) {
	words = throughRunner(words)
	if len(words) == 0 || slices.Contains(words, "--dry-run") {
		return upload{}, false
	}
	name, args := programName(words[0]), words[1:]
	sub := positional(args)
	switch name {
	case "npm", "pnpm", "yarn", "bun":
		return managerUpload(name, sub, args)
	case "changeset":
		return upload{"changesets", args}, first(sub) == "publish"
	case "lerna":
		return upload{name, args}, first(sub) == "publish"
	case "nx":
		publishes := len(sub) == 1 || len(sub) > 1 && sub[1] == "publish"
		return upload{name, args}, first(sub) == "release" && publishes && !slices.Contains(args, "--skip-publish")
	case "semantic-release", "multi-semantic-release":
		return upload{"semantic-release", args}, true
	case "release-it", "np":
		return upload{name, args}, true
	}
	return upload{}, false
}

// managerUpload is the upload by a package manager, by what it starts, or by a
// script whose name says so.
func managerUpload(name string, sub, args []string) (upload, bool) {
	switch {
	case name == "yarn" && slices.Contains(sub, "npm") && slices.Contains(sub, "publish"):
		return upload{"yarn", args}, true
	case name == "yarn" && first(sub) == "publish":
		return upload{"yarn-classic", args}, true
	case name == "pnpm" && slices.Contains(sub, "publish") && (len(sub) == 1 || sub[0] == "publish" || isRecursive(sub[0])):
		return upload{name, args}, true
	case name != "yarn" && first(sub) == "publish":
		return upload{name, args}, true
	case runsScript(name, sub):
		return upload{}, true
	}
	return upload{}, false
}

func isRecursive(sub string) bool {
	return sub == "recursive" || sub == "multi" || sub == "m"
}

// runsScript tells whether a script of the package is run that speaks of
// publishing: `npm run release`, `pnpm ci:publish`.
func runsScript(name string, sub []string) bool {
	script := first(sub)
	if script == "run" || script == "run-script" {
		script = first(sub[1:])
	} else if name == "npm" {
		return false
	}
	return strings.Contains(script, "publish") || strings.Contains(script, "release")
}

// throughRunner takes away what only starts a package's program: npx, `pnpm
// exec`, `yarn dlx`, or a manager that runs the program by its name.
func throughRunner(words []string) []string {
	if len(words) == 0 {
		return nil
	}
	args := words[1:]
	switch name := programName(words[0]); name {
	case "npx", "bunx", "pnpx":
		return behindFlags(args)
	case "npm", "pnpm", "yarn", "bun":
		sub := first(positional(args))
		switch rest := args[max(0, slices.Index(args, sub)):]; {
		case sub == "exec" || sub == "x" || sub == "dlx":
			return behindFlags(rest[1:])
		case sub == "run" && len(rest) > 1 && isWrapper(rest[1]):
			return rest[1:]
		case name != "npm" && isWrapper(sub):
			return rest
		}
	}
	return words
}

func behindFlags(args []string) []string {
	for len(args) > 0 && strings.HasPrefix(args[0], "-") {
		args = args[1:]
	}
	return args
}

// isWrapper tells the programs that publish by means of others.
func isWrapper(word string) bool {
	switch programName(word) {
	case "changeset", "lerna", "nx", "semantic-release", "multi-semantic-release", "release-it", "np":
		return true
	}
	return false
}

// programName is a word without its folder and without the version that npx
// allows behind an @. `@changesets/cli` is `changeset`.
func programName(word string) string {
	at := strings.LastIndexByte(word, '@')
	if at > 0 {
		word = word[:at]
	}
	if word == "@changesets/cli" {
		return "changeset"
	}
	return word[strings.LastIndexByte(word, '/')+1:]
}

// positional lists the arguments that are neither flags nor the values of
// those flags that managers know in front of a command.
func positional(args []string) []string {
	var list []string
	for i := 0; i < len(args); i++ {
		switch {
		case slices.Contains(flagsWithValue, args[i]):
			i++
		case !strings.HasPrefix(args[i], "-"):
			list = append(list, args[i])
		}
	}
	return list
}

var flagsWithValue = []string{"-w", "--workspace", "--prefix", "-C", "--dir", "--filter", "-F", "--registry", "--cwd", "--tag", "--access", "--otp", "--userconfig"}

func first(list []string) string {
	if len(list) == 0 {
		return ""
	}
	return list[0]
}

// actionUpload says how an action publishes.
func (s *Step) actionUpload() (_ upload, ok bool) {
	name, _ := s.action()
	with := s.node.Get("with")
	switch strings.ToLower(name) {
	case "changesets/action":
		return upload{tool: "changesets"}, with.Get("publish").Scalar() != ""
	case "js-devtools/npm-publish":
		return upload{tool: "js-devtools"}, with.Get("dry-run").Scalar() != "true"
	case "cycjimmy/semantic-release-action":
		return upload{tool: "semantic-release"}, with.Get("dry_run").Scalar() != "true"
	}
	return upload{}, false
}
