"""What an attached file leaves behind, on a real lab process and an endpoint that keeps all bytes.

Raw values of a file are on no disk, in no log and no payload: not while it is read, not after.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from urllib.parse import quote

import httpx
import pytest
from files import add_deleted, as_jpeg, as_scan, picture, saved, word, workbook
from support import Client, LabProcess, everything_written, serving, spellings

from lab.assistant.testing import Endpoint

CCCD, PHONE, NAME = "040295083617", "0950 836 174", "Lô Thị Thử Vai"
AUTHOR, HIDDEN = "Kha Thị Tác Giả", "0950836175"
SECRET = ("Kim Ngưu 21", "Phương án Sao Khuê")


@pytest.fixture(scope="module")
def endpoint() -> Iterator[Endpoint]:
    """An endpoint that echoes what it is sent."""
    with Endpoint() as served:
        served.behave(echo=True)
        yield served


@pytest.fixture(scope="module")
def lab(endpoint: Endpoint, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LabProcess]:
    """A lab that talks to it."""
    settings = {
        "LAB_ASSISTANT": "openai",
        "LAB_OPENAI_BASE_URL": endpoint.base_url,
        "LAB_OPENAI_API_KEY": "khoa-thu",
        "LAB_OPENAI_MODEL": "fake",
        "LAB_OPENAI_CONTEXT": "4096",
    }
    with serving(tmp_path_factory.mktemp("lab"), **settings) as running:
        yield running


def put(client: Client, session: str, name: str, data: bytes) -> httpx.Response:
    """Attach a file."""
    headers = {"X-CSRF-Token": client.csrf, "X-File-Name": quote(name)}
    return client.http.post(f"/api/sessions/{session}/attachments", content=data, headers=headers)


def posts(endpoint: Endpoint) -> str:
    """Everything that reached the endpoint."""
    return "\n".join(r.body.decode() for r in endpoint.requests if r.method == "POST")


def traces(lab: LabProcess, endpoint: Endpoint, *values: str) -> list[str]:
    """Those of the values that can be found on the disk, in what was printed, or sent."""
    written, sent = everything_written(lab), posts(endpoint)
    return [v for v in values if v in sent or any(form in written for form in spellings(v))]


def test_values_of_files_are_nowhere(lab: LabProcess, endpoint: Endpoint) -> None:
    """A document, a workbook, a photograph and a scan with personal data, then prompts: no raw
    value is on disk or was sent, and the masked text was sent.
    """
    client = lab.trainee("Người Đính Kèm")
    session = client.open()
    document = word(f"Kính gửi bà {NAME}, số CCCD {CCCD}.")
    add_deleted(document.paragraphs[0], f" Số điện thoại {PHONE}", AUTHOR)
    document.core_properties.author = AUTHOR
    book = workbook()
    book.active["A2"], book.active["B2"] = NAME, int(CCCD)
    book.active["A3"], book.active["B3"] = "Số điện thoại", HIDDEN
    image = picture(f"Số CCCD: {CCCD}\nĐiện thoại: {HIDDEN}")
    files = {
        f"Đơn của {NAME}.docx": saved(document),
        "Danh sách.xlsx": saved(book),
        "anh.jpg": as_jpeg(image, artist=AUTHOR, place=(18, 40, 24, 105, 41, 0)),
        "quet.pdf": as_scan(image, author=AUTHOR),
    }
    for name, data in files.items():
        answer = put(client, session, name, data)
        assert answer.status_code == 201, answer.text
        assert answer.json()["action"] == "mask", (name, answer.json())
    client.ask(session, "Tóm lại các ý chính trong ba dòng.")
    client.ask(session, "Viết gọn hơn nữa.")
    assert "[SỐ CCCD 1]" in posts(endpoint)
    values = (CCCD, PHONE, NAME, AUTHOR, HIDDEN, "18.673333", "105.683333")
    assert traces(lab, endpoint, *values) == []


def test_a_stopped_file_is_nowhere(lab: LabProcess, endpoint: Endpoint) -> None:
    """Of a file with a mark nothing is kept, not even its name."""
    client = lab.trainee("Người Bị Dừng Tệp")
    session = client.open()
    document = word(f"{SECRET[1]} tại xã Hòa Lam, mốc {SECRET[0]}.")
    document.sections[0].header.paragraphs[0].text = "TỐI MẬT"
    assert put(client, session, "Sao Khuê.docx", saved(document)).json()["action"] == "block"
    assert (
        put(client, session, "b.jpg", as_jpeg(picture(f"TỐI MẬT\n{SECRET[1]}"))).json()["action"]
        == "block"
    )
    client.ask(session, "Nêu ba việc cần làm để chuẩn bị một cuộc họp.")
    assert traces(lab, endpoint, *SECRET, "Sao Khuê") == []


def test_a_refused_file_is_nowhere(lab: LabProcess, endpoint: Endpoint) -> None:
    """Of a file that cannot be read neither words nor name are kept."""
    client = lab.trainee("Người Gửi Tệp Hỏng")
    session = client.open()
    whole = saved(word(" ".join(f"{SECRET[0]} số {n}" for n in range(2000))))
    for name, data in (("Sao Khuê.docx", whole[:-300]), ("Sao Khuê.doc", b"Kim Ng\xc6\xb0u 21")):
        answer = put(client, session, name, data)
        assert answer.status_code == 422
        assert "Sao" not in answer.text
    big = "Kim Ngưu 21 ".encode() * 800_000
    assert put(client, session, "a.txt", big).status_code == 413
    assert traces(lab, endpoint, SECRET[0], "Sao Khuê") == []


def test_while_a_file_is_read_no_disk_has_it(lab: LabProcess, endpoint: Endpoint) -> None:
    """All the time that a scan of several pages is read, its bytes and words are on no disk."""
    client = lab.trainee("Người Gửi Bản Quét")
    session = client.open()
    data = as_scan(*[picture(f"Trang {n}\nSố CCCD: {CCCD}") for n in range(3)])
    codes: list[int] = []
    reading = threading.Thread(
        target=lambda: codes.append(put(client, session, "quet.pdf", data).status_code)
    )
    reading.start()
    looks, piece = 0, data[5000:5040]
    while reading.is_alive():
        written = everything_written(lab)
        assert piece not in written
        assert CCCD.encode() not in written
        looks += 1
        reading.join(0.15)
    assert codes == [201]
    assert looks > 3
    assert traces(lab, endpoint, CCCD) == []


def test_a_long_file_goes_along_in_part_and_says_so(lab: LabProcess, endpoint: Endpoint) -> None:
    """A file longer than the model's context is cut at its end: the page and the model are told,
    and the last turn stays.
    """
    client = lab.trainee("Người Gửi Tệp Dài")
    session = client.open()
    client.ask(session, "Nhớ giúp: họp vào thứ năm.")
    text = "\n".join(
        f"Điều {n}. Các thôn chuẩn bị hội trường, loa đài, nước uống." for n in range(900)
    )
    limit = time.monotonic() + 90
    attached = put(client, session, "quy-che.txt", text.encode()).json()
    while attached["fault"] == "policy_timeout":  # what reads long texts is still starting
        assert time.monotonic() < limit
        attached = put(client, session, "quy-che.txt", text.encode()).json()
    assert attached["left_out"] > 20_000
    shown = client.ask(session, "Nêu ý chính của tệp.")
    kinds = [kind for kind, _ in shown]
    assert "shortened" in kinds, kinds
    cut = next(row for kind, row in shown if kind == "shortened")
    assert cut["number"] == attached["number"]
    assert 0 < cut["sent"] < 20_000
    sent = [r for r in endpoint.requests if r.method == "POST"][-1].json["messages"]
    file = next(m["content"] for m in sent if attached["outgoing"][:30] in m["content"])
    assert "không được gửi kèm" in file
    assert any("họp vào thứ năm" in message["content"] for message in sent)
    assert shown[-1][1]["status"] == "answered"


def test_a_session_with_a_file_resumes_after_a_restart(
    endpoint: Endpoint, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """After a restart the file still goes along, and its placeholders are restored."""
    home = tmp_path_factory.mktemp("again")
    settings = {
        "LAB_ASSISTANT": "openai",
        "LAB_OPENAI_BASE_URL": endpoint.base_url,
        "LAB_OPENAI_API_KEY": "khoa-thu",
        "LAB_OPENAI_MODEL": "fake",
    }
    with serving(home, **settings) as first:
        client = first.trainee("Người Trở Lại")
        session = client.open()
        put(client, session, "don.docx", saved(word(f"Bà {NAME}, số CCCD {CCCD}.")))
        assert first.stop() == 0
    with serving(home, **settings) as second:
        client.http.base_url = second.url
        shown = client.ask(session, "Nhắc lại giúp: [SỐ CCCD 1]")
        reply = "".join(row["text"] for kind, row in shown if kind == "delta")
        assert CCCD in reply
        sent = [r for r in endpoint.requests if r.method == "POST"][-1].body.decode()
        assert "[SỐ CCCD 1]" in sent
        assert "Tệp đính kèm số 1" in sent
        assert CCCD not in sent
        assert second.run("log", "verify").returncode == 0
