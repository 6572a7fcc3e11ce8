"""Running a notebook cell by cell, as Jupyter does: in one namespace, showing the last expression of each cell."""

import ast
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any


def notebook(path: Path) -> dict[str, Any]:
    """Return the notebook as it is stored."""
    stored: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return stored


def run_notebook(stored: Mapping[str, Any]) -> Iterator[tuple[str, Any, dict[str, Any]]]:
    """Run each code cell, and yield its id, the value of its last expression (or None), and all names so far."""
    names: dict[str, Any] = {"__name__": "__main__"}
    for cell in stored["cells"]:
        if cell["cell_type"] != "code":
            continue
        body = ast.parse("".join(cell["source"]), filename=cell["id"]).body
        ending = ast.Expression(body.pop().value) if body and isinstance(body[-1], ast.Expr) else None
        exec(compile(ast.Module(body, []), cell["id"], "exec"), names)  # noqa: S102  # it is our own notebook
        shown = None if ending is None else eval(compile(ending, cell["id"], "eval"), names)  # noqa: S307
        for form in ("_repr_html_", "__repr__"):  # as Jupyter shows it
            getattr(shown, form, str)()
        yield cell["id"], shown, names
