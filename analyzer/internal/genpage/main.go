// Command genpage puts the web page together: one file that holds its scripts,
// its style and the analyzer, so that it needs no connection, not even to open
// it from a disk.
//
//	go run ./analyzer/internal/genpage -wasm FILE -glue FILE [-version V] FOLDER
package main

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"html"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

func main() {
	var p parts
	flag.StringVar(&p.wasm, "wasm", "", "the analyzer, built for js/wasm")
	flag.StringVar(&p.glue, "glue", "", "wasm_exec.js of the Go that built it")
	flag.StringVar(&p.version, "version", "devel", "the version that the page names")
	flag.Parse()
	if err := p.write(flag.Arg(0)); err != nil {
		fmt.Fprintln(os.Stderr, "genpage:", err)
		os.Exit(1)
	}
}

type parts struct{ wasm, glue, version string }

// modules are the page's scripts, each after what it imports.
var modules = []string{"elements.js", "share.js", "files.js", "app.js"}

// examples are logs to try, with what the page calls them.
var examples = []struct{ Title, Log string }{
	{"id-token permission missing", "id-token-permission-missing-json"},
	{"404 with trusted publishing", "trusted-publisher-mismatch-need-auth"},
	{"npm too old", "npm-too-old-need-auth"},
	{"repository.url does not match", "repository-url-mismatch-case"},
	{"published without provenance", "provenance-not-requested-pnpm9"},
}

// write makes the folder with the page under two names, the second for those
// who save it, and its service worker.
func (p parts) write(folder string) error {
	page, err := p.page()
	if err != nil {
		return err
	}
	offline, err := os.ReadFile("web/sw.js")
	if err != nil {
		return err
	}
	return errors.Join(
		os.MkdirAll(folder, 0o777),
		os.WriteFile(filepath.Join(folder, "index.html"), page, 0o666),
		os.WriteFile(filepath.Join(folder, "pubmortem.html"), page, 0o666),
		os.WriteFile(filepath.Join(folder, "sw.js"), offline, 0o666),
	)
}

func (p parts) page() ([]byte, error) {
	var failed error
	read := func(name string) string {
		text, err := os.ReadFile(name)
		failed = errors.Join(failed, err)
		return string(text)
	}
	script := ""
	for _, name := range modules {
		script += unmodule(read("web/" + name))
	}
	// As a module it would wait for the program, which it is to load as it comes.
	script = "(async () => {\n" + script + "})()"
	style, worker := read("web/style.css"), read(p.glue)+read("web/worker.js")
	var logs []map[string]string
	for _, e := range examples {
		logs = append(logs, map[string]string{"title": e.Title, "log": read("logs-testdata/jobs/" + e.Log + ".log")})
	}
	exampleJSON, err := json.Marshal(logs) // it writes < as an escape
	failed = errors.Join(failed, err)
	template, program := read("web/index.html"), pack(read(p.wasm))
	for _, text := range []string{script, worker} {
		if strings.Contains(text, "</script") || strings.Contains(text, "<!--") {
			failed = errors.Join(failed, errors.New("a script has what ends the element that it stands in"))
		}
	}
	if failed != nil {
		return nil, failed
	}
	// Nothing may be loaded from anywhere, and nothing sent: what runs is named by
	// its hash, and the worker, made of text of this page, has the same policy.
	policy := "default-src 'none'; script-src " + hash(script) + " 'wasm-unsafe-eval'; style-src " + hash(style) +
		"; worker-src blob: 'self'; img-src data:; connect-src 'none'; form-action 'none'; base-uri 'none'" +
		"; require-trusted-types-for 'script'; trusted-types pubmortem"
	return []byte(strings.NewReplacer(
		"{{policy}}", policy, "{{version}}", html.EscapeString(p.version), "{{style}}", style, "{{script}}", script,
		"{{worker}}", worker, "{{examples}}", string(exampleJSON), "{{program}}", program,
	).Replace(template)), nil
}

var moduleWords = regexp.MustCompile(`(?m)^import .*\n|^export `)

// unmodule makes a module a part of one script: a module that stands in a page
// can import no other that does.
func unmodule(text string) string { return moduleWords.ReplaceAllString(text, "") }

// pack makes elements of the program that can be decoded one by one.
func pack(program string) string {
	var b bytes.Buffer
	z, _ := gzip.NewWriterLevel(&b, gzip.BestCompression) // the level is right
	z.Write([]byte(program))                              // to memory
	z.Close()
	var out strings.Builder
	for part := range slices.Chunk(b.Bytes(), partSize) {
		fmt.Fprintf(&out, "<script type=\"text/plain\" class=\"program\">%s</script>\n", base64.StdEncoding.EncodeToString(part))
	}
	return out.String()
}

const partSize = 96 << 10 // bytes

func hash(text string) string {
	sum := sha256.Sum256([]byte(text))
	return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
}
