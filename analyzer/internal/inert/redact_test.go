package inert

import (
	"encoding/base64"
	"slices"
	"strings"
	"testing"
)

// The secrets are invented. They are put together at run time so that scanners
// do not take this file for a leak.
var (
	npmToken    = "npm_" + "aB3dE6gH9jK2mN5pQ8sT1vW4yZ7bC0eF3hJ6"
	npmPlain    = "npm_" + "abcdefghijklmnopqrstuvwxyzabcdefghij"
	githubToken = "ghs_" + "16C7e42F292c6912E7710c838347Ae178B4a"
	githubPat   = "github_pat_" + "11ABCDEFG0aBcDeFgHiJkL_mNoPqRsTuVwXyZ0123456789"
	jwtHead     = "eyJ" + "hbGciOiJSUzI1NiIsImtpZCI6IjE"
	jwt         = jwtHead + ".eyJ" + "pc3MiOiJodHRwczovL2V4YW1wbGUifQ" + ".c2lnbmF0dXJl-dGVzdA_x"
	legacyUUID  = "3f8a1c52-77aa-4b0e-9c1d-5e6f708192a3"
	base64Line  = "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7VJTUt9Us8cKj"
	pem         = "-----BEGIN RSA PRIVATE KEY-----\n" + base64Line + "\n" + base64Line + "\nMzEfYyjiWA4R4=\n-----END RSA PRIVATE KEY-----"
)

