"""Article 34: codes of conduct held against children's law.

The rooms, and who may import whom (a test holds the arrows):

    questionnaire   what is asked, and why                    pure
    scoring         what it is worth                          pure -> questionnaire
    benchmark       where one stands                          pure -> scoring, questionnaire
    languages       how it is said in each language           -> scoring, questionnaire
    findings        what the numbers say, in sentences        -> languages, benchmark, and the pure rooms
    store           what is kept                              -> scoring, questionnaire
    workbook        Excel in and out                          -> findings, languages, benchmark, and the pure rooms
    xlsform         forms for ODK and KoboToolbox             -> workbook, languages, questionnaire
    publishing      a period closed: the kept becomes public  -> store, benchmark
    demonstration   invented companies                        -> publishing, store, and the pure rooms
    web             what people see                           -> every room above
    authoring       what authors of editions do               -> web, and every room above
    commands        what the command line does                -> every room above; cli puts them together

The three pure rooms import neither Flask, WTForms nor SQLAlchemy, and read no
clock and no settings. Importing this package imports none of the rooms.
"""
