"""What the q files are told by their environment and by their host, in the evaluator."""

import pytest

from tests.rdb.q.cluster import EXAMPLE, PASSWORDS, Cluster
from tests.rdb.q.files import Disk, Text
from tests.rdb.q.network import Network
from tests.rdb.q.process import Process
from tests.rdb.q.scenes import feed, link_of, rows, scene, state
from tests.rdb.q.show import shown
from tests.rdb.q_source import Q


def started(script: str, **environment: str) -> Process:
    disk = Disk()
    disk.make_folder("/mnt/highwater")
    return Network(Q).process(disk, environment, ("host", 5001), script=script)


ROLL = "HIGHWATER_ROLL_THRESHOLD must be a percentage from 1 to 99"
HARD = "HIGHWATER_HARD_THRESHOLD must be a percentage from 0 to 99; 0 for none"


@pytest.mark.parametrize(
    ("script", "name", "text", "words"),
    [
        ("highwater.q", "HIGHWATER_ROLL_THRESHOLD", "0.9", ROLL),
        ("highwater.q", "HIGHWATER_ROLL_THRESHOLD", "99.5", ROLL),
        ("highwater.q", "HIGHWATER_ROLL_THRESHOLD", "most", ROLL),
        ("highwater.q", "HIGHWATER_HARD_THRESHOLD", "-1", HARD),
        ("highwater.q", "HIGHWATER_HARD_THRESHOLD", "100", HARD),
        ("gateway.q", "HIGHWATER_DEADLINE", "soon", "HIGHWATER_DEADLINE must be a number of seconds"),
        ("gateway.q", "HIGHWATER_MARGIN", "-1", "HIGHWATER_MARGIN must be a number of seconds"),
        ("gateway.q", "HIGHWATER_MARGIN", "86401", "HIGHWATER_MARGIN must be a number of seconds"),
    ],
)
def test_a_setting_that_is_none_ends_the_script_with_its_name_and_rule(
    script: str, name: str, text: str, words: str
) -> None:
    process = started(script, HIGHWATER_INSTANCE_ID="i-0a", **{name: text})
    assert process.errors == [f"{script}: {words}"]
    assert process.timer == 0


def test_settings_that_are_at_their_ends_are_taken() -> None:
    ends = {"HIGHWATER_ROLL_THRESHOLD": "1", "HIGHWATER_HARD_THRESHOLD": "0"}
    rdb = started("highwater.q", HIGHWATER_INSTANCE_ID="i-0a", **ends)
    seen = shown(rdb.evaluate("(.highwater.rollThreshold, .highwater.hardThreshold)=1 0"))
    assert (rdb.errors, seen) == ([], ["11b"])
    gateway = started("gateway.q", HIGHWATER_DEADLINE="0.5", HIGHWATER_MARGIN="0")
    times = ".gateway.deadline, .gateway.margin"
    assert (gateway.errors, shown(gateway.evaluate(f"({times})=0D00:00:00.5 0D00:00:00"))) == ([], ["11b"])


def test_without_settings_the_defaults_of_the_page_hold() -> None:
    rdb = started("highwater.q", HIGHWATER_INSTANCE_ID="i-0a")
    numbers = "(.highwater.rollThreshold=85; .highwater.hardThreshold=92; .highwater.drainsWritten)"
    assert shown(rdb.evaluate(numbers)) == ["110b"]
    assert shown(rdb.evaluate(".highwater.logs,.highwater.persistedFile")) == ['"/mnt/highwater"']
    assert shown(rdb.evaluate(".highwater.marker")) == ["`:/var/lib/highwater/drained"]
    assert (rdb.timer, shown(rdb.evaluate(".highwater.persisted[]"))) == (200, ["0N"])
    gateway = started("gateway.q")
    assert shown(gateway.evaluate("(.gateway.deadline,.gateway.margin)=0D00:00:10 0D00:00:01")) == ["11b"]
    assert gateway.timer == 200


