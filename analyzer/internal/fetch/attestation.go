package fetch

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/url"
	"strconv"
	"strings"
)

// Provenance is what the provenance statement of a version says of the run that
// published it. Its signature is not verified here: the registry did that.
type Provenance struct {
	// PredicateType is https://slsa.dev/provenance/v1 or …/v0.2.
	PredicateType string
	// Host, Owner and Repo are the source repository.
	Host, Owner, Repo string
	// Workflow is the path of the run's workflow file, Ref the git ref, Commit
	// the commit's hash, Event the run's event where the statement has it.
	Workflow, Ref, Commit, Event string
	// RunID and Attempt are 0 when the statement names none.
	RunID   int64
	Attempt int
	// Builder is the builder's id: .../github-hosted or .../self-hosted.
	Builder string
}

const slsaPrefix = "https://slsa.dev/provenance/"

// Attestation reads the provenance statement of a version; an empty registryURL
// means the public registry.
//
// Its errors are *Error; errors.Is ErrNotFound tells that there is none.
func (r *Registry) Attestation(ctx context.Context, registryURL, name, version string) (*Provenance, error) {
	base, err := r.base(registryURL)
	if err != nil {
		return nil, err
	}
	escaped, err := escapeName(name)
	if err != nil {
		return nil, err
	}
	if version == "" || !onlyNameBytes(version, "-.+") {
		return nil, badRef(shown(version)+" is no version", "check the version")
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
	return nil, &Error{Kind: NotFound, Msg: what + " does not exist", Hint: "the version was published without it", Err: ErrNotFound}
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
				Workflow struct {
					Ref, Repository, Path string
				} `json:"workflow"`
			} `json:"externalParameters"`
			InternalParameters struct {
				GitHub struct {
					EventName string `json:"event_name"`
				} `json:"github"`
			} `json:"internalParameters"`
			ResolvedDependencies []struct {
				Digest map[string]string `json:"digest"`
			} `json:"resolvedDependencies"`
		} `json:"buildDefinition"`
		RunDetails struct {
			Builder  builder `json:"builder"`
			Metadata struct {
				InvocationID string `json:"invocationId"`
			} `json:"metadata"`
		} `json:"runDetails"`
		// v0.2
		Builder    builder `json:"builder"`
		Invocation struct {
			ConfigSource struct {
				URI        string            `json:"uri"`
				Digest     map[string]string `json:"digest"`
				EntryPoint string            `json:"entryPoint"`
			} `json:"configSource"`
			Environment map[string]any `json:"environment"`
		} `json:"invocation"`
	} `json:"predicate"`
}

type builder struct {
	ID string `json:"id"`
}

func readStatement(payload []byte) (*Provenance, bool) {
	var s statement
	if json.Unmarshal(payload, &s) != nil || !strings.HasPrefix(s.PredicateType, slsaPrefix) {
		return nil, false
	}
	p := &Provenance{PredicateType: s.PredicateType}
	if s.PredicateType == slsaPrefix+"v0.2" {
		s.readV02(p)
	} else {
		s.readV1(p)
	}
	return p, p.Repo != ""
}

func (s *statement) readV1(p *Provenance) {
	def := &s.Predicate.BuildDefinition
	w := def.ExternalParameters.Workflow
	p.Host, p.Owner, p.Repo, _ = RepoFromRemote(w.Repository)
	p.Workflow, p.Ref = workflowFile(w.Path), w.Ref
	p.Event = def.InternalParameters.GitHub.EventName
	p.Builder = s.Predicate.RunDetails.Builder.ID
	if len(def.ResolvedDependencies) > 0 {
		p.Commit = def.ResolvedDependencies[0].Digest["gitCommit"]
	}
	if ref, ok, err := ParseRef(s.Predicate.RunDetails.Metadata.InvocationID, RefDefaults{}); ok && err == nil {
		p.RunID, p.Attempt = ref.RunID, ref.Attempt
	}
}

// readV02: uri is git+https://github.com/OWNER/REPO@REF.
func (s *statement) readV02(p *Provenance) {
	source := &s.Predicate.Invocation.ConfigSource
	repo, ref, _ := strings.Cut(strings.TrimPrefix(source.URI, "git+"), "@")
	p.Host, p.Owner, p.Repo, _ = RepoFromRemote(repo)
	p.Ref, p.Workflow, p.Commit = ref, workflowFile(source.EntryPoint), source.Digest["sha1"]
	p.Builder = s.Predicate.Builder.ID
	env := func(name string) string {
		text, _ := s.Predicate.Invocation.Environment[name].(string)
		return text
	}
	p.Event = env("GITHUB_EVENT_NAME")
	p.RunID, _ = strconv.ParseInt(env("GITHUB_RUN_ID"), 10, 64) // 0 when absent
	p.Attempt, _ = strconv.Atoi(env("GITHUB_RUN_ATTEMPT"))
}
