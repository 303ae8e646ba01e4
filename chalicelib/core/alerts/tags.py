"""Tags of the group that can be used, and are mistyped all the same: a key, or a threshold (rule 15)."""

from collections.abc import Iterator
from difflib import get_close_matches

from chalicelib.contract.names import ROLL_TAG, SCALE_TAG, TAG_PREFIX, TAGS
from chalicelib.core.facts.situation import Situation

# An RDB takes at least so much of its memory, in percent, before it rolls or the next one is launched.
LEAST = 10.0


def mistyped(situation: Situation) -> Iterator[str]:
    """Yield a sentence for each tag that has no meaning, or that leaves an RDB hardly any room.

    They are used, or ignored, as they are: no release waits for them. A threshold that is not above an idle
    RDB is told by itself (idle.py).
    """
    for tag in sorted(situation.group.tags):
        if tag.startswith(TAG_PREFIX) and tag not in TAGS:
            names = sorted(known.removeprefix(TAG_PREFIX) for known in TAGS)
            near = get_close_matches(tag.removeprefix(TAG_PREFIX), names, 1)
            meant = f": did you mean {TAG_PREFIX}{near[0]}?" if near else ""
            yield f"tag {tag} has no meaning and is ignored{meant}"
    settings, idle = situation.settings, situation.ledger.learned.idle_percent
    for tag, percent, then in (
        (SCALE_TAG, settings.scale_threshold, "another host is launched"),
        (ROLL_TAG, settings.roll_threshold, "it rolls and another host is launched"),
    ):
        if tag in situation.group.tags and idle < percent < idle + LEAST:
            yield (
                f"tag {tag}: at {percent:g} % {then}, though an idle RDB has {idle:g} % in use: each is full "
                "nearly from its start; correct the tag"
            )
