"""How long gateway.q waits and for whom, in the evaluator."""

from tests.rdb.q.scenes import ends, feed, lose_two_updates, set_back
from tests.rdb.q.show import shown
from tests.rdb.test_q_gateway import at, die, gateway_scene, seen


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


def test_an_rdb_whose_connection_fell_silent_is_connected_to_anew_half_a_minute_after_a_question() -> None:
    cluster, (first, _), gateway = gateway_scene()
    (silent,) = (end for end in ends(first.process) if end.peer.owner is gateway.process)
    cluster.network.cut(silent)
    assert seen(gateway, "0N 0W") == "gap: updates 1 to 3: i-0 has not answered"
    cluster.run(18)
    assert silent.peer in ends(gateway.process)
    cluster.run(3)
    assert silent.peer not in ends(gateway.process)
    assert seen(gateway, "0N 0W") == "7"


def test_after_five_seconds_without_a_word_of_the_tickerplant_nobody_says_what_there_is() -> None:
    cluster, _, gateway = gateway_scene()
    cluster.tickerplant.stopped = True
    cluster.run(4)
    assert seen(gateway, "0N 0W") == "7"
    cluster.run(3)
    assert seen(gateway, "0N 0W").startswith(
        "gap: updates after 7: the tickerplant is silent since 2026.11.23D09:00"
    )
    assert seen(gateway, "0 7") == "7"


def test_a_time_that_is_over_is_answered_for_while_the_tickerplant_is_silent() -> None:
    cluster, _, gateway = gateway_scene()
    cluster.run(60)
    feed(cluster, 1)
    cluster.tickerplant.stopped = True
    cluster.run(7)
    assert seen(gateway, f"0Np {at(30)}") == "8"


def test_a_tickerplant_whose_connection_fell_silent_is_connected_to_anew_after_twenty_seconds() -> None:
    cluster, _, gateway = gateway_scene()
    (silent,) = (end for end in ends(cluster.tickerplant) if end.peer.owner is gateway.process)
    cluster.network.cut(silent)
    cluster.run(18)
    assert silent.peer in ends(gateway.process)
    cluster.run(4)
    assert silent.peer not in ends(gateway.process)
    assert seen(gateway, "0N 0W") == "7"


def test_what_the_log_lost_with_its_host_is_no_answer_while_its_rdb_has_not_heard_of_it() -> None:
    cluster, _, gateway = gateway_scene()
    dead = lose_two_updates(cluster)
    cluster.network.given_up(dead)
    # Its next try is ten seconds after this.
    cluster.network.run(20)
    cluster.replace_tickerplant()
    cluster.network.run(6)
    assert seen(gateway, "3 0W") == "gap: updates 4 to 7: i-1 does not hold all of them, live"


def test_without_its_tickerplant_it_tries_again_every_five_seconds_at_most_and_never_each_tick() -> None:
    cluster, _, gateway = gateway_scene()
    cluster.network.vanish(cluster.tickerplant)
    cluster.network.given_up(cluster.tickerplant)
    cluster.network.run(60)
    tries = int(shown(gateway.process.evaluate(".gateway.tries`"))[0])
    assert 12 <= tries <= 15


def test_a_host_that_is_gone_is_tried_after_1_2_5_10_and_30_seconds_and_then_once_a_minute() -> None:
    cluster, (first, _), gateway = gateway_scene()
    die(cluster, first)
    tries = []
    for _ in range(170):
        tries += shown(gateway.process.evaluate('.gateway.tries`$"i-0"'))
        cluster.network.run(1)
    # For how many seconds there had been so many.
    assert [tries.count(str(number)) for number in range(1, 8)] == [1, 2, 5, 10, 30, 60, 60]


def test_a_clock_that_is_set_back_lets_no_question_wait_beyond_its_deadline() -> None:
    cluster, (first, _), gateway = gateway_scene()
    first.process.stopped = True
    answer = gateway.ask()
    cluster.network.run(4)
    set_back(cluster, 3600)
    cluster.network.run(5)
    assert not answer.done
    cluster.network.run(2)
    assert shown(answer.value) == ['"gap: updates 1 to 3: i-0 has not answered"']  # type: ignore[arg-type]


def test_a_clock_that_is_set_back_keeps_no_silent_rdb_connected() -> None:
    cluster, (first, _), gateway = gateway_scene()
    (silent,) = (end for end in ends(first.process) if end.peer.owner is gateway.process)
    cluster.network.cut(silent)
    gateway.ask()
    cluster.network.run(1)
    set_back(cluster, 3600)
    cluster.network.run(28)
    assert silent.peer in ends(gateway.process)
    cluster.network.run(3)
    assert silent.peer not in ends(gateway.process)


def test_a_clock_that_is_set_back_keeps_nobody_from_being_connected_to_anew() -> None:
    cluster, _, gateway = gateway_scene()
    links = [end for end in ends(gateway.process) if end.peer.owner.alive]
    assert len(links) == 3
    set_back(cluster, 3600)
    cluster.network.run(1)
    for link in links:
        cluster.network.drop(link)
    cluster.network.run(2)
    assert seen(gateway, "0N 0W") == "7"


def test_a_clock_that_is_set_back_hides_no_silence_of_the_tickerplant() -> None:
    cluster, _, gateway = gateway_scene()
    cluster.tickerplant.stopped = True
    set_back(cluster, 3600)
    cluster.network.run(7)
    assert "the tickerplant is silent since 2026.11.23D08:00" in seen(gateway, "0N 0W")
