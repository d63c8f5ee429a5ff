//go:build js

// Command wasm is the analyzer as the worker of the web page runs it: a function
// "pubmortem" that takes a question, what it is about as JSON, and files.
package main

import (
	"encoding/json"
	"fmt"
	"io"
	"runtime/debug"
	"syscall/js"

	"github.com/pubmortem/pubmortem/analyzer/internal/page"
)

// version is set by the linker.
var version = "devel"

// memory is what the program tries to get along with, as on a command line.
const memory = 48 << 20

func main() {
	debug.SetMemoryLimit(memory)
	s := page.New(version)
	js.Global().Set("pubmortem", js.FuncOf(func(_ js.Value, args []js.Value) any {
		out, err := answer(s, args)
		if err != nil {
			return map[string]any{"error": err.Error()}
		}
		return map[string]any{"answer": out}
	}))
	select {} // the worker calls from now on
}

// answer turns the errors of the browser, as of a file that has gone, which
// come as panics, into plain ones.
func answer(s *page.Session, args []js.Value) (out string, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("this could not be read (%v)", p)
		}
	}()
	if args[0].String() == "open" {
		var files []page.File
		for i := range args[2].Length() {
			f := args[2].Index(i)
			size := int64(f.Get("size").Int())
			files = append(files, page.File{Name: f.Get("name").String(), Size: size, At: &blob{f.Get("blob"), size, 0, nil}})
		}
		return "{}", s.Open(files)
	}
	a, err := s.Ask(args[0].String(), []byte(args[1].String()))
	if err != nil {
		return "", err
	}
	text, err := json.Marshal(a)
	return string(text), err
}

// blob reads a file of the browser. To ask for each small piece is slow, so it
// asks for a large one and keeps that.
type blob struct {
	js   js.Value
	size int64
	from int64
	kept []byte
}

const ahead = 1 << 20

func (b *blob) ReadAt(p []byte, at int64) (n int, err error) {
	for n < len(p) && at < b.size {
		if at < b.from || at >= b.from+int64(len(b.kept)) {
			b.read(at)
		}
		m := copy(p[n:], b.kept[at-b.from:])
		n, at = n+m, at+int64(m)
	}
	if n < len(p) {
		err = io.EOF
	}
	return n, err
}

func (b *blob) read(at int64) {
	part := b.js.Call("slice", at, min(at+ahead, b.size))
	buffer := js.Global().Get("FileReaderSync").New().Call("readAsArrayBuffer", part)
	bytes := js.Global().Get("Uint8Array").New(buffer)
	if b.kept == nil {
		b.kept = make([]byte, min(ahead, b.size))
	}
	b.from, b.kept = at, b.kept[:bytes.Length()]
	js.CopyBytesToGo(b.kept, bytes)
}