def test_a_host_that_no_setting_and_no_board_names_an_instance_is_none() -> None:
    nameless = Network(Q).process(Disk(), {}, ("host", 5001), script="highwater.q")
    assert "OS reports: No such file" in nameless.errors[0]
    wrong = started("highwater.q", HIGHWATER_INSTANCE_ID="web-7")
    assert "the board does not name an EC2 instance" in wrong.errors[0]


@pytest.mark.parametrize(
    ("given", "address"),
    [("tp7", "tp7:5000"), ("tp7:5010", "tp7:5010"), ("tp7:5010:firm:its-own", "tp7:5010:firm:its-own")],
)
def test_a_tickerplant_is_at_port_5000_unless_it_is_given(given: str, address: str) -> None:
    rdb = started("highwater.q", HIGHWATER_INSTANCE_ID="i-0a", HIGHWATER_TICKERPLANT=given)
    assert shown(rdb.evaluate(".highwater.address[]")) == [f'"{address}"']


def test_a_timer_of_the_firms_own_is_kept_and_ours_runs_every_150_ms_at_most() -> None:
    count = ".app.ours: 0; .highwater.listen:{[other;ignored] .app.ours+: 1; other[]}[.highwater.listen];\n"
    own = '.app.ticks: 0;\n.z.ts:{[now] .app.ticks+: 1};\nsystem "t 50";\n'
    cluster = Cluster(
        example=EXAMPLE.replace("\\l /mnt/code/kx/highwater.q", f"{own}\\l highwater.q") + count
    )
    rdb = cluster.launch()
    cluster.run(30)
    assert rdb.process.timer == 50
    ticks, ours = (int(shown(rdb.process.read(f".app.{name}"))[0]) for name in ("ticks", "ours"))
    assert (590 <= ticks <= 601, 190 <= ours <= 201) == (True, True)
    assert state(cluster, rdb) == "`live"


def test_an_rdb_that_is_refused_with_the_newest_password_tries_the_one_before() -> None:
    cluster, (live,) = scene(rdbs=1)
    cluster.disk.files[PASSWORDS] = Text(("of-today", "of-yesterday"))
    cluster.tickerplant.evaluate('.z.pw:{[user;password] (user=`highwater) and password~"of-yesterday"}')
    link = link_of(cluster, live)
    cluster.network.drop(link)
    cluster.run(5)
    feed(cluster, 2)
    assert (state(cluster, live), rows(live)) == ("`live", 2)
    assert any("access" in text for text in live.process.said)


def test_an_rdb_tries_a_tickerplant_that_is_gone_after_1_2_5_10_and_30_seconds_and_then_once_a_minute() -> (
    None
):
    cluster, (live,) = scene(rdbs=1)
    cluster.network.end(cluster.tickerplant, -9)
    tries = []
    for _ in range(170):
        cluster.network.run(1)
        tries.append(live.read("tries"))
    # For how many seconds there had been so many.
    assert [tries.count(number) for number in range(1, 8)] == [1, 2, 5, 10, 30, 60, 60]


def test_a_tickerplant_that_is_silent_for_twenty_seconds_is_hung_up_on() -> None:
    cluster, (live,) = scene(rdbs=1)
    link = link_of(cluster, live)
    cluster.network.cut(link)
    cluster.network.run(18)
    assert cluster.link(live) is link
    cluster.network.run(4)
    assert cluster.link(live) is not link
    assert state(cluster, live) == "`live"


def test_a_host_whose_memory_cannot_be_read_says_so_and_goes_on() -> None:
    cluster, (live,) = scene(rdbs=1)
    live.process.evaluate('.highwater.slurp:{[path] "MemTotal: 9 kB\\nMemAvailable: kB"}')
    feed(cluster, 2)
    assert "/proc/meminfo has no MemTotal or no MemAvailable" in " ".join(live.process.said)
    assert (state(cluster, live), rows(live)) == ("`live", 2)
