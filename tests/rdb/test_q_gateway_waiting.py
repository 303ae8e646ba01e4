"""How long gateway.q waits and for whom, in the evaluator."""

from tests.rdb.q.show import shown
from tests.rdb.test_q_gateway import die, gateway_scene, seen


def test_a_host_that_dies_with_a_question_is_named_at_once() -> None:
    cluster, (first, _), gateway = gateway_scene()
    first.process.stopped = True
    answer = gateway.ask()
    assert not answer.done
    cluster.network.end(first.process, -9)
    cluster.run(0.1)
    assert answer.failed
    assert shown(answer.value) == ['"gap: updates 1 to 3: i-0 has not answered"']  # type: ignore[arg-type]


def test_an_rdb_that_is_slow_is_waited_for_until_the_deadline() -> None:
    cluster, (first, _), gateway = gateway_scene()
    first.process.stopped = True
    answer = gateway.ask()
    cluster.run(9)
    assert not answer.done
    cluster.network.resume(first.process)
    cluster.run(0.5)
    assert shown(answer.value) == ["7"]  # type: ignore[arg-type]


def test_a_question_has_a_deadline_and_an_answer_after_it_is_of_no_question() -> None:
    cluster, (first, _), gateway = gateway_scene()
    first.process.stopped = True
    assert seen(gateway, "0N 0W") == "gap: updates 1 to 3: i-0 has not answered"
    cluster.network.resume(first.process)
    cluster.run(1)
    assert seen(gateway, "0N 0W") == "7"
    assert gateway.process.errors == []
    assert shown(
        gateway.process.evaluate("count each (.gateway.told; .gateway.results; .gateway.parts)")
    ) == ["1 1 0"]


def test_a_connection_that_fell_silent_is_opened_anew() -> None:
    cluster, (first, _), gateway = gateway_scene()
    for end in list(first.process.handles.values()):
        if not isinstance(end, str) and end.peer.owner is gateway.process:
            cluster.network.cut(end)
    assert seen(gateway, "0N 0W") == "gap: updates 1 to 3: i-0 has not answered"
    cluster.run(35)
    assert seen(gateway, "0N 0W") == "7"


def test_nobody_says_what_there_is_while_the_tickerplant_is_silent() -> None:
    cluster, _, gateway = gateway_scene()
    cluster.tickerplant.stopped = True
    cluster.run(7)
    assert seen(gateway, "0N 0W").startswith(
        "gap: updates after 7: the tickerplant is silent since 2026.11.23D09:00"
    )
    assert seen(gateway, "0 7") == "7"


def test_without_its_tickerplant_it_tries_again_every_five_seconds_at_most_and_never_each_tick() -> None:
    cluster, _, gateway = gateway_scene()
    cluster.network.vanish(cluster.tickerplant)
    cluster.network.given_up(cluster.tickerplant)
    cluster.network.run(60)
    tries = int(shown(gateway.process.evaluate(".gateway.tries`"))[0])
    assert 12 <= tries <= 15


def test_a_host_that_is_gone_is_tried_ever_later() -> None:
    cluster, (first, _), gateway = gateway_scene()
    die(cluster, first)
    cluster.run(100)
    assert 5 <= int(shown(gateway.process.evaluate('.gateway.tries`$"i-0"'))[0]) <= 7
