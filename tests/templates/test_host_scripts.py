"""What the templates run on hosts: shell that parses, with every name filled in."""

import base64
import io
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from highwater.deploy.rules.templates import IMAGE_TEMPLATE, read_template
from twin.aws.cloudformation import Resources
from twin.day.day import Day, Options

BASH = shutil.which("bash") or "bash"


@pytest.fixture(scope="module")
def stack() -> Iterator[Resources]:
    """A cluster's stack as CloudFormation resolved it."""
    day = Day(Options(), io.StringIO())
    with day.running():
        yield day.aws.deploy_cluster("bonds", {"ScaleThreshold": "55"})


def user_data(stack: Resources, template: str) -> str:
    encoded = stack[template][1]["LaunchTemplateData"]["UserData"]
    return base64.b64decode(encoded).decode()


def complaints(script: str) -> str:
    """What the shell says of a script that it reads and does not run."""
    return subprocess.run(  # noqa: S603 - parses only
        [BASH, "-n"], input=script, capture_output=True, text=True, check=False
    ).stderr


@pytest.mark.parametrize("template", ["TickerplantTemplate", "RdbTemplate"])
def test_a_hosts_user_data_is_a_script_in_which_nothing_is_left_to_fill_in(
    stack: Resources, template: str
) -> None:
    script = user_data(stack, template)
    assert script.startswith("#!/bin/bash\n")
    assert complaints(script) == ""
    assert "${" not in script
    assert "HIGHWATER_CLUSTER=bonds\n" in script


def test_both_hosts_mount_the_same_logs_encrypted_through_the_access_point(stack: Resources) -> None:
    tickerplant, rdb = (
        [line for line in user_data(stack, name).splitlines() if "/etc/fstab" in line]
        for name in ("TickerplantTemplate", "RdbTemplate")
    )
    assert tickerplant == rdb
    options = rdb[0].split()[4].split(",")
    assert {"_netdev", "tls", "iam", f"accesspoint={stack['LogsAccess'][1]['Name']}"} <= set(options)


def test_an_rdb_host_is_told_its_thresholds_and_where_to_report(stack: Resources) -> None:
    script = user_data(stack, "RdbTemplate")
    assert "HIGHWATER_SCALE_THRESHOLD=55\n" in script
    assert "HIGHWATER_REPORTS_TOPIC=arn:aws:sns:us-east-1:123456789012:highwater-reports\n" in script


def test_the_commands_that_bake_the_image_parse_and_none_is_without_the_reporter() -> None:
    document = yaml.safe_load(
        read_template(IMAGE_TEMPLATE)["Resources"]["Host"]["Properties"]["Data"]["Fn::Sub"]
    )
    commands = [
        command
        for phase in document["phases"]
        for step in phase["steps"]
        for command in step["inputs"]["commands"]
    ]
    assert all(isinstance(command, str) and complaints(command) == "" for command in commands)
    assert any("highwater-$1.service" in command for command in commands)
    # pip takes a wheel only under a name of its own: the key ends in it.
    assert "aws s3 cp 's3://${ReporterBucket}/${ReporterKey}' /tmp/" in commands
    assert "/opt/highwater/bin/pip install /tmp/highwater_rdb-*.whl" in commands


STUBS = {
    # A mount target is not there at once: the first tries to mount fail.
    "mount": 'echo x >> "$HERE/tries"; test "$(wc -l < "$HERE/tries")" -ge 4 && touch "$HERE/mounted"',
    "mountpoint": 'test -e "$HERE/mounted"',
    "sleep": ":",
    "systemctl": 'echo "$@ $(test -e "$HERE/mounted" && echo after || echo before)" >> "$HERE/services"',
    "runuser": ":",
}


@pytest.mark.parametrize(
    ("template", "services"),
    [
        ("TickerplantTemplate", "highwater-tickerplant"),
        ("RdbTemplate", "highwater-rdb highwater-reporter"),
    ],
)
def test_a_host_whose_mount_comes_late_has_its_services_before_and_starts_them_after(
    stack: Resources, tmp_path: Path, template: str, services: str
) -> None:
    tools = tmp_path / "bin"
    tools.mkdir()
    for name, body in STUBS.items():
        (tools / name).write_text(f"#!/bin/bash\n{body}\n")
        (tools / name).chmod(0o755)
    script = user_data(stack, template)
    for place in ("/mnt/highwater", "/etc/highwater", "/etc/fstab"):
        script = script.replace(place, f"{tmp_path}{place}")
    (tmp_path / "etc").mkdir()
    environment = {"PATH": f"{tools}:/usr/bin:/bin", "HERE": str(tmp_path)}
    subprocess.run([BASH, "-c", script], env=environment, check=True)  # noqa: S603 - the template's
    assert (tmp_path / "services").read_text().splitlines() == [
        f"enable {services} before",
        f"start {services} after",
    ]
    assert "HIGHWATER_CLUSTER=bonds" in (tmp_path / "etc/highwater/cluster.env").read_text()
