"""autograder.zip for Gradescope: the grader, an answer key, and the two scripts that run it there. No page is in it."""
