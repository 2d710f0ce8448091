"""Examples that are set aside for validation or for the test."""

import numpy as np

VALIDATION_SHARE = 0.1  # of the training data


def set_aside(
    order: np.ndarray, share: int, groups: np.ndarray | None = None, labels: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Indices (set aside, rest), each in `order`: the first of them, one in `share` examples, are set aside.

    Examples of one group stay together: at most one in `share` groups is set aside, and no group larger than what is left of the
    share. Each label keeps a group in the rest.
    """
    most = len(order) // share
    if groups is None:
        return order[:most], order[most:]
    counts = np.zeros((groups.max(initial=-1) + 1, int(labels.max(initial=0)) + 1), int)
    np.add.at(counts, (groups, labels), 1)
    remaining, most_groups, chosen = counts.sum(0), len(counts) // share, []
    for group in dict.fromkeys(groups[order].tolist()):
        if len(chosen) == most_groups or not most:
            break
        if counts[group].sum() <= most and ((counts[group] == 0) | (counts[group] < remaining)).all():
            chosen.append(group)
            remaining, most = remaining - counts[group], most - counts[group].sum()
    aside = np.isin(groups[order], chosen)
    return order[aside], order[~aside]
