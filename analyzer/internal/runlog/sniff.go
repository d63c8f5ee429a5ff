package runlog

import (
	"bytes"
	"fmt"
	"strings"
	"unicode/utf8"
)

// saveAgain is the advice for a file that something else was saved into.
const saveAgain = "save the log again, e.g. with: gh run view RUN-ID --log > run.log"

// inspect tells from the head of a stream that it is no log, with a
// *ContentError that says what it is instead.
func inspect(name string, head []byte) error {
	start := bytes.TrimLeft(head, "\ufeff \t\r\n")
	switch {
	case len(head) == 0:
		return &ContentError{Msg: name + " is empty", Hint: saveAgain}
	case len(start) == 0 && len(head) < headSize:
		return &ContentError{Msg: name + " is empty but for blanks", Hint: saveAgain}
	}
	if what := binaryKind(head); what != "" {
		return &ContentError{Msg: fmt.Sprintf("%s is %s, not a log", name, what), Hint: binaryHint(what)}
	}
	if e := answerKind(start); e != nil {
		e.Msg = name + " " + e.Msg
		return e
	}
	return nil
}

// magics are the first bytes of files that people give by mistake.
var magics = []struct{ magic, what string }{
	{"\x7fELF", "a program (ELF)"},
	{"MZ\x90\x00", "a program (Windows)"},
	{"\xcf\xfa\xed\xfe", "a program (Mach-O)"},
	{"\x89PNG", "a picture (PNG)"},
	{"\xff\xd8\xff", "a picture (JPEG)"},
	{"GIF8", "a picture (GIF)"},
	{"%PDF-", "a PDF document"},
	{"PK\x03\x04", "a zip archive inside another file"},
	{"\x1f\x8b\x08", "a gzip file packed more than twice"},
	{"7z\xbc\xaf\x27\x1c", "a 7-Zip archive"},
	{"Rar!\x1a\x07", "a RAR archive"},
	{"\xfd7zXZ\x00", "an xz archive"},
	{"\x28\xb5\x2f\xfd", "a zstd archive"},
	{"BZh", "a bzip2 archive"},
	{"SQLite format 3\x00", "a database"},
	{"\x00asm", "a WebAssembly module"},
}

// binaryKind names what head is when it is no text, or is "".
func binaryKind(head []byte) string {
	for _, m := range magics {
		if bytes.HasPrefix(head, []byte(m.magic)) && (m.magic != "BZh" || bytes.Contains(head, []byte("1AY&SY"))) {
			return m.what
		}
	}
	if len(head) > 262 && string(head[257:262]) == "ustar" {
		return "a tar archive"
	}
	const few = 3                                       // may stray into a short paste
	text := len(head) - bytes.Count(head, []byte("\r")) // Windows' line ends make nothing more of a text
	n, bad := controls(head), invalid(head)
	if n > few && n*10 > text || isNoise(n, bad, text) || (n+bad)*4 > text {
		return "binary data"
	}
	return ""
}

// isNoise tells whether of n bytes so many are controls and no UTF-8 that the
// rest is no text either.
func isNoise(controls, invalid, n int) bool {
	const few = 3
	return controls > few && controls*25 > n && invalid*10 > n
}

// HasNoise tells whether there is a stretch in a log where text cannot have
// been: a hole that a disk left, or bytes drawn by lot. Zero bytes between words
// are how programs part names, and no noise.
func HasNoise(text []byte) bool {
	const stretch, hole = 4096, 512
	for {
		i := bytes.IndexByte(text, 0)
		if i < 0 {
			return false
		}
		at := text[i:min(len(text), i+stretch)]
		if len(at)-len(bytes.TrimLeft(at, "\x00")) >= hole || isNoise(controls(at), invalid(at), len(at)) {
			return true
		}
		text = text[i+len(at):]
	}
}

// controls counts the bytes that hardly occur in text. Escape sequences,
// back-spaces and form feeds do.
func controls(head []byte) int {
	n := 0
	for _, c := range head {
		if c < 0x20 && (c < 0x08 || c >= 0x0e && c != 0x1b) {
			n++
		}
	}
	return n
}

