"""The page of a day says what is in its data, and opens without any network."""

import html
import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from twin.day.page import LIFE, render
from twin.day.result import SHOWN

RESULT: dict[str, Any] = {
    "options": {
        "size": "medium", "scale": 60.0, "roll": 85.0, "lead_seconds": 60, "feed": "paper", "only": "sweep",
        "kib_per_update": 55.5, "opens_seconds": 0, "sessions": ["22:00-16:00", "17:00-21:00"],
        "loss": 0.3, "duplicates": 0, "delay_seconds": 90,
    },
    "hosts": 2, "launches": ["2026-11-23T00:01:10Z"], "instance_hours": 83.583, "cost_usd": 3.1426,
    "baseline_host": "r6a.2xlarge", "baseline_hours": 24.0, "baseline_usd": 10.8864, "saving_percent": 71.1,
    "paper_baseline_usd": 7.2192, "paper_saving_percent": 56.5, "saving_of_all_percent": 31.2,
    "all_costs_usd": {
        "cluster": {"RDB hosts": 3.1426, "log": 2.2816, "together": 5.4242},
        "baseline": {"RDB hosts": 10.8864, "log": 2.2816, "together": 13.168},
    },
    "max_size_reached": {"at": "2026-11-23T11:02:00Z", "max_size": 2},
    "updates_total": 319_948, "updates_unheld": 0,
    "minutes_without_live": 0.0, "cushion_minutes": {"least": 21.2, "median": None}, "releases": 1,
    "not_released": {"i-0001": ["not drained but rolled"], "i-0002": ["not drained but live", "held"]},
    "double_launches": 0, "unsafe_terminations": 0, "final_desired": 1, "wall_seconds": 66.6,
    "hosts_by_demand": {"open": 1, "runway": 3}, "handed_back": 4, "hand_backs_withdrawn": 1,
    "reserve_hosts": 0.31, "learned_lead_seconds": 70, "minutes_in_overdraft": 1.5,
    "aws_calls": {"sqs:SendMessage": 7, "autoscaling:SetDesiredCapacity": 9480},
    "reaction_seconds": {"sweep": {"median": 0.6, "most": 1.25}},
    "events": [{"line": 1, "do": "q_dies", "at": "00:01", "rdb": "standby"}],
    "told": [
        {"at": "2026-11-23T00:01:00Z", "cluster": "trades", "key": "unknown i-0002", "text": "i-0002 is <q>"},
        {"at": "2026-11-23T00:02:00Z", "cluster": "trades", "key": "raise", "text": "raises fail"},
    ],
    "cleared": [{"at": "2026-11-23T00:02:30Z", "cluster": "trades", "key": "unknown i-0002", "text": "end"}],
    "changed": [{"at": "2026-11-23T00:02:15Z", "cluster": "trades", "key": "raise", "text": "others"}],
    "answers": [{"at": "2026-11-23T00:02:00Z", "status": 409, "body": {"error": "i-0001 is live"}}],
    "decisions": [
        {"id": "d-0", "at": "2026-11-22T23:50:00.6Z", "code": "room", "reason": "1 with room"},
        {
            "id": "d-1", "at": "2026-11-23T00:01:00Z", "code": "raise", "reason": "no room in 1 counted",
            "triggers": ["alarm"], "outcome": ["SetDesiredCapacity 2"], "target": 2,
            "release": [{"instance_id": "i-0001", "step": "terminate"}], "repair": ["suspended"],
            "told": [{"text": "a wall fell"}], "noted": ("<b>late</b> of i-0001",),
            "refused": [{"what": "release of i-0002", "reasons": ["it is the live one"]}],
        },
        {
            "id": "d-2", "at": "2026-11-24T00:00:06.9Z", "code": "room",
            "reason": "1 with room, i-0002 and i-0003",
        },
    ],
}  # fmt: skip
LIVES = {
    "i-0001": {"live": 0.0, "roll": 2.0, "drained": 2.5, "release": 24 * 60 + 0.115},
    "i-0002": {"launch": 70 / 60, "live": 2.0},
}
SAMPLES: dict[str, Any] = {
    "launched": ["i-0001", "i-0002"],
    "minutes": [0.0, 1.0, 2.0, 3.0], "desired": [1, 2, 2, 1], "alive": [1, 1, 2, 1],
    "memory": {"i-0001": [(0.0, 60.0), (1.0, 84.0), (2.0, 85.0)], "i-0002": [(2.0, 5.0), (3.0, 15.5)]},
    "events": [
        {"minute": minute, "kind": kind, "instance_id": instance_id}
        for instance_id, life in LIVES.items() for kind, minute in life.items()
    ],
}  # fmt: skip


@pytest.fixture(scope="module")
def page() -> str:
    return render(RESULT, SAMPLES)


