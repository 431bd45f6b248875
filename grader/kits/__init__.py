"""What is handed out: a student's kit, the wheel's, Gradescope's."""
