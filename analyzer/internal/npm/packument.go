package npm

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"
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