def said(page: str) -> str:
    """The texts of a page, a bar between two."""
    body = page[page.index("<body>") : page.index("<script")]
    return " ".join(html.unescape(re.sub(r"(\s*<[^>]*>\s*)+", "|", body)).split())


@pytest.mark.parametrize(
    "text",
    [
        "|0 unsafe terminations, 0 updates unheld, 71.1 % saved|",
        "|medium hosts, scale threshold 60 %, roll threshold 85 %, lead 60 s, feed paper, "
        "sessions 22:00-16:00, 17:00-21:00, without the wake-ups of alarm and report "
        "(but those of drained reports), loss 0.3, delay in seconds 90|",
        "simulated in 66.6 seconds|",
        "|Updates unheld|0|of 319,948, each 55.5 KiB|",
        "|Least cushion|21.2 min|from standby to roll; median n/a|",
        "|Saving|71.1 %|of RDB hosts; 31.2 % of all costs|",
        "|Cost|$3.14|one r6a.2xlarge for 24 hours: $10.89|",
        "|Most hosts at once|2|83.58 hours, 1 desired at the end; MaxSize 2 reached at 11:02:00|",
        "|this cluster|one r6a.2xlarge|RDB hosts|$3.14|$10.89|log|$2.28|$2.28|together|$5.42|$13.17|"
        "RDB hosts and the paper's t3a.2xlarge|$3.14|$7.22|saved against that one|56.5 %|",
        "|sweep|0.6|1.25|",
        "|hosts launched: open|1|hosts launched: runway|3|standbys handed back|"
        "4, of which 1 were kept after all|reserve, in hosts|0.31|lead that was learned|70 s|in overdraft|"
        "1.5 min|",
        "|autoscaling:SetDesiredCapacity|9,480|sqs:SendMessage|7|",
        "|#1|before 00:00|before 00:00|00:02:00|00:02:30|24:00:06|85.0 %|i-0001|"
        "#2|00:01:10|00:02:00|still live|-|-|15.5 %|i-0002|",
        "|RDB|launched for|released, or not, because|#1|-|drained: the day ended|"
        "#2|no room in 1 counted|not released: not drained but live, held|",
        "|00:01:00|raise|no room in 1 counted|raise to 2, release #1 (terminate), "
        "repair wall suspended, tell operators: a wall fell|refused: release of #2|it is the live one|"
        "noted: <b>late</b> of #1|alarm|SetDesiredCapacity 2|",
        "|23:50:00 the day before|room|1 with room|",
        "|24:00:06|room|1 with room, #2 and i-0003|",
        "|00:01:00|event|q_dies|rdb standby|00:01:00|alert|trades: unknown:|#2 is <q>|"
        '00:02:00|answer|409|{"error": "#1 is live"}|00:02:00|alert|trades: raise:|raises fail|'
        "00:02:15|changed|trades: raise:|others|00:02:30|over|trades: unknown #2:|end|",
    ],
)
def test_what_is_in_the_result_is_on_the_page(page: str, text: str) -> None:
    assert text in said(page)


def test_the_table_of_rdbs_has_every_kind_of_event() -> None:
    assert set(LIFE) == set(SHOWN.values())


def test_the_charts_have_every_sample_in_the_order_of_launches(page: str) -> None:
    data = json.loads(page.split('id="day">')[1].split("</script>")[0])
    assert data == {
        "thresholds": {"scale": 60, "roll": 85},
        **{name: SAMPLES[name] for name in ("minutes", "desired", "alive")},
        "used": [0.6, 0.84, 0.9, 0.155],
        "timeline": {
            "events": [{"minute": 1, "until": None, "sign": "q_dies", "text": "rdb standby"}],
            "changes": [{"minute": 2.25, "sign": "trades: raise:", "text": "others"}],
            "answers": [{"minute": 2, "sign": "409", "text": '{"error": "#1 is live"}'}],
            "alerts": [
                {
                    "cluster": "trades",
                    "key": "unknown #2",
                    "text": "#2 is <q>",
                    "from": 1,
                    "to": 2.5,
                    "stands": False,
                    "over": "end",
                    "lane": 0,
                },
                {
                    "cluster": "trades",
                    "key": "raise",
                    "text": "raises fail",
                    "from": 2,
                    "to": 3,
                    "stands": True,
                    "over": "",
                    "lane": 1,
                },
            ],
        },
        "rdbs": [
            {"id": "i-0001", "name": "#1", "from": 0, "percent": [60, 84, 85], "minutes": LIVES["i-0001"]},
            {"id": "i-0002", "name": "#2", "from": 2, "percent": [5, 15.5], "minutes": LIVES["i-0002"]},
        ],
    }


