"""The questionnaire: what is asked, and why. Pure; needs no NumPy.

Here: the data model, reading and checking editions and law, cuts of editions, answers as values and as files, routing,
mapping answers between editions, translations of content, and search. Not here: points and scores (`scoring`), words
for people (`languages`, `narrative`), Excel and ODK files (`workbook`, `xlsform`).
Start with `edition` (the model) and `answers`, then `loader` (from a folder to an edition) and `routing`.
"""
