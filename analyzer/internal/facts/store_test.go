package facts

import (
	"testing"

	"github.com/pubmortem/pubmortem/analyzer/internal/version"
	"github.com/pubmortem/pubmortem/analyzer/report"
	"github.com/pubmortem/pubmortem/patterns"
)

func catalog() *patterns.Catalog {
	return &patterns.Catalog{
		Facts: []patterns.FactDef{
			{ID: "npm.version", Type: patterns.TypeVersion, Scope: patterns.ScopeJob},
			{ID: "node.version", Type: patterns.TypeVersion, Scope: patterns.ScopeJob},
			{ID: "token.kind", Type: patterns.TypeEnum, Values: []string{"secret", "placeholder", "absent"}, Scope: patterns.ScopeStep},
			{ID: "id-token", Type: patterns.TypeEnum, Values: []string{"granted", "missing"}, Scope: patterns.ScopeJob},
			{ID: "oidc.intended", Type: patterns.TypeBool, Scope: patterns.ScopeRun},
			{ID: "oidc.exchange", Type: patterns.TypeEnum, Scope: patterns.ScopeAttempt},
		},
		Inferences: []patterns.Inference{
			{When: []patterns.Cond{{Fact: "node.version", Op: patterns.OpRange, Values: []string{">= 24.5.0"}}}, Fact: "npm.version", Value: ">= 11.5.1"},
			{When: []patterns.Cond{{Fact: "node.version", Op: patterns.OpRange, Values: []string{">= 22.0.0", "< 23.0.0"}}}, Fact: "npm.version", Value: ">= 10.5.0, < 11.0.0"},
			{When: []patterns.Cond{
				{Fact: "id-token", Op: patterns.OpIs, Values: []string{"granted"}},
				{Fact: "token.kind", Op: patterns.OpIs, Values: []string{"absent", "placeholder"}},
			}, Fact: "oidc.intended", Value: "true"},
		},
	}
}

func logged(fact, value string, rank, job, step, seq int, scope patterns.Scope) Reading {
	return Reading{Fact: fact, Value: value, Origin: report.FromLog, Rank: rank, Job: job, Step: step, Seq: seq, Scope: scope, Where: "job:1"}
}

func TestLookup(t *testing.T) {
	user := Reading{Fact: "npm.version", Value: "12", Origin: report.FromUser, Job: Anywhere, Step: Anywhere}
	here := Place{Job: 0, Step: 2, First: 10, Last: 20}
	tests := []struct {
		name     string
		readings []Reading
		fact     string
		want     string // empty: unknown
	}{
		{"nothing", nil, "npm.version", ""},
		{"printed at set-up", []Reading{logged("npm.version", "10.8.2", 20, 0, 1, 3, "")}, "npm.version", "10.8.2"},
		{"an upgrade wins over set-up", []Reading{logged("npm.version", "10.8.2", 20, 0, 0, 3, ""), logged("npm.version", "11.6.2", 60, 0, 1, 5, "")}, "npm.version", "11.6.2"},
		{"the later of two equals", []Reading{logged("npm.version", "11.6.2", 60, 0, 1, 5, ""), logged("npm.version", "11.7.0", 60, 0, 1, 7, "")}, "npm.version", "11.7.0"},
		{"another job's does not count", []Reading{logged("npm.version", "10.8.2", 20, 1, 1, 3, "")}, "npm.version", ""},
		{"wording narrows", []Reading{logged("npm.version", ">= 10.6.0", 100, 0, 2, 11, patterns.ScopeStep), logged("npm.version", "< 11.5.0", 100, 0, 2, 12, patterns.ScopeStep)}, "npm.version", ">= 10.6.0, < 11.5.0"},
		{"an exact version inside the wording", []Reading{logged("npm.version", "< 11.5.0", 100, 0, 2, 12, patterns.ScopeStep), logged("npm.version", "10.8.2", 20, 0, 0, 3, "")}, "npm.version", "10.8.2"},
		{"wording overrules set-up", []Reading{logged("npm.version", ">= 11.5.0", 100, 0, 2, 12, patterns.ScopeStep), logged("npm.version", "10.8.2", 20, 0, 0, 3, "")}, "npm.version", ">= 11.5.0"},
		{"another step's wording does not count", []Reading{logged("npm.version", "< 11.5.0", 100, 0, 1, 12, patterns.ScopeStep)}, "npm.version", ""},
		{"a person's word wins", []Reading{logged("npm.version", "10.8.2", 20, 0, 1, 3, ""), user}, "npm.version", ">= 12.0.0, < 13.0.0"},
		{"inferred from node", []Reading{logged("node.version", "22.14.0", 40, 0, 1, 3, "")}, "npm.version", ">= 10.5.0, < 11.0.0"},
		{"inference yields to a reading", []Reading{logged("node.version", "22.14.0", 40, 0, 1, 3, ""), logged("npm.version", "11.6.2", 60, 0, 1, 5, "")}, "npm.version", "11.6.2"},
		{"inference through two facts", []Reading{logged("id-token", "granted", 100, 0, 2, 11, ""), logged("token.kind", "absent", 0, 0, 2, 10, "")}, "oidc.intended", "true"},
		{"an attempt's fact stays in it", []Reading{logged("oidc.exchange", "ok", 100, 0, 2, 25, "")}, "oidc.exchange", ""},
		{"an attempt's own fact", []Reading{logged("oidc.exchange", "ok", 100, 0, 2, 15, "")}, "oidc.exchange", "ok"},
		{"unreadable versions say nothing", []Reading{logged("npm.version", "latest", 60, 0, 1, 3, "")}, "npm.version", ""},
	}
	for _, tt := range tests {
		s := New(catalog())
		for _, r := range tt.readings {
			s.Add(r)
		}
		k, ok := s.Lookup(tt.fact, here)
		if ok != (tt.want != "") || k.Value != tt.want {
			t.Errorf("%s: %q, %v; want %q", tt.name, k.Value, ok, tt.want)
		}
	}
}

