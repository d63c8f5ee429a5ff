package npm

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/url"
	"strings"

	"github.com/pubmortem/pubmortem/analyzer/internal/fault"
	"github.com/pubmortem/pubmortem/analyzer/internal/repo"
)

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
