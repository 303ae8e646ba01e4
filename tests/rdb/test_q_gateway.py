"""gateway.q in the evaluator: what it answers, and which gaps it names."""

import re

import pytest

from tests.rdb.q.cluster import PAGE, Cluster, Rdb
from tests.rdb.q.errors import QError
from tests.rdb.q.gate import SCRIPT, Gateway
from tests.rdb.q.scenes import feed, restart, scene
from tests.rdb.q.show import shown
from tests.rdb.q.values import Atom
from tests.rdb.q.walk import Walk
from tests.rdb.q.writedown import WriteDown


def gateway_scene(script: str = SCRIPT) -> tuple[Cluster, list[Rdb], Gateway]:
    """Build a cluster where the first RDB has updates 1 to 3, and the second, which is live, 4 to 7."""
    cluster, rdbs = scene()
    gateway = Gateway(cluster, script)
    cluster.run(2)
    feed(cluster, 3)
    cluster.ask(rdbs[0], ".highwater.roll[]")
    cluster.run(1)
    feed(cluster, 4)
    return cluster, rdbs, gateway


def die(cluster: Cluster, rdb: Rdb) -> None:
    cluster.network.end(rdb.process, -9)
    rdb.host_lives = False
    cluster.run(1)


def seen(gateway: Gateway, wanted: str, query: str = '"count trade"', combine: str = "sum") -> str:
    """Return what a client sees, at once or at the deadline."""
    answer = gateway.ask(query, combine, wanted)
    if not answer.done:
        gateway.cluster.run(11)
    assert answer.done
    assert answer.value is not None
    text = " ".join(shown(answer.value))
    return text.strip('"') if answer.failed else text


def at(second: int) -> str:
    return f"2026.11.23D09:00:{second:02}"


def test_the_example_of_the_page_is_what_the_files_do() -> None:
    page = PAGE.partition("## A gateway\n")[2].partition("\n## ")[0]
    script = page.partition("```q\n")[2].partition("```")[0]
    cluster, (first, _), gateway = gateway_scene(SCRIPT + script.replace("\\l gateway.q\n", ""))
    held, died = (block for block in re.findall(r"```\n(.*?)```", page, re.DOTALL))
    for block in (held, died):
        if block is died:
            die(cluster, first)
        for line, wanted in re.findall(r'q\)h "(.*)"\n(.*)\n', block):
            answer = cluster.network.question(gateway.process, line.replace('\\"', '"'))
            cluster.network.run(0)
            assert answer.value is not None
            (text,) = shown(answer.value)
            assert (f"'{text[1:-1]}" if answer.failed else text) == wanted


def test_rows_of_a_time_come_from_the_rdbs_that_may_have_them() -> None:
    cluster, _, gateway = gateway_scene()
    cluster.run(90)
    feed(cluster, 2)
    cluster.run(2)
    select = "({[begin;end] select from trade where time within (begin;end)}; 0D09:00:00; 0D10:00:00)"
    assert seen(gateway, f"{at(0)} {at(30)}", select, "{[results] exec n from raze results}") == (
        "10 20 30 40 50 60 70 80 90"
    )
    # Until then there were seven updates, and the first RDB had handed over.
    assert shown(gateway.process.evaluate(".gateway.which[2026.11.23D09:01:20 2026.11.23D09:01:30]`id")) == [
        "`i-1"
    ]
    assert seen(gateway, "2026.11.23D09:01:20 2026.11.23D09:01:30", '"0+1"', "count") == "1"


def test_what_was_written_down_and_dropped_is_a_gap_for_who_asks_for_it_by_index_or_time() -> None:
    cluster, (first, _), gateway = gateway_scene()
    write_down = WriteDown(cluster)
    cluster.ask(first, ".highwater.drain[]")
    write_down.step()
    cluster.run(3)
    assert shown(cluster.ask(first, ".highwater.status[]`state")) == ["`drained"]
    assert seen(gateway, "0N 0W") == "4"
    assert seen(gateway, "0 0W") == "gap: updates 1 to 3: i-0 does not hold all of them, drained"
    assert seen(gateway, f"0Np {at(8)}") == "4"
    die(cluster, first)
    assert seen(gateway, "0N 0W") == "4"
    assert seen(gateway, f"{at(1)} {at(8)}") == "gap: updates 1 to 3: i-0 is not connected"


