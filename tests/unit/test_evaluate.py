"""Figures of ``lab policy eval``: the arithmetic, what counts as a leak, and the floors."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from lab.cli import app
from lab.model import Action
from lab.policy import evaluate
from lab.policy.clear import Policy
from lab.policy.corpus import Case, Span, Turn
from lab.policy.figures import Quality, Share, wilson

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def policy() -> Policy:
    """The policy of the checkout."""
    return Policy.load(ROOT / "policies", workers=0)


def case(text: str, expect: str, *values: tuple[str, str], **more: object) -> Case:
    """One case with planted values: (entity, value)."""
    spans = tuple(
        Span(start=text.index(value), end=text.index(value) + len(value), entity=entity)
        for entity, value in values
    )
    return Case.model_validate(
        {
            "id": "x/y/0",
            "set": "personal",
            "template": "x/y",
            "split": "dev",
            "expect": expect,
            "messages": (Turn(role="user", content=text),),
            "spans": spans,
            **more,
        }
    )


@pytest.mark.parametrize(
    ("hits", "of", "low", "high"),
    [(0, 0, 0.0, 1.0), (8, 10, 0.4902, 0.9433), (10, 10, 0.7225, 1.0), (0, 10, 0.0, 0.2775)],
)
def test_wilson_gives_the_published_intervals(hits: int, of: int, low: float, high: float) -> None:
    """The interval is the one that textbooks print, to four digits."""
    assert wilson(hits, of) == pytest.approx((low, high), abs=1e-4)


@given(st.integers(0, 400), st.integers(0, 400))
def test_wilson_holds_the_share_and_stays_within_zero_and_one(hits: int, misses: int) -> None:
    """The share lies in its interval, and the interval in [0, 1]."""
    low, high = wilson(hits, hits + misses)
    share = Share(hits, hits + misses).value
    assert 0 <= low <= share + 1e-12
    assert share - 1e-12 <= high <= 1


def test_f2_weighs_recall_twice() -> None:
    """F2 of P 0.5, R 1 is 0.8333; of P 1, R 0.5 it is 0.5556; of nothing found it is 0."""
    half, full, none = Share(1, 2), Share(2, 2), Share(0, 2)
    assert Quality(full, half).f2 == pytest.approx(5 / 6)
    assert Quality(half, full).f2 == pytest.approx(5 / 9)
    assert Quality(none, none).f2 == 0


async def test_a_masked_value_is_kept(policy: Policy) -> None:
    """A prompt whose planted values are all masked is right, and each is found as what it is."""
    text = "Soạn giấy mời ông Nguyễn Văn Mẫu, số căn cước 040295000017."
    planted = (("PERSON", "Nguyễn Văn Mẫu"), ("VN_CCCD", "040295000017"))
    (found,) = await evaluate.run(policy, [case(text, "mask", *planted)])
    assert found.right
    assert [good for _, good in found.found] == [True, True]
    assert not found.extra


async def test_a_value_of_which_a_part_stays_has_leaked(policy: Policy) -> None:
    """Where what is masked is shorter than the planted value, the value has leaked."""
    text = "Soạn giấy mời ông Nguyễn Văn Mẫu, số căn cước 040295000017."
    longer = case(text, "mask", ("PERSON", "Nguyễn Văn Mẫu, số căn"))
    (found,) = await evaluate.run(policy, [longer])
    assert not found.right
    assert len(found.leaked) == 1


async def test_a_personal_prompt_that_is_stopped_is_not_right(policy: Policy) -> None:
    """Stopping is no way to keep a value where masking is asked for; it is where both will do."""
    text = "TUYỆT MẬT\nGiấy mời ông Nguyễn Văn Mẫu."
    planted = ("PERSON", "Nguyễn Văn Mẫu")
    cases = [case(text, "mask", planted), case(text, "protect", planted)]
    first, second = await evaluate.run(policy, cases)
    assert first.action is Action.BLOCK
    assert not first.right
    assert second.right


async def test_a_rule_is_held_against_what_it_is_for(policy: Policy) -> None:
    """Masking rules against the values of their entity, stopping ones against what must be stopped;
    what only one rule found is counted; a find without a label is false.
    """
    phone = "Gọi số 0950 000 123 trước chín giờ."
    cases = [
        case(phone, "mask", ("VN_PHONE", "0950 000 123")),
        case("Nhắn anh Mẫu.", "mask", ("VN_PHONE", "anh Mẫu")),
        case(phone, "unchanged"),
        case("TUYỆT MẬT\nBản kê của đơn vị.", "block"),
        case("Cảm ơn chị.", "block"),
    ]
    rules = evaluate.report(await evaluate.run(policy, cases)).rules
    found = rules["phone"]
    assert (found.quality.recall, found.quality.precision) == (Share(1, 2), Share(1, 2))
    assert found.alone == 1
    assert rules["secrecy-mark"].quality == Quality(Share(1, 2), Share(1, 1))


async def test_a_finding_beside_the_values_is_false_unless_the_case_allows_it(
    policy: Policy,
) -> None:
    """What touches no planted value counts against precision, but for entities named beside."""
    text = "Gọi ông Nguyễn Văn Mẫu theo số 0950 000 123."
    name = ("PERSON", "Nguyễn Văn Mẫu")
    cases = [case(text, "mask", name), case(text, "mask", name, beside=("VN_PHONE",))]
    first, second = await evaluate.run(policy, cases)
    assert [each.entity for each in first.extra] == ["VN_PHONE"]
    assert second.extra == ()
    quality = evaluate.report([first]).entities["VN_PHONE"]
    assert quality.precision == Share(0, 1)


async def test_a_fault_is_never_right(policy: Policy, monkeypatch: pytest.MonkeyPatch) -> None:
    """A check that fails blocks, and is counted as wrong whatever the label."""

    def broken(*_: object) -> None:
        raise RuntimeError

    monkeypatch.setattr(policy, "_decide", broken)
    cases = [case("Chào.", expect) for expect in ("block", "mask", "protect", "unchanged")]
    outcomes = await evaluate.run(policy, cases)
    assert {each.fault for each in outcomes} == {"policy_fault"}
    assert [each.right for each in outcomes[:1] + outcomes[2:]] == [False] * 3
    assert not outcomes[1].right


async def test_pieces_of_a_value_leak_only_together(policy: Policy) -> None:
    """Of a value split over turns it is enough that one piece does not leave."""
    said = ("Số CCCD bắt đầu là 040295", "phần sau là 000017, soạn đơn nhé")
    spans = [
        {"message": 0, "start": 19, "end": 25, "entity": "VN_CCCD", "piece": True},
        {"message": 1, "start": 12, "end": 18, "entity": "VN_CCCD", "piece": True},
    ]
    turns = [{"role": "user", "content": text} for text in said]
    split = case("x", "protect", messages=turns, spans=spans)
    harmless = [{"role": "user", "content": text.replace("CCCD", "hộ")} for text in said]
    loose = [{**span, "end": span["start"] + 1} for span in spans]
    for span in loose[:1]:
        span["start"], span["end"] = 0, 2
    loose[1]["start"], loose[1]["end"] = 0, 4
    kept, lost = await evaluate.run(
        policy, [split, case("x", "protect", messages=harmless, spans=loose)]
    )
    assert kept.right
    assert not lost.right


def run(*args: str) -> tuple[int, str]:
    """The command's exit code and what it printed."""
    result = CliRunner().invoke(app, ["policy", "eval", *args])
    return result.exit_code, result.stdout


