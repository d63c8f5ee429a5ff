package inert

import (
	"bytes"
	"encoding/base64"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/pubmortem/pubmortem/analyzer/internal/lazy"
)

// vendors are how the tokens of services begin, and how many letters, digits
// and other word bytes follow at least: the prefixes of gitleaks' rules (MIT,
// https://github.com/gitleaks/gitleaks), and base64 and hexadecimal of npm's and GitHub's.
var vendors = []struct {
	prefix string
	least  int
}{
	{"AKIA", 16}, {"ASIA", 16}, {"ABIA", 16}, {"ACCA", 16}, // AWS
	{"glpat-", 16}, {"gldt-", 16}, {"glrt-", 16}, {"glptt-", 16}, {"glcbt-", 16}, {"glft-", 16}, {"glimt-", 16},
	{"glagent-", 16}, {"glsoat-", 16}, {"gloas-", 16}, {"GR1348941", 16}, // GitLab
	{"xoxb-", 8}, {"xoxp-", 8}, {"xoxa-", 8}, {"xoxe-", 8}, {"xoxe.xoxp-", 8}, {"xoxe.xoxb-", 8}, {"xoxo-", 8}, {"xoxr-", 8}, {"xoxs-", 8}, {"xapp-", 8},
	{"hooks.slack.com/services/", 16}, {"hooks.slack.com/workflows/", 16}, {"hooks.slack.com/triggers/", 16}, // Slack
	{"AIza", 30}, {"ya29.", 10}, {"GOCSPX-", 20}, {"1//0", 20}, // Google
	{"AKCp", 60}, {"cmVmdGtu", 40}, // Artifactory
	{"sk_live_", 10}, {"sk_test_", 10}, {"rk_live_", 10}, {"rk_test_", 10}, {"sk_prod_", 10}, {"rk_prod_", 10}, {"whsec_", 20}, // Stripe
	{"SG.", 30}, {"xkeysib-", 30}, {"key-", 32}, {"SK", 32}, // mail and messages
	{"pypi-AgEI", 30}, {"rubygems_", 40}, {"oy2", 43}, {"dckr_pat_", 20}, {"dckr_oat_", 20}, {"CLOJARS_", 40}, {"cio", 32}, // registries
	{"sk-ant-", 20}, {"sk-proj-", 20}, {"sk-svcacct-", 20}, {"sk-", 32}, {"hf_", 30}, {"pplx-", 40}, {"r8_", 30},
	{"dop_v1_", 40}, {"doo_v1_", 40}, {"dor_v1_", 40}, {"HRKU-", 30}, {"shpat_", 30}, {"shpca_", 30}, {"shppa_", 30}, {"shpss_", 30},
	{"lin_api_", 30}, {"PMAK-", 20}, {"pul-", 40}, {"hvs.", 20}, {"hvb.", 20}, {"hvr.", 20}, {"glc_", 30}, {"glsa_", 30}, {"NRAK-", 20}, {"NRJS-", 19}, {"NRII-", 30},
	{"sntrys_", 30}, {"sntryu_", 30}, {"sqp_", 30}, {"squ_", 30}, {"sqa_", 30}, {"dp.pt.", 30}, {"dp.st.", 30}, {"dp.ct.", 30}, {"dapi", 32}, {"dt0c01.", 30},
	{"AGE-SECRET-KEY-1", 30}, {"EAAA", 40}, {"sq0atp-", 20}, {"sq0csp-", 30}, {"nfp_", 30}, {"v1.0-", 100}, {"ops_eyJ", 100}, {"pscale_tkn_", 20},
	{"pscale_oauth_", 20}, {"pscale_pw_", 20}, {"pnu_", 30}, {"rdme_", 40}, {"EZAK", 40}, {"EZTK", 40}, {"duffel_", 30}, {"fio-u-", 40}, {"FLWPUBK_TEST-", 20},
	{"FLWSECK_TEST-", 12}, {"aio_", 28}, {"LTAI", 20}, {"fo1_", 30}, {"fm1a_", 40}, {"fm1r_", 40}, {"fm2_", 40}, {"pat.", 40}, {"sat.", 40}, {"ico-", 32},
	{"ntn_", 40}, {"sha256~", 40}, {"tk-us-", 40}, {"shippo_live_", 30}, {"shippo_test_", 30}, {"sgp_", 30}, {"tfp_", 40}, {"AQVN", 30}, {"t1.", 80},
	{"A3-", 30}, {"api_org_", 30}, {"bedrock-api-key-", 20}, {"cmVmd", 50}, {"dnkey-", 40}, {"glffct-", 16}, {"_gitlab_session=", 16},
	{"sm_aat_", 16}, {"sm_pat_", 16}, {"sm_sat_", 16}, {"pubkey-", 32}, {"pk.", 60}, {"fine_", 30}, {"v1.", 40},
	{"vercel_", 20}, {"vcp_", 20}, {"cfut_", 30}, {"API-", 26}, {"s-s4t2ud-", 40}, {"s-s4t2af-", 40}, {"live_", 35}, {"test_", 35},
	{"6e706d5f", 40}, {"6768705f", 40}, {"6768735f", 40}, {"67686f5f", 40}, {"6769746875625f7061745f", 40}, {"65794a", 40}, {"p8e-", 32},
	{"bnBtX", 20}, {"Z2hwX", 20}, {"Z2hzX", 20}, {"Z2hvX", 20}, {"Z2l0aHViX3BhdF", 20}, {"ZXlK", 30},
}

