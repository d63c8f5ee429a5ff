package catalog

import (
	"cmp"
	"slices"
	"strings"
	"unicode"

	"github.com/pubmortem/pubmortem/patterns"
)

// Hit is an entry that a search found.
type Hit struct {
	// Kind is symptom, fact or cause; rows are found through their cause.
	Kind  string
	ID    string
	Title string
	// Score orders hits, higher is better; it has no unit.
	Score float64
}

// Search finds the entries that speak of a text: words of an error message, or
// of a question. Best hits come first; those that are far behind the best one
// are left out, and so are all when no two of the words (or the only one) are
// known. It needs no index: a catalog has some hundred entries.
func Search(c *patterns.Catalog, text string) []Hit {
	words := searchWords(text)
	if len(words) == 0 {
		return nil
	}
	docs := documents(c)
	weights := rarity(docs, words)
	var hits []Hit
	for _, d := range docs {
		if score := d.score(words, weights); score > 0 {
			hits = append(hits, Hit{d.kind, d.id, d.title, score})
		}
	}
	slices.SortStableFunc(hits, func(a, b Hit) int { return cmp.Compare(b.Score, a.Score) })
	if len(hits) == 0 {
		return nil
	}
	const farBehind = 0.5
	end := slices.IndexFunc(hits, func(h Hit) bool { return h.Score < farBehind*hits[0].Score })
	if end < 0 {
		end = len(hits)
	}
	return hits[:end]
}

// document is what an entry says, in lower-case stems: by name, then by what
// logs and people say of it.
type document struct {
	kind, id, title string
	// fields from the most to the least telling: id and title, printed text,
	// prose.
	fields [3]map[string]bool
}

var fieldWeight = [3]float64{3, 2, 1}

func documents(c *patterns.Catalog) []document {
	var docs []document
	for i := range c.Symptoms {
		s := &c.Symptoms[i]
		if s.Kind != patterns.KindContext {
			docs = append(docs, newDocument("symptom", s.ID, s.Title, printed(s.Match), s.Meaning))
		}
	}
	for i := range c.Causes {
		cause := &c.Causes[i]
		docs = append(docs, newDocument("cause", cause.ID, cause.Title, cause.Summary, cause.Explain+" "+cause.FirstCheck+" "+cause.Fix.Text))
	}
	for i := range c.Facts {
		f := &c.Facts[i]
		docs = append(docs, newDocument("fact", f.ID, f.Title, strings.Join(f.Values, " "), f.Ask+" "+f.How))
	}
	return docs
}

func printed(matchers []patterns.Matcher) string {
	var b strings.Builder
	for _, m := range matchers {
		b.WriteString(m.Literal + " " + strings.Join(m.Examples, " ") + " ")
	}
	return b.String()
}

func newDocument(kind, id, title, says, prose string) document {
	d := document{kind: kind, id: id, title: title}
	for i, text := range []string{id + " " + title, says, prose} {
		d.fields[i] = map[string]bool{}
		for _, word := range searchWords(text) {
			d.fields[i][word] = true
		}
	}
	return d
}

// has is the weight of the best field that has a word, 0 when none has.
func (d *document) has(word string) float64 {
	for i, field := range d.fields {
		if field[word] {
			return fieldWeight[i]
		}
	}
	return 0
}

// rarity weighs each word: one that few entries have tells more.
func rarity(docs []document, words []string) map[string]float64 {
	weights := map[string]float64{}
	for _, word := range words {
		n := 0
		for i := range docs {
			if docs[i].has(word) > 0 {
				n++
			}
		}
		if n > 0 {
			weights[word] = float64(len(docs)) / float64(len(docs)+10*n)
		}
	}
	return weights
}

// score adds up the words that an entry has; most of the known ones must be
// there. Entries with all of them count twice.
func (d *document) score(words []string, weights map[string]float64) float64 {
	score, found := 0.0, 0
	for _, word := range words {
		if w := d.has(word); w > 0 {
			score += w * weights[word]
			found++
		}
	}
	switch {
	case found == len(words):
		return 2 * score
	case found < 2 || 2*found < len(weights):
		return 0
	}
	return score
}

// searchWords are the words of a text that tell something, as stems, each once.
func searchWords(text string) []string {
	split := func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }
	var words []string
	for _, word := range strings.FieldsFunc(strings.ToLower(text), split) {
		word = stem(word)
		if len(word) > 1 && !slices.Contains(commonWords, word) && !slices.Contains(words, word) {
			words = append(words, word)
		}
	}
	return words
}

// commonWords tell nothing, as stems.
var commonWords = strings.Fields("the an and or of to in is are was for on at by it this that with from not no be has have npm error err code why what how doe my can cannot")

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
			word = strings.TrimSuffix(rest, "e")
			break
		}
	}
	if s, ok := synonyms[word]; ok {
		return s
	}
	return word
}
