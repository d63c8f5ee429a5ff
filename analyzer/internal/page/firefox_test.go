package page_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/pubmortem/pubmortem/analyzer/internal/browsertest"
	"github.com/pubmortem/pubmortem/analyzer/internal/document"
	"github.com/pubmortem/pubmortem/analyzer/internal/page"
)

// TestFirefox pastes every log into the page, which is opened from a file and
// from a server: it shows what the program says. Nothing can be asked of the
// server.
func TestFirefox(t *testing.T) {
	folder := folder(t)
	var asked atomic.Int32
	files := http.FileServer(http.Dir(folder))
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/x":
			asked.Add(1)
		case "/empty": // has no policy
		default:
			files.ServeHTTP(w, r)
		}
	}))
	defer server.Close()
	f := browsertest.OpenFirefox(t)
	all := logs(t)
	for _, address := range []string{"file://" + filepath.Join(folder, "pubmortem.html"), server.URL + "/"} {
		f.Open(address)
		for name, content := range all {
			text, err := json.Marshal(string(content))
			if err != nil {
				t.Fatal(err)
			}
			got := f.Run(fmt.Sprintf(`
				const $ = (id) => document.getElementById(id)
				const until = async (text) => { while (!$("status").textContent.startsWith(text)) await new Promise((ok) => setTimeout(ok, 5)) }
				if (!$("give").classList.contains("done")) await until("Ready.")
				$("status").textContent = ""
				$("log").value = %s
				document.querySelector("#form button").click()
				await until("Diagnosis: ")
				return $("diagnosis").textContent`, text))
			if want := shown(t, content); got != want {
				t.Errorf("%s at %s: the page says\n%.500s\nwant\n%.500s", name, address, got, want)
			}
		}
		t.Logf("ready after %s ms", f.Run("return document.documentElement.dataset.ready"))
	}
	const ask = `return fetch("%s/x").then(() => "sent", () => "refused")`
	if got := f.Run(fmt.Sprintf(ask, server.URL)); got != "refused" || asked.Load() > 0 {
		t.Errorf("a request of the page was %s, %d came", got, asked.Load())
	}
	f.Open(server.URL + "/empty")
	if got := f.Run(fmt.Sprintf(ask, server.URL)); got != "sent" || asked.Load() != 1 {
		t.Errorf("a request of a page without a policy was %s", got)
	}
}

// shown is the text of the report on a pasted log.
func shown(t *testing.T, content []byte) string {
	t.Helper()
	s := page.New("v0.0.0-snapshot")
	content = bytes.ReplaceAll(content, []byte("\r\n"), []byte("\n")) // as a text box does
	if err := s.Open([]page.File{{Name: "pasted.log", Size: int64(len(content)), At: bytes.NewReader(content)}}); err != nil {
		t.Fatal(err)
	}
	d, err := s.Ask("diagnose", []byte("{}"))
	if err != nil {
		t.Fatal(err)
	}
	var text strings.Builder
	var add func([]document.Element)
	add = func(all []document.Element) {
		for _, e := range all {
			text.WriteString(e.Text)
			add(e.Kids)
		}
	}
	add(d.(*page.Diagnosis).Elements)
	return text.String()
}
