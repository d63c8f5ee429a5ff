package manifest

import "fmt"

// Changesets is what a .changeset/config.json says that bears on publishing.
type Changesets struct {
	Path string
	// Access is public or restricted; changesets takes restricted without it
	// (https://github.com/changesets/changesets/blob/main/docs/config-file-options.md#access).
	Access Field
}

// ReadChangesets reads a .changeset/config.json.
func ReadChangesets(path string, src []byte) (*Changesets, error) {
	root, err := parseJSON(src)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", path, err)
	}
	return &Changesets{Path: path, Access: textField(src, root.get("access"))}, nil
}

// Lerna is what a lerna.json says that bears on publishing.
type Lerna struct {
	Path      string
	NpmClient Field
	// Registry is that of command.publish.
	Registry Field
}

// ReadLerna reads a lerna.json.
func ReadLerna(path string, src []byte) (*Lerna, error) {
	root, err := parseJSON(src)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", path, err)
	}
	publish := root.get("command").get("publish")
	return &Lerna{Path: path, NpmClient: textField(src, root.get("npmClient")), Registry: textField(src, publish.get("registry"))}, nil
}

// SemanticRelease is what a .releaserc in JSON says that bears on publishing.
type SemanticRelease struct {
	Path string
	// Npm is the entry of @semantic-release/npm among the plugins.
	Npm Field
	// Publishes is that plugin's npmPublish, "false" where it is switched off.
	Publishes Field
}

// ReadSemanticRelease reads a .releaserc or .releaserc.json. One in YAML is an
// error. Without `plugins` the npm plugin is among the defaults, and Npm is not given.
func ReadSemanticRelease(path string, src []byte) (*SemanticRelease, error) {
	root, err := parseJSON(src)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", path, err)
	}
	s := &SemanticRelease{Path: path}
	plugins := root.get("plugins")
	if plugins == nil {
		return s, nil
	}
	for _, plugin := range plugins.items {
		name, options := plugin, (*value)(nil)
		if len(plugin.items) > 0 {
			name = plugin.items[0]
		}
		if len(plugin.items) > 1 {
			options = plugin.items[1]
		}
		if name.scalar() == "@semantic-release/npm" {
			s.Npm = textField(src, name)
			s.Publishes = booleanField(src, options.get("npmPublish"))
		}
	}
	return s, nil
}
