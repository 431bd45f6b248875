"""One question, asked in this process: by the child of a student's code, by the key maker of a reference."""
