"""Which releases may meet in an upgrade or a way back, and what of a cluster is behind."""

from collections.abc import Mapping

import msgspec
import pytest

from chalicelib.contract.release import Release
from highwater.checkout import ROOT
from highwater.deploy.rules.behind import behind, headline, parts_of, release_lines
from highwater.deploy.rules.facts import Stack
from highwater.deploy.rules.judgement import Verdict, releases_line
from highwater.deploy.rules.ledgers import Host, LedgerSeen, ledger_seen
from highwater.deploy.rules.releases import (
    Running,
    cluster_release_refusal,
    control_plane_release_refusal,
)
from tests.highwater.builders import stack

FOLLOWS = {"0.2.0": "", "0.3.0": "0.2.0", "0.4.0": "0.3.0", "0.4.1": "0.4.0", "0.5.0": "0.4.1"}
A, B, C, D = (f"i-0000000000000000{letter}" for letter in "abcd")


def of(number: str) -> Release:
    return Release(number, FOLLOWS[number])


def named(number: str, name: str = "highwater-trades", status: str = "CREATE_COMPLETE") -> Stack:
    """A stack of that release, as its outputs say; 0.2.0 did not say whom it follows."""
    outputs = {"HighwaterVersion": number}
    outputs |= {"HighwaterFollows": FOLLOWS[number]} if FOLLOWS[number] else {}
    return stack(status, name, outputs=outputs)


def plane(number: str, status: str = "CREATE_COMPLETE") -> Stack:
    return named(number, "highwater", status)


def trades(number: str, ledger: LedgerSeen | None = None, status: str = "CREATE_COMPLETE") -> Running:
    return Running("trades", named(number, status=status), ledger)


def seen(
    written: str, hosts: Mapping[str, str] | None = None, tickerplant: str = "", schema: int = 1
) -> LedgerSeen:
    rdbs = {instance_id: Host(number) for instance_id, number in (hosts or {}).items()}
    return LedgerSeen(schema, written, rdbs, Host(tickerplant) if tickerplant else None)


@pytest.mark.parametrize(
    ("there", "this", "cluster", "said"),
    [
        ("0.3.0", "0.4.0", trades("0.3.0"), None),
        ("0.4.0", "0.4.0", trades("0.3.0"), None),
        ("0.4.0", "0.3.0", trades("0.3.0"), None),
        ("0.4.0", "0.3.0", trades("0.4.0"), None),
        ("0.2.0", "0.3.0", trades("0.2.0", seen("0.2.0", {A: "0.2.0"}, "0.2.0")), None),
        ("0.3.0", "0.4.0", trades("0.3.0", seen("0.3.0", {A: "0.3.0", B: "0.4.0"}, "0.3.0")), None),
        # Both hosts and ledger are of the release that goes out: what is deployed says whom that follows.
        ("0.4.0", "0.3.0", trades("0.3.0", seen("0.4.0", {A: "0.3.0", B: "0.4.0"}, "0.4.0")), None),
        # After the way back hosts of the newer one stand until the evening, and may not stop other changes.
        ("0.3.0", "0.3.0", trades("0.3.0", seen("0.3.0", {A: "0.4.0"})), None),
        (
            "0.2.0",
            "0.4.0",
            trades("0.2.0"),
            "Stack highwater is of 0.2.0, and this checkout of 0.4.0, which follows 0.3.0: go by one release "
            "at a time, up or back.",
        ),
        (
            "0.4.1",
            "0.3.0",
            trades("0.3.0"),
            "Stack highwater is of 0.4.1, which follows 0.4.0, and this checkout of 0.3.0, which follows "
            "0.2.0: go by one release at a time, up or back.",
        ),
        (
            "0.3.0",
            "0.4.0",
            trades("0.2.0"),
            "Stack highwater-trades is of 0.2.0, and this checkout of 0.4.0, which follows 0.3.0: go by one "
            "release at a time, up or back.",
        ),
        (
            "0.3.0",
            "0.4.0",
            trades("0.3.0", status="UPDATE_IN_PROGRESS"),
            "Stack highwater-trades is in UPDATE_IN_PROGRESS: wait until that is over, then run this again.",
        ),
        (
            "0.3.0",
            "0.4.0",
            trades("0.3.0", seen("0.3.0", {A: "0.2.0", B: "0.2.0", C: "0.2.0", D: "0.2.0"})),
            f"4 RDBs of cluster trades ({A}, {B}, {C}, ...) of 0.2.0, no neighbour of 0.4.0, which follows "
            "0.3.0: wait until they have drained and left, then run this again.",
        ),
        (
            "0.3.0",
            "0.4.0",
            trades("0.3.0", seen("0.3.0", {A: "0.3.0"}, "0.2.0")),
            "The tickerplant of cluster trades is on a host of 0.2.0, no neighbour of 0.4.0, which follows "
            "0.3.0: outside a session let its group replace that host, then run this again.",
        ),
        (
            "0.3.0",
            "0.4.0",
            trades("0.3.0", seen("0.5.0")),
            "The ledger of cluster trades was written by 0.5.0, which is no neighbour of 0.4.0, which "
            "follows 0.3.0: go by one release at a time, up or back.",
        ),
        (
            "0.3.0",
            "0.3.0",
            trades("0.3.0", seen("0.5.0", schema=2)),
            "The ledger of cluster trades has schema 2 and was written by 0.5.0, and this checkout reads "
            "schema 1 alone: use that release.",
        ),
    ],
)
def test_a_control_plane_goes_to_a_neighbour_of_all_that_runs(
    there: str, this: str, cluster: Running, said: str | None
) -> None:
    assert control_plane_release_refusal(plane(there), [trades(this), cluster], (), of(this)) == said


