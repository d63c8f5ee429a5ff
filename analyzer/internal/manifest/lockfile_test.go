package manifest

import "testing"

func TestLockedVersion(t *testing.T) {
	for name, src := range map[string]string{
		"npm":      "{\n  \"packages\": {\n    \"node_modules/lerna\": {\n      \"version\": \"8.1.2\",\n      \"dev\": true\n    },\n    \"node_modules/lerna/node_modules/x\": {\n      \"version\": \"1.0.0\"\n    }\n  }\n}",
		"npm 6":    "{\n  \"dependencies\": {\n    \"lerna\": {\n      \"version\": \"8.1.2\",\n      \"dev\": true\n    }\n  }\n}",
		"pnpm":     "importers:\n  .:\n    devDependencies:\n      lerna:\n        specifier: ^8.0.0\n        version: 8.1.2(@swc/core@1.0.0)\n\npackages:\n\n  lerna@8.1.2(@swc/core@1.0.0):\n    resolution: {integrity: sha512-x}\n",
		"pnpm 8":   "packages:\n\n  /lerna@8.1.2:\n    resolution: {integrity: sha512-x}\n",
		"pnpm 5":   "packages:\n\n  /lerna/8.1.2:\n    resolution: {integrity: sha512-x}\n",
		"yarn 1":   "lerna@^8.0.0, lerna@^8.1.0:\n  version \"8.1.2\"\n  resolved \"https://registry.yarnpkg.com/lerna\"\n",
		"yarn 4":   "\"lerna@npm:^8.0.0\":\r\n  version: 8.1.2\r\n  resolution: \"lerna@npm:8.1.2\"\r\n",
		"bun":      "{\n  \"packages\": {\n    \"lerna\": [\"lerna@8.1.2\", \"\", {}, \"sha512-x\"],\n  }\n}",
		"other":    "  lerna-lite@1.0.0:\n    x: y\n",
		"nothing":  "",
		"several":  "  lerna@8.1.2:\n    x: y\n  lerna@9.0.0:\n    x: y\n",
		"optional": "    \"lerna\": \"^8.1.2\",\n",
	} {
		want := "8.1.2"
		if name == "other" || name == "nothing" || name == "several" || name == "optional" {
			want = ""
		}
		if got := LockedVersion([]byte(src), "lerna"); got.Value != want || got.Given() != (want != "") {
			t.Errorf("%s: %+v, want %q", name, got, want)
		}
	}
}

func TestManagerVersion(t *testing.T) {
	p := mustReadPackage(t, "{\n\"packageManager\": \"yarn@4.9.1+sha512.abc\"\n}")
	if got := p.ManagerVersion("yarn"); got != (Field{"4.9.1", 2}) {
		t.Errorf("%+v", got)
	}
	if got := p.ManagerVersion("pnpm"); got.Given() {
		t.Errorf("%+v", got)
	}
}

func FuzzLockedVersion(f *testing.F) {
	f.Add("\"node_modules/lerna\": {\n\"version\": \"8.1.2\"\n")
	f.Add("lerna@^8.0.0:\n  version \"8.1.2\"\n")
	f.Fuzz(func(t *testing.T, src string) {
		if got := LockedVersion([]byte(src), "lerna"); got.Given() != (got.Value != "") {
			t.Errorf("%+v", got)
		}
	})
}
