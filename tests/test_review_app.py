"""`grader.review.app` and its guard: who is let in, what is saved, and that nothing of a submission is ever a page."""

from __future__ import annotations

import html
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from fractions import Fraction
from pathlib import Path

import pytest
from classes import CORRECT, Grade, lay, unlike
from gradebook_cases import new_run
from review_cases import (
    ADDRESS,
    CODE,
    PORT,
    Classroom,
    Prepared,
    a_pdf,
    classroom,
    environment,
    form,
    graded_entry,
    prepared,
    rows_of,
)
from starlette.testclient import TestClient
from tiny_course import SCALE, STATS

from grader.batch.options import ClassOptions
from grader.course.discovery import Course, read_assignment
from grader.errors import GradebookLostError
from grader.gradebook.book import gradebook
from grader.gradebook.decisions import DecisionStore
from grader.gradebook.records import NewMark, Student
from grader.reporting.html import template_folder
from grader.review.access import Secrets
from grader.review.answer_desk import AnswerDesk
from grader.review.app import review_app
from grader.review.marking_session import MarkingPlan, MarkingSession
from grader.review.writeups import Sources

HOSTILE = "<script>window.broken = true</script>"
HANDED = {
    "ada": {**CODE, "review.pdf": a_pdf("Ada"), "curve.txt": f"{HOSTILE} & more\x1b[31m"},
    "bob": {**CODE, "review.pdf": a_pdf("Bob")},
    "eve": {**CODE, "page.pdf": f"<html>{HOSTILE}</html>"},
}


@pytest.fixture(scope="module")
def ready(tmp_path_factory: pytest.TempPathFactory) -> Prepared:
    return prepared(tmp_path_factory.mktemp("class"), HANDED)


@pytest.fixture
def room(tmp_path: Path, ready: Prepared) -> Iterator[Classroom]:
    with classroom(tmp_path, ready) as opened:
        yield opened


@pytest.fixture
def client(room: Classroom) -> TestClient:
    return room.client()


def said(text: str) -> str:
    """Give what a page says, without its tags."""
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", text)).split())


# ------------------------------------------------------------------------------------------------------ who comes in


@pytest.mark.parametrize("path", ["/", "/students", "/student/1", "/student/1/file/0", "/static/review/review.js"])
def test_without_the_token_nothing_is_told(room: Classroom, path: str) -> None:
    stranger = room.client(enter=False)
    answers = [stranger.get(path), stranger.get(f"{path}?token=guess"), stranger.get(path, headers={"Cookie": "x=1"})]
    assert {answer.status_code for answer in answers} == {403}
    assert {answer.text for answer in answers} == {
        "open the address that grade review printed: it carries the key to this page"
    }


def test_the_token_becomes_a_cookie_that_no_script_and_no_other_site_can_use(room: Classroom) -> None:
    answer = room.client(enter=False).get("/?token=token")
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith(f"grade_review_{PORT}=token; ")
    assert {"HttpOnly", "SameSite=strict", "Path=/"} <= set(cookie.split("; "))


@pytest.mark.parametrize(
    "host", ["evil.example", f"evil.example:{PORT}", "127.0.0.1", "127.0.0.1:1", "", f"[::1]:{PORT}"]
)
def test_a_name_that_was_made_to_lead_here_is_not_answered(client: TestClient, host: str) -> None:
    assert client.get("/students", headers={"Host": host}).status_code == 421


def test_localhost_is_this_machine_too(room: Classroom) -> None:
    client = room.client(enter=False)
    assert client.get("/?token=token", headers={"Host": f"localhost:{PORT}"}).status_code == 303


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
def test_a_form_of_another_page_saves_nothing(room: Classroom, client: TestClient, headers: dict[str, str]) -> None:
    assert client.post("/student/1", data=form(essay="4"), headers=headers).status_code == 403
    assert room.book.decisions.marks("tiny") == []


@pytest.mark.parametrize("token", ["", "guess", "tökén", None])
def test_a_form_without_its_token_saves_nothing(room: Classroom, client: TestClient, token: str | None) -> None:
    fields = form(essay="4")
    if token is None:
        del fields["form-token"]
    else:
        fields["form-token"] = token
    assert client.post("/student/1", data=fields).status_code == 403
    assert room.book.decisions.marks("tiny") == []


