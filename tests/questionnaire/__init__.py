"""Questionnaires: editions, law, conditions, answers."""
