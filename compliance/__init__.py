"""Article 34: codes of conduct measured against children's law.

The rooms, lowest first. A room imports only from lines above its own; import-linter checks it:

    package_data, atomic_write   data folders that ship with the code; files written whole or not at all
    identity                     when two companies look the same                      pure
    questionnaire                what is asked, and why                                pure
    scoring                      how answers become scores                             pure
    documents                    reading and searching documents                       pure
    store                        the database, and all queries
    statistics, improvement      comparisons of companies; the plan to the next band   pure
    languages                    messages, labels and formats, by language
    disclosure                   what may be published                                 pure
    narrative                    every sentence about a number                         pure
    publication                  closes a period: from the store to published figures
    workbook                     Excel, out and in
    demonstration                invented companies
    company_lists, frames        lists of companies; data frames for analysts (pandas)
    web                          pages
    authoring, xlsform           drafts and translators' workbooks; forms for ODK and KoboToolbox
    commands                     the command line
    cli                          puts the commands together

The pure rooms import neither Flask, WTForms nor SQLAlchemy, and read no clock and no settings. Importing this package
imports none of the rooms.
"""
