"""Excel workbooks, written and read back: the live scorecard, the sector list, report tables, translators' workbooks.

Here: one writer, one reader, formulas, and the contents of each sheet. Not here: sentences about numbers (`narrative`),
arithmetic (`scoring`; this room only repeats it as formulas), anything about the web or the database.
Start with `scorecard_workbook`, then `scorecard_layout` (which cell holds what) and `score_formulas`; for returned
workbooks, with `scorecard_import`.
"""
