"""XLSForm, the spreadsheet format of ODK and KoboToolbox: export and import of editions, and import of answers.

Here: everything that knows the format. Not here: scoring of collected answers, which become an ordinary answers file.
Start with `form_export` (edition to form), `form_import` (form to draft) or `submission_import` (answers). pyxform, the
reference reader of XLSForms, is an optional extra. It decides what is a valid form.
"""
