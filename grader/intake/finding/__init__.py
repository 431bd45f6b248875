"""Which file of a submission is a topic's, whatever it is called."""
