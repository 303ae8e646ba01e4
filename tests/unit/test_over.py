"""The sentences of alerts that are over: what stood, from when to when, and how it is now."""

from typing import get_args

import msgspec
import pytest

from chalicelib.contract.report import State
from chalicelib.core.alerts.over import STOOD, now_is, stood
from chalicelib.core.facts.alert import AlertCase
from chalicelib.core.facts.ledger import Ledger, Standing
from tests.unit.builders import NOW, SICK, A, B, ago, cluster, live, rdb, report

KNOWN = msgspec.structs.replace(
    cluster({A: live(), B: rdb(report(State.ROLLED), member=None)}, desired=2)[0], last_live=A
)
DOWN = KNOWN.with_rdb(A, stopped_at=NOW, member=SICK)
SILENT = msgspec.structs.replace(KNOWN, alerts={f"silent {A}": Standing(NOW)})
BETWEEN = "; the alert stood from 2026-11-23T11:40:00Z until 2026-11-23T12:00:00Z"


def test_every_alert_has_its_words() -> None:
    assert set(STOOD) == set(get_args(AlertCase))


@pytest.mark.parametrize(
    ("key", "text"),
    [
        ("raise", "raises failed"),
        (f"unknown {A}", f"{A}: q did not answer"),
        (f"silent {A}", f"{A} was silent"),
        ("silent", "several RDBs were silent"),
        ("one-voice report", "several RDBs sent reports or metrics alone"),
        ("launch quota", "launches did not come (quota)"),
        ("brand-new {thing}", "brand-new {thing}"),
    ],
)
def test_what_stood_is_named(key: str, text: str) -> None:
    assert stood(key, ago(20), NOW) == f"{text}{BETWEEN}"


@pytest.mark.parametrize(
    ("key", "known", "text"),
    [
        ("raise", KNOWN, "; desired is 2"),
        ("no-live", KNOWN, f"; {A} is live"),
        ("no-live", msgspec.structs.replace(KNOWN, no_live_since=NOW), ""),
        ("no-live", msgspec.structs.replace(KNOWN, last_live=""), ""),
        (f"unknown {A}", KNOWN, "; it is live"),
        (f"unknown {B}", KNOWN, "; it has left the group"),
        (f"unknown {B}", Ledger("trades"), ""),
        ("configuration", KNOWN, ""),
        (f"silent {A}", DOWN, "; it is stopped in EC2"),
        (f"silent {A}", DOWN.with_rdb(A, dead_at=NOW), "; it is terminated in EC2"),
        (f"one-voice {A}", SILENT, "; it is silent"),
        ("no-live", DOWN, ""),
    ],
)
def test_how_it_is_now_is_told_where_the_ledger_knows(key: str, known: Ledger, text: str) -> None:
    assert now_is(key, known) == text
