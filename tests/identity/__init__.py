"""Whether two companies look like the same one: names, web domains, LEIs."""
