"""Files that the guide for authors writes out, for tests of what it says of them."""

import re

from compliance.questionnaire.edition_folder import editions_folder

GUIDE = (editions_folder() / "README.md").read_text(encoding="utf-8")


def guide_file(name: str) -> str:
    """The text of a YAML file in the guide, under a first line with its name."""
    (text,) = re.findall(rf"^```yaml\n# {re.escape(name)}\n(.*?)^```", GUIDE, re.MULTILINE | re.DOTALL)
    return str(text)
