"""Each command that README and docs show is run: here, or by the test that is named, or there is a reason."""

import re
import shlex
import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from types import SimpleNamespace

import boto3
import pytest

import twin.__main__
from highwater.__main__ import COMMANDS, PURPOSES, main
from highwater.checkout import ROOT
from highwater.size.asked import asked_of
from highwater.size.running import run_days
from tests.highwater.hand import hand_on
from tests.highwater.shown import Shown, shown
from tests.highwater.size_scene import day_file
from tests.highwater.test_exchange import SCHEDULES
from tests.rdb.aws_server import GROUP, Server, running_server
from tests.releases.history import newest_tag
from tests.system.conftest import running_day
from twin.commands import parser

ID = "0123456789abcdef0"
FIRST_IMAGE = "ami-00000000000000001"
# What stands for the reader's own.
MEANT = {
    r"(subnet|vpc|ami|i|fs|fsap)-\.\.\.": rf"\1-{ID}",
    r"ami-(PARENT|BUILT)": f"ami-{ID}",
    r"\bREGION\b": "us-east-1",
    r"\bACCOUNT\b": "123456789012",
    r"\b(DATE)\b": "2026-11-23",
    r"\bCLUSTER\b(?!=)": "trades",
    r"\b(COMMAND) --help": "why --help",
    r"--reason \.\.\.": "--reason audit",
}
OURS = (".venv/bin/highwater", ".venv/bin/python -m twin")
OPERATING = {one.name for purpose in ("Looking", "Acting") for one in PURPOSES[purpose]} - {"console"}
# What a person does beside typing.
ATTENDED = {"watch": ["--times", "1"], "lower": ["--yes"], "release": ["--yes"], "lift": ["--yes"]}
# Nobody stands by, the live one is never released, and the calendar was removed.
REFUSED = {"lower": "The API refused", "release": "The API refused", "calendar": "trades has none"}
# The embedded AWS has no such call or policy, or nobody waits at the hook: that the line is a command is seen
# all the same.
LACKING = (
    r"aws (ssm (get-service-setting|update-service-setting|start-session)|iam attach-role-policy"
    r"|autoscaling complete-lifecycle-action) "
)
# Parsed here as they are shown, and run with what they need by these.
RUN_BY = {
    "highwater deploy": "tests/highwater/test_commands.py",
    "highwater cluster": "tests/highwater/test_commands.py",
    "highwater retire": "tests/highwater/test_commands.py",
    "highwater remove": "tests/highwater/test_commands.py",
    "highwater image": "tests/highwater/test_image_command.py",
    "highwater check": "tests/highwater/test_live.py",
    "highwater rehearse": "tests/highwater/test_rehearsal.py",
    "highwater console": "tests/highwater/test_console_browser.py",
    "highwater package": "tests/highwater/test_package.py",
    "highwater wheel": "tests/highwater/test_wheel.py",
    "highwater cost --day": "tests/highwater/test_cost_of_a_day.py",
    "highwater size --cluster": "tests/highwater/test_size_cluster.py",
    "highwater size --updates-per-day 1599740": "tests/highwater/test_sizing_page.py",
    "twin day --release": "tests/releases/test_upgrades.py",
    "twin serve": "tests/highwater/test_console_browser.py",
    "twin figures": "tests/twin/test_figures.py",
    "twin fuzz": "tests/twin/test_fuzz.py",
    "twin explore": "tests/twin/test_explore.py",
    "twin demo": "tests/twin/test_processes.py",
    "twin chaos": "tests/twin/test_processes.py",
    "aws cloudformation": "tests/highwater/test_alert_templates.py",
    "aws cloudwatch": "tests/highwater/test_alert_templates.py",
    "aws sns list-subscriptions-by-topic": "tests/highwater/test_alert_templates.py",
}
ON_A_HOST = (
    "on a host of the cluster, as root or with systemd: tests/templates/test_host_scripts.py has its scripts"
)
NOT_RUN = {
    r"make (setup|clean|lint|test|help)\b": "they make, check or are what runs this",
    r"make (mutants|qmutants|walks)\b": "for hours, or by pytest as tests/rdb/test_q_walks.py is",
    r"make bench|.*python -m bench ": "for twenty minutes and more; its options: tests/system/test_docs.py",
    r".*python -m pytest ": "they are this suite",
    r"curl .*execute-api": "needs API Gateway, which checks the signature",
    r"curl -s localhost:8000/": "tests/system/test_serve.py asks so",
    r"export HIGHWATER_URL=": "tests/highwater/test_operating.py has it",
    r"(sudo|systemctl|journalctl|mountpoint|mkdir|tar|cp|mv|exit|id|install\w*|echo|set -a)\b": ON_A_HOST,
    r"curl -fsS ": ON_A_HOST,
    r"git checkout ": "changes this checkout",
    r"/opt/highwater/bin/": ON_A_HOST,
    r"setting=": "the commands after it have its value here",
    r"highwater (cost --day|calendar put)$": "spoken of, and no whole command",
}


