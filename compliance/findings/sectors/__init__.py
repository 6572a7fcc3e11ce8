"""Every sentence about the published figures of sectors, each with the rule by which it is true.

Here: kinds of sentence (subclasses of `Sentence`), and the choice of what a page says. Not here: how figures are made
(`benchmark`), and how a page is laid out (`web`). Begin with `truth`, then `page`.
"""