def test_a_decision_that_did_nothing_can_be_hidden(page: str) -> None:
    assert re.findall(r'<tr id="([^"]+)" class="quiet">', page) == ["d-0", "d-2"]


@pytest.mark.parametrize("broken", ["unsafe_terminations", "updates_unheld"])
def test_a_broken_promise_is_in_the_headline_and_marked(broken: str) -> None:
    page = render({**RESULT, broken: 1, "saving_percent": -2.5}, SAMPLES)
    assert re.search(r"1 (unsafe termination|update unheld),.* 2.5 % more spent", said(page))
    assert page.count('class="bad"><') == 1
    assert '<header class="bad">' in page


def test_a_day_that_no_host_holds_and_one_that_is_cut_off_say_so() -> None:
    none = dict.fromkeys(("baseline_host", "baseline_usd", "saving_percent", "saving_of_all_percent"))
    page = said(render({**RESULT, **none, "all_costs_usd": None, "max_size_reached": None}, SAMPLES))
    assert "0 updates unheld, no whole day on one host to compare with|" in page
    assert "|Cost|$3.14|one host for 24 hours: n/a|" in page
    assert "1 desired at the end|" in page
    assert "|this cluster|one host|RDB hosts|$3.14|n/a|RDB hosts and the paper's t3a.2xlarge|" in page


def test_the_page_names_no_other_host_and_its_policy_lets_it_ask_none(page: str) -> None:
    assert "content=\"default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'\"" in page
    assert not re.search(r"<[^>]* (src|href|action|data)=|@import|url\(", page)
    assert set(re.findall(r"https?://[^\s\"'`)]+", page)) == {"https://github.com/leeoniya/uPlot"}
    assert "Copyright (c) 2022 Leon Sorokin" in page


def test_a_browser_draws_the_charts_and_reads_out_the_minute_of_the_slider(page: str, tmp_path: Path) -> None:
    browser = shutil.which("chromium") or shutil.which("google-chrome")
    if not browser:
        pytest.skip("neither chromium nor google-chrome is installed")
    slider = "document.getElementById('minute')"
    moved = f"<script>{slider}.value = 2; {slider}.oninput()</script></body>"
    (tmp_path / "day.html").write_text(page.replace("</body>", moved))
    line = [
        browser,
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        f"--user-data-dir={tmp_path}",
        "--dump-dom",
    ]
    shown = subprocess.run(  # noqa: S603 - our own command line
        [*line, f"file://{tmp_path}/day.html"], capture_output=True, text=True, check=True, timeout=60
    ).stdout
    assert shown.count("<canvas") == 4
    read = "00:02: live #2 at 5.0 %; rolled #1; alerts: unknown #2, raise; desired 2, alive 2, in use 0.9"
    assert f'aria-valuetext="{read}"' in shown
    assert f">{read}</output>" in shown


def test_the_end_of_a_refusal_and_each_raise_are_rows_of_the_time_line() -> None:
    refusal = {"at": "00:01", "do": "aws_refuses", "operation": "Publish", "until": "00:03"}
    fails = {
        "id": "9",
        "code": "standby",
        "reason": "no room",
        "target": 2,
        "failed": 1,
        "outcome": ["Publish failed: no", "SetDesiredCapacity g 2 failed: no"],
    }
    decisions = [{**fails, "at": f"2026-11-23T00:0{minute}:00Z"} for minute in (1, 2)]
    text = said(render({**RESULT, "events": [refusal], "decisions": decisions}, SAMPLES))
    assert "|00:03:00|ended|aws_refuses|" in text
    assert text.count("|raise|desired 2|SetDesiredCapacity g 2 failed: no|") == 1


def test_a_raise_is_shown_with_its_reason_where_another_call_failed() -> None:
    done = ["Publish failed: no", "SetDesiredCapacity g 2"]
    told = {"id": "9", "code": "standby", "reason": "no room", "target": 2, "failed": 1,
            "at": "2026-11-23T00:01:00Z", "outcome": done}  # fmt: skip
    assert "|raise|desired 2|no room|" in said(render({**RESULT, "decisions": [told]}, SAMPLES))


def test_a_live_rdb_that_was_lost_is_live_no_more() -> None:
    events = [*SAMPLES["events"], {"minute": 2.5, "kind": "lost", "instance_id": "i-0002"}]
    assert "lost at 00:02:30" in said(render(RESULT, {**SAMPLES, "events": events}))


def test_a_day_without_events_alerts_and_answers_has_no_time_line() -> None:
    quiet = {name: value for name, value in RESULT.items() if name != "events"}
    page = render({**quiet, "told": [], "changed": [], "cleared": [], "answers": []}, SAMPLES)
    assert 'id="timeline"' not in page
    assert "The drill" not in said(page)
