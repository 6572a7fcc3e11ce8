"""Compare the behaviour of two commits: `python -m tests.support.compare_commits BASE [HEAD]`.

For a change that moves, merges or renames code and must not change anything else. Each commit is checked out into its
own folder and run through its command line and its web server, never through its modules, as a refactoring may rename
them. It compares `compliance score` and `explain` on all three bases, scorecard workbooks and forms for ODK, for both
golden companies, the editions in `questionnaires/` and every edition of the tests with random answers. It also compares
every message of every language, and each page and file that a visitor and each role of the demonstration reach by
links.

Prints the differences, and exits with 1 if there are any. Without HEAD the working tree is compared with BASE.
"""

import argparse
import csv
import io
import os
import re
import subprocess
import sys
import tempfile
import time
import zipfile
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from html import unescape
from http.cookiejar import CookieJar
from pathlib import Path
from random import Random
from urllib.error import HTTPError
from urllib.parse import urlencode, urljoin, urlsplit
from urllib.request import HTTPCookieProcessor, OpenerDirector, build_opener

from babel.messages.pofile import read_po

from compliance.questionnaire.answers import write_answer
from compliance.questionnaire.edition_folder import edition_paths
from compliance.questionnaire.loader import find_edition
from tests.support.paths import ROOT
from tests.support.random_editions import random_sheet

DRAWN_COMPANIES = 4
#: How many pages are read whose addresses differ only in a number.
FEW = 6
READERS = ("company", "auditor", "advocate", "steward")
BASES = ("claimed", "evidenced", "verified")
SLOWEST_START = 1_800  # seconds until the demonstration is filled, on a busy machine

#: Random values of each start, and times: not part of the behaviour.
PASSING = (
    (re.compile(r'(name="csrf_token" value=")[^"]+'), r"\1"),
    (re.compile(r'(nonce[=-]"?)[\w+/=-]+'), r"\1"),
    (re.compile(r"\b[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}\b"), "uuid"),
    (re.compile(r"\b\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|\+00:00)?"), "then"),
    (re.compile(r"\b\d{1,2}:\d\d(?::\d\d)?\b"), "then"),
    (re.compile(r"127\.0\.0\.1:\d+"), "here"),
)