def test_a_form_of_ours_carries_its_token(client: TestClient) -> None:
    assert '<input type="hidden" name="form-token" value="form">' in client.get("/student/1").text


@pytest.mark.parametrize("path", ["/student/{}", "/student/1/file/{}", "/static/{}"])
def test_an_address_of_thousands_of_digits_is_no_error_of_ours(client: TestClient, path: str) -> None:
    assert client.get(path.format("9" * 5000)).status_code == 414


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"])
def test_what_is_neither_looking_nor_saving_is_refused(client: TestClient, method: str) -> None:
    assert client.request(method, "/student/1").status_code == 405


def test_a_form_larger_than_ours_is_not_read(client: TestClient) -> None:
    assert client.post("/student/1", content=b"x" * (2**20 + 1)).status_code == 413


@pytest.mark.parametrize(
    "path", ["/", "/students", "/student/1", "/student/999", "/nowhere", "/static/review/review.css"]
)
def test_every_answer_is_kept_in_its_place(client: TestClient, path: str) -> None:
    headers = client.get(path).headers
    policy = headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; ")
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["cache-control"] == "no-store"
    assert headers["cross-origin-resource-policy"] == "same-origin"


# ------------------------------------------------------------------------------------------------------------- files


def test_a_pdf_is_given_to_the_viewer_and_to_nothing_else(client: TestClient) -> None:
    answer = client.get("/student/1/file/1")
    assert answer.content == HANDED["ada"]["review.pdf"]
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.headers["content-security-policy"] == "sandbox; frame-ancestors 'self'"
    assert answer.headers["x-content-type-options"] == "nosniff"
    saved = client.get("/student/1/file/1?save=1")
    assert saved.headers["content-type"] == "application/octet-stream"
    assert saved.headers["content-disposition"] == 'attachment; filename="write-up.pdf"'


@pytest.mark.parametrize("path", ["/student/1/file/0", "/student/3/file/0"])
def test_what_is_no_pdf_is_only_ever_saved_whatever_it_is_called(client: TestClient, path: str) -> None:
    headers = client.get(path).headers
    assert headers["content-type"] == "application/octet-stream"
    assert headers["content-disposition"] == 'attachment; filename="write-up"'
    assert headers["content-security-policy"].startswith("sandbox")


def test_markup_in_a_write_up_is_text(client: TestClient) -> None:
    page = client.get("/student/1?file=0").text
    assert HOSTILE not in page
    assert html.escape(HOSTILE) in page
    assert "\x1b" not in page
    assert "page.pdf is named as a PDF and is none" in said(client.get("/student/3").text)


