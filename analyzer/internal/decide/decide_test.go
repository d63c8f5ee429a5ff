package decide

import (
	"slices"
	"testing"

	"github.com/pubmortem/pubmortem/analyzer/internal/facts"
	"github.com/pubmortem/pubmortem/analyzer/report"
	"github.com/pubmortem/pubmortem/patterns"
)

func is(fact string, values ...string) patterns.Cond {
	return patterns.Cond{Fact: fact, Op: patterns.OpIs, Values: values}
}

func older(v string) patterns.Cond {
	return patterns.Cond{Fact: "npm.version", Op: patterns.OpRange, Values: []string{v}}
}

func catalog() *patterns.Catalog {
	return &patterns.Catalog{
		Facts: []patterns.FactDef{
			{ID: "npm.version", Type: patterns.TypeVersion, Scope: patterns.ScopeRun, Ask: "Which npm?", Cost: 1},
			{ID: "token.kind", Type: patterns.TypeEnum, Scope: patterns.ScopeRun, Ask: "Which token?", Cost: 2},
			{ID: "exists", Type: patterns.TypeBool, Scope: patterns.ScopeRun, Ask: "Does it exist?", Cost: 3},
		},
		Causes: []patterns.Cause{{ID: "old"}, {ID: "token"}, {ID: "publisher"}, {ID: "new"}, {ID: "outage"}},
		Rows: []patterns.Row{
			{ID: "old", Symptoms: []string{"put"}, When: []patterns.Cond{older("< 11.5.0"), is("token.kind", "absent")}, Cause: "old", Confidence: "certain", Prior: 54},
			{ID: "token", Symptoms: []string{"put"}, When: []patterns.Cond{is("token.kind", "secret")}, Cause: "token", Confidence: "likely", Prior: 55},
			{ID: "publisher", Symptoms: []string{"put"}, When: []patterns.Cond{older(">= 11.5.0")}, Cause: "publisher", Confidence: "likely", Prior: 60},
			{ID: "publisher-weak", Symptoms: []string{"put"}, Cause: "publisher", Confidence: "possible", Prior: 10},
			{ID: "new", Symptoms: []string{"put"}, When: []patterns.Cond{is("exists", "false")}, Cause: "new", Confidence: "likely", Prior: 20},
			{ID: "outage", Symptoms: []string{"exists"}, Seen: []string{"5xx"}, Cause: "outage", Confidence: "likely", Prior: 90},
			{ID: "no-outage", Symptoms: []string{"exists"}, Unless: []string{"5xx"}, Cause: "new", Confidence: "certain", Prior: 80},
		},
	}
}

func known(t *testing.T, values map[string]string) *facts.Store {
	t.Helper()
	s := facts.New(catalog())
	for id, v := range values {
		s.Add(facts.Reading{Fact: id, Value: v, Origin: report.FromUser, Job: facts.Anywhere, Step: facts.Anywhere})
	}
	return s
}

func TestDecide(t *testing.T) {
	tests := []struct {
		name     string
		symptoms []string
		seen     []string
		facts    map[string]string
		want     []string // row/confidence
	}{
		{"nothing known: by prior", []string{"put"}, nil, nil, []string{"publisher/possible", "token/possible", "old/possible", "new/possible"}},
		{"a settled row first", []string{"put"}, nil, map[string]string{"token.kind": "secret"}, []string{"token/likely", "publisher/possible", "new/possible"}},
		{"more conditions before fewer", []string{"put"}, nil, map[string]string{"token.kind": "absent", "npm.version": "10.8.2", "exists": "false"}, []string{"old/certain", "new/likely", "publisher-weak/possible"}},
		{"conditions that hold lift a possible one", []string{"put"}, nil, map[string]string{"token.kind": "absent"}, []string{"old/possible", "publisher/possible", "new/possible"}},
		{"seen and unless", []string{"exists"}, []string{"5xx"}, nil, []string{"outage/likely"}},
		{"unless", []string{"exists"}, nil, nil, []string{"no-outage/certain"}},
		{"no row", []string{"other"}, nil, nil, nil},
	}
	for _, tt := range tests {
		c := Case{Symptoms: tt.symptoms, Seen: map[string]bool{}}
		for _, s := range tt.seen {
			c.Seen[s] = true
		}
		var got []string
		for _, cand := range New(catalog()).Decide(c, known(t, tt.facts)) {
			got = append(got, cand.Row.ID+"/"+string(cand.Confidence))
		}
		if !slices.Equal(got, tt.want) {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
}

func TestAsk(t *testing.T) {
	store := known(t, nil)
	table, c := New(catalog()), Case{Symptoms: []string{"put"}}
	q := table.Ask(c, table.Decide(c, store), store)
	if q == nil || q.Fact != "npm.version" || len(q.Answers) != 2 {
		t.Fatalf("question = %+v", q)
	}
	if q.Answers[1] != (report.Answer{Value: "< 11.5.0", Cause: "old"}) {
		t.Errorf("answers = %+v", q.Answers)
	}
	store = known(t, map[string]string{"token.kind": "absent", "npm.version": "10.8.2"})
	if q := table.Ask(c, table.Decide(c, store), store); q != nil {
		t.Errorf("question after a certain diagnosis: %+v", q)
	}
}