def meant(line: str) -> str:
    """The command with values in the place of those that stand for the reader's own."""
    for pattern, value in MEANT.items():
        line = re.sub(pattern, value, line)
    return line


@cache
def recipe(line: str) -> tuple[str, ...]:
    """What make would run."""
    ran = subprocess.run(  # noqa: S603 - what our own pages show
        ["make", "--dry-run", "--no-print-directory", *shlex.split(line)[1:]],  # noqa: S607
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    # A target that needs more is only spoken of.
    assert ran.returncode == 0 or " is needed: make " in ran.stderr, (line, ran.stderr)
    lines = re.sub(r"\s*\\\n\s*", " ", ran.stdout).splitlines()
    return tuple(line for line in lines if line.startswith(OURS))


def reason(line: str) -> str | None:
    return next((why for pattern, why in NOT_RUN.items() if re.match(pattern, line)), None)


def called() -> Iterator[Shown]:
    """Each command of a page, or what make calls for it, unless there is a reason not to run it."""
    for page, line in shown():
        if reason(line) is None:
            full = meant(line)
            for each in recipe(full) if full.startswith("make ") else [full]:
                yield Shown(page, " ".join(re.sub(r"^(\.venv/bin/)?(python -m )?", "", each).split()))


def words_of(line: str) -> list[str]:
    return shlex.split(line)[1:]


def ended(run: Callable[[list[str]], int], words: list[str]) -> int:
    """The exit status; help ends by itself."""
    try:
        return run(words)
    except SystemExit as end:
        return int(end.code or 0)


CALLED = list(dict.fromkeys(called()))
LINES = list(dict.fromkeys(each.line for each in CALLED))
PARSED = [line for line in LINES if line.startswith(tuple(RUN_BY)) and not line.startswith("aws")]
RUN_HERE = [line for line in LINES if not line.startswith(tuple(RUN_BY))]
ASKED_BY = rf"highwater ({'|'.join(OPERATING)}) (?!--help)"
ASKED = [each for each in CALLED if re.match(ASKED_BY, each.line)]
OTHERS = [
    line for line in RUN_HERE if line.startswith("highwater") and line not in {one.line for one in ASKED}
]
SIZINGS = [line for line in OTHERS if line.startswith("highwater size") and "--prices" not in line]
OTHERS = [line for line in OTHERS if line not in SIZINGS]
OF_THE_TWIN = [line for line in RUN_HERE if line.startswith("twin")]
OF_AWS = [line for line in RUN_HERE if line.startswith("aws")]
DOCS = ROOT / "docs"
(MORNING,) = re.findall(r'```\n(\{"at": "09:30".*?)```', (DOCS / "drills.md").read_text(), re.S)
(SETTING,) = re.findall(r"^setting=(\S+)$", (DOCS / "deploy.md").read_text(), re.M)


def test_each_command_has_who_runs_it_or_the_reason_why_nobody_does() -> None:
    assert [each for each in CALLED if each.line.split()[0] not in ("highwater", "twin", "aws")] == []
    assert [pattern for pattern in NOT_RUN if not any(re.match(pattern, each.line) for each in shown())] == []
    assert [command for command in RUN_BY if not any(line.startswith(command) for line in LINES)] == []
    assert [test for test in RUN_BY.values() if not (ROOT / test).is_file()] == []


def test_a_command_of_the_operator_is_answered(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    known = SimpleNamespace(schedule=SimpleNamespace(itertuples=lambda **_: iter(SCHEDULES["XNYS"])))
    library = SimpleNamespace(
        get_calendar=lambda *_, **__: known, errors=SimpleNamespace(InvalidCalendarName=KeyError)
    )
    monkeypatch.setitem(sys.modules, "exchange_calendars", library)
    wrong = []
    with running_day() as day, hand_on(day, monkeypatch, capsys) as hand:
        (live,) = day.tickerplant.rdbs
        for page, line in ASKED:
            name, *words = words_of(line)
            if name == "command":
                asked = hand("raise", "trades", "--json").json["command_id"]
                words = [asked if word == "ID" else word for word in words]
            words = [live if re.fullmatch(r"ID|i-[0-9a-f]+", word) else word for word in words]
            ran = hand(name, *words, *ATTENDED.get(name, ()))
            if not (ran.status == 0 and ran.out) and REFUSED.get(name, "\n") not in ran.err.strip():
                wrong.append((page, line, ran))
    assert wrong == []


@pytest.mark.parametrize("line", OTHERS)
def test_another_command_is_carried_out_as_it_is_shown(line: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert ended(main, words_of(line)) == 0
    assert capsys.readouterr().out


@pytest.mark.parametrize("line", SIZINGS)
def test_a_sizing_begins_as_it_is_shown(line: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """All choices take half a minute: the first one is run."""
    for file in ("mon.csv", "tue.csv"):
        day_file(tmp_path, file, {f"10:{minute:02}": 20 for minute in range(60)})
    monkeypatch.chdir(tmp_path)
    asked = asked_of(COMMANDS["size"].parser().parse_args(words_of(line)[1:]))
    (row,) = run_days(asked.choices[:1], asked.market, 1, 1.0, lambda _share: None)
    assert row.usd > 0


@pytest.mark.parametrize("line", PARSED)
def test_a_command_that_another_test_runs_has_its_options_as_they_are_shown(line: str) -> None:
    program, name, *words = shlex.split(line)
    line_of = COMMANDS[name].parser() if program == "highwater" else parser()
    assert line_of.parse_args(words if program == "highwater" else [name, *words])


@pytest.mark.parametrize("line", OF_THE_TWIN)
def test_a_day_of_the_twin_begins_as_it_is_shown(
    line: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A whole day takes half a minute: but for a drill, which is short, its first minutes are run.

    One with the newest release needs its tag.
    """
    words = words_of(line)
    if "--release v" in line:
        newest_tag()
    day_file(tmp_path, "FILE", {f"10:{minute:02}": 20 for minute in range(60)})
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "morning.jsonl").write_text(MORNING)
    (tmp_path / "tests").symlink_to(ROOT / "tests")
    monkeypatch.chdir(tmp_path)
    assert ended(twin.__main__.main, shortened(words)) == 0
    assert capsys.readouterr().out


def shortened(words: list[str]) -> list[str]:
    """The first minutes of a day; its releases go in within them, ten minutes apart."""
    if words[0] != "day" or "--events" in words:
        return words
    minutes = iter(range(0, 60, 10))
    words = [re.sub(r"@\d\d:\d\d$", lambda _: f"@00:{next(minutes):02}", word) for word in words]
    return [*words, "--until", "00:30" if "--release" in words else "00:05"]


def test_an_aws_command_is_carried_out_by_the_aws_cli(tmp_path: Path) -> None:
    (tmp_path / "kx.tar.gz").write_bytes(b"q")
    with running_server() as server:
        theirs = account_of(server)
        wrong = []
        for line in OF_AWS:
            full = line
            for name, value in theirs.items():
                full = full.replace(name, value)
            # What the embedded AWS lacks it lacks the second time too.
            ran = server.shell(f"export AWS_MAX_ATTEMPTS=1; cd {tmp_path} && {full}")
            # It reached AWS, and none of its options is unknown.
            if ran.returncode not in ({254, 255} if re.match(LACKING, line) else {0}):
                wrong.append((full, ran.returncode, ran.stderr))
        images = images_of_hosts()
    assert wrong == []
    # The host that puts q files into place has those of the cluster's image, not of its first one.
    assert f"ami-{ID}" in images
    assert FIRST_IMAGE not in images


def images_of_hosts() -> set[str]:
    found = boto3.client("ec2").describe_instances()["Reservations"]
    return {host["ImageId"] for reservation in found for host in reservation["Instances"]}


def account_of(server: Server) -> dict[str, str]:
    """Make what the commands name, and return what each name stands for."""
    s3, secrets, ec2 = (boto3.client(name) for name in ("s3", "secretsmanager", "ec2"))
    s3.create_bucket(Bucket="your-bucket")
    boto3.client("sns").create_topic(Name="highwater-operators")
    # An upgrade adds a version, and leaves the first one as the default.
    template = {"LaunchTemplateName": "highwater-trades-code"}
    data = {"ImageId": FIRST_IMAGE, "InstanceType": "t3a.medium"}
    ec2.create_launch_template(**template, LaunchTemplateData=data)
    ec2.create_launch_template_version(**template, LaunchTemplateData=data | {"ImageId": f"ami-{ID}"})
    secret = secrets.create_secret(Name="highwater-trades-q", SecretString="{}")["ARN"]
    return {
        "YOUR-BUCKET": "your-bucket",
        "YOU": "you@example.com",
        f"subnet-{ID}": ec2.describe_subnets()["Subnets"][0]["SubnetId"],
        "--secret-id ARN": f"--secret-id {secret}",
        "--instance-id ID": f"--instance-id {server.members()[0]}",
        "GROUP": GROUP,
        "$setting": SETTING,
    }