def test_a_control_plane_goes_back_after_the_clusters_that_may_import_what_it_drops() -> None:
    newer, dropped = plane("0.4.0"), frozenset({"highwater-new"})
    assert control_plane_release_refusal(newer, [trades("0.4.0")], dropped, of("0.3.0")) == (
        "Stack highwater-trades is of 0.4.0, and may import highwater-new, which a control plane of 0.3.0 "
        "has not: a cluster goes back first, so run `make cluster CLUSTER=trades ARGS=--upgrade` from this "
        "checkout, then this again."
    )
    assert control_plane_release_refusal(newer, [trades("0.3.0")], dropped, of("0.3.0")) is None


@pytest.mark.parametrize(
    ("there", "cluster", "this", "said"),
    [
        ("0.4.0", trades("0.3.0"), "0.4.0", None),
        ("0.4.0", trades("0.4.0"), "0.3.0", None),
        ("0.4.0", trades("0.4.0", seen("0.4.0", {A: "0.4.0", B: "0.3.0"}, "0.3.0")), "0.3.0", None),
        ("0.3.0", trades("0.3.0", seen("0.3.0", {A: "0.4.0"})), "0.3.0", None),
        ("0.4.0", Running("trades", None), "0.3.0", None),
        ("0.4.0", Running("trades", None, seen("0.2.0", {A: "0.2.0"})), "0.4.0", None),
        (
            "0.3.0",
            trades("0.3.0"),
            "0.4.0",
            "Stack highwater is of 0.3.0, and this checkout of 0.4.0: the control plane goes up first, so "
            "run `make upgrade`, then this again.",
        ),
        (
            "0.3.0",
            Running("trades", None),
            "0.4.0",
            "Stack highwater is of 0.3.0, and this checkout of 0.4.0: the control plane goes up first, so "
            "run `make upgrade`, then this again.",
        ),
        (
            "0.4.1",
            trades("0.4.0"),
            "0.3.0",
            "Stack highwater is of 0.4.1, which follows 0.4.0, and this checkout of 0.3.0, which follows "
            "0.2.0: go by one release at a time, up or back.",
        ),
        (
            "0.4.0",
            trades("0.2.0"),
            "0.4.0",
            "Stack highwater-trades is of 0.2.0, and this checkout of 0.4.0, which follows 0.3.0: go by one "
            "release at a time, up or back.",
        ),
        (
            "0.4.0",
            trades("0.3.0", seen("0.4.0", {A: "0.2.0"})),
            "0.4.0",
            f"1 RDB of cluster trades ({A}) of 0.2.0, no neighbour of 0.4.0, which follows 0.3.0: wait until "
            "they have drained and left, then run this again.",
        ),
        (
            "0.4.0",
            Running("trades", None, seen("0.5.0", schema=2)),
            "0.4.0",
            "The ledger of cluster trades has schema 2 and was written by 0.5.0, and this checkout reads "
            "schema 1 alone: use that release.",
        ),
    ],
)
def test_a_cluster_goes_to_a_neighbour_of_all_that_runs_and_is_never_newer_than_the_control_plane(
    there: str, cluster: Running, this: str, said: str | None
) -> None:
    assert cluster_release_refusal(plane(there), cluster, of(this)) == said


def test_no_cluster_is_changed_while_the_control_plane_is() -> None:
    busy = plane("0.3.0", "UPDATE_IN_PROGRESS")
    said = "Stack highwater is in UPDATE_IN_PROGRESS: wait until that is over, then run this again."
    for cluster in (trades("0.3.0"), Running("trades", None)):
        assert cluster_release_refusal(busy, cluster, of("0.3.0")) == said


def test_a_first_control_plane_and_a_stack_whose_creation_failed_name_no_release() -> None:
    assert control_plane_release_refusal(None, [], (), of("0.3.0")) is None
    assert control_plane_release_refusal(stack(name="highwater"), [Running("trades", stack())]) is None


