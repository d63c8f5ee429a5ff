package fetch

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"
)

// PublicRegistry is the public npm registry's address.
const PublicRegistry = "https://registry.npmjs.org/"

// publicRegistries may be asked by default. A log names the registry, and
// whoever wrote the log should not choose where requests go.
var publicRegistries = []string{"registry.npmjs.org", "registry.yarnpkg.com"}

// Registry asks npm registries and status pages what anybody may know. It sends
// no credentials, and is safe for concurrent use. The zero value is ready.
type Registry struct {
	// HTTP gives its Transport; nil means a default one.
	HTTP *http.Client
	// BaseURL, when not empty, is asked in place of every registry.
	BaseURL string
	// StatusURL, when not empty, replaces the address of a status page.
	StatusURL func(StatusPage) string
	// Hosts are the registries that may be asked; empty means the public ones.
	Hosts []string
	// UserAgent names the program.
	UserAgent string
	// Timeout bounds one request, 0 means 15 s.
	Timeout time.Duration

	setUp  sync.Once
	client *http.Client // after setUp
}

const probeTimeout = 15 * time.Second

// base is the address to ask for registryURL; it ends in a slash.
func (r *Registry) base(registryURL string) (string, error) {
	if r.BaseURL != "" {
		return strings.TrimSuffix(r.BaseURL, "/") + "/", nil
	}
	if registryURL == "" {
		registryURL = PublicRegistry
	}
	hosts := r.Hosts
	if len(hosts) == 0 {
		hosts = publicRegistries
	}
	u, err := url.Parse(registryURL)
	if err != nil || u.Scheme != "https" || u.User != nil || !slices.Contains(hosts, u.Host) {
		return "", &Error{Kind: NoAccess, Msg: "the registry is not a public one and was not asked", Hint: "look the package up there"}
	}
	return "https://" + u.Host + strings.TrimSuffix(u.EscapedPath(), "/") + "/", nil
}

// open asks for address, without credentials, and hands the answer to read. One
// more try is made where the server or the connection failed.
func (r *Registry) open(ctx context.Context, address, what string, most int64, read func(io.Reader) error) error {
	var err error
	for range 2 {
		if err = r.once(ctx, address, most, read); err == nil {
			return nil
		}
		if f, ok := errors.AsType[*failure](err); ctx.Err() != nil || refused(err) || ok && 0 < f.status && f.status < 500 {
			break
		}
	}
	return r.explain(ctx, err, what)
}

func (r *Registry) once(ctx context.Context, address string, most int64, read func(io.Reader) error) error {
	timeout := r.Timeout
	if timeout <= 0 {
		timeout = probeTimeout
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return err
	}
	req.Header.Set("Accept", "application/json")
	req.Header.Set("User-Agent", r.userAgent())
	r.setUp.Do(func() {
		r.client = &http.Client{Transport: transport(r.HTTP), CheckRedirect: sameScheme}
	})
	resp, err := r.client.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close() // it was only read
	if resp.StatusCode != http.StatusOK {
		return &failure{status: resp.StatusCode}
	}
	body := &capped{r: resp.Body, left: most}
	return read(body)
}

func (r *Registry) userAgent() string {
	if r.UserAgent == "" {
		return "pubmortem"
	}
	return r.UserAgent
}

// sameScheme follows few redirects, and none from https to plain http.
func sameScheme(req *http.Request, via []*http.Request) error {
	if len(via) > mostRedirects {
		return errTooManyRedirects
	}
	if req.URL.Scheme != via[0].URL.Scheme {
		return errUnsafeRedirect
	}
	return nil
}

// capped fails past a number of bytes, where io.LimitReader would only end.
type capped struct {
	r    io.Reader
	left int64
}

func (c *capped) Read(p []byte) (int, error) {
	if c.left <= 0 {
		return 0, errTooLarge
	}
	n, err := c.r.Read(p[:min(int64(len(p)), c.left)])
	c.left -= int64(n)
	return n, err
}

func (r *Registry) explain(ctx context.Context, err error, what string) error {
	if ctxErr := ctx.Err(); ctxErr != nil {
		return &Error{Kind: Interrupted, Msg: "interrupted while asking for " + what, Err: ctxErr}
	}
	f, answered := errors.AsType[*failure](err)
	if !answered {
		f = new(Client).unanswered(err)
	}
	switch {
	case f.status == http.StatusNotFound:
		return &Error{Kind: NotFound, Msg: what + " does not exist, or is private", Hint: "check its name", Err: errors.Join(ErrNotFound, f)}
	case f.status == http.StatusUnauthorized, f.status == http.StatusForbidden:
		return &Error{Kind: NoAccess, Msg: fmt.Sprintf("%s is not public (%s)", what, f.reason()), Hint: "look it up by hand", Err: f}
	}
	return &Error{Kind: Unavailable, Msg: fmt.Sprintf("%s could not be read (%s)", what, f.reason()), Hint: "try again later", Err: f}
}

// escapeName writes a package's name as one element of a path, the way npm does
// it: @scope%2fname.
func escapeName(name string) (string, error) {
	scope, base, scoped := strings.Cut(name, "/")
	plain := name
	if scoped {
		plain = base
		if !strings.HasPrefix(scope, "@") || !validPackageName(scope[1:]) {
			return "", badPackage(name)
		}
	}
	if !validPackageName(plain) {
		return "", badPackage(name)
	}
	return strings.Replace(name, "/", "%2f", 1), nil
}

func validPackageName(name string) bool {
	const longest = 214
	return name != "" && len(name) <= longest && name != "." && name != ".." && onlyNameBytes(name, "-_.~")
}

func badPackage(name string) error {
	return badRef(shown(name)+" is no package's name", "check the name")
}
