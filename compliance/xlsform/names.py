"""What ids are called in a form, and back.

A name in a form is a letter or underscore, then letters, digits and underscores: that is what every tool that reads
XLSForms takes (full stops have broken forms in browsers, hyphens part groups in exports). Ids have no capital
letters, so capitals are free to stand for what a name cannot hold, and for what a form has beside the edition's ids.
"""

import re
from urllib.parse import quote, unquote

from compliance.questionnaire.edition import PROFILE

#: Beside the ids of the edition: who answers, which edition, and the group of the profile.
COMPANY, EDITION, PROFILE_GROUP = "COMPANY", "EDITION", "PROFILE"
#: Behind the name of a question: why it does not apply, what shows it, whether it is out of the conditions below;
#: behind the name of a requirement: what law expects.
REASON, EVIDENCE, OUT, EXPECTS = "_REASON", "_EVIDENCE", "_OUT", "_EXPECTS"

_FIRST = "N"  # before a name that could not begin so, or that forms keep for themselves
_HYPHEN, _UNDERSCORE = "H", "U"
_KEPT = ("meta", "model")  # pyxform keeps the first; Enketo cannot submit a form with the second


def name_of(some_id: str) -> str:
    """The name of an id: `r02.code` is `r02__code`, and no other id has that name."""
    name = re.sub(r"(?<=[._])_|_(?=[._])", _UNDERSCORE, some_id).replace("-", _HYPHEN).replace(".", "__")
    return _FIRST + name if name in _KEPT or not re.match("[a-z_]", name) else name


def id_of(name: str) -> str:
    """The id that `name_of` gave that name."""
    plain = name.removeprefix(_FIRST).replace("__", ".")
    return plain.replace(_HYPHEN, "-").replace(_UNDERSCORE, "_")


def profile_name(field: str) -> str:
    """The name of a profile field: its column in an answers file, as an id."""
    return name_of(PROFILE + field)


def choice_of(value: str) -> str:
    """A value of a profile field as the name of a choice, which holds no blank: `not yet` is `not%20yet`."""
    return quote(value, safe="")


def value_of(choice: str) -> str:
    """The value that `choice_of` gave that name."""
    return unquote(choice)
