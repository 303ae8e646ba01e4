"""What real CloudWatch did with alarms, as tables: captured from real AWS by radkawar/stackd, commit 9dc356f.

A point is written `time=value`, a gap `-`; points of one metric are separated by spaces. All times are UTC.
"""

from dataclasses import dataclass
from datetime import UTC, datetime

EVALUATION_DAY, CONTRIBUTOR_DAY = "2026-09-14", "2026-09-23"


def at(day: str, time: str) -> datetime:
    return datetime.fromisoformat(f"{day}T{time}").replace(tzinfo=UTC)


@dataclass(frozen=True, kw_only=True)
class EvaluationCase:
    """An alarm on the average of one metric over 10 s: M out of 3 above 50.

    `puts` are calls, `time of the reply: points`. `asked_before` is the evaluation that led to the prior
    state: the next that changed it was the one at `asked`. `recent` is oldest first, `evaluated` newest
    first.
    """

    id: str
    m: int
    missing: str
    puts: tuple[str, ...]
    prior: str
    asked_before: str | None
    asked: str
    value: str
    recent: str
    start: str | None
    evaluated: str
    reason_parts: tuple[str, ...] = ()


DENSE = ("05:42:56.566: 05:42:25=100 05:42:35=0 05:42:45=100",)
SPARSE = ("05:51:47.454: 05:50:55=0 05:51:15=100 05:51:35=100",)
LONE_GOOD = "05:54:24.990: 05:54:15=0"

# fmt: off
EVALUATIONS = (
    EvaluationCase(
        id="dense-nonconsecutive-m2", m=2, missing="missing", puts=DENSE,
        prior="OK", asked_before="05:42:57.551", asked="05:43:07.551", value="ALARM",
        recent="100 0 100", start="05:42:20", evaluated="05:42:40=100 05:42:20=100",
    ),
    EvaluationCase(
        id="dense-real-over-breaching", m=3, missing="breaching", puts=DENSE,
        prior="ALARM", asked_before="05:40:54.474", asked="05:43:04.472", value="OK",
        recent="100 0 100", start="05:42:20", evaluated="05:42:30=0",
    ),
    EvaluationCase(
        id="dense-real-over-ignore", m=3, missing="ignore", puts=DENSE,
        prior="INSUFFICIENT_DATA", asked_before=None, asked="05:43:00.813", value="OK",
        recent="100 0 100", start="05:42:20", evaluated="05:42:30=0",
    ),
    EvaluationCase(
        id="dense-oldest-breach-expires", m=2, missing="missing", puts=DENSE,
        prior="ALARM", asked_before="05:43:07.551", asked="05:44:17.553", value="OK",
        recent="0 100", start="05:42:30", evaluated="05:43:50=- 05:42:30=0",
    ),
    EvaluationCase(
        id="dense-last-breach-ages", m=2, missing="missing", puts=DENSE,
        prior="OK", asked_before="05:44:17.553", asked="05:44:27.550", value="ALARM",
        recent="100", start="05:42:40", evaluated="05:44:00=- 05:42:40=100",
    ),
    EvaluationCase(
        id="dense-all-points-expire", m=3, missing="missing", puts=DENSE,
        prior="ALARM", asked_before="05:44:28.774", asked="05:44:38.775", value="INSUFFICIENT_DATA",
        recent="", start=None, evaluated="05:44:10=- 05:44:00=- 05:43:50=-",
        reason_parts=("Insufficient Data: 3 datapoints were unknown.",),
    ),
    EvaluationCase(
        id="isolated-premature-m2", m=2, missing="missing", puts=(*DENSE, "05:47:03.449: 05:46:55=100"),
        prior="INSUFFICIENT_DATA", asked_before="05:44:37.552", asked="05:47:27.551", value="ALARM",
        recent="100", start="05:46:50", evaluated="05:47:00=- 05:46:50=100",
    ),
    EvaluationCase(
        id="sparse-nonconsecutive-m2", m=2, missing="missing", puts=("05:49:40.098: 05:49:25=0", *SPARSE),
        prior="INSUFFICIENT_DATA", asked_before="05:51:17.556", asked="05:51:57.551", value="ALARM",
        recent="0 - 100 - 100", start="05:50:50", evaluated="05:51:30=100 05:51:10=100",
    ),
    EvaluationCase(
        id="sparse-old-good-expires", m=3, missing="missing", puts=SPARSE,
        prior="OK", asked_before="05:51:48.775", asked="05:52:48.775", value="ALARM",
        recent="100 - 100", start="05:51:10", evaluated="05:52:20=- 05:51:30=100 05:51:10=100",
        reason_parts=("2 out of the last 3", "(minimum 3 datapoints for OK -> ALARM transition)."),
    ),
    EvaluationCase(
        id="single-good-over-breaching", m=3, missing="breaching", puts=(*SPARSE, LONE_GOOD),
        prior="ALARM", asked_before="05:52:44.472", asked="05:54:34.473", value="OK",
        recent="0", start="05:54:10", evaluated="05:54:10=0",
        reason_parts=(
            "Threshold Crossed: 1 out of the last 3 datapoints [0.0 (14/09/26 05:54:10)] was not greater "
            "than the threshold (50.0) and 2 missing datapoints were treated as [Breaching] "
            "(minimum 1 datapoint for ALARM -> OK transition).",
        ),
    ),
    EvaluationCase(
        id="single-good-m2", m=2, missing="missing", puts=(*SPARSE, LONE_GOOD),
        prior="INSUFFICIENT_DATA", asked_before="05:53:27.553", asked="05:54:37.550", value="OK",
        recent="0", start="05:54:10", evaluated="05:54:10=0 05:54:00=-",
        reason_parts=("(minimum 2 datapoints for ALARM -> OK transition).",),
    ),
)