// An upgrade makes what was read before it past: a sequence is no conflict.
func TestVersionsFollowTime(t *testing.T) {
	upgrade := logged("npm.version", ">= 11.5.1", 60, 0, 1, 5, "")
	upgrade.Change = true
	tests := []struct {
		name     string
		readings []Reading
		last     int
		want     string
	}{
		{"before the upgrade", []Reading{logged("npm.version", "10.8.2", 20, 0, 0, 3, ""), upgrade}, 4, "10.8.2"},
		{"after it", []Reading{logged("npm.version", "10.8.2", 20, 0, 0, 3, ""), upgrade}, 20, ">= 11.5.1"},
		{"printed after it", []Reading{logged("npm.version", "10.8.2", 20, 0, 0, 3, ""), upgrade, logged("npm.version", "11.6.2", 40, 0, 1, 7, "")}, 20, "11.6.2"},
		{"not what Node.js brings along", []Reading{logged("node.version", "22.14.0", 40, 0, 0, 2, ""), upgrade}, 20, ">= 11.5.1"},
	}
	for _, tt := range tests {
		s := New(catalog())
		for _, r := range tt.readings {
			s.Add(r)
		}
		if k, _ := s.Lookup("npm.version", Place{Job: 0, Step: 2, Last: tt.last}); k.Value != tt.want || k.Contradicts != "" {
			t.Errorf("%s: %q against %q, want %q", tt.name, k.Value, k.Contradicts, tt.want)
		}
	}
}

func TestContradictionIsShown(t *testing.T) {
	s := New(catalog())
	s.Add(logged("npm.version", ">= 11.5.0", 100, 0, 2, 12, patterns.ScopeStep))
	s.Add(logged("npm.version", "10.8.2", 20, 0, 0, 3, ""))
	k, _ := s.Lookup("npm.version", Place{Job: 0, Step: 2, Last: 20})
	if k.Contradicts != "10.8.2 (job:1)" {
		t.Errorf("Contradicts = %q", k.Contradicts)
	}
}

// Facts about npm do not describe a tool that brings its own client.
func TestOwnClient(t *testing.T) {
	s := New(catalog())
	s.Add(logged("npm.version", "10.8.2", 20, 0, 0, 3, ""))
	if k, ok := s.Lookup("npm.version", Place{Job: 0, Step: 2, Last: 20, Tool: &patterns.Tool{LocalFacts: []string{NpmVersion}}}); ok {
		t.Errorf("npm.version = %q, want unknown", k.Value)
	}
}

func TestEval(t *testing.T) {
	s := New(catalog())
	s.Add(logged("npm.version", ">= 10.6.0, < 12.0.0", 100, 0, 2, 12, patterns.ScopeStep))
	s.Add(logged("token.kind", "placeholder", 40, 0, 2, 9, ""))
	tests := []struct {
		cond patterns.Cond
		want version.Tri
	}{
		{patterns.Cond{Fact: "npm.version", Op: patterns.OpRange, Values: []string{"< 11.5.0"}}, version.Unknown},
		{patterns.Cond{Fact: "npm.version", Op: patterns.OpRange, Values: []string{"< 12.0.0"}}, version.True},
		{patterns.Cond{Fact: "npm.version", Op: patterns.OpRange, Values: []string{">= 12.0.0"}}, version.False},
		{patterns.Cond{Fact: "token.kind", Op: patterns.OpIs, Values: []string{"absent", "placeholder"}}, version.True},
		{patterns.Cond{Fact: "token.kind", Op: patterns.OpIs, Values: []string{"secret"}}, version.False},
		{patterns.Cond{Fact: "token.kind", Op: patterns.OpNot, Values: []string{"secret"}}, version.True},
		{patterns.Cond{Fact: "id-token", Op: patterns.OpNot, Values: []string{"missing"}}, version.Unknown},
		{patterns.Cond{Fact: "no.such", Op: patterns.OpIs, Values: []string{"x"}}, version.Unknown},
	}
	for _, tt := range tests {
		if got, _ := s.Eval(tt.cond, Place{Job: 0, Step: 2, First: 10, Last: 20}); got != tt.want {
			t.Errorf("%+v = %v, want %v", tt.cond, got, tt.want)
		}
	}
}
