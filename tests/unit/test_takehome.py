"""Files to take home: Markdown as Word has it, whatever the model wrote."""

from __future__ import annotations

import io

import docx
from hypothesis import given, settings
from hypothesis import strategies as st

from lab.pages.takehome import Passage, Sheet, as_docx, as_text

LABEL = "Dự thảo có hỗ trợ của AI"
REPLY = """# Thông báo

Kính gửi **bà con**,
dòng hai <b>x</b> [bấm](https://a.example)

1. Một
2. Hai
   - Hai a

| Việc | Hạn |
|---|---|
| Quét sân | **Thứ bảy** |

```
mã
```
"""


def sheet(text: str) -> Sheet:
    """A file with one reply."""
    return Sheet("Bài thử", LABEL, "Nguyễn Văn Mẫu", [Passage("Trợ lý", text, markdown=True)])


def test_markdown_becomes_headings_lists_and_tables() -> None:
    """Bold, lists, tables and code are Word's own; HTML stays text, a link shows its address."""
    paper = docx.Document(io.BytesIO(as_docx(sheet(REPLY))))
    styles = {each.text: each.style.name for each in paper.paragraphs if each.style}
    assert styles["Một"] == "List Number"
    assert styles["Hai a"] == "List Bullet 2"
    assert styles["Thông báo"].startswith("Heading")
    body = next(each for each in paper.paragraphs if each.text.startswith("Kính gửi"))
    assert [run.text for run in body.runs if run.bold] == ["bà con"]
    assert "<b>x</b>" in body.text
    assert "bấm (https://a.example)" in body.text
    assert [cell.text for cell in paper.tables[0].rows[1].cells] == ["Quét sân", "Thứ bảy"]
    assert paper.paragraphs[0].text == LABEL
    assert paper.core_properties.author == ""
    assert paper.styles["Normal"].font.name == "Times New Roman"


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=300))
def test_any_reply_can_be_taken_home(text: str) -> None:
    """Whatever a model writes, both files are made and can be opened."""
    made = sheet(text)
    docx.Document(io.BytesIO(as_docx(made)))
    assert LABEL.upper() in as_text(made).decode("utf-8-sig")
