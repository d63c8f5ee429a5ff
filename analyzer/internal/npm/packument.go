package npm

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/pubmortem/pubmortem/analyzer/internal/fault"
	"github.com/pubmortem/pubmortem/analyzer/internal/probe"
	"github.com/pubmortem/pubmortem/analyzer/internal/repo"
)

const maxPackument = 50 << 20

// Package asks a registry for a package; an empty registryURL means the public
// one. The full document is read, since the abbreviated one lacks publishers
// and times, but never kept. Only what is public is found.
//
// A package whose versions were all unpublished has none. The errors are
// *fault.Error; errors.Is fault.ErrNotFound tells that there is none.
func (r *Registry) Package(ctx context.Context, registryURL, name string) (*probe.Package, error) {
	base, escaped, err := r.address(registryURL, name)
	if err != nil {
		return nil, err
	}
	var p *probe.Package
	err = r.open(ctx, base+escaped, "package "+name, maxPackument, func(body io.Reader) (err error) {
		p, err = readPackument(body)
		return err
	})
	return p, err
}

func readPackument(body io.Reader) (*probe.Package, error) {
	p := &probe.Package{}
	times := map[string]string{}
	dec := json.NewDecoder(body)
	err := eachKey(dec, func(key string) error {
		switch key {
		case "time":
			return readTimes(dec, times)
		case "versions":
			return eachKey(dec, func(number string) error {
				v, err := readVersion(dec, number)
				p.Versions = append(p.Versions, v)
				return err
			})
		}
		return skip(dec)
	})
	if err != nil {
		return nil, fmt.Errorf("read the package's document: %w", err)
	}
	sortByTime(p, times)
	return p, nil
}

// Scope lists the public packages of a scope, "acme" for those of @acme/.
// https://github.com/npm/registry/blob/main/docs/REGISTRY-API.md
func (r *Registry) Scope(ctx context.Context, scope string) ([]string, error) {
	if !validPackageName(scope) {
		return nil, fault.NewBadRef(fault.Shown("@"+scope)+" is not a scope", "name one as @acme/*")
	}
	base, err := r.base("")
	if err != nil {
		return nil, err
	}
	var names []string
	const size, most, mostBytes = 250, 5000, 16 << 20
	for from := 0; from < most; from += size {
		var found struct {
			Objects []struct {
				Package struct{ Name string } `json:"package"`
			} `json:"objects"`
		}
		address := fmt.Sprintf("%s-/v1/search?text=%s&size=%d&from=%d", base, url.QueryEscape("scope:"+scope), size, from)
		err := r.open(ctx, address, "the packages of @"+scope, mostBytes, func(body io.Reader) error { return json.NewDecoder(body).Decode(&found) })
		if err != nil {
			return nil, err
		}
		for _, o := range found.Objects {
			if strings.HasPrefix(o.Package.Name, "@"+scope+"/") {
				names = append(names, o.Package.Name)
			}
		}
		if len(found.Objects) < size {
			break
		}
	}
	slices.Sort(names)
	return slices.Compact(names), nil
}

func sortByTime(p *probe.Package, times map[string]string) {
	for i := range p.Versions {
		v := &p.Versions[i]
		v.Published, _ = time.Parse(time.RFC3339, times[v.Number]) // zero when it says nothing
	}
	slices.SortStableFunc(p.Versions, func(a, b probe.Version) int { return a.Published.Compare(b.Published) })
}

// readTimes takes the times that are texts: "unpublished" is an object.
func readTimes(dec *json.Decoder, times map[string]string) error {
	var all map[string]any
	if err := dec.Decode(&all); err != nil {
		return err
	}
	for version, at := range all {
		if text, ok := at.(string); ok {
			times[version] = text
		}
	}
	return nil
}

func readVersion(dec *json.Decoder, number string) (probe.Version, error) {
	var raw struct {
		NpmUser struct {
			Name             string          `json:"name"`
			Approver         json.RawMessage `json:"approver"`
			TrustedPublisher *struct {
				ID string `json:"id"`
			} `json:"trustedPublisher"`
		} `json:"_npmUser"`
		Dist struct {
			Attestations *struct{} `json:"attestations"`
		} `json:"dist"`
	}
	var whole json.RawMessage
	if err := dec.Decode(&whole); err != nil {
		return probe.Version{}, err
	}
	v := probe.Version{Number: number}
	if json.Unmarshal(whole, &raw) != nil {
		return v, nil // an old version of an odd shape
	}
	if tp := raw.NpmUser.TrustedPublisher; tp != nil {
		v.TrustedPublisher = tp.ID
	}
	v.Publisher = raw.NpmUser.Name
	v.Staged = len(raw.NpmUser.Approver) > 0 && string(raw.NpmUser.Approver) != "null"
	v.Attested = raw.Dist.Attestations != nil
	return v, nil
}

