"""The door of q, as far as reading can tell: what it does in which order, and whom it knows."""

import json

from highwater.deploy.packaging.template_files import CLUSTER_TEMPLATE, read_template
from tests.rdb.q_source import Q, read, statements

DOOR = read(Q / "door.q")
USER = "highwater"


def called() -> list[str]:
    """What the statements at the top do, which define nothing."""
    lines = [" ".join(token.text for token in one) for one in statements(DOOR.tokens)]
    return [line for line in lines if not line.split()[1].startswith(":")]


def test_nobody_enters_while_the_script_loads_and_the_port_is_opened_last() -> None:
    at = {
        name: next(n for n, line in enumerate(called()) if name in line)
        for name in ("count .door.file", ".door.shut", ".door.load", ".door.open")
    }
    assert list(at) == sorted(at, key=lambda name: at[name])
    assert at[".door.open"] == len(called()) - 1
    (listening,) = (token for token in DOOR.tokens if token.kind == "string" and token.text.startswith('"p '))
    assert listening in DOOR.body(".door.open")


def test_a_script_that_does_not_load_ends_q() -> None:
    (load,) = (line for line in called() if ".door.load" in line)
    assert ".door.end" in load
    assert "exit 1" in " ".join(token.text for token in DOOR.body(".door.end"))


def test_http_and_qcon_are_refused_from_the_start() -> None:
    shut = " ".join(token.text for token in DOOR.body(".door.shut"))
    assert ".z.pw : .door.nobody" in shut
    assert ".z.ph : .z.pp : .door.refuse" in shut
    assert ".z.pq: .door.refuse" in shut


def test_no_update_reaches_a_table_that_is_not_of_the_root() -> None:
    source = read(Q / "highwater.q")
    users = [
        name for name, value in source.definitions.items() if ".highwater.onUpdate" in [t.text for t in value]
    ]
    assert users == [".highwater.insertInto"]
    guard = " ".join(token.text for token in source.body(".highwater.insertInto"))
    assert guard.index('any ".:" in string tableName ; \'') < guard.index(".highwater.onUpdate")


def test_the_secret_the_door_and_who_knocks_name_one_user() -> None:
    resources = read_template(CLUSTER_TEMPLATE)["Resources"]
    generated = resources["QPassword"]["Properties"]["GenerateSecretString"]
    assert json.loads(generated["SecretStringTemplate"]) == {"username": USER}
    # q.md's limits of a password hold for what is generated: letters and digits.
    assert (generated["GenerateStringKey"], generated["ExcludePunctuation"]) == ("password", True)
    assert generated["PasswordLength"] >= 16
    assert f"`{USER}" in [token.text for token in DOOR.body(".door.mayEnter")]
    assert f'":{USER}:"' in [token.text for token in read(Q / "highwater.q").body(".highwater.dial")]