@pytest.mark.parametrize(
    "path",
    [
        "/student/1/file/2", "/student/1/file/99", "/student/0/file/0", "/student/99", "/student/1/file/-1",
        "/student/1/file/..%2f..%2fassignment.toml", "/static/../assignment.toml", "/static/check.html.j2",
        "/static/%2e%2e/%2e%2e/pyproject.toml", "/student/1e3", "/student/" + "9" * 40,
    ],
)  # fmt: skip
def test_an_address_leads_to_nothing_that_is_no_student_of_the_session(client: TestClient, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code in (404, 403)
    assert "solution" not in answer.text


def test_a_file_is_chosen_by_its_place_alone(client: TestClient) -> None:
    assert "curve.txt" in said(client.get("/student/1?file=0").text)
    for odd in ("-1", "99", "x", "٣", "1e9", "../0"):
        assert client.get("/student/1", params={"file": odd}).status_code == 200


# ------------------------------------------------------------------------------------------------------------- marks


def test_the_first_page_is_the_next_that_is_not_marked(room: Classroom, client: TestClient) -> None:
    assert client.get("/").headers["location"] == "/student/1"
    answer = client.post("/student/1", data=form(essay="2.5", curve="3/4", comment_essay="fine"))
    assert (answer.status_code, answer.headers["location"]) == (303, "/student/2?saved=1")
    assert rows_of(room.book.decisions.marks("tiny")) == [
        ("curve", 1, Fraction(3, 4), "", "eve"),
        ("essay", 1, Fraction(5, 2), "fine", "eve"),
    ]
    assert client.get("/").headers["location"] == "/student/2"
    page = said(client.get("/student/2?saved=1").text)
    assert "1 of 3 marked" in page
    assert "Saved ada." in page


def test_a_student_is_left_once_every_row_has_points(client: TestClient) -> None:
    first = client.post("/student/2", data=form(essay="1"))
    assert first.headers["location"] == "/student/2?saved=2"
    second = client.post("/student/2", data=form(essay="1", follows_essay="1", curve="1"))
    assert second.headers["location"] == "/student/3?saved=2"


def test_after_the_last_everything_is_marked_and_the_next_command_is_told(room: Classroom, client: TestClient) -> None:
    for number in (1, 2, 3):
        answer = client.post(f"/student/{number}", data=form(essay="1", curve="1"))
    assert answer.headers["location"] == "/"
    assert "grade regrade tiny" in said(client.get("/").text)


def test_a_start_is_where_this_marker_begins_and_goes_round_from(room: Classroom) -> None:
    client = room.client(start="bob")
    assert client.get("/").headers["location"] == "/student/2"
    client.post("/student/2", data=form(essay="1", curve="1"))
    assert client.get("/").headers["location"] == "/student/3"
    client.post("/student/3", data=form(essay="1", curve="1"))
    assert client.get("/").headers["location"] == "/student/1"


@pytest.mark.parametrize(
    ("points", "sentence"),
    [
        ("much", "points are much, expected a number from 0 to 4, such as 1.5 or 3/4"),
        ("-1", "points are -1, expected 0 to 4"),
        ("5", "points are 5, expected 0 to 4"),
        ("<b>4</b>", "points are <b>4</b>, expected a number from 0 to 4"),
    ],
)
def test_points_that_are_none_are_shown_again_and_nothing_is_saved(
    room: Classroom, client: TestClient, points: str, sentence: str
) -> None:
    answer = client.post("/student/1", data=form(essay=points, curve="1", comment_curve="good axes"))
    assert answer.status_code == 422
    assert html.escape(sentence) in answer.text
    assert f'value="{html.escape(points)}"' in answer.text
    assert "good axes" in answer.text
    assert room.book.decisions.marks("tiny") == []


def test_the_second_of_two_who_save_is_shown_both_versions_and_decides(room: Classroom, client: TestClient) -> None:
    other = room.client("dan")
    assert other.post("/student/1", data=form(essay="1", comment_essay="weak")).status_code == 303
    clash = client.post("/student/1", data=form(essay="4", comment_essay="strong", curve="1"))
    assert clash.status_code == 409
    page = said(clash.text)
    assert "dan saved this row while you were marking." in page
    assert "1 of 4 weak" in page
    assert "4 of 4 strong" in page
    assert 'name="follows-essay" value="1"' in clash.text
    # The row without a clash waits for the other.
    assert [mark.who for mark in room.book.decisions.marks("tiny")] == ["dan"]
    undecided = form(essay="4", comment_essay="strong", follows_essay="1", asked_essay="1", curve="1")
    assert client.post("/student/1", data=undecided).status_code == 409
    assert client.post("/student/1", data={**undecided, **form(decision_essay="mine")}).status_code == 303
    assert rows_of(room.book.decisions.marks("tiny", 1)) == [
        ("curve", 1, 1, "", "eve"),
        ("essay", 1, 1, "weak", "dan"),
        ("essay", 2, 4, "strong", "eve"),
    ]


def test_who_keeps_the_other_version_saves_only_the_rest(room: Classroom, client: TestClient) -> None:
    room.client("dan").post("/student/1", data=form(essay="1"))
    decided = form(essay="4", follows_essay="1", asked_essay="1", decision_essay="theirs", curve="1")
    assert client.post("/student/1", data=decided).status_code == 303
    assert rows_of(room.book.decisions.marks("tiny", 1)) == [("curve", 1, 1, "", "eve"), ("essay", 1, 1, "", "dan")]


def test_of_many_who_save_at_once_no_mark_is_lost(room: Classroom) -> None:
    """Each goes on until theirs is the latest: every version follows the one before and none is missing."""
    together = threading.Barrier(4)
    codes: list[int] = []

    def keep_on(who: str, points: str) -> None:
        client = room.client(who)
        together.wait(30)
        fields = form(essay=points)
        while True:
            answer = client.post("/student/1", data=fields)
            codes.append(answer.status_code)
            if answer.status_code == 303:
                return
            seen = re.search(r'name="follows-essay" value="(\d+)"', answer.text)
            assert seen is not None
            fields = form(essay=points, follows_essay=seen[1], asked_essay="1", decision_essay="mine")

    threads = [threading.Thread(target=keep_on, args=(f"m{n}", str(n))) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    kept = room.book.decisions.marks("tiny")
    assert codes.count(303) == 4
    assert [mark.version for mark in kept] == [1, 2, 3, 4]
    assert {mark.who for mark in kept} == {"m0", "m1", "m2", "m3"}


def test_an_emptied_field_takes_a_mark_back_and_the_history_stays(room: Classroom, client: TestClient) -> None:
    client.post("/student/1", data=form(essay="3", curve="1"))
    client.post("/student/1", data=form(essay="", comment_essay="ask", follows_essay="1", curve="1", follows_curve="1"))
    assert [mark.points for mark in room.book.decisions.marks("tiny", 1) if mark.row == "essay"] == [3, None]
    assert "0 of 3 marked" in said(client.get("/student/1").text)
    assert room.book.decisions.by_hand("tiny")[1].marks[0].row == "curve"


def test_comments_used_before_on_a_row_are_offered_there_and_only_there(client: TestClient) -> None:
    client.post("/student/1", data=form(comment_essay="why does it matter?"))
    client.post("/student/2", data=form(comment_essay="why does it matter?", comment_curve="no axes"))
    client.post("/student/3", data=form(comment_essay="own words?"))
    page = client.get("/student/3").text
    essay, curve = page.split('id="row-essay"')[1].split('id="row-curve"')
    assert re.findall(r'data-text="([^"]*)"', essay) == ["why does it matter?", "own words?"]
    assert re.findall(r'data-text="([^"]*)"', curve) == ["no axes"]


def test_a_comment_is_shown_as_text_and_comes_back_as_it_was(room: Classroom, client: TestClient) -> None:
    client.post("/student/1", data=form(comment_essay=f"</textarea>{HOSTILE}\r\n  second line"))
    page = client.get("/student/1").text
    assert HOSTILE not in page
    (mark,) = room.book.decisions.marks("tiny")
    assert mark.comment == f"</textarea>{HOSTILE}\n  second line"
    shown = re.search(r"<textarea[^>]*comment-essay[^>]*>\n(.*?)</textarea>", page, re.DOTALL)
    assert shown is not None
    assert html.unescape(shown[1]) == mark.comment


def test_all_students_are_listed_with_how_far_each_is(client: TestClient) -> None:
    client.post("/student/2", data=form(essay="1"))
    page = said(client.get("/students").text)
    assert "ada Ada Name 0 of 2 bob Bob Name 1 of 2 eve Eve Name 0 of 2" in page


def test_where_the_gradebook_is_gone_nothing_typed_is_lost(
    room: Classroom, client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(*_: object) -> bool:
        raise GradebookLostError("the gradebook cannot be written: disk full")

    with monkeypatch.context() as patched:
        patched.setattr(DecisionStore, "mark_together", gone)
        answer = client.post("/student/1", data=form(essay="3", comment_essay='a "long" comment'))
    assert answer.status_code == 503
    assert "the gradebook cannot be written: disk full" in said(answer.text)
    fields = dict(re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)">', answer.text))
    again = client.post("/student/1", data={name: html.unescape(value) for name, value in fields.items()})
    assert again.status_code == 303
    assert rows_of(room.book.decisions.marks("tiny")) == [("essay", 1, 3, 'a "long" comment', "eve")]


def test_a_page_is_answered_where_the_gradebook_cannot_be_read(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(_: MarkingSession) -> dict[int, int]:
        raise GradebookLostError("the gradebook does not answer: no route to host")

    monkeypatch.setattr(MarkingSession, "rows_marked", gone)
    answer = client.get("/students")
    assert answer.status_code == 503
    assert "no route to host" in said(answer.text)


def test_the_address_is_of_this_machine(client: TestClient) -> None:
    assert str(client.base_url) == ADDRESS


# -------------------------------------------------------------------------------------------- what one marker works on


def test_one_row_is_marked_through_all_students(room: Classroom) -> None:
    client = room.client(session=room.session(plan=MarkingPlan(rows=("curve",))))
    assert 'name="points-essay"' not in client.get("/student/1").text
    for number, following in ((1, "/student/2?saved=1"), (2, "/student/3?saved=2"), (3, "/")):
        answer = client.post(f"/student/{number}", data=form(essay="4", curve="1"))
        assert answer.headers["location"] == following
    assert [row[0] for row in rows_of(room.book.decisions.marks("tiny"))] == ["curve"] * 3


def test_shares_are_of_different_students_and_together_all(room: Classroom) -> None:
    shares = [set(room.session(plan=MarkingPlan(share=(part, 2))).order) for part in (1, 2)]
    assert sorted(map(len, shares)) == [1, 2]
    assert shares[0] | shares[1] == set(room.session().order)
    client = room.client(session=room.session(plan=MarkingPlan(share=(2, 2))))
    assert client.get("/").headers["location"] == "/student/2"
    assert client.get("/student/1").status_code == 404


def test_who_marks_blindly_is_told_no_name(room: Classroom) -> None:
    client = room.client(session=room.session(plan=MarkingPlan(is_blind=True)))
    pages = [client.get(path).text for path in ("/students", *(f"/student/{number}" for number in (1, 2, 3)))]
    for who in ("ada", "bob", "Ada Name", "Bob Name", "Eve Name"):
        assert not any(re.search(rf"\b{who}\b", said(page)) for page in pages)
    assert re.search(r"file 1\.\w+ file 2\.\w+", said(pages[1]))
    names = re.findall(r"\b[A-Z2-7]{4}-[A-Z2-7]{4}\b", said(pages[0]))
    assert len(set(names)) == 3
    assert names == sorted(names)
    answer = client.post("/student/1", data=form(essay="1", curve="1"))
    assert "Saved ada" not in said(client.get(answer.headers["location"]).text)
    assert len(room.book.decisions.marks("tiny", 1)) == 2


def test_the_list_says_how_much_each_marker_gave(room: Classroom) -> None:
    room.client("zoe").post("/student/1", data=form(essay="4", curve="1.5"))
    room.client("eve").post("/student/2", data=form(essay="1"))
    assert "Who marked Marker Rows Mean of the points zoe 2 100 % eve 1 25 %" in said(
        room.client().get("/students").text
    )


def test_a_second_marker_sees_no_first_mark_and_differences_are_listed(room: Classroom) -> None:
    room.client("eve").post("/student/1", data=form(essay="4", curve="1", comment_essay="first words"))
    room.client("eve").post("/student/2", data=form(essay="2", curve="1"))
    second = room.client("dan", session=room.session("dan", plan=MarkingPlan(is_second=True)))
    assert "first words" not in second.get("/student/1").text
    assert second.get("/").headers["location"] == "/student/1"
    second.post("/student/1", data=form(essay="1.5", curve="1", comment_essay="too short"))
    second.post("/student/2", data=form(essay="3"))
    listed = said(room.client("eve").get("/students").text)
    rows = "ada Paper review 4 by eve 1.5 by dan: too short bob Paper review 2 by eve 3 by dan"
    assert f"Marked differently Student Row Counts Second {rows}" in listed
    assert "Marked differently" not in said(second.get("/students").text)
    counting = room.book.decisions.by_hand("tiny")[room.numbers["ada"]]
    assert [(mark.row, mark.points) for mark in counting.marks] == [("curve", 1), ("essay", 4)]


def test_a_difference_is_settled_by_another_mark_or_by_the_same_once_more(room: Classroom) -> None:
    """What somebody had settled was listed for ever, unless it was by the second mark."""
    first = room.client("eve")
    second = room.client("dan", session=room.session("dan", plan=MarkingPlan(is_second=True)))
    for number in (1, 2):
        first.post(f"/student/{number}", data=form(essay="4", curve="1"))
        second.post(f"/student/{number}", data=form(essay="2", curve="1", comment_essay="too short"))
    assert "A second marking gave 2 of 4 (dan). too short The mark above stays s" in said(first.get("/student/1").text)
    first.post("/student/1", data=form(essay="3", curve="1", follows_essay="1", follows_curve="1"))
    first.post("/student/2", data=form(essay="4", curve="1", follows_essay="1", follows_curve="1"))
    assert "bob Paper review 4 by eve 2 by dan" in said(first.get("/students").text)
    again = form(essay="4", curve="1", follows_essay="1", follows_curve="1")
    first.post("/student/2", data=again | {"settled-essay": "1"})
    listed = said(first.get("/students").text)
    assert "settled since: bob (Paper review: 4 by eve, second 2), ada (Paper review: 3 by eve, second 2)." in listed
    assert "Counts Second" not in listed
    assert "Settled: the mark above was saved after it." in said(first.get("/student/2").text)
    assert [mark.version for mark in room.book.decisions.marks("tiny", 2)] == [1, 1, 2]


@pytest.fixture(scope="module")
def team(tmp_path_factory: pytest.TempPathFactory) -> Prepared:
    handed = {"zoe": {**CODE, "review.pdf": a_pdf("Zoe, Ida and Uma")}, "bob": {**CODE, "review.pdf": a_pdf("Bob")}}
    return prepared(tmp_path_factory.mktemp("team"), handed, together={"ida": "zoe", "uma": "zoe"})


def test_what_a_group_handed_in_is_marked_once_for_all_of_them(tmp_path: Path, team: Prepared) -> None:
    """Each member came up apart, and two markers with a share each gave one essay two marks."""
    with classroom(tmp_path, team) as room:
        zoe, bob, ida, uma = (room.numbers[name] for name in ("zoe", "bob", "ida", "uma"))
        shares = [room.session(plan=MarkingPlan(share=(part, 2))).order for part in (1, 2)]
        assert shares == [(zoe,), (bob,)]
        assert room.book.decisions.mark(uma, "tiny", [NewMark("curve", "", Fraction(1), Fraction(2), "", 0)], "dan")
        assert room.session().named("ida") == zoe
        client = room.client("eve", start="zoe")
        assert client.get("/").headers["location"] == f"/student/{zoe}"
        client.post(f"/student/{zoe}", data=form(essay="3", curve="1.5", comment_essay="well said"))
        client.post(f"/student/{zoe}", data=form(essay="4", curve="1.5", follows_essay="1", follows_curve="1"))
        given = {name: room.book.decisions.by_hand("tiny")[room.numbers[name]].marks for name in ("zoe", "ida", "uma")}
        assert [(mark.row, mark.points) for mark in given["zoe"]] == [("curve", Fraction(3, 2)), ("essay", 4)]
        assert given["ida"] == given["zoe"]
        assert [(mark.row, mark.points) for mark in given["uma"]] == [("curve", 1), ("essay", 4)]
        room.book.decisions.override(ida, "tiny", "essay", Fraction(1), "eve", "wrote nothing")
        page = said(client.get(f"/student/{zoe}").text)
        assert "handed in together with 2 others, who get the same marks: ida and uma" in page
        assert "uma got marks of their own, which stay" in page
        assert "Paper review of ida was set to 1 by hand, which counts whatever the mark: wrote nothing" in page
        listed = said(client.get("/students").text)
        assert "zoe Zoe Name with ida, uma all 2" in listed
        assert "Marker Rows Mean of the points eve 2 100 %" in listed
        assert client.get(f"/student/{ida}").status_code == 404


def test_a_page_that_is_still_open_keeps_no_mark_of_who_was_taken_out_meanwhile(room: Classroom) -> None:
    """The mark and its comment were kept under the number of somebody whose every row had been taken out."""
    client = room.client("eve")
    room.book.forget(2)
    room.book.forget_name(2)
    answer = client.post("/student/2", data=form(essay="1", comment_essay="Bob's"))
    assert (answer.status_code, "Nothing was saved" in answer.text) == (503, True)
    assert "this student was taken out of the gradebook: start grade review anew" in answer.text
    assert room.book.decisions.marks("tiny") == []


def test_a_share_stays_what_it_was_when_somebody_hands_in_later(tmp_path: Path, ready: Prepared) -> None:
    """Shares followed names: with a late hand-in of an early one, two markers were led to the same students."""
    with classroom(tmp_path, ready) as room:
        before = [room.session(plan=MarkingPlan(share=(part, 2))).order for part in (1, 2)]
        handed = lay(tmp_path / "late", CODE)
        (late,) = room.book.runs.enrol([Student("aaron", "")]).values()
        room.book.results.record(room.book.runs.begin(new_run()), [graded_entry(room.course, late, handed)])
        after = [room.session(plan=MarkingPlan(share=(part, 2))).order for part in (1, 2)]
        assert [set(new) - set(old) for new, old in zip(after, before, strict=True)] == [set(), {late}]


# ---------------------------------------------------------------------------------------- the same wrong answer

HALF = {"scale.py": SCALE.replace("np.where(length == 0, 1, length)", "(length + 0.5)"), "stats.py": STATS}
NAMING = {"form-token": "form", "says": "a half <b>is</b> added", "hint": "how long is a row of 1?"}


@pytest.fixture
def naming(grade: Grade, course: Path) -> Iterator[Callable[..., TestClient]]:
    """A class of three in which two gave the same wrong answer, and the app with the desk at which it is named."""
    for number, files in enumerate((HALF, HALF, CORRECT)):
        lay(course / f"handed/s{number}", unlike(files, number))
    grade("batch", "tiny", "handed")
    desk = AnswerDesk(ClassOptions(course=Course(course), assignment="tiny", out=course / "results"))
    assignment = read_assignment(course / "reference/tiny")

    def opened(*, is_blind: bool = False) -> TestClient:
        book = stack.enter_context(gradebook(str(course / "results/gradebook.sqlite"), print))
        plan = MarkingPlan(is_blind=is_blind)
        session = MarkingSession(assignment.assignment, book, Sources(assignment, book), "eve", plan)
        app = review_app(
            session, environment(), template_folder(), PORT, Secrets("token", "form"), after="grade regrade", desk=desk
        )
        client = TestClient(app, base_url=ADDRESS, follow_redirects=False)
        assert client.get("/?token=token").status_code == 303
        return client

    with ExitStack() as stack:
        yield opened


def test_a_wrong_answer_of_several_is_named_on_the_page_and_told_to_all_without_a_run(
    naming: Callable[..., TestClient], grade: Grade, course: Path
) -> None:
    client = naming()
    assert client.get("/").headers["location"] == "/answers", "there is no row to mark by hand"
    page = client.get("/answers").text
    assert "2 students in unit_rows" in said(page)
    assert "(length + 0.5)" in page
    (code,) = set(re.findall(r'name="group" value="([^"]+)"', page))
    answer = client.post("/answers", data={**NAMING, "group": code})
    assert (answer.status_code, answer.headers["location"][:26]) == (303, "/answers?named=same-answer")
    page = client.get(answer.headers["location"]).text
    assert "a half &lt;b&gt;is&lt;/b&gt; added" in page
    assert 'name="group"' not in page
    late = client.post("/answers", data={**NAMING, "group": code, "says": "mine, just now"})
    assert late.status_code == 422
    assert "is named already by eve: 'a half <b>is</b> added'" in html.unescape(late.text)
    assert "You typed: mine, just now how long is a row of 1?" in said(late.text)
    grade("regrade", "tiny")
    reports = {path.stem: path.read_text(encoding="utf-8") for path in (course / "results/tiny/reports").iterdir()}
    assert {who for who, text in reports.items() if "a half &lt;b&gt;is&lt;/b&gt; added" in text} == {"s0", "s1"}
    (name,) = re.findall(r'name="take-back" value="([^"]+)"', page)
    assert client.post("/answers", data={"form-token": "form", "take-back": name}).status_code == 303
    assert f'value="{code}"' in client.get("/answers").text


@pytest.mark.parametrize(
    ("changed", "status", "told"),
    [
        ({"says": " "}, 422, "both sentences are what students are told"),
        ({"hint": "x" * 501}, 422, "a sentence is longer than 500 characters"),
        ({"group": "tiny/unit_rows/000000"}, 422, "no group of the class is called tiny/unit_rows/000000"),
        ({"form-token": "another"}, 403, "this form is not from a page of ours"),
        ({"take-back": "same-answer-000000"}, 422, "no answer of tiny is called same-answer-000000"),
    ],
)
def test_what_cannot_be_named_is_told_and_what_was_typed_stays(
    naming: Callable[..., TestClient], course: Path, changed: dict[str, str], status: int, told: str
) -> None:
    client = naming()
    code = re.findall(r'name="group" value="([^"]+)"', client.get("/answers").text)[0]
    answer = client.post("/answers", data={**NAMING, "group": code, **changed})
    assert answer.status_code == status
    assert told in answer.text
    if status == 422 and "group" not in changed and "take-back" not in changed:
        assert f'value="{html.escape((NAMING | changed)["says"])}"' in answer.text
    assert not (course / "reference/tiny/answers.json").exists()


def test_whoever_marks_blind_sees_no_names_beside_wrong_answers(naming: Callable[..., TestClient]) -> None:
    page = said(naming(is_blind=True).get("/answers").text)
    assert "student 1" in page
    assert "s0" not in page.split()
