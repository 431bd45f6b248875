"""What is made for students: notebooks, from stubs."""
