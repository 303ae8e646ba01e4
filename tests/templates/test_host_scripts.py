"""The scripts that the templates run on hosts: shell that parses, with every name filled in."""

import base64
import io
import shutil
import subprocess
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import pytest
import yaml

from highwater.deploy.packaging.template_files import IMAGE_TEMPLATE, read_template
from twin.aws.cloudformation import Resources
from twin.day.day import Day
from twin.day.options import Options

PORTS = {"tickerplant": 5000, "rdb": 5001, "writer": 5004}
BASH = shutil.which("bash") or "bash"


@pytest.fixture(scope="module")
def stack() -> Iterator[Resources]:
    """A cluster's stack as CloudFormation resolved it."""
    day = Day(Options(), io.StringIO())
    with day.running():
        given = {"AlarmThreshold": "55", "Writer": "group", "HdbAddresses": "hdb-1:5002"}
        yield day.aws.deploy_cluster("bonds", given)


def user_data(stack: Resources, template: str) -> str:
    encoded = stack[template][1]["LaunchTemplateData"]["UserData"]
    return base64.b64decode(encoded).decode()


def complaints(script: str) -> str:
    """The shell's complaints about a script that it reads and does not run."""
    return subprocess.run(  # noqa: S603 - parses only
        [BASH, "-n"], input=script, capture_output=True, text=True, check=False
    ).stderr


@pytest.mark.parametrize("template", ["TickerplantTemplate", "RdbTemplate", "WriterTemplate", "CodeTemplate"])
def test_a_hosts_user_data_is_a_script_in_which_nothing_is_left_to_fill_in(
    stack: Resources, template: str
) -> None:
    script = user_data(stack, template)
    assert script.startswith("#!/bin/bash\n")
    assert complaints(script) == ""
    assert "${" not in script
    assert ("HIGHWATER_CLUSTER=bonds\n" in script) == (template != "CodeTemplate")


@pytest.mark.parametrize(
    ("template", "mounts"),
    [
        ("TickerplantTemplate", {"/mnt/highwater": ("LogsAccess", "rw"), "/mnt/code": ("CodeAccess", "ro")}),
        (
            "RdbTemplate",
            {
                "/mnt/highwater": ("LogsAccess", "ro"),
                "/mnt/code": ("CodeAccess", "ro"),
                "/mnt/hdb": ("HdbAccess", "ro"),
            },
        ),
        (
            "WriterTemplate",
            {
                "/mnt/highwater": ("LogsAccess", "ro"),
                "/mnt/code": ("CodeAccess", "ro"),
                "/mnt/hdb": ("HdbAccess", "rw"),
            },
        ),
        ("CodeTemplate", {"/mnt/code": ("CodeAccess", "rw")}),
    ],
)
def test_a_host_mounts_encrypted_through_an_access_point_and_writes_what_is_its_own(
    stack: Resources, template: str, mounts: dict[str, tuple[str, str]]
) -> None:
    lines = [line.split() for line in user_data(stack, template).splitlines() if "/etc/fstab" in line]
    options = {line[2]: set(line[4].split(",")) for line in lines}
    assert options.keys() == mounts.keys()
    for place, (point, how) in mounts.items():
        assert {"_netdev", "tls", "iam", f"accesspoint={stack[point][1]['Name']}"} <= options[place]
        assert ("ro" in options[place]) == (how == "ro")


def test_an_rdb_host_is_told_its_thresholds_and_where_to_report(stack: Resources) -> None:
    script = user_data(stack, "RdbTemplate")
    assert "HIGHWATER_SCALE_THRESHOLD=55\n" in script
    assert "HIGHWATER_REPORTS_TOPIC=arn:aws:sns:us-east-1:123456789012:highwater-reports-bonds\n" in script


def test_the_writer_is_told_who_loads_what_it_writes_and_rdbs_where_it_says_so(stack: Resources) -> None:
    script = user_data(stack, "WriterTemplate")
    assert "HIGHWATER_HDB=/mnt/hdb\nHIGHWATER_HDB_ADDRESSES=hdb-1:5002\n" in script
    assert "HIGHWATER_PERSISTED=/mnt/hdb/persisted\n" in user_data(stack, "RdbTemplate")


@pytest.mark.parametrize("template", ["TickerplantTemplate", "RdbTemplate", "WriterTemplate"])
def test_a_host_is_told_where_the_password_is_and_where_it_goes(stack: Resources, template: str) -> None:
    script = user_data(stack, template)
    assert f"HIGHWATER_Q_SECRET={stack['QPassword'][1]['Name']}\n" in script
    assert "HIGHWATER_Q_USER=highwater\nHIGHWATER_Q_PASSWORDS=/run/highwater/passwords\n" in script


def bake(digest: str = "d1") -> dict[str, str]:
    """The script of each step that bakes the image, with its names filled in."""
    text = read_template(IMAGE_TEMPLATE)["Resources"]["Host"]["Properties"]["Data"]["Fn::Sub"][0]
    for name, value in (
        ("ReporterBucket", "code"),
        ("ReporterKey", f"{digest}/wheels.tar"),
        ("Digest", digest),
    ):
        text = text.replace(f"${{{name}}}", value)
    steps = (step for phase in yaml.safe_load(text)["phases"] for step in phase["steps"])
    return {step["name"]: "\n".join(step["inputs"]["commands"]) for step in steps}


