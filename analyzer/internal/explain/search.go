package explain

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"unicode"

	"github.com/pubmortem/pubmortem/analyzer/internal/words"
	"github.com/pubmortem/pubmortem/patterns"
)

// Hit is an entry that a search found.
type Hit struct {
	// Kind is symptom, fact or cause; rows are found through their cause.
	Kind, ID, Title string
	// score is how much of the text the entry has, from 0 to about 1.
	score float64
}

// isErrorCode tells whether a word stands for one thing only, as ERESOLVE and
// TS2304 do: without it in the catalog, the text is about something else.
func isErrorCode(word string) bool {
	letters := strings.TrimRight(word, "0123456789")
	digits := len(word) - len(letters)
	return digits == 0 && len(word) > 4 && word[0] == 'E' && word == strings.ToUpper(word) ||
		digits > 2 && digits < 6 && letters != ""
}

// The measures of a search.
const (
	enough    = 0.55 // the least that a hit must have of the text
	farBehind = 0.6  // hits with less than this share of the best one's are left out
)

// Search finds the entries that speak of a text: words of an error message, a
// phrase, a question, the name of a variable. The order of words does not count,
// nor do mistakes in typing. Best hits come first; there are none when too
// little of the text is known.
func Search(c *patterns.Catalog, text string) []Hit { return newIndex(c).search(text) }

// index is all entries, and in how many of them a word is.
type index struct {
	docs []searchDoc
	in   map[string]int
}

// weigh is what a word counts: rare ones tell more.
func (ix *index) weigh(word string) float64 {
	all := float64(len(ix.docs))
	return all / (all + 10*float64(ix.in[word]))
}

func (ix *index) search(text string) []Hit {
	asked := searchWords(text)
	codes := slices.DeleteFunc(strings.FieldsFunc(text, isBlank), func(word string) bool { return !isErrorCode(word) })
	codes = searchWords(strings.Join(codes, " "))
	vocabulary := slices.Sorted(maps.Keys(ix.in))
	for i, word := range asked {
		if ix.in[word] == 0 && len(word) >= 5 { // shorter words are too much alike
			edits := 1
			if len(word) >= 8 {
				edits = 2
			}
			asked[i] = cmp.Or(words.Mistyped(word, vocabulary, edits), word)
		}
		if ix.in[asked[i]] == 0 && slices.Contains(codes, word) {
			return nil
		}
	}
	var hits []Hit
	for i := range ix.docs {
		d := &ix.docs[i]
		d.hit.score = d.score(asked, ix.weigh)
		if d.hit.Kind == "fact" {
			d.hit.score *= 0.8 // people ask what went wrong
		}
		if d.hit.score >= enough {
			hits = append(hits, d.hit)
		}
	}
	slices.SortStableFunc(hits, func(a, b Hit) int { return cmp.Compare(b.score, a.score) })
	return slices.DeleteFunc(hits, func(h Hit) bool { return h.score < farBehind*hits[0].score })
}

// searchDoc is what an entry says, in lower-case stems.
type searchDoc struct {
	hit Hit
	// words have the weight of the most telling text that has them: the name
	// before what logs show, and that before explanations.
	words map[string]float64
	// phrases are what people call it.
	phrases [][]string
}

