"""Refusals: what is not done, with every reason. Commands, raises and releases all end in them."""

import msgspec


class Refusal(msgspec.Struct, frozen=True, omit_defaults=True):
    """A request that is not met, or capacity that cannot be had, with every reason.

    `what` names it: capacity, a drain, a hold, or the instance that is not released. `command_id` is that of
    the operator's request, if one asked for it.
    """

    what: str
    reasons: tuple[str, ...]
    command_id: str = ""
