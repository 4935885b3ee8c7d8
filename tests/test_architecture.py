"""The house: a room imports only from floors below it, and the three engines never one another."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import difflab

ROOT = Path(difflab.__file__).parent

FLOORS = [
    {"errors"},
    {"tree", "clock", "limits", "files", "chart"},
    {"signature", "objective", "accuracy", "datasets", "console", "trace"},
    {"functions", "transposes"},
    {"conventions", "scalars", "emission"},
    {"autodiff", "numeric", "symbolic"},
    {"providers"},
    {"api", "derivatives"},
    {"nn"},
    {"tasks", "estimators"},
    {"course"},
    {"studies"},
    {"lab"},
    {"report", "doctor", "bench"},
    {"cli"},
    {"__main__"},
]
"""Ground floor first; rooms on one floor do not import one another."""

FLOOR_OF = {room: number for number, rooms in enumerate(FLOORS) for room in rooms}


def room_of(path: Path) -> str:
    first = path.relative_to(ROOT).parts[0]
    return first.removesuffix(".py")


def imported_rooms(path: Path) -> set[str]:
    """Rooms that a file imports, anywhere in it."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module == "difflab":
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("difflab."):
            found.add(str(node.module).split(".")[1])
        elif isinstance(node, ast.Import):
            names = [alias.name for alias in node.names if alias.name.startswith("difflab.")]
            found |= {name.split(".")[1] for name in names}
    return found & set(FLOOR_OF)


FILES = sorted(path for path in ROOT.rglob("*.py") if path != ROOT / "__init__.py")


def test_every_room_has_its_floor() -> None:
    assert {room_of(path) for path in FILES} == set(FLOOR_OF)


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_rooms_import_only_from_floors_below(path: Path) -> None:
    mine = room_of(path)
    others = imported_rooms(path) - {mine}
    above = {room for room in others if FLOOR_OF[room] >= FLOOR_OF[mine]}
    assert not above, f"{mine} stands on floor {FLOOR_OF[mine]} and imports {above}"


def test_the_check_can_fail(tmp_path: Path) -> None:
    planted = tmp_path / "rule.py"
    planted.write_text("def f():\n    from difflab import nn\n    import difflab.symbolic.kinks\n")
    assert imported_rooms(planted) == {"nn", "symbolic"}