@dataclass(frozen=True, kw_only=True)
class ContributorCase:
    """An alarm on a grouped query over 60 s: M out of N above 10.

    `points` are by the metric's dimensions. `moves` are the contributors that changed, with the reason where
    it was recorded, else with its datapoint; `listed` are those that DescribeAlarmContributors returned then.
    """

    id: str
    query: str
    missing: str
    points: dict[str, str]
    prior: str
    before: str = ""
    asked: str
    value: str
    reason: str
    moves: tuple[tuple[str, str, str], ...]
    listed: str
    m: int = 1
    n: int = 1


TEAMS = 'SELECT MAX(Load) FROM "ns" GROUP BY Team ORDER BY MAX() DESC'
RANKED = "SELECT MAX(Load) FROM \"ns\" WHERE Kind = 'rank' GROUP BY Team ORDER BY MAX() DESC LIMIT 1"
NO_SERIES = "No time series were returned by the query. Treat missing data is configured as [{}]."
GONE = "No data was returned for this contributor"
LIFETIME = {
    "Kind=rank Team=a": "19:50:19=20 19:51:07=20 19:52:20=80 19:53:06=80",
    "Kind=rank Team=b": "19:50:19=40 19:51:07=40 19:52:20=40 19:53:06=40",
}

CONTRIBUTORS = (
    ContributorCase(
        id="actions-no-series", query=TEAMS, missing="notBreaching", points={},
        prior="INSUFFICIENT_DATA", asked="20:56:58.620", value="OK", reason=NO_SERIES.format("NonBreaching"),
        moves=(), listed="",
    ),
    ContributorCase(
        id="delivery-first-crossing", query=TEAMS, missing="notBreaching",
        points={"Team=a": "19:53:00=20", "Team=b": "19:53:00=5"},
        prior="INSUFFICIENT_DATA", asked="19:54:49.528", value="ALARM",
        reason="1 out of 2 time series evaluated to ALARM",
        moves=(("a", "ALARM", "20.0 (23/09/26 19:53:00)"),), listed="a",
    ),
    ContributorCase(
        id="empty-query-breaching", missing="breaching", points={},
        query="SELECT MAX(Load) FROM \"ns\" WHERE Team='absent' GROUP BY Team ORDER BY MAX() DESC LIMIT 1",
        prior="INSUFFICIENT_DATA", asked="19:18:53.917", value="ALARM", reason=NO_SERIES.format("Breaching"),
        moves=(), listed="",
    ),
    ContributorCase(
        id="limit1-displaced", query=f"{TEAMS} LIMIT 1", missing="notBreaching",
        points={
            "Team=a": "19:18:17=20 19:19:18=20 19:20:25=20",
            "Team=b": "19:18:17=5 19:19:18=5 19:20:25=5",
            "Team=c": "19:20:25=40",
        },
        prior="ALARM", before="a", asked="19:21:44.463", value="ALARM",
        reason="1 out of 2 time series evaluated to ALARM",
        moves=(("c", "ALARM", "40.0 (23/09/26 19:20:00)"), ("a", "OK", GONE)), listed="c",
    ),
    ContributorCase(
        id="limit1-query-changed", missing="notBreaching",
        query="SELECT MAX(Load) FROM \"ns\" WHERE Team='b' GROUP BY Team ORDER BY MAX() DESC LIMIT 1",
        points={"Team=a": "19:20:25=20", "Team=b": "19:20:25=5 19:22:02=5", "Team=c": "19:20:25=40"},
        prior="ALARM", before="c", asked="19:23:10.371", value="OK", reason="2 time series evaluated to OK",
        moves=(("c", "OK", GONE),), listed="",
    ),
    ContributorCase(
        id="lifetime-swap-back", query=RANKED, missing="notBreaching", points=LIFETIME,
        prior="ALARM", before="b", asked="19:53:22.965", value="ALARM",
        reason="1 out of 2 time series evaluated to ALARM",
        moves=(("a", "ALARM", "80.0 (23/09/26 19:52:00)"), ("b", "OK", GONE)), listed="a",
    ),
    ContributorCase(
        id="lifetime-recreated", query=RANKED, missing="notBreaching", points=LIFETIME,
        prior="INSUFFICIENT_DATA", asked="19:54:11.864", value="ALARM",
        reason="1 out of 1 time series evaluated to ALARM",
        moves=(("a", "ALARM", "80.0 (23/09/26 19:53:00)"),), listed="a",
    ),
)

