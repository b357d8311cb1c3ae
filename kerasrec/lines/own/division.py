"""Divides lines of one's own into training, validation and test, by whole groups."""

import hashlib
from collections.abc import Sequence

from kerasrec.errors import UsageError
from kerasrec.lines.own.files import OwnLine


def divide(lines: Sequence[OwnLine], shares: Sequence[float], seed: int) -> list[list[int]]:
    """Takes lines out of N by whole groups, such as those of a writer.

    Which groups are taken depends only on their names and on the seed. At least one group is left.

    Args:
        lines: The lines.
        shares: The least share of the lines to take for each part, from 0 to below 1.
        seed: The seed of the run.

    Returns:
        The numbers of the lines of each part, and in the end of those that are left, each in ascending order.

    Raises:
        UsageError: There are too few groups.
    """
    groups = dict[str, list[int]]()
    for number, line in enumerate(lines):
        groups.setdefault(line.group, []).append(number)
    left = sorted(groups, key=lambda name: hashlib.sha256(f"{seed} {name}".encode()).digest())
    needed = 1 + sum(share > 0 for share in shares)
    if len(left) < needed:
        raise UsageError(
            f"{len(lines):,} lines in {len(left)} groups cannot be divided into {needed} parts without a group in "
            "common. Add lines, divide by smaller groups, or give a folder of its own for validation and 0 for the "
            "test."
        )
    parts: list[list[int]] = []
    for share in shares:
        part: list[int] = []
        while len(part) < share * len(lines) and len(left) > needed - 1 - len(parts):
            part.extend(groups[left.pop()])
        parts.append(sorted(part))
    return [*parts, sorted(number for name in left for number in groups[name])]