// isDrawn tells whether a value may be drawn by lot, and not made of words:
// those are short and have few digits between them.
func isDrawn(value string) bool {
	const digits, word = 3, 16
	run, longest, found := 0, 0, 0
	for i := range len(value) {
		if !IsWordByte(value[i]) {
			run = 0
			continue
		}
		if value[i] <= '9' {
			found++
		}
		run++
		longest = max(longest, run)
	}
	return found >= digits || longest >= word
}

// byFirst are the places in vendors of those that begin with a byte.
var byFirst = sync.OnceValue(func() (places [256][]int) {
	for i, v := range vendors {
		places[v.prefix[0]] = append(places[v.prefix[0]], i)
	}
	return places
})

// redactVendors replaces what stands behind the prefixes of vendors, at the
// beginning of a word.
func redactVendors(s string) string {
	places := byFirst()
	for at := 0; at < len(s); at++ {
		if at > 0 && IsWordByte(s[at-1]) {
			continue
		}
		for _, i := range places[s[at]] {
			v := vendors[i]
			if !strings.HasPrefix(s[at:], v.prefix) {
				continue
			}
			start := at + len(v.prefix)
			end := start
			for end < len(s) && isTokenByte(s[end]) {
				end++
			}
			if end-start < v.least || !isDrawn(s[start:end]) {
				continue
			}
			s = s[:start] + gone + s[end:]
			at = start + len(gone) - 1
			break
		}
	}
	return s
}

// IsWordByte tells whether a byte is a letter or a digit of ASCII.
func IsWordByte(c byte) bool {
	return c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'z'
}

func isTokenByte(c byte) bool {
	return IsWordByte(c) || strings.IndexByte("_-.=~/+", c) >= 0
}

// secretName is how the name of a thing that must not be seen ends: yarn's
// npmAuthToken and npmAuthIdent, npmToken, client_secret, AccountKey.
const secretName = `(?:token|secret|passw(?:or)?d|passphrase|api[_-]?key|access[_-]?(?:key(?:[_-]?id)?|id)|private[_-]?key(?:[_-]?id)?` +
	`|(?:account|signing|encryption|license|deploy|storage|consumer|auth)[_-]?key|npm_?auth_?ident|credentials?|art-api|contribsys__com` +
	`|key-data|creds|(?-i:_PASS|_PAT|_PWD))(?:[_-]?key(?:_base)?)?`