def main() -> int:
    """Compare two commits, print the differences, and return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("base", help="the commit before")
    parser.add_argument("head", nargs="?", help="the commit after; the working tree, if none is named")
    parser.add_argument("--without-pages", action="store_true", help="leave the demonstration's pages out")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        answers = drawn_answers(Path(folder) / "answers")
        with checkout(chosen.base) as before, checkout(chosen.head) as after, ThreadPoolExecutor() as pool:
            first, second = pool.map(lambda tree: everything(tree, answers, chosen.without_pages), (before, after))
    different = sorted(name for name in first.keys() | second.keys() if first.get(name) != second.get(name))
    for name in different:
        print(f"differs: {name}", *_first_difference(first.get(name), second.get(name)), sep="\n    ")
    kinds = Counter(name.split(":")[0] for name in first)
    print(f"{len(first)} compared ({', '.join(f'{count} {kind}' for kind, count in sorted(kinds.items()))}):", end=" ")
    print(f"{len(different)} differ" if different else "all equal")
    return bool(different)


@contextmanager
def checkout(commit: str | None) -> Iterator[Path]:
    """Check a commit out into a temporary folder, and yield it. Without a commit, yield the working tree."""
    if commit is None:
        yield ROOT
        return
    with tempfile.TemporaryDirectory() as folder:
        tree = Path(folder) / "tree"
        subprocess.run(["git", "worktree", "add", "--quiet", "--detach", tree, commit], cwd=ROOT, check=True)
        try:
            yield tree
        finally:
            subprocess.run(["git", "worktree", "remove", "--force", tree], cwd=ROOT, check=True)


def drawn_answers(folder: Path) -> dict[str, Path]:
    """Write a file of random answers for every edition of this tree. Return the files by path of the edition."""
    folder.mkdir()
    made = {}
    paths = [*sorted((ROOT / "tests/data/editions").glob("*.yaml")), *edition_paths(ROOT / "questionnaires")]
    for number, path in enumerate(paths):
        edition, rng = find_edition(str(path)), Random(number)
        file = folder / f"{number}.csv"
        columns = [f"profile.{name}" for name in edition.profile] + list(edition.questions)
        with file.open("w", encoding="utf-8", newline="") as opened:
            writer = csv.writer(opened)
            writer.writerow(["company", *columns])
            for company in range(DRAWN_COMPANIES):
                profile = {
                    f"profile.{name}": "10" if field.is_number else rng.choice(field.values)
                    for name, field in edition.profile.items()
                }
                answers = random_sheet(rng, edition).answers
                texts = {**profile, **{question: write_answer(answer) for question, answer in answers.items()}}
                writer.writerow([f"Example {company}", *(texts.get(column, "") for column in columns)])
        # Each commit uses its own editions. Those of the tests come from this tree, as a change may move them.
        made[str(path) if "tests" in path.parts else str(path.relative_to(ROOT))] = file
    return made


def everything(tree: Path, answers: dict[str, Path], without_pages: bool) -> dict[str, bytes]:
    """Return all results that are compared, by name."""
    found = dict(of_commands(tree, answers)) | dict(of_messages(tree))
    return found if without_pages else found | dict(of_pages(tree))


# ── Commands


def of_commands(tree: Path, drawn: dict[str, Path]) -> Iterator[tuple[str, bytes]]:
    """Yield the outputs of commands, and the files that they write."""
    golden = ROOT / "tests/data/golden"
    ours = "questionnaires/child-protection-2026"
    jobs = list(drawn.items())
    jobs += [(ours, golden / "deeds.csv"), (ours, golden / "paper.csv")]
    for edition, file in jobs:
        what = f"{edition} {file.name}"
        for basis in BASES:
            yield f"score: {what} {basis}", run(tree, "score", edition, file, "--basis", basis, out="scores.csv")
        company = company_of(file)
        yield f"explain: {what}", run(tree, "explain", edition, file, "--company", company)
        on = ("--on", "2026-06-30")
        yield f"workbook: {what}", run(tree, "scorecard", edition, file, "--company", company, *on, out="card.xlsx")
    for edition in drawn:
        yield f"form: {edition}", run(tree, "xlsform", edition, "--evidence", out="form.xlsx")
    yield "check", run(tree, "check", "questionnaires")


def company_of(file: Path) -> str:
    """Return the first company of an answers file."""
    with file.open(encoding="utf-8", newline="") as opened:
        return next(csv.DictReader(opened))["company"]


def run(tree: Path, *words: object, out: str = "") -> bytes:
    """Run a command, and return its exit code, its output and the file it writes."""
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / (out or "none")
        done = subprocess.run(
            [sys.executable, "-m", "compliance.cli", *map(str, words), *(["--out", str(target)] if out else [])],
            cwd=tree,
            env=os.environ | {"PYTHONPATH": str(tree)},
            capture_output=True,
            check=False,
        )
        written = target.read_bytes() if target.exists() else b""
        said = (done.stdout + done.stderr).replace(folder.encode(), b"").replace(str(tree).encode(), b"")
    if out.endswith(".xlsx") and written:
        written = unzipped(written)
    return b"%d\n%s\n%s" % (done.returncode, said, written)


def unzipped(content: bytes) -> bytes:
    """Return the parts of a workbook, without the time of writing."""
    with zipfile.ZipFile(io.BytesIO(content)) as file:
        parts = [name.encode() + b"\n" + file.read(name) for name in sorted(file.namelist())]
    return settled(b"\n".join(parts))


# ── Messages


def of_messages(tree: Path) -> Iterator[tuple[str, bytes]]:
    """Yield the messages of each catalogue with their translations, without their places in the source."""
    for path in sorted((tree / "compliance/translations").glob("*/LC_MESSAGES/*.po")):
        with path.open("rb") as opened:
            catalogue = read_po(opened)
        said = sorted(
            f"{message.id!r} {message.string!r} {sorted(message.flags)}" for message in catalogue if message.id
        )
        yield f"messages: {path.relative_to(tree)}", "\n".join(said).encode()


# ── Pages


def of_pages(tree: Path) -> Iterator[tuple[str, bytes]]:
    """Yield every page and file of the demonstration, for each reader."""
    with demonstration(tree) as (address, password):
        for reader in ("", *READERS):
            opener = build_opener(HTTPCookieProcessor(CookieJar()))
            if reader:
                sign_in(opener, address, f"{reader}@demo.example", password)
            for path, content in crawl(opener, address):
                yield f"page: {reader or 'visitor'} {path}", content


@contextmanager
def demonstration(tree: Path) -> Iterator[tuple[str, str]]:
    """Serve the demonstration of a tree, and yield its address and password."""
    with tempfile.TemporaryDirectory() as folder, (Path(folder) / "said").open("w+", encoding="utf-8") as said:
        server = subprocess.Popen(
            [sys.executable, "-m", "compliance.cli", "serve", "--demo", "--port", "0"],
            cwd=tree,
            env=os.environ | {"PYTHONPATH": str(tree), "ARTICLE34_INSTANCE": folder, "PYTHONUNBUFFERED": "1"},
            stdout=said,
            stderr=subprocess.STDOUT,
        )
        try:
            text, deadline = "", time.monotonic() + SLOWEST_START
            while "Stop it with" not in text:
                if server.poll() is not None or time.monotonic() > deadline:
                    raise SystemExit(f"The demonstration of {tree} did not start:\n{text}")
                time.sleep(0.2)
                text = Path(said.name).read_text(encoding="utf-8")
            address = re.search(r"http://127\.0\.0\.1:\d+", text)
            password = re.search(r"[Pp]assword:?\s+(\S+)", text)
            if not address or not password:
                raise SystemExit(f"The demonstration of {tree} names no address or no password:\n{text}")
            yield address[0], password[1]
        finally:
            server.terminate()
            server.wait()


def sign_in(opener: OpenerDirector, address: str, email: str, password: str) -> None:
    """Sign a reader in."""
    page = opener.open(f"{address}/sign-in").read().decode()
    token = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert token
    fields = {"csrf_token": token[1], "email": email, "password": password}
    answer = opener.open(f"{address}/sign-in", urlencode(fields).encode())
    if "sign-in" in answer.url:
        raise SystemExit(f"{email} was not let in")


def crawl(opener: OpenerDirector, address: str) -> Iterator[tuple[str, bytes]]:
    """Yield every page and file that links lead to, but only a few of those whose addresses differ in a number."""
    waiting, seen, kinds = ["/", "/fr/", "/ar/sectors"], set[str](), Counter[str]()
    while waiting:
        path = waiting.pop(0)
        kind = re.sub(r"\d+", "0", path.partition("?")[0])
        if path in seen or kinds[kind] >= FEW or "sign-out" in path:
            continue
        seen.add(path)
        kinds[kind] += 1
        try:
            response = opener.open(address + path)
        except HTTPError as fault:
            yield path, str(fault.code).encode()
            continue
        content = response.read()
        if content.startswith(b"PK"):
            content = unzipped(content)
        if response.headers.get_content_type() == "text/html":
            links = re.findall(r'(?:href|src)="([^"#]+)', content.decode())
            waiting += [local for link in links if (local := _local(address, path, unescape(link)))]
        yield path, settled(content)


def _local(address: str, path: str, link: str) -> str:
    """Return the path of a link, or "" if it leads to another site or only changes the language."""
    there = urlsplit(urljoin(address + path, link))
    if f"{there.scheme}://{there.netloc}" != address or "language=" in there.query:
        return ""
    return there.path + (f"?{there.query}" if there.query else "")


def settled(content: bytes) -> bytes:
    """Return the content without random values and times."""
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        return content
    for pattern, instead in PASSING:
        text = pattern.sub(instead, text)
    return text.encode("utf-8")


def _first_difference(before: bytes | None, after: bytes | None) -> list[str]:
    if before is None or after is None:
        return ["is only in the commit " + ("after" if before is None else "before")]
    for one, other in zip(before.splitlines(), after.splitlines(), strict=False):
        if one != other:
            return [f"before: {one[:200]!r}", f"after:  {other[:200]!r}"]
    return ["one is longer"]


if __name__ == "__main__":
    sys.exit(main())