def test_yesterdays_rows_are_a_gap_once_no_window_is_as_old() -> None:
    cluster, (first, second), gateway = gateway_scene()
    write_down = WriteDown(cluster)
    die(cluster, first)
    cluster.network.tell_text(cluster.tickerplant, ".tp.windows: 1_.tp.windows; .tp.endOfDay[]")
    feed(cluster, 2)
    write_down.safe = 7
    write_down.tell()
    cluster.run(3)
    cluster.network.tell_text(cluster.tickerplant, ".tp.endOfDay[]")
    cluster.run(3)
    assert second.read("firstIndex") == 7
    assert seen(gateway, "0N 0W") == "2"
    for begin, end in (("2026.11.22D09:00:00", "2026.11.23D09:00:09"), ("2026.11.22D09:00:00", "0Wp")):
        assert seen(gateway, f"{begin} {end}") == "gap: updates 1 to 7: no window has them"
    assert seen(gateway, "2026.11.23D09:00:13 0Wp") == "2"


def test_the_error_of_a_query_is_told_with_the_rdb_that_has_it() -> None:
    _, _, gateway = gateway_scene()
    assert seen(gateway, "0N 0W", '"1+`a"') == "i-0: type"
    assert seen(gateway, "0N 0W", combine="{[results] results+`a}") == "type"
    gateway.cluster.run(1)
    # Nothing is kept of a question that has failed.
    kept = "count each (.gateway.told; .gateway.results; .gateway.orders; .gateway.parts)"
    assert shown(gateway.process.evaluate(kept)) == ["1 1 1 0"]
    assert gateway.process.errors == []


def test_a_hand_over_that_is_not_known_here_yet_is_no_answer() -> None:
    cluster, (_, second), gateway = gateway_scene()
    assert seen(gateway, "0N 0W") == "7"
    gateway.process.evaluate(".gateway.learn:{[answer] answer}")
    cluster.launch()
    cluster.run(2)
    cluster.ask(second, ".highwater.roll[]")
    cluster.run(0.3)
    assert seen(gateway, "0N 0W") == "gap: updates after 7: i-1 is rolled"


def test_rows_that_two_rdbs_have_are_no_answer() -> None:
    _, (first, _), gateway = gateway_scene()
    first.process.write(".highwater.lastIndex", Atom("j", 5))
    assert seen(gateway, "0N 0W") == "two RDBs hold updates after 5"


def test_an_rdb_that_reads_its_window_again_says_how_far_it_is() -> None:
    cluster, (first, _), gateway = gateway_scene()
    first.process.evaluate(".highwater.persisted:{[] 0N}")
    cluster.network.end(first.process, -9)
    cluster.restart(first)
    first.process.evaluate(".highwater.replay:{[] 0}")
    cluster.run(6)
    assert seen(gateway, "0N 0W").startswith("gap: updates 1 to 3: i-0 does not hold all of them")
    restart(cluster, first)
    assert seen(gateway, "0N 0W") == "7"


def test_updates_that_the_log_has_lost_are_a_gap() -> None:
    _, (first, _), gateway = gateway_scene()
    first.process.evaluate("`.highwater.gaps insert (1;2)")
    assert seen(gateway, "0N 0W") == "gap: updates 2 to 2: i-0 does not hold all of them, rolled"
    assert seen(gateway, "2 0W") == "7"


def test_an_rdb_that_has_dropped_only_some_of_its_tables_gives_no_answer() -> None:
    _, (first, _), gateway = gateway_scene()
    first.process.evaluate(".highwater.emptying: 1b")
    assert seen(gateway, "0 0W") == "gap: updates 1 to 3: i-0 does not hold all of them, rolled"