func TestRedact(t *testing.T) {
	tests := []struct{ name, in, want string }{
		{"nothing", "npm error code E404", "npm error code E404"},
		{"npm token", "using " + npmToken + ".", "using npm_***."},
		{"npm token, one case", npmPlain, "npm_***"},
		{"npm token, cut", npmToken[:12], "npm_***"},
		{"npm token, one case, cut", npmPlain[:12], "npm_***"},
		{"npm token, upper", "NPM_" + npmToken[4:], "NPM_***"},
		{"npm token in a word", "x" + npmToken, "xnpm_***"},
		{"npm variables", "npm_config_registry NPM_CONFIG_PROVENANCE npm_lifecycle_event npm_execpath npm_package_name NPM_REGISTRY",
			"npm_config_registry NPM_CONFIG_PROVENANCE npm_lifecycle_event npm_execpath npm_package_name NPM_REGISTRY"},
		{"GitHub token", "git clone " + githubToken, "git clone ghs_***"},
		{"GitHub pat", githubPat, "github_pat_***"},
		{"JWT", "token: " + jwt, "token: eyJ***"},
		{"JWT, cut in the payload", jwt[:40], "eyJ***"},
		{"JWT, cut in the header", "x=" + jwt[:12], "x=eyJ***"},
		{"JWT, beginning missing", strings.Repeat("aB3_", 30) + " end", "*** end"},
		{"identity token", "invalid identity token: " + jwt[:8], "invalid identity token: eyJ***"},
		{"identifier like a JWT", "publicKeyJwksUri monkeyJump", "publicKeyJwksUri monkeyJump"},
		{"authorization", "Authorization: Bearer abc.def", "Authorization: Bearer ***"},
		{"authorization, lower", "authorization: basic dXNlcjpwYXNz rest", "authorization: basic *** rest"},
		{"authorization, JSON", `{"authorization":"Bearer s3cret","x":1}`, `{"authorization":"Bearer ***","x":1}`},
		{"authorization, quoted JSON", `\"Authorization\": \"token s3cret\"`, `\"Authorization\": \"token ***\"`},
		{"authorization, bare", "Authorization: s3cret", "Authorization: ***"},
		{"authorization, unknown scheme", `-H "Authorization: Sign key=1, mac=2" https://x`, `-H "Authorization: ***" https://x`},
		{"bearer", "sent bearer " + strings.Repeat("a1", 12), "sent bearer ***"},
		{"bearer in prose", "a bearer token", "a bearer token"},
		{"_authToken", "//registry.npmjs.org/:_authToken=" + legacyUUID, "//registry.npmjs.org/:_authToken=***"},
		{"_authToken, blanks", "//r/:_authToken = s3cret", "//r/:_authToken = ***"},
		{"_authToken, argument", "npm config set //r/:_authToken s3cret", "npm config set //r/:_authToken ***"},
		{"_authToken, quoted", `"//r/:_authToken": "s3cret"`, `"//r/:_authToken": "***"`},
		{"_auth", "_auth=dXNlcjpwYXNz", "_auth=***"},
		{"_password", "//r/:_PASSWORD=cGFzcw==", "//r/:_PASSWORD=***"},
		{"_authToken, reference", "//r/:_authToken=${NODE_AUTH_TOKEN}", "//r/:_authToken=${NODE_AUTH_TOKEN}"},
		{"_authToken, reference and more", "//r/:_authToken=${A}s3cret", "//r/:_authToken=***"},
		{"_authToken, protected", "//r/:_authToken = (protected)", "//r/:_authToken = (protected)"},
		{"always_auth", "always_auth: true", "always_auth: true"},
		{"UUID elsewhere", "request id " + legacyUUID, "request id " + legacyUUID},
		{"NODE_AUTH_TOKEN", "  NODE_AUTH_TOKEN: s3cret", "  NODE_AUTH_TOKEN: ***"},
		{"NODE_AUTH_TOKEN, UUID", "NODE_AUTH_TOKEN=" + legacyUUID, "NODE_AUTH_TOKEN=***"},
		{"NODE_AUTH_TOKEN, masked", "NODE_AUTH_TOKEN: ***", "NODE_AUTH_TOKEN: ***"},
		{"NODE_AUTH_TOKEN, empty", "NODE_AUTH_TOKEN: ", "NODE_AUTH_TOKEN: "},
		{"NODE_AUTH_TOKEN, empty, more lines", "NODE_AUTH_TOKEN: \n  CI: yes", "NODE_AUTH_TOKEN: \n  CI: yes"},
		{"NODE_AUTH_TOKEN, placeholder", "NODE_AUTH_TOKEN: XXXXX-XXXXX-XXXXX-XXXXX", "NODE_AUTH_TOKEN: XXXXX-XXXXX-XXXXX-XXXXX"},
		{"NODE_AUTH_TOKEN, expression", "NODE_AUTH_TOKEN: ${{ secrets.NPM_TOKEN }}", "NODE_AUTH_TOKEN: ${{ secrets.NPM_TOKEN }}"},
		{"NPM_TOKEN, lower", "npm_token: s3cret", "npm_token: ***"},
		{"two variables", "NPM_TOKEN=abc npm_token=def", "NPM_TOKEN=*** npm_token=***"},
		{"other variable", "ACTIONS_ID_TOKEN_REQUEST_TOKEN=s3cret", "ACTIONS_ID_TOKEN_REQUEST_TOKEN=***"},
		{"prose", "Remove NODE_AUTH_TOKEN: it is not needed", "Remove NODE_AUTH_TOKEN: it is not needed"},
		{"permission", "id_token: write", "id_token: write"},
		{"URL", "https://user:pa:ss@host/x", "https://***@host/x"},
		{"URL, parted", "https://user:pa ss@host/x", "https://***@host/x"},
		{"URL, port and mail", "open https://host:8080 bob@example.com", "open https://host:8080 bob@example.com"},
		{"URL, mail", "see https://host: bob@example.com", "see https://host: bob@example.com"},
		{"npm token, parted", "using " + npmToken[:9] + " " + npmToken[9:] + " now", "using *** *** now"},
		{"npm token, parted in its prefix", npmToken[:2] + "\n" + npmToken[2:], "***\n***"},
		{"JWT, parted", jwt[:30] + "\n" + jwt[30:], "***\n***"},
		{"npm variable and prose", "npm_lifecycle event of the package was not found and so it failed", "npm_lifecycle event of the package was not found and so it failed"},
		{"URL with a token only", "http://s3cret@host", "http://***@host"},
		{"URL, git user", "git+ssh://git@github.com/acme/widget", "git+ssh://git@github.com/acme/widget"},
		{"URL, git password", "git+ssh://git:s3cret@github.com/acme", "git+ssh://git:***@github.com/acme"},
		{"URL, scoped package", "https://registry.npmjs.org/@acme%2fwidget", "https://registry.npmjs.org/@acme%2fwidget"},
		{"signature", "https://x/y?se=1&sig=aB%2F1&sv=2", "https://x/y?se=1&sig=***&sv=2"},
		{"signature, AWS", "?X-Amz-Signature=0011&X-Amz-Date=2", "?X-Amz-Signature=***&X-Amz-Date=2"},
		{"PEM", "a\n" + pem + "\nb", "a\n-----BEGIN RSA PRIVATE KEY-----***-----END RSA PRIVATE KEY-----\nb"},
		{"PEM, one line", Text(pem), "-----BEGIN RSA PRIVATE KEY-----***-----END RSA PRIVATE KEY-----"},
		{"PEM, first line", "-----BEGIN OPENSSH PRIVATE KEY-----", "-----BEGIN OPENSSH PRIVATE KEY-----***"},
		{"PEM, body line", "  " + base64Line[3:] + "  ", "  ***"},
		{"PEM, body in a sentence", "key " + base64Line, "key MII***"},
		{"PEM, last lines", base64Line[4:] + " MzEfYyjiWA4R4= -----END PRIVATE KEY-----", "***-----END PRIVATE KEY-----"},
		{"checksum stays", strings.Repeat("0f1e2d3c", 8), strings.Repeat("0f1e2d3c", 8)},
		{"long word stays", strings.Repeat("A", 300), strings.Repeat("A", 300)},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := Redact(tt.in)
			if got != tt.want {
				t.Errorf("Redact(%q)\n got %q\nwant %q", tt.in, got, tt.want)
			}
			if again := Redact(got); again != got {
				t.Errorf("not idempotent: %q, then %q", got, again)
			}
		})
	}
}

