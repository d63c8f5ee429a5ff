package fakegithub

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"testing"
)

type recorder struct {
	*testing.T
	said []string
}

func (r *recorder) Errorf(format string, args ...any) {
	r.said = append(r.said, fmt.Sprintf(format, args...))
}

// TestDescribe shows that a fake, or a client, that strays from the description
// fails its test, and that an answer is completed.
func TestDescribe(t *testing.T) {
	const job, widget = "GET /repos/{owner}/{repo}/actions/jobs/{job_id}", "/repos/acme/widget/actions/jobs/"
	right := object{"id": 7, "name": "publish", "status": "completed", "steps": []any{}}
	with := func(key string, value any) object {
		data := maps.Clone(right)
		data[key] = value
		return data
	}
	for _, tt := range []struct {
		name, path string
		status     int
		body       any
		want       string // what is said, "" for nothing
	}{
		{"right", widget + "7", 200, right, ""},
		{"any route may refuse a token", widget + "7", 401, object{"message": "Bad credentials"}, ""},
		{"a wrong type", widget + "7", 200, with("steps", nil), "steps is <nil>: Value is not nullable"},
		{"no such value", widget + "7", 200, with("status", "over"), "status is over: value is not one of the allowed values"},
		{"an unknown field", widget + "7", 200, with("outcome", "failure"), `there is no "outcome"`},
		{"an unknown field of an error", widget + "7", 404, object{"error": "Not Found"}, `there is no "error"`},
		{"no such status", widget + "7", 201, right, "status is not supported"},
		{"asked by a name", widget + "publish", 200, right, `parameter "job_id" in path has an error`},
		{"asked for what is not described", widget + "7?attempt=2", 200, right, `the query has no "attempt"`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			rec, srv, mux := &recorder{T: t}, &Server{}, http.NewServeMux()
			mux.HandleFunc(job, srv.describe(rec, job, func(w http.ResponseWriter, _ *http.Request) { answer(w, tt.status, tt.body) }))
			w := httptest.NewRecorder()
			mux.ServeHTTP(w, httptest.NewRequest(http.MethodGet, tt.path, nil))
			if said := strings.Join(rec.said, "\n"); !strings.Contains(said, tt.want) || (said == "") != (tt.want == "") {
				t.Errorf("said %q, want %q", said, tt.want)
			}
			if tt.want == "" && tt.status == http.StatusOK && !strings.Contains(w.Body.String(), `"check_run_url":""`) {
				t.Errorf("the answer is not whole: %s", w.Body)
			}
		})
	}
}

// TestTrimDescription writes the description anew from the whole one at OPENAPI:
// the routes that the fake has, what they refer to, and no prose.
func TestTrimDescription(t *testing.T) {
	path := os.Getenv("OPENAPI")
	if path == "" {
		t.Skip("writes a file, and only with OPENAPI=PATH; see make openapi")
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var whole struct {
		OpenAPI    string                       `json:"openapi"`
		Info       object                       `json:"info"`
		Paths      map[string]map[string]any    `json:"paths"`
		Components map[string]map[string]object `json:"components"`
	}
	if err := json.Unmarshal(text, &whole); err != nil {
		t.Fatal(err)
	}
	paths, components := map[string]object{}, map[string]object{}
	var keep func(data any) any
	keep = func(data any) any {
		switch data := data.(type) {
		case []any:
			for i := range data {
				data[i] = keep(data[i])
			}
		case object:
			_, named := data["properties"].(object)
			for _, key := range slices.Sorted(maps.Keys(data)) {
				reference, _ := data[key].(string)
				switch part := strings.Split(reference, "/"); {
				case key == "$ref":
					kind, name := part[2], part[3]
					if components[kind] == nil {
						components[kind] = object{}
					}
					if components[kind][name] == nil {
						kept := whole.Components[kind][name]
						components[kind][name] = kept
						keep(kept)
					}
				case key == "properties" && named:
					for _, property := range data[key].(object) {
						keep(property)
					}
				case slices.Contains([]string{"description", "title", "example", "examples", "externalDocs", "summary", "tags"}, key),
					strings.HasPrefix(key, "x-"):
					delete(data, key)
				default:
					data[key] = keep(data[key])
				}
			}
		}
		return data
	}
	for route := range New(t).routes() {
		method, path, _ := strings.Cut(route, " ")
		if paths[path] == nil {
			paths[path] = object{}
		}
		paths[path][strings.ToLower(method)] = keep(whole.Paths[path][strings.ToLower(method)])
	}
	for response := range maps.Values(components["responses"]) {
		response.(object)["description"] = "" // OpenAPI wants one
	}
	for _, item := range paths {
		for operation := range maps.Values(item) {
			for _, response := range operation.(object)["responses"].(object) {
				if _, refers := response.(object)["$ref"]; !refers {
					response.(object)["description"] = ""
				}
			}
		}
	}
	// What GitHub does and the description does not say.
	components["parameters"]["created"].(object)["schema"] = object{"type": "string"} // a range, as GitHub's search has them
	run := components["schemas"]["workflow-run"].(object)["properties"].(object)
	run["head_repository"] = object{"allOf": []any{run["head_repository"]}, "nullable": true} // the fork may be gone
	trimmed, err := json.Marshal(object{"openapi": whole.OpenAPI, "info": whole.Info, "paths": paths, "components": components})
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := json.Indent(&out, trimmed, "", " "); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile("testdata/openapi.json", append(out.Bytes(), '\n'), 0o600); err != nil {
		t.Fatal(err)
	}
}
