"""The parts that are read from a proof, and all that is ever sent to STS."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.contract.presigned import Unproven, presigned
from tests.unit.builders import NOW
from tests.unit.forgeries import KEY, REALM, proof


def test_a_good_proof_is_rebuilt_from_its_parts_whatever_their_order_and_escaping() -> None:
    assert presigned(proof(), REALM, NOW).url == proof()
    assert presigned(proof(), REALM, NOW).access_key == KEY
    base, _, query = proof().partition("?")
    shuffled = base + "?" + "&".join(reversed(query.replace("%2F", "/").split("&")))
    assert presigned(shuffled, REALM, NOW).url == proof()


@pytest.mark.parametrize("date", ["20261123T114500Z", "20261123T120500Z"])
def test_a_proof_holds_from_five_minutes_before_its_time_to_fifteen_after(date: str) -> None:
    assert presigned(proof(X_Amz_Date=date), REALM, NOW).access_key == KEY


WHITELISTED = re.compile(
    r"https://sts\.us-east-1\.amazonaws\.com/\?Action=GetCallerIdentity&Version=2011-06-15"
    r"&X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=ASIA[A-Z0-9]+%2F20261123%2Fus-east-1%2Fsts%2Faws4_request"
    r"&X-Amz-Date=20261123T1[12]\d{4}Z&X-Amz-Expires=\d{1,3}&X-Amz-SignedHeaders=host%3Bx-highwater-report"
    r"&X-Amz-Security-Token=(?:[A-Za-z0-9_-]|%2B|%2F|%3D)+&X-Amz-Signature=[0-9a-f]{64}"
)
INSERTED = st.sampled_from(
    ["", "&", "=", "%", "/", "?", "#", "@", ":", "\\", "%00", "%0d%0a", "+", "0", "Action=GetCallerIdentity"]
) | st.text(max_size=5)


@given(st.integers(0, len(proof())), st.integers(0, 40), INSERTED)
def test_whatever_is_changed_in_a_proof_only_whitelisted_parts_are_ever_sent(
    at: int, cut: int, inserted: str
) -> None:
    try:
        request = presigned(proof()[:at] + inserted + proof()[at + cut :], REALM, NOW)
    except Unproven:
        return
    assert WHITELISTED.fullmatch(request.url)


@given(st.text())
def test_any_text_at_all_is_refused(text: str) -> None:
    with pytest.raises(Unproven):
        presigned(text, REALM, NOW)
