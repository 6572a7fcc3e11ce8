"""Article 34: codes of conduct measured against children's law.

The rooms, from the ground up; imports point down only, and a test holds it:

    package_data, atomic_write   folders that ship with the code; files written whole or not at all
    questionnaire   what is asked, and why                     pure
    scoring         what it is worth                           pure -> questionnaire
    store           what is kept; the only queries             -> scoring, questionnaire
    statistics      where a company stands                     pure -> scoring
    improvement     the plan to the next band                  pure -> scoring
    languages       messages, labels and formats by language   -> scoring, questionnaire
    disclosure      what may be published                      pure -> statistics
    narrative       every sentence about a number              -> disclosure, and all below
    workbook        Excel out and in                           -> narrative, and all below
    demonstration   invented companies                         -> disclosure, store, and the pure rooms
    xlsform         forms for ODK and KoboToolbox              -> workbook, languages, questionnaire
    web             what people see                            -> every room above it in this list
    authoring       drafts, translators' workbooks             -> workbook, web
    commands, cli   the command line                           -> everything

The pure rooms import neither Flask, WTForms nor SQLAlchemy, and read no
clock and no settings. Importing this package imports none of the rooms.
"""
