"""What is kept, by whom, and that nothing is lost."""
