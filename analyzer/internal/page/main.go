package main

import (
	"bytes"
	"context"
	"strings"
	"syscall/js"

	"github.com/pubmortem/pubmortem/analyzer"
	"github.com/pubmortem/pubmortem/analyzer/internal/explain"
	"github.com/pubmortem/pubmortem/analyzer/internal/render"
	"github.com/pubmortem/pubmortem/patterns"
)

func main() {
	cat := patterns.Builtin()
	a := analyzer.New(cat)
	x := explain.Explainer{Catalog: cat}
	js.Global().Set("f", js.FuncOf(func(this js.Value, args []js.Value) any {
		l, err := analyzer.Open("x", strings.NewReader(args[0].String()))
		if err != nil {
			return err.Error()
		}
		r, _ := a.Analyze(context.Background(), l, analyzer.Options{})
		var b bytes.Buffer
		render.JSON(&b, r, render.Options{})
		render.Markdown(&b, r, render.Options{})
		b.WriteString(x.Causes().Markdown(0))
		return b.String()
	}))
	select {}
}