// TestKinds holds that no value of these kinds is left, and that what only looks
// like one stays. § stands for a secret.
func TestKinds(t *testing.T) {
	const value = "s3cretV4lue9Xy"
	for _, line := range []string{
		"npmAuthToken: §", `npmAuthToken: "§"`, "yarn config set npmAuthToken §", `npmAuthIdent: "bob:§"`, "npmAuthIdent=bob:§", `npm adduser <<< "bob § b@c.example"`,
		"{ token: '§' }", `{"npmToken":"§"}`, `"npmToken": "§"`, `{\"token\":\"§\"}`, `\"password\": \"§\"`, "client_secret: §", "password=§",
		"AWS_SECRET_ACCESS_KEY=§", "aws_secret_access_key = §", "DefaultEndpointsProtocol=https;AccountName=a;AccountKey=§;EndpointSuffix=x",
		"SharedAccessKey=§", "https://r.example/x?authToken=§", "https://r.example/x?a=1&access_token=§", "x%3FauthToken%3D§", "token%3D§",
		"https%3A%2F%2Fbob%3A§%40r.example%2Fx", "npm publish --token §", "npm publish --token=§", "--auth-token=§", "api_key: §", "apiKey: '§'",
		"API_TOKEN := `§`", `NPM_TOKEN ::= "§"`, `setProperty("NPM_TOKEN", "§")`, `$npmToken .= "§"`, "<npmToken> § </npmToken>", `<add key="ClearTextPassword" value="§" />`,
		"curl -u bob:§ https://r.example", `curl -s --user "bob:§" https://r.example`, "docker login -u bob -p §", "machine r.example login bob password §",
		`"https:\/\/bob:§@r.example\/npm"`, "semantic-release --npm-token §", "--client-secret §", "X-JFrog-Art-Api: §", "DB_PASS=§", "DEPLOY_KEY=§",
		"https://acme.webhook.office.com/webhookb2/§@§/IncomingWebhook/§",
		"SECRET_KEY_BASE=§", "client-key-data: §", "creds = §", "todo_secret_do_not_commit = §4aB9cD2e", `some_api_token_123 = "§4aB9cD2e"`, "HEROKU_KEY=§4aB9cD2e", "cloudflare: '§4aB9cD2e'",
		"setx NPM_TOKEN §", "set -x NPM_TOKEN §", "aws configure set aws_secret_access_key §", "npm config set _authToken §", "  password §", "using token 3f8a1c52-77aa-§",
		"printf '//r/:_authToken=%s' §", "Set-Cookie: sid=§; Path=/", "cookie: a=1; npm-session=§", `"set-cookie":["sid=§; Path=/"]`, "curl -b 'sid=§' https://r.example", "curl --cookie sid=§ https://r.example",
		`Authorization: Digest username="bob", response="§"`, "[ 'authorization', 'Bearer §' ]", "echo §| docker login --password-stdin", "::add-mask::§", "https://r.example/x?key=§4aB9cD2e",
		"gpg --passphrase §", "lerna publish --legacy-auth=§", "vsce publish --pat §", "nuget push -ApiKey §", "openssl enc -pass pass:§", "twine upload -p §", "sshpass -p '§' ssh x", "mysql -ubob -p§",
		"{&quot;token&quot;:&quot;§&quot;}", "{&amp;quot;password&amp;quot;: &amp;quot;§&amp;quot;}", "%7B%22token%22%3A%22§%22%7D", "Authorization%3A%20Basic%20§", `{\u0022npmToken\u0022:\u0022§\u0022}`,
		"https%253A%252F%252Fbob%253A§%2540r.example", "https:&#x2F;&#x2F;bob:§&#64;r.example", `npm_config_//r/:_authToken\x3d§`, "NPM_TOKEN => §", "YARN_NPM_AUTH_IDENT: bob:§", `["--token", "§"]`,
		"#access_token=§", "https://r.example/?pwd=§", "gh auth login --with-token <<< §", `echo "§" | gh auth login --with-token`, "NPM_TOKEN<<EOF\n§\nEOF", "os.environ['NPM_TOKEN']='§'", "npm token is §4aB9cD2e", "//bob:§@r.example/",
		"  -u developer:§", "curl --user bob:'§' https://r.example", `curl -u "§:" https://r.example`, "bob:{SHA}§",
		"passphrase: §", "registry-token: §", "//r/:_authToken=§", "NPM_TOKEN: §",
	} {
		if got := Redact(strings.ReplaceAll(line, "§", value)); strings.Contains(got, value[2:]) || Redact(got) != got {
			t.Errorf("%s: %s, then %s", line, got, Redact(got))
		}
	}
	const word = "4aB9cD2eF7gH1jK5mN8pQ3rS6tU0vW4xY7zA2bC5dE8fG1hJ3kL6mN9pQ2rS5tU8vW1xY4zA7bC0dE3fG6hJ9kL"
	for _, v := range vendors {
		secret := v.prefix + (word + word)[:v.least]
		if got := Redact("using " + secret + " now"); strings.Contains(got, word[:8]) || Redact(got) != got {
			t.Errorf("%s…: %s", v.prefix, got)
		}
	}
	for _, line := range []string{
		"NPM_CONFIG_OTP=123456", `"auths":{"r.example":{"auth":"` + base64.StdEncoding.EncodeToString([]byte("bob:123456")) + `"}}`,
		"echo " + base64.StdEncoding.EncodeToString([]byte("deploy-bot:s3cret123456")) + " | base64 -d", `"recovery_codes":["1f2e3d4c5b6a7988", "123456aabbccddee"]`,
		"npm publish --otp=123456", "['publish', '--otp', '123456']", "OTP code: 123456", "recovery codes:\n  1f2e3d4c5b6a7988\n  123456aabbccddee", "--otp 1f2e3-123456", "SharedAccessKey=/" + (word + word)[:80] + "123456==", "npm publish --otp 123456", `"otp": "123456"`, "Basic " + base64.StdEncoding.EncodeToString([]byte("bob:123456")),
		"recovery codes: 1f2e3d4c5b6a79881f2e3d4c5b6a7988 123456aabbccddee", base64.StdEncoding.EncodeToString([]byte("x " + npmToken + " 123456")),
		base64.StdEncoding.EncodeToString([]byte("//registry.npmjs.org/:_authToken=123456")), "key " + (word + word)[:80] + "123456==",
		"npm%5F" + word[:36] + "123456", `npm\u005f` + word[:36] + "123456", "-----BEGIN+PRIVATE+KEY-----%0A123456%0A-----END+PRIVATE+KEY-----",
		base64.StdEncoding.EncodeToString([]byte(base64.StdEncoding.EncodeToString([]byte("bob: 123456")))) + " ***",
		"'" + npmToken[:15] + "' + '" + npmToken[15:] + "' is 'in two' parts", npmToken[:15] + "\\\n" + npmToken[15:],
	} {
		if got := Redact(line); !strings.Contains(got, gone) || strings.Contains(got, "123456") {
			t.Errorf("%s: %s", line, got)
		}
	}
	for _, line := range []string{
		"npm notice integrity: sha512-Vh0Ygk3rUJ1Xo5cXyq7ZQ[...]w9eIxmTBfU8PA==",
		"integrity sha512-" + strings.Repeat("aB3dE6gH", 10) + "Qw==", "npm notice shasum: 0f1e2d3c4b5a69788796a5b4c3d2e1f00f1e2d3c",
		"commit 0f1e2d3c4b5a69788796a5b4c3d2e1f00f1e2d3c", "request 3f8a1c52-77aa-4b0e-9c1d-5e6f708192a3",
		"Provenance statement published to transparency log: https://search.sigstore.dev/?logIndex=123456789",
		"NODE_AUTH_TOKEN: OIDC needs none", "  id-token: write", "id-token: 'write'", "secrets: inherit", "a bearer token: see the docs", "Basic authentication is off",
		"token: ***", "registry-url: https://registry.npmjs.org", "token: ${{ secrets.NPM_TOKEN }}", "cache-key: node-cache-Linux-x64-npm-0f1e2d3c",
		"oauth token: denied: denied", "id-token: granted: the token was issued", "PUBLIC_KEY=0f1e2d3c4b5a69788796a5b4", "CACHE_KEY: node-cache-Linux-x64-npm-0f1e2d3c4b5a", "password authentication is off",
		"token issued 20261123, secret found", "sonar.projectKey=acme-publishing-tools", "the set token expired", "packages/core/dist/publish/attestation", "cookie: npm-session", "docker run -u 1000:1000 image",
		"GET https://registry.npmjs.org/@acme%2fwidget?write=true", "a &amp; b &quot;c&quot; %20 d", `{\u0022name\u0022:1}`, "%3A%3Aerror%3A%3Ano", "npm error code EOTP", "token endpoint: https://token.actions.githubusercontent.com", "test_suite_of_the_publisher_package_is_green",
	} {
		if got := Redact(line); got != line {
			t.Errorf("%s became %s", line, got)
		}
	}
}