// eachKey walks an object without holding it; value must consume the value.
func eachKey(dec *json.Decoder, value func(key string) error) error {
	open, err := dec.Token()
	if err != nil || open != json.Delim('{') {
		if err == nil && open != nil { // null has no keys
			err = errNoObject
		}
		return err
	}
	for dec.More() {
		token, err := dec.Token()
		if err != nil {
			return err
		}
		key, ok := token.(string)
		if !ok {
			return errNoObject
		}
		if err := value(key); err != nil {
			return err
		}
	}
	_, err = dec.Token()
	return err
}

var errNoObject = errors.New("it is no JSON object")

// skip passes over one value without holding it.
func skip(dec *json.Decoder) error {
	for depth := 0; ; {
		token, err := dec.Token()
		if err != nil {
			return err
		}
		switch token {
		case json.Delim('{'), json.Delim('['):
			depth++
		case json.Delim('}'), json.Delim(']'):
			depth--
		}
		if depth == 0 {
			return nil
		}
	}
}

const slsaPrefix = "https://slsa.dev/provenance/"

// Attestation reads the provenance statement of a version; an empty registryURL
// means the public registry. The signature is not verified: the registry did that.
//
// Its errors are *fault.Error; errors.Is fault.ErrNotFound tells that there is none.
func (r *Registry) Attestation(ctx context.Context, registryURL, name, version string) (*probe.Attestation, error) {
	base, escaped, err := r.address(registryURL, name)
	if err != nil {
		return nil, err
	}
	if version == "" || !repo.OnlyNameBytes(version, "-.+") {
		return nil, fault.NewBadRef(fault.Shown(version)+" is not a version", "check the version")
	}
	what := fmt.Sprintf("the provenance of %s@%s", name, version)
	var list attestations
	const most = 16 << 20
	address := base + "-/npm/v1/attestations/" + escaped + "@" + url.PathEscape(version)
	err = r.open(ctx, address, what, most, func(body io.Reader) error {
		list = attestations{}
		return json.NewDecoder(body).Decode(&list)
	})
	if err != nil {
		return nil, err
	}
	if p, ok := list.provenance(); ok {
		return p, nil
	}
	return nil, &fault.Error{Kind: fault.NotFound, Msg: what + " does not exist", Hint: "the version was published without it", Err: fault.ErrNotFound}
}

// attestations is the registry's answer: Sigstore bundles around DSSE envelopes
// (https://github.com/secure-systems-lab/dsse) around in-toto statements.
type attestations struct {
	Attestations []struct {
		PredicateType string `json:"predicateType"`
		Bundle        struct {
			DSSEEnvelope struct {
				Payload string `json:"payload"`
			} `json:"dsseEnvelope"`
		} `json:"bundle"`
	} `json:"attestations"`
}

func (a *attestations) provenance() (*probe.Attestation, bool) {
	for _, one := range a.Attestations {
		if !strings.HasPrefix(one.PredicateType, slsaPrefix) {
			continue
		}
		payload, err := base64.StdEncoding.DecodeString(one.Bundle.DSSEEnvelope.Payload)
		if err != nil {
			continue
		}
		if p, ok := readStatement(payload); ok {
			return p, true
		}
	}
	return nil, false
}

// statement holds the fields of both versions that npm writes
// (npm/cli workspaces/libnpmpublish/lib/provenance.js).
type statement struct {
	PredicateType string `json:"predicateType"`
	Predicate     struct {
		// v1
		BuildDefinition struct {
			ExternalParameters struct {
				Workflow struct{ Repository, Path string } `json:"workflow"`
			} `json:"externalParameters"`
		} `json:"buildDefinition"`
		// v0.2
		Invocation struct {
			ConfigSource struct {
				URI        string `json:"uri"` // git+https://github.com/OWNER/REPO@REF
				EntryPoint string `json:"entryPoint"`
			} `json:"configSource"`
		} `json:"invocation"`
	} `json:"predicate"`
}

func readStatement(payload []byte) (*probe.Attestation, bool) {
	var s statement
	if json.Unmarshal(payload, &s) != nil || !strings.HasPrefix(s.PredicateType, slsaPrefix) {
		return nil, false
	}
	v1 := s.Predicate.BuildDefinition.ExternalParameters.Workflow
	source, path := v1.Repository, v1.Path
	if s.PredicateType == slsaPrefix+"v0.2" {
		v02 := s.Predicate.Invocation.ConfigSource
		source, _, _ = strings.Cut(strings.TrimPrefix(v02.URI, "git+"), "@")
		path = v02.EntryPoint
	}
	p := &probe.Attestation{Workflow: repo.WorkflowFile(path)}
	var ok bool
	_, p.Owner, p.Repo, ok = repo.FromRemote(source)
	return p, ok
}
