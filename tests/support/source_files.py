"""The source of the package, each file read once: text, syntax, imports, and public classes."""

import ast
from collections import defaultdict
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

from tests.support.paths import ROOT


def python_files(*folders: str) -> list[Path]:
    """Return every Python file below folders of the repository."""
    files = [path for folder in folders for path in sorted((ROOT / folder).rglob("*.py"))]
    assert files, f"no Python file below {folders}"
    return files


@cache
def source(path: Path) -> str:
    """Return the text of a file."""
    return path.read_text(encoding="utf-8")


@cache
def syntax(path: Path) -> ast.Module:
    """Return the syntax tree of a file."""
    return ast.parse(source(path))


@cache
def modules(package: str = "compliance") -> Mapping[str, Path]:
    """Return the paths of a package's modules by dotted name."""
    return {_dotted(path): path for path in python_files(package)}


def _dotted(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


@cache
def imports(package: str = "compliance") -> Mapping[str, frozenset[str]]:
    """Return the modules of the same package that each module imports, anywhere in the file."""
    known = modules(package)
    return {name: frozenset(_imported(name, path, known)) - {name} for name, path in known.items()}


def _imported(name: str, path: Path, known: Mapping[str, Path]) -> Iterator[str]:
    for node in ast.walk(syntax(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name in known)
        elif isinstance(node, ast.ImportFrom):
            named = _absolute(name, path, node)
            inner = {alias.name: f"{named}.{alias.name}" for alias in node.names}
            yield from (module for module in inner.values() if module in known)
            if named in known and any(module not in known for module in inner.values()):
                yield named


def _absolute(name: str, path: Path, node: ast.ImportFrom) -> str:
    if not node.level:
        return node.module or ""
    package = name.split(".") if path.name == "__init__.py" else name.split(".")[:-1]
    package = package[: len(package) - node.level + 1]
    return ".".join([*package, *([node.module] if node.module else [])])


def importers(package: str = "compliance") -> Mapping[str, frozenset[str]]:
    """Return the modules that import each module."""
    found: dict[str, set[str]] = {name: set() for name in modules(package)}
    for name, imported in imports(package).items():
        for other in imported:
            found[other].add(name)
    for node in ast.walk(syntax(ROOT / "wsgi.py")):  # the second entry point, besides the command line
        if isinstance(node, ast.ImportFrom) and node.module in found:
            found[node.module].add("wsgi")
    return {name: frozenset(by) for name, by in found.items()}


def public_classes(package: str = "compliance") -> Mapping[str, list[str]]:
    """Return the modules that define each public class, by its name."""
    found: defaultdict[str, list[str]] = defaultdict(list)
    for name, path in modules(package).items():
        for node in syntax(path).body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                found[node.name].append(name)
    return found
