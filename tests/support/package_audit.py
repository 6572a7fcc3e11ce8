"""Check packages for known flaws: `python -m tests.support.package_audit PIP-AUDIT …`, or `make audit-packages`.

pip-audit reports a package that its service does not know as one without flaws, and ends with a traceback if the
service cannot be reached. Here "no known flaw" is said only of packages that were compared.

Exit code 0: none has a known flaw. 1: some have. 2: some were not compared.
"""

import json
import subprocess
import sys
from typing import Any

#: Our own package is in no index. A package with this name there would be somebody else's.
OURS = "article34"


def audit(command: list[str]) -> tuple[int, list[str]]:
    """Run pip-audit with a JSON report. Return the exit code, and the lines to print."""
    try:
        run = subprocess.run(command, capture_output=True, text=True)
        packages = json.loads(run.stdout)["dependencies"]
    except OSError as fault:
        return 2, [f"Nothing was compared, as pip-audit does not start: {fault}."]
    except (ValueError, KeyError, TypeError):
        said = [line.strip() for line in run.stderr.splitlines() if line.strip()]
        return 2, [
            "Nothing was compared: pip-audit was not there, or the service of known flaws gave no answer.",
            *said[-1:],
            "Try again where the service can be reached. Until then, nothing is known of these packages.",
        ]
    return _judged([each for each in packages if each["name"] != OURS])


def _judged(packages: list[dict[str, Any]]) -> tuple[int, list[str]]:
    skipped = [f"{each['name']}: not compared. {each['skip_reason']}" for each in packages if "skip_reason" in each]
    flaws = [_flaw(each, flaw) for each in packages for flaw in each.get("vulns", ())]
    compared = len(packages) - len(skipped)
    flawed = sum(bool(each.get("vulns")) for each in packages)
    summary = f"{compared} of {len(packages)} packages were compared; {flawed or 'none'} of them with a known flaw."
    complete = packages and not skipped
    return (1 if flaws else 0 if complete else 2), [*skipped, *flaws, summary]


def _flaw(package: dict[str, Any], flaw: dict[str, Any]) -> str:
    mended = ", ".join(flaw["fix_versions"])
    names = ", ".join([flaw["id"], *flaw["aliases"]])
    return f"{package['name']} {package['version']}: {names}; {f'mended in {mended}' if mended else 'not mended yet'}"


def main() -> None:
    """Check the packages, print the result, and exit with the exit code."""
    code, lines = audit(sys.argv[1:])
    print("\n".join(lines))
    sys.exit(code)


if __name__ == "__main__":
    main()
