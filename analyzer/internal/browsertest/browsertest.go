//go:build !js

// Package browsertest drives the browsers that are installed, for tests. A test
// whose browser is not there is skipped, and so are all without PAGE_TESTS.
package browsertest

import (
	"context"
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// Chromium is the program of Chromium or Chrome.
func Chromium(t testing.TB) string {
	t.Helper()
	return installed(t, "chromium", "chromium-browser", "google-chrome")
}

func installed(t testing.TB, names ...string) string {
	t.Helper()
	if os.Getenv("PAGE_TESTS") == "" {
		t.Skip("make page-tests runs it: browsers take seconds")
	}
	for _, name := range names {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	t.Skipf("%s is not installed", names[0])
	return ""
}

// Open starts Chromium with an empty page. The context it returns is the page's,
// for chromedp.
func Open(t testing.TB, options ...chromedp.ExecAllocatorOption) context.Context {
	t.Helper()
	ctx, stop := context.WithTimeout(t.Context(), 4*time.Minute)
	t.Cleanup(stop)
	options = append(append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(Chromium(t)), chromedp.NoSandbox), options...)
	ctx, stop = chromedp.NewExecAllocator(ctx, options...)
	t.Cleanup(stop)
	ctx, stop = chromedp.NewContext(ctx)
	t.Cleanup(stop)
	if err := chromedp.Do(ctx, chromedp.Navigate("about:blank")); err != nil {
		t.Fatal(err)
	}
	return ctx
}
