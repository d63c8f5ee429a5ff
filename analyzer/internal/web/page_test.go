package web

import (
	"context"
	"io"
	"net/http"
	"strings"
	"testing"
)

func TestServePage(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	err := ServePage(ctx, 0, []byte("<p>hello"), func(url string) error {
		if !strings.HasPrefix(url, "http://127.0.0.1:") {
			t.Errorf("it is at %s", url)
		}
		go func() {
			defer stop() // which ends the server
			res, err := http.Get(url)
			if err != nil {
				t.Error(err)
				return
			}
			defer res.Body.Close()
			body, err := io.ReadAll(res.Body)
			if err != nil || string(body) != "<p>hello" || !strings.Contains(res.Header.Get("Content-Security-Policy"), "connect-src 'none'") {
				t.Errorf("%q, %v, %v", body, res.Header, err)
			}
			if res, err := http.Get(url + "etc/passwd"); err != nil || res.StatusCode != http.StatusNotFound {
				t.Errorf("another path: %v, %v", res, err)
			}
		}()
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}