def run(script: str, stubs: dict[str, str], here: Path) -> subprocess.CompletedProcess[str]:
    """Run a script with these commands in place of the host's own, and its folders in `here`."""
    tools = here / "bin"
    tools.mkdir()
    for name, body in stubs.items():
        (tools / name).write_text(f"#!/bin/bash\n{body}\n")
        (tools / name).chmod(0o755)
    for place in (
        "/mnt/highwater",
        "/mnt/code",
        "/mnt/hdb",
        "/etc/highwater",
        "/etc/fstab",
        "/etc/systemd",
        "/opt/highwater",
    ):
        script = script.replace(place, f"{here}{place}")
    (here / "etc/systemd/system").mkdir(parents=True)
    environment = {"PATH": f"{tools}:/usr/bin:/bin", "HERE": str(here)}
    return subprocess.run(  # noqa: S603 - the template's
        [BASH, "-c", script], env=environment, capture_output=True, text=True, check=False
    )


def test_the_scripts_that_bake_the_image_parse() -> None:
    assert {name: complaints(script) for name, script in bake().items()} == dict.fromkeys(bake(), "")


# Python's stub makes an environment whose pip writes down what it is asked.
BAKING = {
    "aws": 'test "$3" = "s3://code/$(cat "$HERE/digest")/wheels.tar" && cp "$HERE/wheels.tar" "$4"',
    "python3.12": 'mkdir -p "$3/bin" && cp "$0.pip" "$3/bin/pip"',
    "python3.12.pip": 'echo "$@" >> "$HERE/installed"',
}


@pytest.mark.parametrize("uploaded", ["as built", "another"])
def test_an_image_gets_the_wheelhouse_that_was_uploaded_or_is_not_built(
    tmp_path: Path, uploaded: str
) -> None:
    subprocess.run(["/usr/bin/tar", "-cf", tmp_path / "wheels.tar", "-T", "/dev/null"], check=True)  # noqa: S603
    digest = sha256((tmp_path / "wheels.tar").read_bytes()).hexdigest()
    (tmp_path / "digest").write_text(digest)
    if uploaded == "another":
        (tmp_path / "wheels.tar").write_bytes(b"x" + (tmp_path / "wheels.tar").read_bytes()[1:])
    done = run(bake(digest)["Reporter"], BAKING, tmp_path)
    assert (done.returncode == 0) == (tmp_path / "installed").exists() == (uploaded == "as built")
    if uploaded == "as built":
        asked = (tmp_path / "installed").read_text()
        assert asked == "install --no-index --find-links . --require-hashes -r requirements.txt\n"


@pytest.mark.parametrize(("machine", "folder"), [("x86_64", "l64"), ("aarch64", "l64arm"), ("riscv64", None)])
def test_a_host_of_either_architecture_starts_the_q_that_is_for_it(
    tmp_path: Path, machine: str, folder: str | None
) -> None:
    done = run(bake()["Services"], {"uname": f"echo {machine}"}, tmp_path)
    assert (done.returncode == 0) == (folder is not None)
    if folder:
        for name in ("tickerplant", "rdb", "writer"):
            unit = (tmp_path / f"etc/systemd/system/highwater-{name}.service").read_text()
            door = f"{tmp_path}/opt/highwater/lib/python3.12/site-packages/highwater_rdb/q/door.q"
            code = f"{tmp_path}/mnt/code/kx"
            assert f"ExecStart={code}/{folder}/q {door} {code}/{name}.q {PORTS[name]}\n" in unit
            # Written to before it is mounted, the folder would be one of the host's own.
            assert (f"{tmp_path}/mnt/code {tmp_path}/mnt/hdb\n" in unit) == (name == "writer")


def test_only_the_services_user_reads_the_passwords_and_they_outlive_a_restart(tmp_path: Path) -> None:
    assert run(bake()["Services"], {"uname": "echo x86_64"}, tmp_path).returncode == 0
    unit = (tmp_path / "etc/systemd/system/highwater-passwords.service").read_text().splitlines()
    wanted = {"RuntimeDirectory=highwater", "RuntimeDirectoryMode=0700", "RuntimeDirectoryPreserve=yes"}
    assert {"User=kdb", *wanted} <= set(unit)
    assert f"ExecStart={tmp_path}/opt/highwater/bin/highwater-rdb passwords" in unit


STUBS = {
    # A mount target is not there at once: the first tries to mount fail.
    "mount": 'echo "$1" >> "$HERE/tries"; test "$(grep -cx "$1" "$HERE/tries")" -ge 4 && touch "$1/.mounted"',
    "mountpoint": 'test -e "$2/.mounted"',
    "sleep": ":",
    "systemctl": 'echo "$@ $(find "$HERE/mnt" -name .mounted | wc -l)" >> "$HERE/services"',
    "runuser": ":",
}


@pytest.mark.parametrize(
    ("template", "services"),
    [
        ("TickerplantTemplate", "highwater-passwords highwater-tickerplant highwater-reporter"),
        ("RdbTemplate", "highwater-passwords highwater-rdb highwater-reporter"),
        ("WriterTemplate", "highwater-passwords highwater-writer"),
    ],
)
def test_a_host_whose_mount_comes_late_has_its_services_before_and_starts_them_after(
    stack: Resources, tmp_path: Path, template: str, services: str
) -> None:
    assert run(user_data(stack, template), STUBS, tmp_path).returncode == 0
    assert (tmp_path / "services").read_text().splitlines() == [
        f"enable {services} 0",
        f"start {services} {3 if template == 'WriterTemplate' else 2}",
    ]
    assert "HIGHWATER_CLUSTER=bonds" in (tmp_path / "etc/highwater/cluster.env").read_text()
    # An RDB does not wait for the database to begin, and has it in the end.
    assert (tmp_path / "mnt/hdb/.mounted").exists() == (template != "TickerplantTemplate")