func newIndex(c *patterns.Catalog) *index {
	ix := &index{in: map[string]int{}}
	add := func(kind, id, title string, phrases []string, says, prose string) {
		d := searchDoc{hit: Hit{Kind: kind, ID: id, Title: title}, words: map[string]float64{}}
		for _, phrase := range append(phrases, title, strings.ReplaceAll(id, "-", " ")) {
			d.phrases = append(d.phrases, searchWords(phrase))
		}
		named := append([]string{id, title}, phrases...)
		for i, text := range []string{strings.Join(named, " "), says, prose} {
			for _, word := range searchWords(text) {
				d.words[word] = max(d.words[word], [...]float64{1, 0.75, 0.5}[i])
			}
		}
		for word := range d.words {
			ix.in[word]++
		}
		ix.docs = append(ix.docs, d)
	}
	for i := range c.Causes {
		cause := &c.Causes[i]
		add("cause", cause.ID, cause.Title, cause.Phrases, cause.Summary, cause.Explain+" "+cause.FirstCheck+" "+cause.Fix.Text)
	}
	for i := range c.Symptoms {
		if s := &c.Symptoms[i]; s.Kind != patterns.KindContext {
			add("symptom", s.ID, s.Title, nil, printed(s.Match), s.Meaning)
		}
	}
	for i := range c.Facts {
		f := &c.Facts[i]
		add("fact", f.ID, f.Title, nil, strings.Join(f.Values, " "), f.Ask+" "+f.How)
	}
	return ix
}

// printed is what matchers recognise.
func printed(matchers []patterns.Matcher) string {
	var b strings.Builder
	for _, m := range matchers {
		b.WriteString(m.Literal + " " + strings.Join(m.Examples, " ") + " ")
	}
	return b.String()
}

// score is the share of the words that the entry has, rare words counting more,
// or how alike the text is to a phrase of the entry, whichever is more.
func (d *searchDoc) score(asked []string, weigh func(string) float64) float64 {
	all, has := 0.0, 0.0
	for _, word := range asked {
		all += weigh(word)
		has += weigh(word) * d.words[word]
	}
	if all == 0 {
		return 0
	}
	best := has / all
	for _, phrase := range d.phrases {
		both, either := 0.0, all
		for _, word := range phrase {
			either += weigh(word)
			if slices.Contains(asked, word) {
				both += 2 * weigh(word)
			}
		}
		const phraseCounts = 1.3
		best = max(best, phraseCounts*both/either)
	}
	return best
}

// isBlank tells whether a character stands between words.
func isBlank(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '_' }

// searchWords are the words of a text that tell something, as stems, each once.
// The name of a variable is one word, and its parts are others.
func searchWords(text string) []string {
	var found []string
	add := func(word string) {
		stem := stem(word)
		if len(stem) > 1 && !slices.Contains(commonWords, word) && !slices.Contains(found, stem) {
			found = append(found, stem)
		}
	}
	for _, word := range strings.FieldsFunc(strings.ToLower(text), isBlank) {
		word = strings.Trim(word, "_")
		if strings.Contains(word, "_") {
			add(word)
		}
		for part := range strings.SplitSeq(word, "_") {
			add(part)
		}
	}
	return found
}

// commonWords tell nothing.
var commonWords = strings.Fields("the an and or of to in is are was for on at by it its this that with from not no be has have npm error errors err code why what how doe do my your you we can cannot could when get got if does did but")

// synonyms are words that people and tools use for the same thing, as stems.
var synonyms = map[string]string{
	"deni": "permission", "denied": "permission", "forbidden": "permission", "permit": "permission", "rights": "permission",
	"unauthoriz": "unauthorized", "unauthoris": "unauthorized", "401": "unauthorized",
	"404": "found", "missing": "miss", "absent": "miss",
	"2fa": "otp", "mfa": "otp", "timeout": "timed", "timedout": "timed", "outdat": "old", "obsolete": "old",
}

// stem cuts the endings of English words, so that "denied" and "denies", or
// "permission" and "permissions" are one word.
func stem(word string) string {
	if s, ok := synonyms[word]; ok {
		return s
	}
	for _, ending := range []string{"ing", "ies", "ied", "es", "ed", "s"} {
		if rest, ok := strings.CutSuffix(word, ending); ok && len(rest) > 3 {
			if ending == "ies" || ending == "ied" {
				rest += "i"
			}
			word = rest
			break
		}
	}
	word = strings.TrimSuffix(word, "e")
	if s, ok := synonyms[word]; ok {
		return s
	}
	return word
}
