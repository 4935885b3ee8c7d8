"""What a derivative can have to say about itself, in one place."""

from __future__ import annotations

from enum import IntFlag


class Flag(IntFlag):
    """Reasons to look twice at a derivative; combined with ``|``, tested with ``in``.

    An array of derivatives holds its flags as integers: ``flags & Flag.KINK`` is a mask.

    Attributes
    ----------
    KINK
        The slopes from the left and from the right differ. ``value`` is their mean and ``error``
        reaches both. Use ``left`` or ``right``, or any number between them as a subgradient.
    JUMP
        f is not continuous at x: its limits differ from f(x). No slope exists; ``left`` and
        ``right`` are the slopes of the two sides. Move x off the jump, or smooth f.
    SINGULAR
        The difference quotients do not settle as the step shrinks: an infinite slope, such as
        sqrt at 0, or endless oscillation; or a lower derivative has a kink at x, so that no higher
        one exists. ``value`` is infinite or NaN.
    NOISE
        The values of f carry errors far above rounding: simulation noise, quantised output, a
        lower precision inside, cancellation. The error bar includes what was seen of them. Rewrite
        f, or pass ``noise=``.
    ABRUPT
        f is smooth at x, but a kink or jump lies close by. The step stayed on this side of it.
    MULTISCALE
        Larger steps agree on another slope than small ones do. ``value`` is the slope at x itself;
        ``method="central"`` with ``step=`` gives the slope on a larger scale.
    DOMAIN
        f is not finite, or not allowed by ``bounds``, on one side of x. ``value`` is the one-sided
        derivative from the other side.
    BELOW_RESOLUTION
        The slope cannot be told from 0: the values of f do not show it. It is at most ``error`` in
        size.

    Examples
    --------
    >>> found = Flag.KINK | Flag.DOMAIN
    >>> Flag.KINK in found, Flag.NOISE in found
    (True, False)
    >>> found.words
    'kink, domain edge'
    """

    KINK = 1
    JUMP = 2
    SINGULAR = 4
    NOISE = 8
    ABRUPT = 16
    MULTISCALE = 32
    DOMAIN = 64
    BELOW_RESOLUTION = 128

    def __str__(self) -> str:
        return self.words or "no flag"

    @property
    def words(self) -> str:
        """The flags in words, separated by commas; empty without any."""
        return ", ".join(_WORDS[flag] for flag in Flag if flag in self)


_WORDS = {
    Flag.KINK: "kink",
    Flag.JUMP: "jump",
    Flag.SINGULAR: "singular",
    Flag.NOISE: "noisy values",
    Flag.ABRUPT: "kink or jump close by",
    Flag.MULTISCALE: "another slope on larger scales",
    Flag.DOMAIN: "domain edge",
    Flag.BELOW_RESOLUTION: "below resolution",
}
