"""Settings: every mistake is a sentence that names where, what and the rule."""

from pathlib import Path

import pytest

from rdb.host.config import BadConfig, Config, load, password
from tests.rdb.builders import CLUSTER, TOPIC

ENVIRONMENT = {"HIGHWATER_CLUSTER": CLUSTER, "HIGHWATER_REPORTS_TOPIC": TOPIC}
DEFAULTS = Config(cluster=CLUSTER, reports_topic=TOPIC)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "reporter.toml"


def test_the_environment_alone_is_enough() -> None:
    assert load(None, ENVIRONMENT) == (DEFAULTS, ())


def test_the_environment_stands_over_the_file(file: Path) -> None:
    file.write_text('cluster = "bonds"\nscale_threshold = 50\nq_port = 6001\n')
    config, wrong = load(file, {**ENVIRONMENT, "HIGHWATER_SCALE_THRESHOLD": "55", "AWS_REGION": "eu-west-1"})
    assert wrong == ()
    assert (config.cluster, config.scale_threshold) == (CLUSTER, 55.0)
    assert (config.q_port, config.region, config.partition) == (6001, "eu-west-1", "aws")


def test_the_file_in_the_package_names_every_setting_with_its_default(file: Path) -> None:
    shipped = Path(__file__).parents[2] / "rdb" / "reporter.toml"
    uncommented = [line.removeprefix("# ") for line in shipped.read_text().splitlines() if " = " in line]
    file.write_text("\n".join(uncommented))
    config, wrong = load(file, {})
    assert wrong == ()
    assert {line.split(" = ")[0] for line in uncommented} == set(Config.__struct_fields__)
    own = {"cluster", "reports_topic", "region", "instance_id"}
    for name in set(Config.__struct_fields__) - own:
        assert getattr(config, name) == getattr(DEFAULTS, name)


@pytest.mark.parametrize(
    ("text", "setting", "sentence"),
    [
        ("q_timeot_seconds = 2", "q_timeout_seconds", "is no setting; q_timeout_seconds is one"),
        ("colour = 1", "", "is no setting"),
        (
            'q_timeout_seconds = "2s"',
            "q_timeout_seconds",
            'from 0.1 to 10, without a unit, and is "2s"; the default, 1, is taken',
        ),
        ("metrics_seconds = 5", "metrics_seconds", "must be seconds from 10 to 60, without a unit, and is 5"),
        ("poll_seconds = nan", "poll_seconds", "must be seconds from 0.1 to 10, without a unit, and is nan"),
        (
            "scale_threshold = 160",
            "scale_threshold",
            "from 5 to 94, and is 160; the default, 60, is taken",
        ),
        (
            "scale_threshold = 0.6",
            "scale_threshold",
            "and is 0.6 (did you mean 60?); the default, 60",
        ),
        ("scale_threshold = true", "scale_threshold", "must be a percentage from 5 to 94, and is true"),
        (
            'state_directory = "state"',
            "state_directory",
            'an absolute path, and is "state"; the default, ',
        ),
        (
            'region = "Ireland"',
            "region",
            'must be a region like eu-west-1, and is "Ireland"; what the instance metadata says is taken',
        ),
        ('q_user = "a:b"', "q_user", 'must be a text without a colon, and is "a:b"'),
    ],
)
def test_a_setting_that_breaks_its_rule_is_told_and_has_its_default(
    file: Path, text: str, setting: str, sentence: str
) -> None:
    file.write_text(text)
    config, wrong = load(file, ENVIRONMENT)
    assert config == DEFAULTS
    (told,) = wrong
    assert told.startswith(f"{file}: {text.split(' = ')[0]}: ")
    assert sentence in told
    assert setting in told


def test_several_mistakes_are_told_together(file: Path) -> None:
    file.write_text("poll_seconds = 60\nport = 5001\nscale_threshold = 100\n")
    assert len(load(file, ENVIRONMENT)[1]) == 3


def test_a_mistake_in_the_environment_names_the_variable() -> None:
    _, (told,) = load(None, {**ENVIRONMENT, "HIGHWATER_SCALE_THRESHOLD": "sixty"})
    assert told.startswith("HIGHWATER_SCALE_THRESHOLD: scale_threshold: must be a percentage from 5 to 94")


