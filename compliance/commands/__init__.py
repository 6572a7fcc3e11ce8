"""The commands of the command line, one module for each subject; `compliance.cli` puts them together.

What several of them use:

    answers     answers files, as every command takes them
    tables      results as CSV, Excel or JSON files
    language    the language of what is said, and of the edition
    progress    how far long work has come
    failure     how a command ends that cannot go on
    words       words that several commands say
"""
