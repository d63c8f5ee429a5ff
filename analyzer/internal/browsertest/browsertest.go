//go:build !js

// Package browsertest drives the browsers that are installed, for tests. A test
// whose browser is not there is skipped, and so are all without PAGE_TESTS.
package browsertest

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
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

// Firefox is a Firefox that is driven by its own protocol, Marionette: messages
// are JSON lists behind their length. See
// https://firefox-source-docs.mozilla.org/testing/marionette/Protocol.html.
type Firefox struct {
	testing.TB
	conn net.Conn
	in   *bufio.Reader
	sent int
}

// OpenFirefox starts Firefox with an empty page.
func OpenFirefox(t testing.TB) *Firefox {
	t.Helper()
	profile := t.TempDir()
	// It chooses a free port and writes it into the profile.
	if err := os.WriteFile(filepath.Join(profile, "user.js"), []byte(`user_pref("marionette.port", 0);`), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), installed(t, "firefox", "firefox-esr"), "--headless", "--no-remote", "--marionette", "--profile", profile)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cmd.Process.Kill()
		cmd.Wait()
	})
	f := &Firefox{TB: t}
	for end := time.Now().Add(2 * time.Minute); f.conn == nil; time.Sleep(100 * time.Millisecond) {
		port, err := os.ReadFile(filepath.Join(profile, "MarionetteActivePort"))
		if err == nil && len(port) > 0 {
			f.conn, err = net.Dial("tcp", "127.0.0.1:"+string(port))
		}
		if err != nil && time.Now().After(end) {
			t.Fatal(err)
		}
	}
	t.Cleanup(func() { f.conn.Close() })
	f.conn.SetDeadline(time.Now().Add(4 * time.Minute))
	f.in = bufio.NewReader(f.conn)
	f.receive() // what it says of itself
	f.call("WebDriver:NewSession", map[string]any{})
	f.call("WebDriver:SetTimeouts", map[string]any{"script": 120_000})
	return f
}

// Open opens a page and waits until it is loaded.
func (f *Firefox) Open(url string) {
	f.Helper()
	f.call("WebDriver:Navigate", map[string]any{"url": url})
}

// Run runs the body of an async function in the page. It returns the text that
// the function returns.
func (f *Firefox) Run(script string) string {
	f.Helper()
	script = "const done = arguments[0]; (async () => {" + script + "})().then(done, (e) => done('failed: ' + e))"
	result := f.call("WebDriver:ExecuteAsyncScript", map[string]any{"script": script, "args": []any{}})
	var text struct{ Value string }
	if err := json.Unmarshal(result, &text); err != nil {
		f.Fatalf("%v: %.200s", err, result)
	}
	return text.Value
}

func (f *Firefox) call(command string, parameters any) json.RawMessage {
	f.Helper()
	f.sent++
	message, err := json.Marshal([]any{0, f.sent, command, parameters})
	if err != nil {
		f.Fatal(err)
	}
	if _, err := fmt.Fprintf(f.conn, "%d:%s", len(message), message); err != nil {
		f.Fatal(err)
	}
	var answer [4]json.RawMessage // kind, number, error, result
	if err := json.Unmarshal(f.receive(), &answer); err != nil || string(answer[2]) != "null" {
		f.Fatalf("%s: %v %.500s", command, err, answer[2])
	}
	return answer[3]
}

func (f *Firefox) receive() []byte {
	f.Helper()
	var size int
	if _, err := fmt.Fscanf(f.in, "%d:", &size); err != nil {
		f.Fatal(err)
	}
	message := make([]byte, size)
	if _, err := io.ReadFull(f.in, message); err != nil {
		f.Fatal(err)
	}
	return message
}
