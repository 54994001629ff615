"""How a slider is moved: by a hand, by keys, and by scripts that imitate neither."""

Trail = list[list[int]]


def hand(target: int, *, took: int = 900, steps: int = 40) -> Trail:
    """Set out slowly, hurry, go a little too far, come back."""
    trail = []
    for n in range(steps + 1):
        share = n / steps
        eased = share * share * (3 - 2 * share)
        beyond = 6 if 0.85 < share < 0.97 else 0
        trail.append([round(took * share), min(round(target * eased) + beyond, 264)])
    trail[-1][1] = target
    return trail


def keys(target: int) -> Trail:
    """Hold the arrow key, which waits half a second and then repeats, stop short, and press it a few times more."""
    trail, at = [[0, 0], [10, 1]], 500
    for place in range(2, target - 4):
        trail.append([at, place])
        at += 33
    for place in range(target - 4, target + 1):
        at += 240
        trail.append([at, place])
    return trail


def even(target: int, *, took: int = 900, steps: int = 40, jitter: int = 0) -> Trail:
    """Add the same again and again, as a loop does; ``jitter`` milliseconds early or late."""
    return [
        [round(took * n / steps) + (jitter if n % 2 and n < steps else 0), round(target * n / steps)]
        for n in range(steps + 1)
    ]
