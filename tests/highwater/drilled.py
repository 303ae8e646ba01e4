"""A drill in the midst of its day, for commands that are given then."""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from hashlib import sha256
from itertools import count
from unittest.mock import patch

from tests.drills.conftest import HERE, OPTIONS
from twin.day.options import MIDNIGHT, Options
from twin.drill.day import DrillDay, opening_of
from twin.drill.play import Player
from twin.drill.script import read_script, seconds_of

IDS = "moto.ec2.models.instances.random_instance_id"


@contextmanager
def drilled(file: str, at: str, options: Options = OPTIONS) -> Iterator[DrillDay]:
    """A drill at that time of its day."""
    script = read_script(HERE / file)
    options = replace(options, until=seconds_of("20:00"))
    day = DrillDay(replace(options, opens=opening_of(script, options)), io.StringIO(), script)
    player = Player(day)
    # What else this process did before draws other ids, by which hosts report at other seconds.
    ids = (f"i-{sha256(bytes([number])).hexdigest()[:17]}" for number in count())
    with patch(IDS, ids.__next__), day.running():
        player.plan()
        day.clock.run_until(MIDNIGHT + timedelta(seconds=seconds_of(at)))
        yield day