// nameEnds are how the words of secretName end.
var nameEnds = []string{
	"token", "secret", "password", "passwd", "passphrase", "key", "keyid", "key_id", "key-id",
	"npmauthident", "npm_auth_ident", "credential", "credentials", "creds", "key-data", "key_base", "accessid", "access_id", "access-id", "art-api", "contribsys__com", "_pass", "_pat", "_pwd",
}

// named is the cheap test for a value behind secretName: whether a name's end
// stands before one of the marks, with quotes, blanks or a type between them.
func named(marks string) func(low string) bool {
	const between = "\\\"'` \t=:?.]"
	isMark, isBetween := bytesIn(marks), bytesIn(between)
	return func(low string) bool {
		end, looked := 0, false // where the last word ends, and whether it was looked at
		for at, c := range []byte(low) {
			if isMark[c] && !looked {
				looked = true
				name := strings.TrimRight(strings.TrimSuffix(low[:end], "string"), between)
				if slices.ContainsFunc(nameEnds, func(end string) bool { return strings.HasSuffix(name, end) }) {
					return true
				}
			}
			if !isBetween[c] {
				end, looked = at+1, false
			}
		}
		return false
	}
}

var (
	namedTag = named(">")
	long     = hasWord(27, "_-")
)

// nameGates are the cheap test for secretName.
var nameGates = []string{"token", "secret", "passw", "passphrase", "key", "access", "credential", "npmauthident", "npm_auth_ident", "art-api", "contribsys__com", "creds", "_pass", "_pat", "_pwd"}

// assigned is what stands between a name and its value in the languages that
// steps print: =, :, :=, ?=, .=, =>, a comma between arguments.
const assigned = `(?:[ \t]+string)?[ \t]*(?:=>|[:?.]{0,3}=|:|,)[ \t]*`

