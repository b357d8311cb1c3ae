"""Divides lines of one's own into training, validation and test, by whole groups."""

from collections.abc import Mapping, Sequence

from kerasrec.errors import UsageError
from kerasrec.lines.own.files import OwnLine
from kerasrec.lines.randomness import hash_name


def divide(
    lines: Sequence[OwnLine], shares: Sequence[float], seed: int, known: Mapping[str, int] | None = None
) -> list[list[int]]:
    """Takes lines out of N by whole groups, such as those of a writer.

    Groups are taken in an order that depends only on their names and on the seed. At least one group is left.

    Args:
        lines: The lines.
        shares: The least share of the lines to take for each part, from 0 to below 1.
        seed: The seed of the run.
        known: The part of groups that were divided before; the number of parts for those that are left.

    Returns:
        The numbers of the lines of each part, and in the end of those that are left, each in ascending order.

    Raises:
        UsageError: There are too few groups.
    """
    groups = dict[str, list[int]]()
    for number, line in enumerate(lines):
        groups.setdefault(line.group, []).append(number)
    parts: list[list[int]] = [[] for _ in range(len(shares) + 1)]
    known = known or {}
    for name in groups.keys() & known.keys():
        parts[known[name]].extend(groups[name])
    left = sorted(groups.keys() - known.keys(), key=lambda name: hash_name(name, seed))
    for number, (part, share) in enumerate(zip(parts, shares, strict=False)):
        needed = [not parts[-1], *(shares[later] > 0 and not parts[later] for later in range(number + 1, len(shares)))]
        while len(part) < share * len(lines) and len(left) > sum(needed):
            part.extend(groups[left.pop()])
        if share > 0 and not part:
            raise _too_few(lines, len(groups), 1 + sum(share > 0 for share in shares))
    parts[-1].extend(number for name in left for number in groups[name])
    if not parts[-1]:
        raise _too_few(lines, len(groups), 1 + sum(share > 0 for share in shares))
    return [sorted(part) for part in parts]


def _too_few(lines: Sequence[OwnLine], groups: int, parts: int) -> UsageError:
    return UsageError(
        f"Lines cannot be divided into {parts} parts without a group in common: there are {len(lines):,} lines in "
        f"{groups:,} groups. Add lines, divide by smaller groups, or give a folder of its own for validation and 0 for "
        "the test."
    )
