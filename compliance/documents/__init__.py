"""The texts of codes and policies: read from files, split into passages, compared between versions, searched.

Here: the text of a file, by page, heading and paragraph, with stable anchors; which passages of a version are in the
next; which passages are relevant for an element of a question. Not here: storing files and marks (`store`), sentences
about refusals (`narrative`), pages (`web`). No Flask, no database, no clock. Start with `extraction.extract`. Files may
be hostile, so they are opened in a separate process (`reader_process`), which alone imports the readers, `*_reader`.
"""