// byName are rules for values whose name says that they are secret.
var byName = []rule{
	{ // yarn's settings: any value.
		gates: []string{"npmauth", "npm_auth"},
		re:    lazy.Regexp(`(?i)(npm_?Auth_?(?:Token|Ident)[\\"']*(?:[ \t]*(?:=>|[:=])[ \t]*|[ \t]+)[\\"']*)([^\s\\"',}]+)`),
		with:  "${1}" + gone,
		keep: func(g []string, after string) bool {
			said := strings.ContainsAny(g[1], ":=") || strings.ContainsAny(g[2], "0123456789")
			return !said || isKnown(g[2]) || isProse(g[2], after)
		},
	},
	{ // A quoted value: { token: '…' }, "npmToken": "…", \"secret\":\"…\".
		when: named("=:,"),
		re:   lazy.Regexp("(?i)(" + secretName + "\\\\*[\"'`]?\\]?" + assigned + "\\\\*[\"'`])((?:[^\\s\\\\\"'`]|\\\\[^\\s\\\\\"'`]){3,})(\\\\*[\"'`])"),
		with: "${1}" + gone + "${3}",
		keep: func(g []string, _ string) bool {
			return isKnown(g[2]) || isAddress(g[2]) || strings.Contains(g[1], ",") && !isDrawn(g[2])
		},
	},
	{ // A bare value: it has to look like one.
		when: named("=:%"),
		re:   lazy.Regexp(`(?i)(` + secretName + `\\*["']?\]?[ \t]*(?:=>|[:?.]{0,3}=|:|%3d)[ \t]*)((?:[^\s\\"',;&%}*]|%[0-9a-f]{2}){6,})`),
		with: "${1}" + gone,
		keep: func(g []string, _ string) bool {
			return isKnown(g[2]) || isAddress(g[2]) || !strings.ContainsAny(strings.Trim(g[2], ":"), "0123456789:") && (len(g[2]) < 32 || !isBase64().MatchString(g[2]))
		},
	},
	{ // A name that goes on behind the word: what is drawn by lot, in one piece.
		gates: nameGates,
		when:  hasWord(16, "+/_=-"),
		re:    lazy.Regexp(`(?i)((?:token|secret|passw(?:or)?d|api_?key|creds)\w{1,20}["']?` + assigned + `\[?["']?)([a-z0-9+/_=-]{16,})`),
		with:  "${1}" + gone,
		keep:  func(g []string, _ string) bool { return !isRandom(g[2]) },
	},
	{ // The names of services and of keys do not say that a value is secret; its shape has to.
		gates: []string{"_key", "adobe", "artifactory", "cloudflare", "heroku", "hubspot", "messagebird", "sonar", "snyk", "sourcegraph", "sumologic"},
		re: lazy.Regexp(`((?:\b[A-Z][A-Z0-9_]*_KEY|(?i:adobe|artifactory|cloudflare|heroku|hubspot|messagebird|sonar|snyk|sourcegraph|sumologic)[\w.]{0,20})["']?` +
			`[ \t]*(?:=>|[:?]{0,3}=|:|,)[ \t]*["']?)([A-Za-z0-9_-]{14,})`),
		with: "${1}" + gone,
		keep: func(g []string, _ string) bool {
			return !isDrawn(g[2]) || !strings.ContainsAny(g[2], "0123456789") && !isRandom(g[2]) || strings.HasPrefix(g[1], "CACHE_") || strings.HasPrefix(g[1], "PUBLIC_") || strings.Contains(g[2], "-cache-")
		},
	},
	{ // A name, a blank and the value: setx NPM_TOKEN …, aws configure set aws_secret_access_key …
		gates: []string{"set ", "set\t", "setx"},
		re:    lazy.Regexp(`(?i)(\bsetx?[ \t]+(?:-[a-z]+[ \t]+)?["']?[\w./:-]*` + secretName + `["']?[ \t]+["']?)([^\s\\"',;=:]{6,})`),
		with:  "${1}" + gone,
		keep:  func(g []string, _ string) bool { return isKnown(g[2]) || !strings.ContainsAny(g[2], "0123456789") },
	},
	{ // User, password and address for npm's questions: npm adduser <<< "…".
		gates: []string{"adduser", "npm login"},
		re:    lazy.Regexp(`(?i)(\bnpm (?:adduser|login)\b[^<\n]*<<<[ \t]*["']?\S+[ \t]+)([^\s"']+)`),
		with:  "${1}" + gone,
	},
	{ // The same in .netrc and in sentences, where a value has to look like one.
		gates: []string{"token", "secret", "passw"},
		when:  isDrawn,
		re:    lazy.Regexp(`(?i)((?:\b|_)(?:token|secret|passw(?:or)?d)(?:[ \t]+(?:(?:is|→|->)[ \t]+)?["'<]?|\(["']?))([a-z0-9_-]{8,})`),
		with:  "${1}" + gone,
		keep: func(g []string, _ string) bool {
			return isKnown(g[2]) || !isDrawn(g[2]) || strings.Count(g[2], "-") == 0 && strings.Trim(strings.ToLower(g[2]), "0123456789") == ""
		},
	},
	{ // The value of a %s before it.
		gates: []string{"_auth"},
		re:    lazy.Regexp(`(?i)(:_auth(?:Token)?=(?:%s|\*\*\*)(?:\\n)?["'][ \t]+["']?)([^\s"'>|]{6,})`),
		with:  "${1}" + gone,
		keep:  func(g []string, _ string) bool { return isKnown(strings.TrimPrefix(g[2], `"`)) },
	},
	{ // What sites keep at a client: all of it.
		gates: []string{"cookie"},
		re:    lazy.Regexp(`(?i)(\b(?:set-)?cookie\\*["']?[ \t]*[:,=][ \t]*\[?[ \t]*\\*["']?)([^\s\\"'=;]+=[^\\"'\n]*[^\s\\"'])`),
		with:  "${1}" + gone,
	},
	{ // A parameter of Digest and of signatures of requests.
		gates: []string{"response=", "signature=", "mac="},
		re:    lazy.Regexp(`(?i)(\b(?:response|signature|mac|cnonce)=\\*["'])([^\s\\"']{6,})`),
		with:  "${1}" + gone,
		keep:  func(g []string, _ string) bool { return isKnown(g[2]) },
	},
	{ // 'Bearer …' as an argument, however short.
		gates: []string{"bearer"},
		re:    lazy.Regexp("(?i)([\"'`]bearer[ \t]+)([^\\s\\\\\"'`]+)(\\\\*[\"'`])"),
		with:  "${1}" + gone + "${3}",
		keep:  func(g []string, _ string) bool { return isKnown(g[2]) || !strings.ContainsAny(g[2], "0123456789") },
	},
	{ // A secret that is piped into docker login, and one that the runner is told to mask.
		gates: []string{"-stdin", "add-mask", "--with-token", "<<"},
		re:    lazy.Regexp(`(?i)(\becho[ \t]+(?:-n[ \t]+)?["']?)([^\s"'|]{6,})(["']?[ \t]*\|.*(?:-stdin|--with-token))|(add-mask(?:::|\])|--with-token[ \t]*<<<[ \t]*["']?|` + secretName + `<<\w+\s+)([^\s"'` + "`" + `\\]{6,})`),
		with:  "${1}${4}" + gone + "${3}",
		keep:  func(g []string, _ string) bool { return isKnown(g[2] + g[5]) },
	},
	{ // <token>…</token>, <add key="Password" value="…">
		when: func(low string) bool { return namedTag(low) || strings.Contains(low, "value=") },
		re:   lazy.Regexp(`(?i)(<[\w.-]*` + secretName + `>\s*|` + secretName + `["'][ \t]+value=["'])([^\s<"']{6,})`),
		with: "${1}" + gone,
		keep: func(g []string, _ string) bool { return isKnown(g[2]) },
	},
	{ // Parameters of addresses: ?authToken=…, also encoded.
		gates: []string{"token", "secret", "pass", "pwd", "key", "auth"},
		when:  func(low string) bool { return strings.ContainsAny(low, "?&;#%") && strings.ContainsAny(low, "=%") },
		re:    lazy.Regexp(`(?i)((?:[?&;#]|%3f|%26)[\w.-]*(?:token|secret|passw(?:or)?d|pass|pwd|api_?key|auth)(?:=|%3d))([^&\s"'#%*]+)`),
		with:  "${1}" + gone,
		keep:  func(g []string, _ string) bool { return isKnown(g[2]) },
	},
	{
		gates: []string{"key=", "code="},
		re:    lazy.Regexp(`(?i)([?&](?:key|code)=)([^&\s"'#%*<>]{12,})`),
		with:  "${1}" + gone,
		keep:  func(g []string, _ string) bool { return !isDrawn(g[2]) || strings.Contains(g[2], "-cache-") },
	},
	{ // Options of commands: --otp=123456, --token s3cret.
		gates: []string{"otp", "one-time password"},
		re:    lazy.Regexp(`(?i)((?:(?:\b|_)otp(?: code)?|one-time password)[\\"']*(?:[ \t]*[:=,]|[ \t])\s*[\\"']*)([0-9]{6,8}|[0-9a-f]{64})\b`),
		with:  "${1}" + gone,
	},
	{
		gates: []string{"-token", "-passw", "-passphrase", "-secret", "key", "auth", "-pat", "-pass", "-otp", ".otp"},
		when:  hasDigit,
		re:    lazy.Regexp(`(?i)((?:--[a-z.-]*(?:token|password|passphrase|secret|api-?key|auth|pat|otp)|-api-?key|-pass)(?:[= ]|\\*["'],\s*)[\\"']*)([^\s\\"'*]+)`),
		with:  "${1}" + gone,
		keep: func(g []string, _ string) bool {
			return isKnown(g[2]) || !strings.ContainsAny(g[2], "0123456789")
		},
	},
	{ // Codes that stand in for a one-time password.
		gates: []string{"recovery"},
		re:    lazy.Regexp(`(?i)(recovery[ _-]?codes?[^0-9a-z]{1,20})([0-9a-f-]*[0-9][0-9a-f-]*(?:[\s,"'*-]+[0-9a-f-]{8,})*)`),
		with:  "${1}" + gone,
		keep:  func(g []string, _ string) bool { return len(g[2]) < 8 },
	},
	{ // A user and a password in base64, without the header's name.
		gates: []string{"basic "},
		re:    lazy.Regexp(`(?i)(\bbasic[ \t]+[\\"']*)([a-z0-9+/]{8,}={0,2})`),
		with:  "${1}" + gone,
		keep:  func(g []string, _ string) bool { return !bytes.ContainsRune(decoded(g[2]), ':') },
	},
	{ // The same in files: "auth": "…".
		gates: []string{"auth"},
		re:    lazy.Regexp(`(?i)(\bauth\\*["']?[ \t]*[:=][ \t]*\\*["'])([a-z0-9+/]{8,}={0,2})`),
		with:  "${1}" + gone,
		keep: func(g []string, _ string) bool {
			return (len(g[2]) < 20 || !isDrawn(g[2])) && !bytes.ContainsRune(decoded(g[2]), ':')
		},
	},
	{ // curl -u user:password, docker login -p password, .netrc.
		gates: []string{"curl ", "login ", "twine ", "ovsx ", "vsce ", "sshpass ", "codecov ", "mysql", "nuget "},
		re: lazy.Regexp(`(?i)(\bcurl[ \t](?:.*?[ \t])?(?:-u|--user)[= \t]*["']?[^\s:"']*["']?:["']?|\bcurl[ \t](?:.*?[ \t])?(?:-b|--cookie)[= \t]*["']?[^\s"'=]+=|` +
			`\b(?:twine|ovsx|vsce|sshpass)[ \t](?:.*?[ \t])?-p[= \t]*["']?|\bmysql\w*[ \t](?:.*?[ \t])?-p["']?|\bnuget[ \t](?:.*?[ \t])?-k[ \t]+["']?|\bcodecov[ \t](?:.*?[ \t])?-t[= \t]+["']?|\blogin[ \t](?:.*?[ \t])?-p[= \t]+["']?|\blogin[ \t]+\S+[ \t]+password[ \t]+)([^\s"']+)`),
		with: "${1}" + gone,
		keep: func(g []string, _ string) bool { return isKnown(g[2]) || strings.HasPrefix(g[2], "//") },
	},
	{ // The same where the command began in the line before, and a key that stands for the user.
		gates: []string{"-u ", "-u=", "-u\t", "--user", "curl ", "curl\t"},
		re:    lazy.Regexp(`(?i)((?:^|\s)(?:-u|--user)[= \t]+["']?[^\s:"']*:)([^\s"'/]{6,})|(\bcurl[ \t](?:.*?[ \t])?(?:-u|--user)[= \t]*["']?)([^\s:"']{8,})(:["'\s])`),
		with:  "${1}${3}" + gone + "${5}",
		keep:  func(g []string, _ string) bool { return isKnown(g[2]+g[4]) || !isDrawn(g[2]+g[4]) },
	},
	{ // https:\/\/user:password@host, as JSON writes it.
		gates: []string{`:\/`, `\u002f`},
		re:    lazy.Regexp(`(?i)(:(?:\\+/|\\+u002f){2})[^\s"'<>/@\\]*:[^\s"'<>/@\\]*@`),
		with:  "${1}" + gone + "@",
	},
	{ // An address without its scheme.
		when: followedByUser("//"),
		re:   lazy.Regexp(`((?:^|[\s"'=(])//[^/\s"'<>@:]*:)[^/\s"'<>@]+@`),
		with: "${1}" + gone + "@",
	},
	{ // Addresses that are secrets themselves.
		gates: []string{"webhook"},
		re:    lazy.Regexp(`(?i)(webhook\.office\.com/webhookb2/|discord(?:app)?\.com/api/webhooks/)[^\s"'<>]+`),
		with:  "${1}" + gone,
	},
	{ // Azure's secrets of applications, keys of storage, and tokens of DevOps.
		gates: []string{"q~", "azdo", "+ast", "acdb", "+acr", "azfu"},
		re:    lazy.Regexp(`[A-Za-z0-9_~.]{3}[0-9]Q~[A-Za-z0-9_~.-]{31,34}|[A-Za-z0-9+/]{40,78}(?:AZDO|\+ASt|ACDb|\+ACR|AzFu)[A-Za-z0-9+/]{4,10}={0,2}`),
		with:  gone,
	},
	{ // Facebook's, Telegram's, Airtable's and Azure DevOps's tokens have no word to begin with.
		when: func(low string) bool { return long(low) && hasDigit(low) },
		re:   lazy.Regexp(`\b\d{15,16}(?:\||%7[Cc])[0-9A-Za-z_-]{27,40}|\b\d{5,16}:[Aa][0-9A-Za-z_-]{34}\b|\bpat[0-9A-Za-z]{14}\.[0-9a-f]{64}\b|\b[a-z2-7]{52}\b`),
		with: gone,
		keep: func(g []string, _ string) bool { return len(g[0]) == 52 && strings.Trim(g[0], letters) == "" },
	},
	{ // Mailchimp's keys and hashes of passwords.
		gates: []string{"-us", "{sha}", "$apr1$", "$2"},
		re:    lazy.Regexp(`(?i)(\b)[0-9a-f]{32}-us\d{1,2}\b|(\{sha\}|\$apr1\$|\$2[aby]\$\d\d\$)[a-z0-9+/.=$]{10,}`),
		with:  "${1}${2}" + gone,
	},
	{ // A key of 64 bytes. A checksum says what it is: sha512-….
		when: hasWord(86, "+/"),
		re:   lazy.Regexp(`(^|[^A-Za-z0-9+/=_-])[A-Za-z0-9+/]{86}==`),
		with: "${1}" + gone,
	},
	{ // base64 in which a token or any text stands.
		when: hasWord(12, "+/"),
		re:   lazy.Regexp(`[A-Za-z0-9+/]{12,}={0,2}`),
		with: gone,
		keep: func(g []string, _ string) bool {
			for word, more := g[0], true; more && len(word) >= 12; { // a path may lead to it
				text := decoded(word)
				if holdsToken(text) || (len(word) >= 20 || strings.HasSuffix(word, "=")) && isText(text) {
					return false
				}
				_, word, more = strings.Cut(word, "/")
			}
			return true
		},
	},
}

