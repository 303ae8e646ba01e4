"""A batch of the queue: each cluster in it is reconciled once, and each message is answered for itself."""

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from chalicelib.adapters.logs import count, counted, log_decision, logger
from chalicelib.contract.errors import BadInput, HighwaterError
from chalicelib.core.facts.errors import UnknownCluster
from chalicelib.core.facts.wake_ups import WakeUp, parse_wake_up
from chalicelib.reconcile import runtime
from chalicelib.reconcile.acting import SECONDS_TO_BEGIN


class OutOfTime(HighwaterError):
    """Too little time is left to reconcile another cluster of the batch; its messages come back."""


class NothingHandled(HighwaterError):
    """No message of a batch could be handled."""


def handle_batch(
    records: Sequence[Mapping[str, Any]], seconds_left: Callable[[], float] = lambda: math.inf
) -> dict[str, list[dict[str, str]]]:
    """Handle the records of a FIFO queue; return Lambda's answer, which names those that failed.

    What fails takes the later ones of its message group with it, and no others. Raises NothingHandled where
    all fail, so that Lambda counts an error: it hands the whole batch back, then. Powertools' processor does
    the same; it is not used because its import makes the first answer a twentieth slower.
    """
    batch = Batch((record["body"] for record in records), seconds_left)
    failed: list[str] = []
    stopped: dict[str, Exception] = {}
    for record in records:
        group = record["attributes"]["MessageGroupId"]
        if group not in stopped:
            try:
                batch.handle(record["body"])
            except Exception as error:  # noqa: BLE001 - whatever is wrong with one cluster, others go on (rule 14)
                stopped[group] = error
                logger.exception("not recorded", extra={"message_group": group, "reason": str(error)})
        if group in stopped:
            failed.append(record["messageId"])
    if records and len(failed) == len(records):
        raise NothingHandled("; ".join(f"{group}: {error}" for group, error in stopped.items()))
    return {"batchItemFailures": [{"itemIdentifier": message_id} for message_id in failed]}


class Batch:
    """One batch of the queue: each cluster in it is reconciled once, with all of its wake-ups together.

    The function that works on it has `seconds_left`.
    """

    def __init__(self, bodies: Iterable[str], seconds_left: Callable[[], float]) -> None:
        self._seconds_left = seconds_left
        self._wake_ups: dict[str, list[WakeUp]] = defaultdict(list)
        self._failures: dict[str, Exception | None] = {}
        for body in bodies:
            try:
                wake_up = parse_wake_up(body)
            except BadInput:
                continue  # fails alone, in `handle`, where its record can be named
            self._wake_ups[wake_up.cluster].append(wake_up)

    @counted()
    def handle(self, body: str) -> None:
        """Handle one message; the first one of a cluster reconciles for all of that cluster's.

        Raises BadInput for a message that is none of ours, OutOfTime where others of the batch took the time,
        and whatever kept the facts from being recorded: the message then goes back to the queue, and after
        some tries to the dead-letter queue.
        """
        cluster = parse_wake_up(body).cluster
        if cluster not in self._failures and self._failures and self._seconds_left() < SECONDS_TO_BEGIN:
            self._failures[cluster] = OutOfTime(f"{cluster}: no time is left in this batch")
        if cluster not in self._failures:
            self._failures[cluster] = self._reconcile(cluster)
        if error := self._failures[cluster]:
            raise error

    def _drop(self, cluster: str, error: UnknownCluster) -> None:
        """Let go of what names a cluster without a group: it was removed, or never was.

        The message would come back and end as a dead letter, whose alarm would hide the next for two weeks.
        """
        causes = [wake_up.cause for wake_up in self._wake_ups[cluster]]
        logger.warning("dropped", extra={"cluster": cluster, "reason": str(error), "causes": causes})
        count("DroppedWakeUps", len(causes))

    def _reconcile(self, cluster: str) -> Exception | None:
        try:
            decision = runtime.controller(self._seconds_left).reconcile(cluster, self._wake_ups[cluster])
        except UnknownCluster as error:
            self._drop(cluster, error)
            return None
        except HighwaterError as error:
            count("UnrecordedWakeUps", len(self._wake_ups[cluster]))
            return error
        log_decision(decision, min(wake_up.at for wake_up in self._wake_ups[cluster]))
        return None