// invalid counts the bytes that are no UTF-8.
func invalid(head []byte) int {
	n := 0
	for !utf8.Valid(head) {
		r, size := utf8.DecodeRune(head)
		if r == utf8.RuneError && size == 1 {
			n++
		}
		head = head[size:]
	}
	return n
}

func binaryHint(what string) string {
	if strings.Contains(what, "archive") || strings.Contains(what, "packed") {
		return "unpack it and give the folder or the file inside"
	}
	return "give the text of a log, a run's log archive (zip), or a run id"
}

// answerKind recognises a server's answer that was saved in a log's place;
// start begins with no blank. Its Msg lacks the name.
func answerKind(start []byte) *ContentError {
	if len(start) == 0 || start[0] != '<' && start[0] != '{' {
		return nil
	}
	text := string(start[:min(len(start), 4096)])
	lower := strings.ToLower(text)
	switch {
	case strings.HasPrefix(lower, "<?xml"), strings.HasPrefix(lower, "<error>"):
		return storageAnswer(text)
	case strings.HasPrefix(lower, "<!doctype"), strings.HasPrefix(lower, "<html"):
		return &ContentError{Msg: "is a web page, not a log", Hint: "use “View raw logs” on the page, or " + saveAgain}
	case strings.HasPrefix(text, "{"):
		return apiAnswer(text)
	}
	return nil
}

// storageAnswer explains the XML with which the blob storage behind the API
// answers.
func storageAnswer(text string) *ContentError {
	code := between(text, "<Code>", "</Code>")
	switch code {
	case "":
		return &ContentError{Msg: "is an XML document, not a log", Hint: saveAgain}
	case "BlobNotFound":
		return &ContentError{
			Msg:  "is the log storage's answer BlobNotFound, not a log",
			Hint: "the job had not finished, or was cancelled before it wrote a log: wait for its end and download again",
		}
	}
	return &ContentError{
		Msg:  fmt.Sprintf("is the log storage's answer %s, not a log", inertName(code)),
		Hint: "a download address is good for one minute and without credentials only: " + saveAgain,
	}
}

// apiAnswer explains a JSON answer of GitHub's API, or one of its lists; nil
// for any other JSON, since the registry's answers and `npm publish --json`
// are worth reading.
func apiAnswer(text string) *ContentError {
	flat := strings.Join(strings.Fields(text), "")
	switch {
	case strings.HasPrefix(flat, `{"message":`) && strings.Contains(flat, `"documentation_url":`):
		message := between(text, `"message"`, `",`)
		message = strings.TrimLeft(message, ` :"`)
		return &ContentError{
			Msg:  fmt.Sprintf("is an error answer of the GitHub API (%s), not a log", inertName(message)),
			Hint: apiHint(message),
		}
	case strings.HasPrefix(flat, `{"total_count":`), strings.HasPrefix(flat, `{"id":`) && strings.Contains(flat, `"node_id":`):
		return &ContentError{Msg: "is a JSON answer of the GitHub API, not a log", Hint: saveAgain}
	case strings.HasPrefix(flat, `{"schema":`) && strings.Contains(flat, `"verdict":`):
		return &ContentError{Msg: "is a finished report, not a log", Hint: "show it with: pubmortem render REPORT.json"}
	}
	return nil
}

// apiHint says what the API's message asks for
// (https://docs.github.com/rest/using-the-rest-api/troubleshooting-the-rest-api).
func apiHint(message string) string {
	switch {
	case strings.Contains(message, "Must have admin rights"), strings.Contains(message, "Bad credentials"),
		strings.Contains(message, "Requires authentication"), strings.Contains(message, "not accessible by"):
		return "logs need a token that may read the repository's actions, even in public repositories: log in with gh auth login and download again"
	case strings.Contains(message, "rate limit"):
		return "wait until the limit is over, or log in, and download again"
	case strings.Contains(message, "Server Error"):
		return "the logs are probably past their retention time; if not, try again later"
	case strings.Contains(message, "Not Found"):
		return "check the run's id and that your login may see the repository"
	}
	return saveAgain
}

// between returns what stands between the first before and the next after in
// s, or "".
func between(s, before, after string) string {
	_, rest, ok := strings.Cut(s, before)
	if !ok {
		return ""
	}
	inner, _, ok := strings.Cut(rest, after)
	if !ok {
		return ""
	}
	return inner
}
