"""The evaluator against what KX's reference says of q: the documented cases that the files rely on."""

import pytest

from tests.rdb.q.errors import QError, Unsupported
from tests.rdb.q.files import Disk, Log
from tests.rdb.q.network import Network
from tests.rdb.q.process import Process
from tests.rdb.q.show import shown
from tests.rdb.q_source import Q


def fresh(before: str = "") -> Process:
    return Network(Q).process(Disk(), {"HOME": "/root"}, ("localhost", 5000), before)


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        # Right to left, without precedence; items and arguments from the right too.
        ("2*3+4", "14"),
        ("10-2-3", "11"),
        ("(a+1;a:1)", "2 1"),
        ("{x,y}[b;b:2]", "2 2"),
        ("a-1 1+a:5", "-1 -1"),
        # A minus that touches a number belongs to it after a blank.
        ("1 -1", "1 -1"),
        ("(3-1)-1", "1"),
        ("neg -2", "2"),
        # Nulls: the least of all, part of no sum, left out of aggregates.
        ("0N<1", "1b"),
        ("0N+1", "0N"),
        ("0N | 3", "3"),
        ("0N & 3", "0N"),
        ("0^0N", "0"),
        ("max 0N 2 1", "2"),
        ("min `long$()", "0W"),
        ("max `long$()", "-0W"),
        ("sum 1 0N 2", "3"),
        ('"J"$"x"', "0N"),
        ("string 0N", '""'),
        ("1 2 3 5", "1 2 3 5"),
        ("1 2 3 `long$7", "0N"),
        # Lists.
        ("5#1 2", "1 2 1 2 1"),
        ("1_1 2 3", "2 3"),
        ("-1_1 2 3", "1 2"),
        ("5 sublist 1 2", "1 2"),
        ("1 2 3 except 2", "1 3"),
        ("where 010b", ",1"),
        ("first ()", "()"),
        ("first `long$()", "0N"),
        ("`a in `a`b", "1b"),
        ('":" in "a:b"', "1b"),
        ('any ".:" in "a.b"', "1b"),
        ('2>sum ":"="a:b:c"', "0b"),
        ("type each (1;`a;1 2;(1;`a);([] a: 1 2))", "-7 -11 7 0 98h"),
        # Texts.
        ('"," sv ("a1";"b1")', '"a1,b1"'),
        ('last "," vs "a,bc"', '"bc"'),
        ('("updates1";"day") like "updates[0-9]*"', "10b"),
        ('"J"$7_/:("updates1";"updates12")', "1 12"),
        ('`$"a b"', "`a b"),
        # Functions: projection, trap, iterators, conditions.
        ("{[a;b] a-b}[;1] 5", "4"),
        ('@[{[x] \'"no"};1;{[failure] failure}]', '"no"'),
        ("@[{[x] undefined};1;{[failure] failure}]", '"undefined"'),
        (".[{[a;b] a+b};1 2;0N]", "3"),
        ("1 2+'10 20", "11 22"),
        ("10+/:1 2", "11 12"),
        ("{[a;b] a+b}/[0;1 2 3]", "6"),
        ("$[0b;1;0b;2;3]", "3"),
        ("{[x] if[x>1; :`big]; `small} 2", "`big"),
        ("count {[x] x;} 1", "1"),
        # Dictionaries and tables.
        ("(`a`b!1 2)`b", "2"),
        ("(`a`b!1 2)`c", "0N"),
        ("exec first a from ([] a: 1 2; b: `x`y) where b=`y", "2"),
        ("exec last a by b from ([] a: 1 2 3; b: `y`x`y)", "x| 2 / y| 3"),
        ("exec max a from ([] a: 1 2) where a>2", "-0W"),
        ("count select from ([] a: 1 2 3) where a>1, a<3", "1"),
        ("(first ([] a: 1 2; b: `x`y))`b", "`x"),
        ("7 mod 3", "1"),
        ("-7 mod 3", "2"),
        ("-7 div 3", "-3"),
        ("2026.11.23D00:00:01-2026.11.23D00:00:00", "0D00:00:01.000000000"),
        ("`date$2026.11.23D23:00:00+0D02:00:00", "2026.11.24"),
        ("ceiling 2 xlog 9f", "4"),
    ],
)
def test_an_expression_gives_what_the_reference_says(text: str, seen: str) -> None:
    assert " / ".join(shown(fresh().evaluate(text))) == seen


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("1 2+1 2 3", "length"),
        ("1+`a", "type"),
        ("`a=1", "type"),
        ("{[a] a}[1;2]", "rank"),
        ('t insert ("x";1)', "t"),
        ("nothing", "nothing"),
        ("if[`a; 1]", "type"),
        ("`s#2 1", "s-fail"),
        ("`t insert (1f;`a)", "type"),
        ("`t insert (1;`a;2)", "length"),
    ],
)
def test_q_signals_what_the_reference_says(text: str, error: str) -> None:
    with pytest.raises(QError, match=f"^{error}$"):
        fresh("t".join(["", ":([] a: `long$(); b: `symbol$())"]) if "`t" in text else "").evaluate(text)


