package document

// Terminal is the document as Markdown: a browser has no terminal, and its
// program does without what terminals need.
func (d Document) Terminal(TerminalOptions) string { return d.Markdown(0) }
