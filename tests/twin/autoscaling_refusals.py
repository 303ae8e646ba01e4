"""What AWS refuses, and in which words: a table of requests, each with the state in which it comes."""

from tests.twin.autoscaling_cases import captured
from tests.twin.autoscaling_refused_groups import GROUPS
from tests.twin.autoscaling_refused_members import MEMBERS
from tests.twin.autoscaling_refused_requests import REQUESTS

REFUSALS = [*GROUPS, *MEMBERS, *REQUESTS]
captured(*(refusal.fact for refusal in REFUSALS if refusal.fact is not None))
