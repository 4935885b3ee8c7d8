"""A derivation: sections of equations, as data that lays itself out."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from difflab.symbolic.paper.page import Section


@dataclass(frozen=True)
class Derivation:
    """What was derived.

    Attributes
    ----------
    title : str
    sections : tuple of Section
    numbers : mapping of str to float
        What was computed with numbers, and may be checked: derivatives, differences, solutions.
    """

    title: str
    sections: tuple[Section, ...]
    numbers: Mapping[str, float] = field(default_factory=dict)

    def text(self) -> str:
        """As text for a terminal."""
        from difflab.symbolic.paper import page

        return f"{self.title}\n\n{page.plain(self.sections)}"

    def latex(self) -> str:
        """As a complete LaTeX document."""
        from difflab.symbolic.paper.document import document

        return document(self.title, self.sections)
