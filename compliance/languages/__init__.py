"""What the tool says, in the reader's language: catalogues, the language now spoken, numbers, dates, words for ids."""
