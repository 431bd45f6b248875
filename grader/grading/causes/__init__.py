"""What is behind a failure, where exception and source tell."""