def test_a_wrong_variable_over_a_good_line_of_the_file_names_what_is_taken(file: Path) -> None:
    file.write_text("scale_threshold = 70")
    config, (told,) = load(file, {**ENVIRONMENT, "HIGHWATER_SCALE_THRESHOLD": "0.6"})
    assert told.endswith("and is 0.6 (did you mean 60?); the default, 60, is taken")
    assert config.scale_threshold == 60


@pytest.mark.parametrize(
    ("text", "environment", "sentence"),
    [
        ("", {**ENVIRONMENT, "HIGHWATER_CLUSTER": "a b"}, "HIGHWATER_CLUSTER: cluster: must be up to 64"),
        ('reports_topic = "reports"', {"HIGHWATER_CLUSTER": CLUSTER}, "must be the ARN of a topic"),
        ('q_host = "a..b"', ENVIRONMENT, 'q_host: must be a host\'s name or IPv4 address, and is "a..b"'),
        ("q_port = 70000", ENVIRONMENT, "q_port: must be a port from 1 to 65535, and is 70000"),
        ('instance_id = "web-1"', ENVIRONMENT, "instance_id: must be an id like i-0123456789abcdef0"),
        (f'reports_topic = "{TOPIC}.fifo"', {"HIGHWATER_CLUSTER": CLUSTER}, "a topic that is not FIFO"),
        ("q_port = ", ENVIRONMENT, "is not TOML"),
        ("cluster = trades", ENVIRONMENT, "; texts need quotes"),
        ("q_port = 1\nq_port = 2", ENVIRONMENT, "; a setting stands once"),
    ],
)
def test_what_cannot_be_guessed_stops_the_reporter(
    file: Path, text: str, environment: dict[str, str], sentence: str
) -> None:
    file.write_text(text)
    with pytest.raises(BadConfig) as broken:
        load(file, environment)
    (told,) = broken.value.args
    assert sentence in told


def test_all_that_is_wrong_is_told_with_what_cannot_be_guessed(file: Path) -> None:
    file.write_text("q_port = 0\npoll_seconds = 60\n[reporter]\ncluster = 'trades'\n")
    with pytest.raises(BadConfig) as broken:
        load(file, {})
    section, port, poll, missing = broken.value.args
    assert "reporter: is a section: there are none; take the line [reporter] away" in section
    assert "q_port: must be a port from 1 to 65535, and is 0" in port
    assert "poll_seconds: must be seconds" in poll
    assert missing.startswith(
        f"cluster, reports_topic: not in {file}, and the environment has no HIGHWATER_CL"
    )


def test_what_is_missing_without_a_file_is_told_with_what_to_do(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rdb.host.config.CONFIG", file)
    with pytest.raises(BadConfig) as broken:
        load(None, {"HIGHWATER_CLUSTER": CLUSTER})
    (told,) = broken.value.args
    assert told.startswith(
        f"reports_topic: {file} does not exist, and the environment has no HIGHWATER_REPORTS_T"
    )
    assert "on a host of a stack: set -a; . /etc/highwater/cluster.env; set +a; elsewhere write" in told


def test_a_file_that_was_named_must_be_there(file: Path) -> None:
    with pytest.raises(BadConfig, match=r"reporter.toml: No such file or directory"):
        load(file, ENVIRONMENT)


@pytest.mark.parametrize("text", ["s3cret\n", "s3cret\nbefore\n", "\ufeff s3cret \t\r\n", "s3cret"])
def test_the_password_is_the_first_line_of_its_file_without_blanks(file: Path, text: str) -> None:
    file.write_text(text)
    assert password(Config(cluster=CLUSTER, reports_topic=TOPIC, q_password_file=str(file))) == "s3cret"


def test_a_password_file_that_cannot_be_read_is_named() -> None:
    with pytest.raises(BadConfig, match="q_password_file: /missing: No such file"):
        password(Config(cluster=CLUSTER, reports_topic=TOPIC, q_password_file="/missing"))  # noqa: S106