const letters = "abcdefghijklmnopqrstuvwxyz"

// isKnown tells whether a value is harmless, hidden already, or the level of a
// permission.
func isKnown(value string) bool {
	switch value {
	case "write", "read", "none", "inherit", "required", "enabled", "disabled":
		return true
	}
	return isHarmless(value) || strings.Contains(value, gone)
}

// isAddress tells whether a value names a place or a file and not a secret.
func isAddress(value string) bool {
	if len(value) >= 40 && isRandom(value) && isBase64().MatchString(value) { // which may begin with a slash
		return false
	}
	return strings.Contains(value, "://") || strings.HasPrefix(value, "/") || strings.HasPrefix(value, "./") || strings.HasPrefix(value, "~/")
}

var isBase64 = lazy.Regexp(`^[A-Za-z0-9+/]+={0,2}$`)

// decoded is what a word means as base64, as far as it does.
func decoded(word string) []byte {
	word = strings.TrimRight(word, "=")
	if len(word)%4 == 1 {
		word = word[:len(word)-1]
	}
	out, _ := base64.RawStdEncoding.DecodeString(word) // what cannot be decoded holds no secret
	return out
}

// isText tells whether bytes are printable ASCII, as what was encoded is and
// words and checksums that only look like base64 are not.
func isText(b []byte) bool {
	return !bytes.ContainsFunc(b, func(r rune) bool { return r < ' ' && r != '\n' || r > '~' })
}