// TestUnescapedStartsNothing holds that what is written out to hide a secret is
// no workflow command.
func TestUnescapedStartsNothing(t *testing.T) {
	for _, in := range []string{"&#58;&#58;error&#58;&#58;token&#61;s3cretV4lue", "a\n%3A%3Awarning%3A%3Atoken%3Ds3cretV4lue"} {
		if got := Redact(in); !strings.Contains(got, gone) || strings.Contains("\n"+got, "\n::") {
			t.Errorf("%q became %q", in, got)
		}
	}
}

func TestRedactLines(t *testing.T) {
	for in, want := range map[string]string{
		"//r/:_authToken=\n" + legacyUUID:           "//r/:***\n***",
		"//r/:_authToken=3f8a\n" + legacyUUID[4:]:   "//r/:***\n***",
		"https://user:pa\nss@host/x":                "***\n***host/x",
		"see https://host\nnpm error a@b":           "see https://host\nnpm error a@b",
		"npm error code E404\nnpm error 404 " + jwt: "npm error code E404\nnpm error 404 eyJ***",
	} {
		if got := RedactLines(in); got != want {
			t.Errorf("RedactLines(%q)\n got %q\nwant %q", in, got, want)
		}
	}
}

// seeds are secrets in the text around them that tells what they are, and the
// part that must not survive.
var seeds = []struct{ text, secret string }{
	{npmToken, npmToken[4:12]},
	{npmToken[:12], npmToken[4:12]},
	{npmPlain, npmPlain[4:12]},
	{githubToken, githubToken[4:12]},
	{githubPat, githubPat[11:19]},
	{" " + jwt, jwt[3:12]},
	{" " + jwt[:12], jwt[3:12]},
	{" " + jwt, jwt[len(jwt)-10:]},
	{"\nAuthorization: Bearer " + legacyUUID, legacyUUID},
	{"\n//registry.npmjs.org/:_authToken=" + legacyUUID, legacyUUID},
	{"\n  NODE_AUTH_TOKEN: " + legacyUUID, legacyUUID},
	{"\nhttps://user:" + legacyUUID + "@host/", legacyUUID},
	{"\nhttps://host/x?sig=" + legacyUUID, legacyUUID},
	{"\n" + pem + "\n", base64Line[8:40]},
	{"\n" + base64Line + "\n", base64Line[8:40]},
}

