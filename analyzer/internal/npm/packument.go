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
	"github.com/pubmortem/pubmortem/analyzer/internal/repo"
)

// Packument is what a registry says about a package, without what a diagnosis
// does not need.
type Packument struct {
	// Versions are ordered by the time of their publishing, the oldest first.
	Versions []Version
}

// Version is one published version.
type Version struct {
	Version string
	// Published is zero when the registry does not say.
	Published time.Time
	// TrustedPublisher is the service (github, gitlab, …) when it was published
	// through OIDC.
	TrustedPublisher string
	// Attested tells that the registry holds attestations.
	Attested bool
}

// Version finds a version by its number.
func (p *Packument) Version(number string) (Version, bool) {
	i := slices.IndexFunc(p.Versions, func(v Version) bool { return v.Version == number })
	if i < 0 {
		return Version{}, false
	}
	return p.Versions[i], true
}

// Last is the version that was published last.
func (p *Packument) Last() (Version, bool) {
	if len(p.Versions) == 0 {
		return Version{}, false
	}
	return p.Versions[len(p.Versions)-1], true
}

// LastAttested is the last version that was published with provenance.
func (p *Packument) LastAttested() (Version, bool) {
	for _, v := range slices.Backward(p.Versions) {
		if v.Attested {
			return v, true
		}
	}
	return Version{}, false
}

const maxPackument = 50 << 20

// Package asks a registry for a package; an empty registryURL means the public
// one. The full document is read, since the abbreviated one lacks publishers
// and times, but never kept. Only what is public is found.
//
// A package whose versions were all unpublished has none. The errors are
// *fault.Error; errors.Is fault.ErrNotFound tells that there is none.
func (r *Registry) Package(ctx context.Context, registryURL, name string) (*Packument, error) {
	base, err := r.base(registryURL)
	if err != nil {
		return nil, err
	}
	escaped, err := escapeName(name)
	if err != nil {
		return nil, err
	}
	var p *Packument
	err = r.open(ctx, base+escaped, "package "+name, maxPackument, func(body io.Reader) error {
		var err error
		p, err = readPackument(body)
		return err
	})
	if err != nil {
		return nil, err
	}
	return p, nil
}

// readPackument decodes one version at a time.
func readPackument(body io.Reader) (*Packument, error) {
	p := &Packument{}
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
	p.sort(times)
	return p, nil
}

func (p *Packument) sort(times map[string]string) {
	for i := range p.Versions {
		v := &p.Versions[i]
		v.Published, _ = time.Parse(time.RFC3339, times[v.Version]) // zero when it says nothing
	}
	slices.SortStableFunc(p.Versions, func(a, b Version) int { return a.Published.Compare(b.Published) })
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

func readVersion(dec *json.Decoder, number string) (Version, error) {
	var raw struct {
		NpmUser struct {
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
		return Version{}, err
	}
	v := Version{Version: number}
	if json.Unmarshal(whole, &raw) != nil {
		return v, nil // an old version of an odd shape
	}
	if tp := raw.NpmUser.TrustedPublisher; tp != nil {
		v.TrustedPublisher = tp.ID
	}
	v.Attested = raw.Dist.Attestations != nil
	return v, nil
}

// eachKey walks an object without holding it; value must consume the value.
func eachKey(dec *json.Decoder, value func(key string) error) error {
	open, err := dec.Token()
	if err != nil || open != json.Delim('{') {
		if err == nil && open == nil {
			return nil // null
		}
		return noObject(err)
	}
	for dec.More() {
		token, err := dec.Token()
		if err != nil {
			return err
		}
		key, ok := token.(string)
		if !ok {
			return noObject(nil)
		}
		if err := value(key); err != nil {
			return err
		}
	}
	_, err = dec.Token()
	return err
}

var errNoObject = errors.New("it is no JSON object")

func noObject(err error) error {
	if err != nil {
		return err
	}
	return errNoObject
}

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

// Provenance is what the provenance statement of a version says of the run that
// published it: the source repository, and the path of the workflow file there.
// Its signature is not verified here: the registry did that.
type Provenance struct {
	Owner, Repo, Workflow string
}

const slsaPrefix = "https://slsa.dev/provenance/"

// Attestation reads the provenance statement of a version; an empty registryURL
// means the public registry.
//
// Its errors are *fault.Error; errors.Is fault.ErrNotFound tells that there is none.
func (r *Registry) Attestation(ctx context.Context, registryURL, name, version string) (*Provenance, error) {
	base, err := r.base(registryURL)
	if err != nil {
		return nil, err
	}
	escaped, err := escapeName(name)
	if err != nil {
		return nil, err
	}
	if version == "" || !repo.OnlyNameBytes(version, "-.+") {
		return nil, fault.NewBadRef(fault.Shown(version)+" is no version", "check the version")
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

func (a *attestations) provenance() (*Provenance, bool) {
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

func readStatement(payload []byte) (*Provenance, bool) {
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
	p := &Provenance{Workflow: repo.WorkflowFile(path)}
	var ok bool
	_, p.Owner, p.Repo, ok = repo.FromRemote(source)
	return p, ok
}