# Two out of three with few points, under each treatment of missing data: the same repository's later capture.
FEW = {"Team=a": "20:55:00=20", "Team=b": "20:55:00=5", "Team=c": "20:53:00=30 20:55:00=30"}
CROSSED = (
    "Threshold Crossed: {} out of the last 3 datapoints {} greater than the threshold (10.0){}. "
    "The most recent datapoint which crossed the threshold: [{} (23/09/26 20:55:00)] "
    "(minimum 2 datapoints for OK -> ALARM transition)."
)
ONE_FILLED = " and 1 missing datapoint was treated as [{}]"
TWO_FILLED = " and 2 missing datapoints were treated as [{}]"

FEW_POINTS = tuple(
    ContributorCase(
        id=f"few-points-{missing}", query=f"{TEAMS} LIMIT 3", missing=missing, points=FEW, m=2, n=3,
        prior=prior, asked=asked, value="ALARM",
        reason=f"{len(moves)} out of 3 time series evaluated to ALARM",
        moves=tuple((team, "ALARM", reason) for team, reason in moves.items()), listed=" ".join(moves),
    )
    for missing, prior, asked, moves in (
        ("missing", "INSUFFICIENT_DATA", "20:57:31.646", {
            "c": CROSSED.format(2, "were", "", "30.0"),
            "a": CROSSED.format(1, "was", "", "20.0"),
        }),
        ("ignore", "INSUFFICIENT_DATA", "20:57:25.175", {"c": CROSSED.format(2, "were", "", "30.0")}),
        ("breaching", "ALARM", "20:57:53.740", {
            "c": CROSSED.format(2, "were", ONE_FILLED.format("Breaching"), "30.0"),
            "a": CROSSED.format(1, "was", TWO_FILLED.format("Breaching"), "20.0"),
            "b": "Threshold Crossed: 1 datapoint was received for 3 periods"
                 " and 2 missing datapoints were treated as [Breaching].",
        }),
        ("notBreaching", "OK", "20:58:07.667", {
            "c": CROSSED.format(2, "were", ONE_FILLED.format("NonBreaching"), "30.0"),
        }),
    )
)

VANISHED = tuple(
    ContributorCase(
        id=f"vanished-{missing}", missing=missing, points={"Team=a": "21:03:10=25", "Team=c": "21:03:10=35"},
        query="SELECT MAX(Load) FROM \"ns\" WHERE Team = 'never' GROUP BY Team ORDER BY MAX() DESC LIMIT 3",
        m=2, n=3, prior="ALARM", before="c a", asked=asked, value=value, reason=NO_SERIES.format(word),
        moves=(("c", "OK", GONE), ("a", "OK", GONE)), listed="",
    )
    for missing, word, asked, value in (
        ("missing", "Missing", "21:04:17.441", "INSUFFICIENT_DATA"),
        ("ignore", "Ignore", "21:04:21.354", "ALARM"),
        ("breaching", "Breaching", "21:04:18.045", "ALARM"),
        ("notBreaching", "NonBreaching", "21:05:23.280", "OK"),
    )
)
# fmt: on
