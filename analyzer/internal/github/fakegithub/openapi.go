package fakegithub

import (
	"bytes"
	_ "embed" // the description
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
)

// descriptionJSON is GitHub's OpenAPI description of the routes; testdata/README.md
// says where it comes from.
//
//go:embed testdata/openapi.json
var descriptionJSON []byte

var description = sync.OnceValues(func() (*openapi3.T, error) {
	return openapi3.NewLoader().LoadFromData(descriptionJSON)
})

// describe holds a route to GitHub's description: it completes what serve
// answers with the fields that GitHub always sends, and lets the test fail if
// the client asks or serve answers in another way than the description says.
func (s *Server) describe(t TB, route string, serve http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		defer s.mu.Unlock()
		asked, err := asDescribed(route, r)
		if err != nil {
			t.Errorf("%s: the client asks for %s: %v", route, r.RequestURI, err)
		}
		rec := httptest.NewRecorder()
		serve(rec, r)
		body := rec.Body.Bytes()
		if err == nil {
			if body, err = answeredAsDescribed(asked, rec); err != nil {
				t.Errorf("%s: the answer %d to %s: %v", route, rec.Code, r.RequestURI, err)
			}
		}
		maps.Copy(w.Header(), rec.Header())
		w.WriteHeader(rec.Code)
		_, _ = w.Write(body) // the client may have gone
	}
}

// asDescribed validates a request.
func asDescribed(route string, r *http.Request) (*openapi3filter.RequestValidationInput, error) {
	doc, err := description()
	if err != nil {
		return nil, err
	}
	method, path, _ := strings.Cut(route, " ")
	item := doc.Paths.Value(path)
	if item == nil || item.GetOperation(method) == nil {
		return nil, fmt.Errorf("no such route in the description")
	}
	in := &openapi3filter.RequestValidationInput{
		Request: r, PathParams: map[string]string{}, QueryParams: r.URL.Query(),
		Route: &routers.Route{Spec: doc, Path: path, PathItem: item, Method: method, Operation: item.GetOperation(method)},
	}
	for _, p := range slices.Concat(item.Parameters, in.Route.Operation.Parameters) {
		if p.Value.In == openapi3.ParameterInPath {
			in.PathParams[p.Value.Name] = r.PathValue(p.Value.Name)
		}
	}
	for name := range in.QueryParams {
		if in.Route.Operation.Parameters.GetByInAndName(openapi3.ParameterInQuery, name) == nil {
			return nil, fmt.Errorf("the query has no %q", name)
		}
	}
	return in, openapi3filter.ValidateRequest(r.Context(), in)
}

// answeredAsDescribed validates an answer and returns its completed body.
func answeredAsDescribed(asked *openapi3filter.RequestValidationInput, rec *httptest.ResponseRecorder) ([]byte, error) {
	body, operation := rec.Body.Bytes(), *asked.Route.Operation
	described := operation.Responses.Status(rec.Code)
	if described == nil && rec.Code >= http.StatusBadRequest {
		// The description leaves out what any route may answer, as the 401 for a
		// token that is none. They all have the same form.
		described = asked.Route.Spec.Components.Responses["not_found"]
		operation.Responses = openapi3.NewResponses(openapi3.WithStatus(rec.Code, described))
	}
	if described != nil && len(body) > 0 {
		media := described.Value.Content.Get(rec.Header().Get("Content-Type"))
		if media == nil {
			return body, fmt.Errorf("no body is described, or of another type")
		}
		var data any
		if err := json.Unmarshal(body, &data); err != nil {
			return body, err
		}
		data, err := complete(media.Schema.Value, data)
		if err != nil {
			return body, err
		}
		if body, err = json.Marshal(data); err != nil {
			return body, err
		}
	}
	options := &openapi3filter.Options{IncludeResponseStatus: true, MultiError: true}
	options.WithCustomSchemaErrorFunc(func(err *openapi3.SchemaError) string {
		return fmt.Sprintf("%s is %v: %s", strings.Join(err.JSONPointer(), "/"), err.Value, err.Reason)
	})
	request, route := *asked, *asked.Route
	route.Operation, request.Route = &operation, &route
	return body, openapi3filter.ValidateResponse(asked.Request.Context(), &openapi3filter.ResponseValidationInput{
		RequestValidationInput: &request, Status: rec.Code, Header: rec.Header(), Options: options,
		Body: io.NopCloser(bytes.NewReader(body)),
	})
}

// complete adds to data what the schema requires and data lacks. What data has
// and the schema does not is an error.
func complete(schema *openapi3.Schema, data any) (any, error) {
	var last error
	for _, part := range slices.Concat(schema.OneOf, schema.AnyOf) {
		completed, err := complete(part.Value, data)
		if err == nil {
			err = part.Value.VisitJSON(completed)
		}
		if err == nil {
			return completed, nil
		}
		last = err
	}
	if last != nil {
		return nil, last
	}
	switch data := data.(type) {
	case map[string]any:
		all, properties, required := maps.Clone(data), openapi3.Schemas{}, slices.Clone(schema.Required)
		maps.Copy(properties, schema.Properties)
		for _, part := range schema.AllOf {
			maps.Copy(properties, part.Value.Properties)
			required = append(required, part.Value.Required...)
		}
		for name, value := range data {
			property := properties[name]
			switch {
			case property != nil:
				var err error
				if all[name], err = complete(property.Value, value); err != nil {
					return nil, fmt.Errorf("%s: %w", name, err)
				}
			case len(properties) > 0:
				return nil, fmt.Errorf("there is no %q", name)
			}
		}
		for _, name := range required {
			if _, ok := all[name]; !ok {
				all[name] = least(properties[name].Value)
			}
		}
		return all, nil
	case []any:
		if schema.Items == nil {
			return data, nil
		}
		all := make([]any, len(data))
		for i := range data {
			var err error
			if all[i], err = complete(schema.Items.Value, data[i]); err != nil {
				return nil, fmt.Errorf("%d: %w", i, err)
			}
		}
		return all, nil
	default:
		return data, nil
	}
}

// least is the least that a schema allows.
func least(schema *openapi3.Schema) any {
	parts := slices.Concat(schema.OneOf, schema.AnyOf)
	switch {
	case schema.Nullable:
		return nil
	case len(schema.Enum) > 0:
		return schema.Enum[0]
	case schema.Type.Is(openapi3.TypeObject), len(schema.AllOf) > 0:
		data, _ := complete(schema, map[string]any{})
		return data
	case schema.Type.Is(openapi3.TypeArray):
		return []any{}
	case schema.Type.Is(openapi3.TypeBoolean):
		return false
	case schema.Type.Is(openapi3.TypeInteger), schema.Type.Is(openapi3.TypeNumber):
		return 0
	case schema.Type.Is(openapi3.TypeString):
		return map[string]string{"date-time": "2026-06-18T03:19:00Z", "uri": "https://api.github.com/", "email": "octo@example.org"}[schema.Format]
	case len(parts) > 0:
		return least(parts[0].Value)
	default: // anything
		return nil
	}
}