def small(folder: Path, floors: str) -> Path:
    """A policy with two cases, one of them wrong, under the floors given."""
    home = folder / "policies"
    home.mkdir()
    for name in ("rules", "lists"):
        (home / name).symlink_to(ROOT / "policies" / name)
    settings = (ROOT / "policies/policy.yaml").read_text("utf-8")
    head = settings.split("\nfloors:")[0]
    (home / "policy.yaml").write_text(f"{head}\n{floors}\n", "utf-8")
    (home / "corpus").mkdir()
    good = case("TUYỆT MẬT\nKế hoạch.", "block", set="classified", split="test", id="a")
    bad = case("Chúc một ngày vui.", "block", set="classified", split="test", id="b")
    rows = [each.model_dump_json() + "\n" for each in (good, bad)]
    (home / "corpus/classified.jsonl").write_text("".join(rows), "utf-8")
    return home


def test_a_figure_below_its_floor_ends_with_failure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Half of the cases are right: a floor of 0.6 fails and is named, one of 0.5 does not."""
    home = small(tmp_path, "floors: {classified: 0.6}")
    monkeypatch.setenv("LAB_POLICIES", str(home))
    code, said = run()
    assert code == 1
    assert "classified đạt 50,0 %, sàn 60,0 %" in said
    text = (home / "policy.yaml").read_text("utf-8").replace("0.6}", "0.5}")
    (home / "policy.yaml").write_text(text, "utf-8")
    assert run()[0] == 0


def test_a_floor_for_a_figure_that_was_not_measured_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A floor that names nothing (a set without cases, a typing mistake) is no silent pass."""
    monkeypatch.setenv("LAB_POLICIES", str(small(tmp_path, "floors: {clasified: 0.1}")))
    code, said = run()
    assert code == 1
    assert "clasified" in said


def test_json_holds_figures_and_misses(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The JSON names the wrong case, its template, what was asked for and what was done."""
    monkeypatch.setenv("LAB_POLICIES", str(small(tmp_path, "floors: {classified: 0.1}")))
    code, said = run("--json")
    row = json.loads(said.splitlines()[-1])
    assert code == 0
    assert row["sets"]["classified"]["cases"]["hits"] == 1
    assert [(m["id"], m["expect"], m["got"]) for m in row["misses"]] == [("b", "block", "allow")]


@pytest.mark.parametrize("args", [("--set", "khong-co"), ("--split", "moi")])
def test_an_unknown_set_or_split_is_refused(args: tuple[str, str]) -> None:
    """What is not there is said, with exit code 2; it is not an empty success."""
    assert run(*args)[0] == 2
