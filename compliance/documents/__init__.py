"""The texts of codes and policies: read from files, cut into passages, compared between versions, searched.

Belongs: what a file says, by page, heading and paragraph with anchors that stay; which passages of a version are in
the next; which passages bear on an element of a question. Does not: keeping files and marks (`store`), sentences about
what was refused (`narrative`), pages (`web`). No Flask, no database, no clock. Start with `extraction.extract`; hostile
files are opened in a process of their own (`reader_process`), which alone imports the readers, `*_reader`.
"""
