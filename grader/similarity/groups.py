"""Which submissions are one group, from who is linked with whom. Pure."""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

Links = npt.NDArray[np.bool_]
"""Of each two whether they have enough in common, shape (N, N), symmetric."""

SAME_LINKS: Final = 0.65
"""Two with this part of what either is linked with in common are of one clique; one who took halves of two has less."""

DENSE: Final = 0.75  # a clique has this part of its pairs linked, and whoever belongs to it is linked with such a part
LEAST_CLIQUE: Final = 3


def grouped(links: Links) -> list[list[int]]:
    """Return the places of those that are linked with one another, directly or through others, as groups.

    Where such a group is cliques that hardly anything but somebody in both connects, each clique is a group, and
    whoever is linked with several stands in each. Whoever is in no clique stands where somebody linked with them does.
    """
    found = []
    for places in _connected(links):
        inside = links[np.ix_(places, places)]
        found += [[places[one] for one in sorted(group)] for group in _apart(inside)]
    return found


def _apart(links: Links) -> list[set[int]]:
    """Return the cliques of a connected group with everybody in one of them, or all as one where there are not two."""
    everybody = set(range(len(links)))
    if _density(links) >= DENSE:
        return [everybody]
    near = (links | np.eye(len(links), dtype=np.bool_)).astype(np.float32)
    common, size = near @ near, near.sum(axis=1)
    same = common / (size[:, None] + size - common)
    cliques: list[set[int]] = []
    for core in _connected(links & (same >= SAME_LINKS)):
        belonging = near[:, core].mean(axis=1) >= DENSE
        clique = set(core) | set(np.flatnonzero(belonging).tolist())
        inside = sorted(clique)
        if len(clique) >= LEAST_CLIQUE and _density(links[np.ix_(inside, inside)]) >= DENSE and clique not in cliques:
            cliques.append(clique)
    cliques = [one for one in cliques if not any(one < other for other in cliques)]
    if len(cliques) < 2:
        return [everybody]
    while left := everybody - set().union(*cliques):
        joining = [(place, clique) for place in left for clique in cliques if links[place, list(clique)].any()]
        for place, clique in joining:
            if place in left:
                clique.add(place)
                left.discard(place)
    return cliques


def _density(links: Links) -> float:
    """Return which part of all pairs is linked."""
    return float(links.sum()) / max(1, len(links) * (len(links) - 1))


def _connected(links: Links) -> list[list[int]]:
    """Return the places of those that are linked with one another, directly or through others."""
    left, groups = set(range(len(links))), []
    while left:
        reached, waiting = [], [min(left)]
        left.discard(waiting[0])
        while waiting:
            place = waiting.pop()
            reached.append(place)
            near = left & set(np.flatnonzero(links[place]).tolist())
            left -= near
            waiting += near
        if len(reached) > 1:
            groups.append(sorted(reached))
    return groups
