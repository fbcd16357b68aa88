"""Reading files: every place that holds words is found, and told apart."""

from __future__ import annotations

import io
import unicodedata
import zipfile

import pypdf
import pytest
from files import (
    add_deleted,
    add_inserted,
    add_text_box,
    as_jpeg,
    as_png,
    as_scan,
    changed,
    picture,
    saved,
    word,
    workbook,
)
from PIL import Image
from pypdf.annotations import Text
from pypdf.generic import ArrayObject, DictionaryObject, NameObject, StreamObject, TextStringObject

from lab.attach import Document, Kind, Reader
from lab.attach.text import modern, tidy

READER = Reader()


def read(name: str, data: bytes) -> Document:
    """A file as the lab reads it."""
    return READER.read_now(name, data)


def said(document: Document, kind: Kind) -> str:
    """All texts of one kind."""
    return "\n".join(part.text for part in document.parts if part.kind is kind)


def test_the_reading_process_has_no_network() -> None:
    """Where the system allows it (here it does), the process that reads is cut off."""
    assert read("a.txt", b"xin").apart


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp1258"]
)
def test_text_in_every_encoding_of_unicode(encoding: str) -> None:
    """A text is the same whichever encoding it was saved in."""
    text = "Ủy ban nhân dân xã Hòa Lam\nkính mời ông bà đến dự họp, đúng giờ."
    raw = _tones_apart(text) if encoding == "cp1258" else text
    assert said(read("a.txt", raw.encode(encoding)), Kind.BODY) == text


def _tones_apart(text: str) -> str:
    """As Windows' own Vietnamese table has it: letters, then their tones."""
    out = []
    for char in text:
        apart = unicodedata.normalize("NFD", char)
        marks = [mark for mark in apart[1:] if mark in "\u0300\u0301\u0303\u0309\u0323"]
        base = "".join(mark for mark in apart if mark not in marks)
        out.append(unicodedata.normalize("NFC", base) + "".join(marks))
    return "".join(out)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("Céng hßa x· héi chñ nghÜa ViÖt Nam", "Cộng hòa xã hội chủ nghĩa Việt Nam"),
        ("tµi liÖu tuyÖt mËt cña ®¬n vÞ", "tài liệu tuyệt mật của đơn vị"),
        ("taøi lieäu tuyeät maät cuûa ñôn vò", "tài liệu tuyệt mật của đơn vị"),
    ],
)
def test_text_of_the_time_before_unicode(old: str, new: str) -> None:
    """TCVN3 and VNI, one byte a letter, come out in today's letters."""
    assert said(read("cu.txt", old.encode("cp1252")), Kind.BODY) == new


@pytest.mark.parametrize("text", ["Café à la Straße, ö ä ü", "Tuyệt mật và ViÖt", "plain"])
def test_other_languages_stay_as_they_are(text: str) -> None:
    """What is no Vietnamese of old, or has a letter of today, is not converted."""
    assert modern(text) == text


def test_tidy_keeps_words_and_lines() -> None:
    """Runs of spaces, line ends of every kind and control characters are put in order."""
    assert tidy("a \t b\r\nc\x0bd\x00e\r\r\r\rf") == "a b\nc\nde\n\nf"


def test_markdown_and_csv_are_text() -> None:
    """``.md`` and ``.csv`` are read as they are, the name too."""
    assert said(read("bang.csv", b"ten,so\nX,1"), Kind.BODY) == "ten,so\nX,1"
    assert said(read("ghi chép.md", b"# A"), Kind.NAME) == "ghi chép.md"


def test_a_word_file_in_every_place() -> None:
    """Text, table, header, footer, text box, comment, deletion, hidden words, properties, names of
    those who changed it: each is there, as what it is.
    """
    document = word("Kính gửi các thôn.")
    paragraph = document.add_paragraph("Mời họp lúc ")
    paragraph.add_run("giờ giấu").font.hidden = True
    add_deleted(paragraph, "tám giờ", "Hà Thị Người Xóa")
    add_inserted(paragraph, "chín giờ", "Vi Văn Người Thêm")
    add_text_box(paragraph, "trong hộp chữ")
    document.add_comment(paragraph.runs[0], text="đã hỏi chưa", author="Lữ Thị Người Hỏi")
    table = document.add_table(2, 2)
    for cell, text in zip([c for r in table.rows for c in r.cells], "abcd", strict=True):
        cell.text = text
    document.sections[0].header.paragraphs[0].text = "ở đầu trang"
    document.sections[0].footer.paragraphs[0].text = "ở chân trang"
    document.core_properties.author = "Mùa A Tác Giả"
    document.core_properties.last_modified_by = "Cụt Thị Người Sửa"
    document.part.relate_to("https://lien-ket.example/bi-mat", "hyperlink", is_external=True)
    found = read("w.docx", saved(document))

    assert said(found, Kind.BODY) == "Kính gửi các thôn.\nMời họp lúc chín giờ\na | b\nc | d"
    assert said(found, Kind.HEADER) == "ở đầu trang"
    assert said(found, Kind.FOOTER) == "ở chân trang"
    assert said(found, Kind.TEXTBOX) == "trong hộp chữ"
    assert said(found, Kind.DELETED) == "Mời họp lúc giờ giấutám giờ"
    assert said(found, Kind.HIDDEN) == "Mời họp lúc giờ giấuchín giờ"
    assert said(found, Kind.COMMENT) == "Lữ Thị Người Hỏi: đã hỏi chưa"
    assert "Tác giả: Mùa A Tác Giả" in said(found, Kind.PROPERTY)
    assert "Người sửa cuối: Cụt Thị Người Sửa" in said(found, Kind.PROPERTY)
    assert said(found, Kind.LINK) == "https://lien-ket.example/bi-mat"
    assert {"Hà Thị Người Xóa", "Vi Văn Người Thêm"} <= set(said(found, Kind.REST).splitlines())


