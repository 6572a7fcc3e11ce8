"""Languages: how the tool speaks to people in their languages.

Here: messages (gettext), labels for ids, formats of numbers, dates and lists, and the extraction of messages. Not here:
translations of questions and law (`questionnaire.locales`), and sentences about a number (`narrative`). Start with
`interface_messages`. The .po files are in `compliance/translations`.
"""