// userAndPassword is what a header of the kind Basic holds.
var userAndPassword = lazy.Regexp(`^[A-Za-z0-9][\w.@-]{1,40}:[!-~]{6,80}$`)

func holdsToken(text []byte) bool {
	if bytes.IndexByte(text, ':') > 0 && isText(text) && userAndPassword().Match(text) {
		return true
	}
	for _, begin := range []string{"npm_", "ghp_", "gho_", "ghs_", "ghu_", "github_pat_", "glpat-", "eyJhbGciOi", "_authToken="} {
		if bytes.Contains(text, []byte(begin)) {
			return true
		}
	}
	return false
}

// RedactLines is [Redact] for a text of several lines, \n between them. It also
// finds secrets that somebody's terminal or editor broke into two lines.
func RedactLines(s string) string {
	return Redact(redactAcross(s, "\n", brokenValue, mayHoldValue, false))
}

// brokenToken is a whole token, once what parts it is taken out. Lengths and
// alphabets are those of npm and GitHub since 2021
// (https://github.blog/2021-04-05-behind-githubs-new-authentication-token-formats/).
var brokenToken = lazy.Regexp(`(?i:npm_)[A-Za-z0-9]{36}|(?i:gh[pousr]_)[A-Za-z0-9]{36}|(?i:github_pat_)[A-Za-z0-9]{22}_[A-Za-z0-9]{59}` +
	`|eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{20,}`)