def test_hidden_by_a_style_and_in_a_hidden_row() -> None:
    """Words are hidden by a style, by what it is based on, or by their row in a table."""
    document = word()
    base = document.styles.add_style("Giau", 1)
    base.font.hidden = True
    style = document.styles.add_style("Giau con", 1)
    style.base_style = base
    document.add_paragraph("giấu theo kiểu", style=style)
    document.add_paragraph("thấy được")
    found = read("w.docx", saved(document))
    assert said(found, Kind.BODY) == "thấy được"
    assert said(found, Kind.HIDDEN) == "giấu theo kiểu"


def test_the_strict_form_of_the_standard_and_another_name_of_the_main_part() -> None:
    """Namespaces and the name of the main part may differ; hidden words are still told apart."""
    document = word("thấy được")
    document.paragraphs[0].add_run(" giấu").font.hidden = True
    plain = saved(document)
    with zipfile.ZipFile(io.BytesIO(plain)) as package:
        main = package.read("word/document.xml").decode()
        types = package.read("[Content_Types].xml").decode()
    own = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
    strict = main.replace(own, "http://purl.oclc.org/ooxml/wordprocessingml/main").encode()
    renamed = types.replace("/word/document.xml", "/word/document2.xml").encode()
    names = {"word__document.xml": None, "word__document2.xml": strict}
    found = read("w.docx", changed(plain, **names, **{"[Content_Types].xml": renamed}))
    assert said(found, Kind.BODY) == "thấy được"
    assert said(found, Kind.HIDDEN) == "thấy được giấu"


def test_words_beside_the_page_of_a_pdf_are_told_apart() -> None:
    """What was cut off a page is still in the file: checked, and not on the page."""
    whole = Image.new("RGB", (200, 200), "white")
    page = b"BT /F1 12 Tf 5 50 Td (on the page) Tj 400 0 Td (beside the page) Tj ET"
    writer = pypdf.PdfWriter(io.BytesIO(as_scan(whole)))
    stream = StreamObject()
    stream.set_data(page)
    font = DictionaryObject(
        {
            NameObject("/Type"): NameObject("/Font"),
            NameObject("/Subtype"): NameObject("/Type1"),
            NameObject("/BaseFont"): NameObject("/Helvetica"),
        }
    )
    fonts = DictionaryObject({NameObject("/F1"): font})
    writer.pages[0][NameObject("/Contents")] = writer._add_object(stream)
    writer.pages[0][NameObject("/Resources")] = DictionaryObject({NameObject("/Font"): fonts})
    into = io.BytesIO()
    writer.write(into)
    found = read("a.pdf", into.getvalue())
    assert said(found, Kind.BODY) == "on the page"
    assert "beside the page" in said(found, Kind.HIDDEN)


def test_words_in_parts_that_no_reader_knows_are_swept_up() -> None:
    """A chart, a diagram or any other XML of the file is read for its words too."""
    chart = (
        b'<c:chart xmlns:c="c" xmlns:a="a"><a:p><a:r><a:t>L\xc3\xb4 Th\xe1\xbb\x8b</a:t></a:r>'
        b"<a:r><a:t> Trong</a:t></a:r></a:p><c:v>7</c:v></c:chart>"
    )
    found = read("w.docx", changed(saved(word("x")), word__charts__chart1_xml=None))
    assert "Trong" not in said(found, Kind.REST)
    data = changed(saved(word("x")), **{"word__charts__chart1.xml": chart})
    assert said(read("w.docx", data), Kind.REST) == "Lô Thị Trong\n7"


def test_custom_properties_and_data_sources() -> None:
    """Properties that people made, variables and the path of a mail merge are read."""
    custom = (
        '<Properties xmlns="p" xmlns:vt="v"><property name="Người duyệt">'
        "<vt:lpwstr>Kha Văn Duyệt</vt:lpwstr></property></Properties>"
    )
    settings = (
        '<w:settings xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main">'
        '<w:mailMerge><w:query w:val="SELECT ho_ten"/></w:mailMerge></w:settings>'
    )
    data = changed(
        saved(word("x")),
        **{"docProps__custom.xml": custom.encode(), "word__settings.xml": settings.encode()},
    )
    found = read("w.docx", data)
    assert "Người duyệt: Kha Văn Duyệt" in said(found, Kind.PROPERTY)
    assert "SELECT ho_ten" in said(found, Kind.REST)


