"""XLSForm, the spreadsheet format of ODK and KoboToolbox: editions out and in, and collected answers in.

Here: all that knows the format. Not here: scoring of what was collected (it becomes an ordinary answers file).
Start with `form_export` (edition to form), `form_import` (form to draft) or `submission_import` (answers).
pyxform, the reference reader of XLSForms, is an optional extra; it decides what is a valid form.
"""
