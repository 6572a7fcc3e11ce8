"""XLSForm, the spreadsheet that ODK and KoboToolbox collect with: editions out and in, and collected answers in."""
