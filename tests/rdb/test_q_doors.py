"""Who gets through door.q, in the evaluator."""

from tests.rdb.q.cluster import PASSWORDS
from tests.rdb.q.errors import QError
from tests.rdb.q.files import Disk, Text
from tests.rdb.q.network import Network
from tests.rdb.q.process import Process
from tests.rdb.q_source import Q

NEWEST, BEFORE = "the-newest-password", "the-one-before"


def door(script: str, *, passwords: str = PASSWORDS) -> tuple[Network, Process]:
    network, disk = Network(Q), Disk()
    disk.make_folder("/run")
    disk.files[PASSWORDS] = Text((NEWEST, BEFORE, ""))
    network.scripts["rdb.q"] = script
    environment = {"HIGHWATER_Q_PASSWORDS": passwords}
    process = network.process(disk, environment, ("rdb", 0), script="door.q", arguments=["rdb.q", "5001"])
    return network, process


def enters(network: Network, process: Process, user: str, password: str) -> bool:
    caller = Process(process.disk, {}, network, "gateway", ())
    try:
        network.connect(caller, f"rdb:5001:{user}:{password}", 500)
    except QError as error:
        return str(error) != "access"
    return True


def test_the_newest_password_and_the_one_before_open_the_door_and_no_other() -> None:
    network, process = door("loaded: 1")
    tried = (NEWEST, BEFORE, "", "another")
    assert [enters(network, process, "highwater", one) for one in tried] == [True, True, False, False]
    assert not enters(network, process, "somebody", NEWEST)


def test_a_changed_password_needs_no_restart_and_a_file_that_is_gone_lets_nobody_in() -> None:
    network, process = door("loaded: 1")
    process.disk.files[PASSWORDS] = Text(("a-changed-password",))
    assert not enters(network, process, "highwater", NEWEST)
    assert enters(network, process, "highwater", "a-changed-password")
    del process.disk.files[PASSWORDS]
    assert not enters(network, process, "highwater", "a-changed-password")
    assert "cannot read the passwords" in process.said[0]


def test_other_users_enter_as_the_script_says() -> None:
    network, process = door(".z.pw:{[user;password] user=`trader}")
    assert enters(network, process, "trader", "x")
    assert not enters(network, process, "somebody", "x")
    assert not enters(network, process, "highwater", "x")


def test_a_script_that_does_not_load_ends_its_q_which_never_listened() -> None:
    for script in ("loaded: 1;\nnothing[1]", "\\l gone.q\n"):
        _, process = door(script)
        assert (process.alive, process.status, process.port) == (False, 1, 0)
        assert "cannot load rdb.q" in process.said[0]


def test_a_q_that_is_not_told_its_script_and_its_port_ends() -> None:
    for arguments in ([], ["rdb.q"], ["rdb.q", "5001", "-s"]):
        network, disk = Network(Q), Disk()
        network.scripts["rdb.q"] = "loaded: 1"
        environment = {"HIGHWATER_Q_PASSWORDS": PASSWORDS}
        process = network.process(disk, environment, ("rdb", 0), script="door.q", arguments=arguments)
        assert (process.alive, process.status, process.port) == (False, 1, 0)
        assert "door: start it as: q door.q SCRIPT PORT" in process.said[0]


def test_without_a_file_of_passwords_q_ends() -> None:
    _, process = door("loaded: 1", passwords="")
    assert (process.alive, process.status, process.port) == (False, 1, 0)
