"""The gradebook: what became of every submission, kept so that nothing is graded twice and nothing is lost."""