@pytest.mark.parametrize(
    "text",
    [
        "{[x] y:1+y; y} 1",
        "([] a: 1 2; b: 1 2 3)",
        "1 2 cor 3 4",
        "wj[1;2;3]",
        "+ 1",
        "select a by b from ([] a: 1 2; b: 1 2)",
        'system "rm -r /"',
        "-19!1",
    ],
)
def test_what_is_not_known_or_surely_wrong_is_never_trapped(text: str) -> None:
    process = fresh()
    with pytest.raises((Unsupported, QError)) as raised:
        process.evaluate(text)
    if isinstance(raised.value, QError):
        # A name of q that is not known here: q code could trap it, so the walks look at what was said.
        assert str(raised.value) in ("cor", "wj")
    else:
        with pytest.raises(Unsupported):
            process.evaluate(f"@[{{[x] {text}}}; 1; 0]")


def test_a_log_is_read_up_to_its_torn_end_and_not_past_a_bad_record() -> None:
    process = fresh(".app.seen: (); upd:{[tableName;rows] .app.seen,: rows;}")
    process.disk.make_folder("/logs")
    process.evaluate(
        "file: `:/logs/one; file set (); h: hopen file; h enlist (`upd;`t;1); h enlist (`upd;`t;2); hclose h"
    )
    log = process.disk.log("/logs/one")
    log.torn = 9
    assert shown(process.evaluate("-11!(-2;file)")) == ["2 136"]
    assert shown(process.evaluate("-11!(2;file)")) == ["2"]
    log.torn, log.bad = 0, 1
    assert shown(process.evaluate("first -11!(-2;file)")) == ["1"]
    with pytest.raises(QError, match="badtail"):
        process.evaluate("-11!(2;file)")
    assert shown(process.evaluate(".app.seen")) == ["1 2 1"]


def test_a_table_is_splayed_enumerated_sorted_and_parted_on_disk_as_the_reference_says() -> None:
    process = fresh("t: ([] s: `b`a`b; n: 1 2 3)")
    with pytest.raises(QError, match=r"^type$"):
        process.evaluate("`:/db/t/ set t")
    process.evaluate("`:/db/t/ set .Q.en[`:/db; t]; `:/db/t/ upsert .Q.en[`:/db; ([] s: `c`a; n: 4 5)]")
    assert shown(process.evaluate("get `:/db/sym")) == ["`b`a`c"]
    assert shown(process.evaluate("type each get each (`:/db/t/s; `:/db/t/n)")) == ["20 7h"]
    with pytest.raises(QError, match=r"^u-fail$"):
        process.evaluate("@[`:/db/t/; `s; `p#]")
    assert shown(process.evaluate("@[`s xasc `:/db/t/; `s; `p#]")) == ["`:/db/t/"]
    # Stable: rows of one symbol stay in their order.
    assert shown(process.evaluate("get `:/db/t/n")) == ["2 5 1 3 4"]
    assert shown(process.evaluate("attr get `:/db/t/s")) == ["`p"]
    with pytest.raises(QError, match=r"^mismatch$"):
        process.evaluate("`:/db/t/ upsert ([] n: 1 2)")


def test_a_folder_is_renamed_whole_and_never_into_one_that_has_something_in_it() -> None:
    process = fresh("`:/db/new/t/ set ([] n: 1 2); `:/db/old/t/ set ([] n: 3 4)")
    with pytest.raises(QError, match=r"^os$"):
        process.evaluate('system "mv -T /db/new /db/old"')
    process.evaluate('system "rm -rf /db/old"; system "mv -T /db/new /db/old"')
    assert shown(process.evaluate("key `:/db")) == ["`old"]
    assert shown(process.evaluate("get `:/db/old/t/n")) == ["1 2"]


def test_a_q_has_the_partitions_of_the_database_that_it_loaded() -> None:
    process = fresh("`:/db/2026.11.23/t/ set ([] n: 1 2); `:/db/sym set `a`b")
    process.evaluate('system "l /db"')
    assert shown(process.evaluate("`$string .Q.pv")) == ["`2026.11.23"]
    process.evaluate('`:/db/2026.11.24/t/ set ([] n: 1 2); value "\\\\l ."')
    assert shown(process.evaluate("`$string .Q.pv")) == ["`2026.11.23`2026.11.24"]
    assert shown(process.evaluate("sym")) == ["`a`b"]


def test_a_host_that_dies_loses_what_was_not_closed() -> None:
    disk = Disk()
    disk.make_folder("/logs")
    process = Network(Q).process(
        disk, {}, ("localhost", 5000), "file: `:/logs/one; file set (); h: hopen file"
    )
    process.evaluate("h enlist 1; hclose h; h: hopen file; h enlist 2")
    disk.lose("/logs")
    content = disk.files["/logs/one"]
    assert isinstance(content, Log)
    assert len(content.records) == 1
