"""Refusals: what is not done, with every reason. Commands, raises and releases all end in them."""

from typing import Literal

import msgspec

RefusalCase = Literal["calendar", "capacity", "drain", "hold", "release", "too-old", "undecided"]


class Refusal(msgspec.Struct, frozen=True, omit_defaults=True):
    """A request that is not met, or capacity that cannot be had, with every reason.

    `what` names the case and `instance_id` the RDB, if it is about one. `command_id` is that of the
    operator's request, if one asked for it: `too-old` and `undecided` refuse all of it.
    """

    what: RefusalCase
    reasons: tuple[str, ...]
    command_id: str = ""
    instance_id: str = ""

    def __str__(self) -> str:
        return f"{self.what} of {self.instance_id}" if self.instance_id else self.what
