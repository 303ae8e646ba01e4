"""What no cluster has is told of the account: misnamed groups, and groups that AWS does not show."""

import msgspec
import pytest

from chalicelib.core.account import account_of, former_cluster, known_names, misnamed_of
from chalicelib.core.alerts.telling import with_told
from chalicelib.core.facts.group import Group
from chalicelib.core.facts.ledger import KnownGroup, Ledger
from chalicelib.core.facts.wake_ups import ACCOUNT
from tests.unit.builders import NOW, ago

FAILURE = "DescribeAutoScalingGroups failed: AccessDenied"
EMPTY = Ledger(ACCOUNT)


def group(name: str = "highwater-orders-rdb", **tags: str) -> Group:
    shown = {f"highwater:{tag}": value for tag, value in tags.items()}
    return Group(name, tags.get("cluster", ""), shown, 0, 4, 1, {})


TRADES = group("highwater-trades-rdb", role="rdb", cluster="trades")


@pytest.mark.parametrize(
    ("tags", "misnamed"),
    [
        ({"role": "rdb", "cluster": "orders"}, False),
        ({"role": "rdb", "cluster": "two words"}, True),
        ({"role": "rdb"}, True),
        ({"role": "RDB", "cluster": "orders"}, True),
        ({"cluster": "orders"}, True),
        ({"role": "tickerplant", "cluster": "orders"}, False),
        ({"role": "gateway", "cluster": "trades"}, False),
    ],
)
def test_a_group_with_half_of_our_tags_is_misnamed_but_one_of_another_role_beside_a_cluster_is_not(
    tags: dict[str, str], misnamed: bool
) -> None:
    orders = group("highwater-orders-rdb", **tags)
    assert misnamed_of([TRADES, orders]) == ((orders,) if misnamed else ())


def test_a_group_that_is_being_deleted_is_not_misnamed() -> None:
    going = msgspec.structs.replace(group(role="RDB", cluster="orders"), deleting=True)
    assert misnamed_of([going]) == ()


@pytest.mark.parametrize(
    ("name", "cluster", "former"),
    [
        ("highwater-trades-rdb", "trades", None),
        ("highwater-trades-rdb", "orders", "trades"),
        ("copied", "trades", None),
    ],
)
def test_the_name_of_a_group_says_which_cluster_it_had(name: str, cluster: str, former: str | None) -> None:
    assert former_cluster(group(name, role="rdb", cluster=cluster)) == former


@pytest.mark.parametrize(("hours", "names"), [(11.9, ("trades-2", "trades-1")), (12, ("trades-2",))])
def test_a_group_that_a_cluster_left_is_its_own_for_twelve_hours_more(
    hours: float, names: tuple[str, ...]
) -> None:
    left = Ledger("trades", group=KnownGroup("trades-2", ago(60 * hours), "trades-1"))
    assert known_names(left, NOW) == names


def test_a_misnamed_group_is_told_once_with_the_tag_to_set_and_once_when_it_is_over() -> None:
    orders = group(role="RDB", cluster="orders")
    first, ledger = account_of(EMPTY, [orders], (), ago(60))
    (told,) = first.told
    assert told.key == "misnamed highwater-orders-rdb"
    assert "its tag highwater:role is 'RDB', and no group of cluster 'orders' has the role rdb" in told.text
    ledger = with_told(ledger, first)
    again, ledger = account_of(ledger, [orders], (), ago(59))
    assert not again.has_news
    assert again.alerts
    _, ledger = account_of(ledger, [], (), ago(10))
    over, _ = account_of(ledger, [], (), NOW)
    assert [alert.key for alert in over.cleared] == [told.key]
    assert (first.code, over.code) == ("configuration", "in-order")


@pytest.mark.parametrize("why", ["stands_in", "unmended"])
@pytest.mark.parametrize("failures", [(), (FAILURE,)])
def test_a_ledger_of_the_account_that_cannot_be_read_is_told_without_a_word_of_hosts(
    why: str, failures: tuple[str, ...]
) -> None:
    unread = msgspec.structs.replace(EMPTY, **{why: "item stand-in: no text"})
    decision, _ = account_of(unread, [], failures, NOW)
    (told,) = decision.told
    assert told.key == "unreadable"
    assert "item stand-in: no text" in told.text
    assert "host" not in told.text
    assert "released" not in told.text


def test_groups_that_aws_refuses_to_show_are_told_at_the_second_time_and_end_no_other_alert() -> None:
    first, ledger = account_of(EMPTY, [group(role="RDB", cluster="orders")], (), ago(60))
    ledger = with_told(ledger, first)
    once, ledger = account_of(ledger, [], (FAILURE,), ago(30))
    assert (once.code, once.has_news) == ("unreadable", False)
    twice, ledger = account_of(ledger, [], (FAILURE,), ago(29))
    assert [alert.key for alert in twice.told] == ["unread DescribeAutoScalingGroups"]
    assert FAILURE in twice.told[0].text
    assert ledger.alerts["misnamed highwater-orders-rdb"].ended is None


def test_the_text_is_bounded_whatever_the_tags_say() -> None:
    decision, _ = account_of(EMPTY, [group(role="r" * 256, cluster="c" * 256)], (), NOW)
    assert len(msgspec.json.encode(decision)) < 2000