// tokenBegins are the cheap tests for brokenToken, on text in lower case.
var tokenBegins = []func(low string) bool{
	followed("npm_", "", 36, wordBytes), followed("ghp_", "", 36, wordBytes), followed("gho_", "", 36, wordBytes),
	followed("ghu_", "", 36, wordBytes), followed("ghs_", "", 36, wordBytes), followed("ghr_", "", 36, wordBytes),
	followed("github_pat_", "", 60, wordBytes+"_"), followed("eyj", "", 40, wordBytes+"_-."),
}

func mayHoldToken(low string) bool {
	for _, begins := range tokenBegins {
		if begins(low) {
			return true
		}
	}
	return false
}

// brokenValue is a value whose place says that it is secret.
var brokenValue = lazy.Regexp(`(?i)_authToken["']?[=:]["']?[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}|https?://[^/\s"'<>@:]*:[^/\s"'<>@]+@`)

func mayHoldValue(low string) bool {
	return strings.Contains(low, "_authtoken") || hasUserInfo(low)
}

// redactAcross replaces what the expression finds in s without the bytes of
// gap, if it may find anything; with random, only what looks drawn by lot. What
// is in one piece is left to the rules.
func redactAcross(s, gap string, whole func() *regexp.Regexp, may func(low string) bool, random bool) string {
	if !strings.ContainsAny(s, gap) {
		return s
	}
	joined, from := without(s, gap)
	if !may(strings.ToLower(joined)) {
		return s
	}
	done := 0
	var out strings.Builder
	for _, at := range whole().FindAllStringIndex(joined, -1) {
		start, end := from[at[0]], from[at[1]-1]+1
		first := s[start:end]
		if i := strings.IndexAny(first, gap); i >= 0 {
			first = first[:i]
		}
		if len(first) == end-start || whole().MatchString(first) || random && !isRandom(joined[at[0]:at[1]]) {
			continue // in one piece, or complete before the gap, or a name
		}
		out.WriteString(s[done:start])
		out.WriteString(hideRuns(s[start:end], gap))
		done = end
	}
	return out.String() + s[done:]
}

// halfToken tells whether a text has as long a word as one of the two halves of
// the shortest secret has at least.
var halfToken = hasWord(12, "_-")

// without is s without the bytes of gap, and where each of its bytes stood.
func without(s, gap string) (joined string, from []int) {
	var kept []byte
	for i := range len(s) {
		if strings.IndexByte(gap, s[i]) < 0 {
			kept, from = append(kept, s[i]), append(from, i)
		}
	}
	return string(kept), from
}

// hideRuns replaces each run of other bytes than those of gap.
func hideRuns(s, gap string) string {
	var out strings.Builder
	for len(s) > 0 {
		n := strings.IndexAny(s, gap)
		if n != 0 {
			out.WriteString(gone)
		}
		if n < 0 {
			break
		}
		out.WriteByte(s[n])
		s = s[n+1:]
	}
	return out.String()
}
