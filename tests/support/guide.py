"""Files that the guide for authors prints in full, for tests of what the guide says about them."""

import re

from compliance.questionnaire.edition_folder import editions_folder

GUIDE = (editions_folder() / "README.md").read_text(encoding="utf-8")


def guide_file(name: str) -> str:
    """Return the text of a YAML file in the guide, whose first line is a comment with its name."""
    (text,) = re.findall(rf"^```yaml\n# {re.escape(name)}\n(.*?)^```", GUIDE, re.MULTILINE | re.DOTALL)
    return str(text)
