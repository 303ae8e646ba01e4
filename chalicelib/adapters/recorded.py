"""What was recorded in the last 90 days, as text: by this release, or by another one.

It is for people, and nothing acts by it. So a word that this release does not know is shown as it is, and
what cannot be read at all is a sentence.
"""

import msgspec

from chalicelib.adapters.clients import Unreadable
from chalicelib.core.decision import Decision
from chalicelib.core.facts.refusal import Refusal
from chalicelib.core.release.releases import Release


class _Release(Release, frozen=True):
    step: str  # type: ignore[assignment]


class _Refusal(Refusal, frozen=True, kw_only=True):
    what: str  # type: ignore[assignment]


class _Decision(Decision, frozen=True, kw_only=True):
    """A decision whose words may be those of any release."""

    code: str  # type: ignore[assignment]
    release: tuple[_Release, ...] = ()
    refused: tuple[_Refusal, ...] = ()
    triggers: tuple[str, ...] = ()  # type: ignore[assignment]


def decision_of(decision_id: str, text: str) -> Decision:
    """Return a decision as it was recorded. Raises Unreadable."""
    try:
        return msgspec.json.decode(text, type=Decision)
    except msgspec.DecodeError:
        return record_of(f"decision {decision_id}", text, _Decision)


def record_of[T](name: str, text: str, kind: type[T]) -> T:
    """Return a record of a kind. Raises Unreadable with its name."""
    try:
        return msgspec.json.decode(text, type=kind)
    except msgspec.DecodeError as error:
        raise Unreadable(f"{name} cannot be decoded: {error}; run the release that wrote it") from error
