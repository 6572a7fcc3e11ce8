"""Excel workbooks, out and in: the live scorecard, the sector list, report tables and translators' workbooks.

Here: one writer, one reader, formulas, and what each sheet holds. Not here: sentences about numbers (`narrative`),
arithmetic (`scoring`; this room only repeats it as formulas), anything of the web or the database.
Start with `scorecard_workbook`, then `scorecard_layout` (which cell holds what) and `score_formulas`; for what comes
back, with `scorecard_import`.
"""
