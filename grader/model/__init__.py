"""What everybody speaks of: values, questions, keys, results, and how they are written down."""
