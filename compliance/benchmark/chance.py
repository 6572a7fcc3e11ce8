"""Chance that can be redone: a number between 0 and 1 for a seed, a purpose, a name and the number of a draw.

Each name has a stream of its own: SplitMix64 (Steele, Lea and Flood 2014, *Fast splittable pseudorandom number
generators*), begun at a digest of seed, purpose and name. So draws belong to names, not to places in a file: whoever
else is in it, in whatever order and however many draws are made at a time, the same name meets the same chance. And
they do not change with a library's version, as a published figure has to be worked out again years later.
"""

from collections.abc import Iterable
from hashlib import blake2b
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from compliance.scoring.types import Codes, Floats

#: Where the stream of each name begins.
Streams: TypeAlias = npt.NDArray[np.uint64]

_STEP = np.uint64(0x9E3779B97F4A7C15)
_MIXED = ((np.uint64(30), np.uint64(0xBF58476D1CE4E5B9)), (np.uint64(27), np.uint64(0x94D049BB133111EB)))
_LAST = np.uint64(31)
_DROPPED, _UNIT = np.uint64(11), 2.0**-53  # a float64 holds 53 bits


def streams(seed: int, purpose: str, names: Iterable[str]) -> Streams:
    """A stream for each name."""
    begun = (blake2b(f"{seed}\x1f{purpose}\x1f{name}".encode(), digest_size=8).digest() for name in names)
    return np.array([int.from_bytes(digest, "big") for digest in begun], np.uint64)


def chances(of: Streams, draws: Codes) -> Floats:
    """A row a draw, a column a stream: evenly spread over 0 up to, not including, 1. Draws count from 0."""
    mixed = of[np.newaxis, :] + ((draws.astype(np.uint64) + np.uint64(1)) * _STEP)[:, np.newaxis]
    for shift, factor in _MIXED:
        mixed ^= mixed >> shift
        mixed *= factor
    mixed ^= mixed >> _LAST
    return (mixed >> _DROPPED).astype(np.float64) * _UNIT
