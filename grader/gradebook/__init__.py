"""What has been graded: every result, in a database."""
