"""The commands of the command line, one module for each subject; `compliance.cli` puts them together.

answers     answers files, as every command takes them
failure     how a command ends that cannot go on
…           the others are called as their commands
"""
