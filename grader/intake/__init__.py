"""What students hand in and learning systems deliver, read from memory and within caps."""