func FuzzRedact(f *testing.F) {
	for i := range seeds {
		f.Add("npm error ", " rest", i)
		f.Add("\"", "\"", i)
	}
	f.Add("&quot;token&quot;:%22", `\u0022&amp;#64;`, 9)
	f.Add("-----BEGIN X----- -----END X-----", "-----END Y-----", 0)
	f.Add("eyJ", ".eyJ", 3)
	f.Add("authorization: \"", "_TOKEN=", 8)
	f.Add("const token string   := `abc", "d`", 4)
	f.Add(`\"api-key\" =>  \'abc\', secret , "a1b2c3"`, "NPM_PAT%3dabcdef1", 4)
	f.Add("npm publish --token=abcdefgh", "token is abcdefghij", 4)
	f.Add(`<npm.token> abcdef`, `password"  value="abcdef`, 4)
	f.Fuzz(func(t *testing.T, before, after string, pick int) {
		seed := seeds[uint(pick)%uint(len(seeds))]
		in := before + seed.text + after
		got := Redact(in)
		if strings.Contains(got, seed.secret) && !strings.Contains(before+after, seed.secret) {
			t.Errorf("%q survives: %q", seed.secret, got)
		}
		if again := Redact(got); again != got {
			t.Errorf("not idempotent: %q, then %q, from %q", got, again, in)
		}
		for _, r := range slices.Concat(rules, byName) {
			if strings.ContainsAny(in, "ſ\u212a") { // to a regexp an s and a k, in lower case none
				break
			}
			if !r.mayHold(strings.ToLower(in)) && r.apply(in) != in {
				t.Errorf("the gates of %s keep it from %q", r.re(), in)
			}
		}
	})
}

func BenchmarkQuote(b *testing.B) {
	const line = "npm error 404 Not Found - PUT https://registry.npmjs.org/@acme%2fwidget - Not found"
	b.SetBytes(int64(len(line)))
	for b.Loop() {
		Quote(line)
	}
}