def test_a_workbook_in_every_place() -> None:
    """Cells as they are shown (a code keeps its zeros), hidden rows, columns and sheets, comments,
    names, formulas and the author.
    """
    found = read("so.xlsx", saved(workbook()))
    assert said(found, Kind.BODY) == "Danh sách\nHọ tên | Số CCCD\nLô Thị Thử Một | 040295083617"
    hidden = said(found, Kind.HIDDEN)
    assert "Họ tên | Số CCCD | cột giấu" in hidden
    assert "Lô Thị Thử Hai | 5" in hidden
    assert "trang giấu" in hidden
    assert "Phụ lục" in hidden
    assert said(found, Kind.COMMENT) == "Vi Văn Nhận Xét: xem lại hàng ba"
    assert said(found, Kind.LINK) == 'vung_rieng: "tên vùng"'
    assert '"công thức " & A1' in said(found, Kind.REST)
    assert said(found, Kind.PROPERTY) == "Tác giả: Hà Thị Chủ Sổ"


def test_a_stray_cell_far_away_costs_nothing() -> None:
    """A cell in the last corner of a sheet does not make the reader walk all cells before it."""
    book = workbook()
    book.active["XFD1048576"] = "góc xa"
    assert "góc xa" in said(read("so.xlsx", saved(book)), Kind.BODY)


def test_a_picture_is_read_and_says_where_it_was_taken() -> None:
    """Letters, the author and the place of a photograph."""
    image = picture("CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM\nSố CCCD: 040295083617")
    found = read("anh.jpg", as_jpeg(image, artist="Xeo Văn Chụp", place=(18, 40, 24, 105, 41, 0)))
    assert "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM" in said(found, Kind.PICTURE)
    assert "040295083617" in said(found, Kind.PICTURE)
    assert said(found, Kind.PROPERTY) == "Tác giả: Xeo Văn Chụp\nTọa độ GPS: 18.673333, 105.683333"


def test_words_inside_a_png() -> None:
    """Text chunks of a PNG are read."""
    found = read("a.png", as_png(picture("Thông báo lịch trực"), Author="Ngân Thị Vẽ"))
    assert "Author: Ngân Thị Vẽ" in said(found, Kind.PROPERTY)


def test_a_scanned_pdf_is_read_page_by_page() -> None:
    """Pages without words are read as pictures; author and title are told apart."""
    data = as_scan(picture("Trang thứ nhất"), picture("Trang thứ hai"), author="Máy Quét Thử")
    found = read("quet.pdf", data)
    assert [(p.kind, p.number) for p in found.parts if p.unit] == [
        (Kind.PICTURE, 1),
        (Kind.PICTURE, 2),
    ]
    assert "Trang thứ hai" in said(found, Kind.PICTURE)
    assert "Tác giả: Máy Quét Thử" in said(found, Kind.PROPERTY)


def test_a_pdf_with_notes_forms_and_files() -> None:
    """Notes, filled-in fields, names of files inside and properties of a PDF are read."""
    writer = pypdf.PdfWriter()
    writer.append(io.BytesIO(as_scan(picture("Đơn đề nghị"))))
    writer.add_annotation(0, Text(rect=(1, 1, 9, 9), text="Ghi chú của Lò Văn Soát"))
    field = DictionaryObject(
        {
            NameObject("/FT"): NameObject("/Tx"),
            NameObject("/T"): TextStringObject("ho_ten"),
            NameObject("/V"): TextStringObject("Moong Văn Điền"),
        }
    )
    form = DictionaryObject({NameObject("/Fields"): ArrayObject([writer._add_object(field)])})
    writer.root_object[NameObject("/AcroForm")] = form
    writer.add_attachment("ke-hoach-rieng.txt", b"x")
    writer.add_metadata({"/Author": "Già Bá Soạn"})
    into = io.BytesIO()
    writer.write(into)
    found = read("don.pdf", into.getvalue())
    assert said(found, Kind.COMMENT) == "Ghi chú của Lò Văn Soát"
    assert said(found, Kind.FORM) == "ho_ten: Moong Văn Điền"
    assert "ke-hoach-rieng.txt" in said(found, Kind.PROPERTY)
    assert "Tác giả: Già Bá Soạn" in said(found, Kind.PROPERTY)
    assert found.unread == {"objects": 1}


def test_a_scan_pasted_into_a_word_file_is_read() -> None:
    """Letters of a picture inside a Word file count as words of the page."""
    document = word("Kèm ảnh chụp:")
    document.add_picture(io.BytesIO(as_png(picture("Giấy mời họp thôn"))))
    assert "Giấy mời họp thôn" in said(read("w.docx", saved(document)), Kind.PICTURE)