def test_the_releases_of_a_cluster_are_a_line_and_what_is_behind_a_sentence_each() -> None:
    hosts = {A: Host("0.4.0", "0.3.0"), B: Host("0.3.0", "0.3.0"), C: Host("0.3.0", "0.4.0")}
    running = trades("0.3.0", LedgerSeen(1, "0.4.0", hosts, Host("0.3.0", "0.3.0")))
    assert headline(plane("0.4.0"), of("0.4.0")) == (
        "Releases: this checkout 0.4.0, which follows 0.3.0; control plane 0.4.0"
    )
    assert headline(None, of("0.4.0")).endswith("; no control plane yet")
    assert parts_of(running) == (
        "stack 0.3.0; RDBs 1 of 0.4.0, 2 of 0.3.0; tickerplant 0.3.0; q files 1 of 0.4.0, 3 of 0.3.0"
    )
    assert list(behind(running, "0.4.0")) == [
        "its stack is of 0.3.0: `make cluster CLUSTER=trades ARGS=--upgrade` brings it to 0.4.0",
        "2 of 0.3.0, of 3 RDBs: they leave once they have rolled and drained, as on every evening",
        "the tickerplant's host is of 0.3.0, until its group replaces it",
        "the q files are 3 of 0.3.0: copy those of 0.4.0 into kx (docs/deploy.md, 4)",
    ]
    assert parts_of(Running("trades", None)) == "no stack yet"
    assert list(release_lines(None, [running], of("0.4.0")))[1] == f"  trades: {parts_of(running)}"
    assert list(behind(trades("0.4.0", seen("0.4.0", {A: "0.4.0"}, "0.4.0")), "0.4.0")) == []


def test_what_the_page_shows_of_an_upgrade_is_what_the_commands_show() -> None:
    new, old = (Host(number, "0.3.0") for number in ("0.4.0", "0.3.0"))
    hosts = {f"i-{n}": new if n < 2 else old for n in range(6)}
    running = trades("0.3.0", LedgerSeen(1, "0.4.0", hosts, old))
    shown = "\n".join(release_lines(plane("0.4.0"), [running], of("0.4.0")))
    assert f"\n{shown}\n" in (ROOT / "docs" / "deploy.md").read_text()


@pytest.mark.parametrize(
    ("there", "cluster", "verdict"),
    [
        ("0.4.0", "0.4.0", "ok"),
        ("0.4.0", "0.3.0", "warning"),
        ("0.3.0", "0.4.0", "warning"),
        ("0.4.0", "0.2.0", "wrong"),
    ],
)
def test_the_check_says_what_is_behind_and_what_is_too_far(
    there: str, cluster: str, verdict: Verdict
) -> None:
    line = releases_line(plane(there), trades(cluster))
    assert line.verdict == verdict
    assert f"control plane {there}; stack {cluster}" in line.seen
    assert bool(line.todo) is (there != cluster)


def test_a_stack_without_its_release_is_of_another_version() -> None:
    assert releases_line(stack(name="highwater"), trades("0.3.0")).todo == "make upgrade"
    assert "CLUSTER=trades" in releases_line(plane("0.3.0"), Running("trades", stack())).todo


def written(**changed: object) -> str:
    """A ledger as text: two RDBs that report, one that boots, one that left."""
    rdbs = {
        A: {"member": {"lifecycle": "InService"}, "report": {"state": "live"}, "release": "0.3.0"},
        B: {"member": {"lifecycle": "InService"}, "report": {"state": "rolled"}},
        C: {"member": {"lifecycle": "Pending"}},
        D: {"report": {"state": "drained"}, "release": "0.3.0"},
    }
    return msgspec.json.encode({"schema": 1, "cluster": "trades", "rdbs": rdbs, **changed}).decode()


def test_a_ledger_tells_the_releases_of_who_wrote_it_and_of_the_members_that_reported() -> None:
    plant = {"report": {"release": "0.3.0", "q_release": "0.2.0"}}
    assert ledger_seen(written(release="0.3.0", tickerplant=plant)) == LedgerSeen(
        1, "0.3.0", {A: Host("0.3.0"), B: Host("0.2.0")}, Host("0.3.0", "0.2.0")
    )
    assert ledger_seen(written()) == LedgerSeen(1, "0.2.0", {A: Host("0.3.0"), B: Host("0.2.0")})


def test_of_a_later_schema_no_more_is_read_than_who_wrote_it() -> None:
    assert ledger_seen(written(schema=2, release="0.9.0", rdbs=[1])) == LedgerSeen(2, "0.9.0", {})


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"schema": "one"}'])
def test_what_is_no_ledger_stops_no_upgrade(text: str) -> None:
    assert ledger_seen(text) is None