def test_who_has_lost_its_addresses_finds_them_again_after_a_restart_of_the_tickerplant() -> None:
    cluster, (first, _), gateway = gateway_scene()
    cluster.ask(first, ".highwater.drain[]")
    cluster.run(3)
    cluster.network.end(cluster.tickerplant, -9)
    cluster.run(8)
    assert shown(gateway.process.evaluate(".gateway.windows`state")) == ["`left`live"]
    assert seen(gateway, "0N 0W") == "7"


def test_what_nobody_has_yet_is_a_gap_that_says_so() -> None:
    cluster, (_, second), gateway = gateway_scene()
    cluster.ask(second, ".highwater.roll[]")
    cluster.run(2)
    feed(cluster, 1)
    assert seen(gateway, "0N 0W") == "gap: updates 8 to 8: no RDB has them yet"
    assert shown(gateway.process.evaluate(".gateway.windows`state")) == ["`rolled`rolled`none"]


def test_an_address_with_a_password_of_its_own_needs_none_of_the_file() -> None:
    script = '\\l gateway.q\n.gateway.address:{[] "tp1:5000:firm:its-own"};\n'
    cluster, rdbs = scene()
    for process in (cluster.tickerplant, *(rdb.process for rdb in rdbs)):
        process.evaluate(
            '.z.pw:{[other;user;password] $[user=`firm; password~"its-own"; other[user;password]]}[.z.pw]'
        )
    gateway = Gateway(cluster, script)
    cluster.run(2)
    feed(cluster, 3)
    assert seen(gateway, "0N 0W") == "3"


def test_a_window_begins_when_the_one_before_it_ended() -> None:
    gateway = gateway_scene()[2]
    times = "(.gateway.windows`lastTime; .gateway.windows`firstTime)"
    gateway.process.evaluate(f".app.times: {times}")
    assert shown(gateway.process.evaluate(".app.times[0;0]=.app.times[1;1]")) == ["1b"]
    assert shown(gateway.process.evaluate(".app.times[1;0]<.app.times[1;1]")) == ["1b"]


def test_the_table_of_windows_is_told_on_a_change_alone() -> None:
    cluster, (first, _), gateway = gateway_scene()
    count = ".app.told: 0; .gateway.learn:{[other;answer] .app.told+: 1; other answer}[.gateway.learn]"
    gateway.process.evaluate(count)
    feed(cluster, 10)
    cluster.run(10)
    assert shown(gateway.process.read(".app.told")) == ["0"]
    cluster.ask(first, ".highwater.drain[]")
    cluster.run(2)
    assert shown(gateway.process.read(".app.told")) != ["0"]


def test_code_of_the_gateway_may_ask_too() -> None:
    _, _, gateway = gateway_scene(
        SCRIPT + ".app.got: ();\n.app.done:{[failed;result] .app.got: (failed;result);};\n"
    )
    gateway.process.evaluate('.gateway.ask[0N 0W;"count trade";sum;.app.done]')
    gateway.cluster.network.run(0)
    assert shown(gateway.process.read(".app.got")) == ["0b", "7"]


def test_a_host_of_the_cluster_runs_no_code_in_the_gateway() -> None:
    cluster, (first, _), gateway = gateway_scene()
    (handle,) = (
        number
        for number, end in first.process.handles.items()
        if not isinstance(end, str) and end.peer.owner is gateway.process
    )
    with pytest.raises(QError, match="nothing is asked here"):
        first.process.evaluate(f'{handle}i "1+1"')
    first.process.evaluate(f'neg[{handle}i] ".app.broken: 1b"')
    cluster.run(0.1)
    assert gateway.process.errors == ["message: not among .gateway.words"]


def test_a_walk_finds_a_gateway_that_does_not_look_at_what_answers_are_of() -> None:
    wrong = {"if[count missing; '.gateway.gap": "if[0b; '.gateway.gap"}
    with pytest.raises(AssertionError, match="the gateway"):
        Walk(1, wrong).go(60)
