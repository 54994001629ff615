"""How often one browser may ask for suggestions; in memory, because a suggestion harms nobody and costs little."""

from collections import OrderedDict

PER_WINDOW = 20
WINDOW_SECONDS = 10.0
_MOST_ASKERS = 10_000

_asked: OrderedDict[str, list[float]] = OrderedDict()


def may_suggest(asker: str, *, now: float) -> bool:
    """Count a question of ``asker`` (a session key) at ``now`` (monotonic seconds); say whether it is answered.

    Twenty within ten seconds are; typing asks less, because the page waits for a pause. Beyond ten thousand askers the
    one that asked longest ago is forgotten.
    """
    asked = [moment for moment in _asked.pop(asker, []) if now - moment < WINDOW_SECONDS]
    allowed = len(asked) < PER_WINDOW
    _asked[asker] = [*asked, now] if allowed else asked
    while len(_asked) > _MOST_ASKERS:
        _asked.popitem(last=False)
    return allowed
