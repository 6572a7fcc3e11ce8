"""What is asked, and why: editions, law, conditions, answers."""
