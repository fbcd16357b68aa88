"""Files that tests attach, made by the libraries that offices' programs are rivals of."""

from __future__ import annotations

import io
import struct
import zipfile
from pathlib import Path
from typing import Any

import docx
import fontpkg_be_vietnam_pro
import openpyxl
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls
from openpyxl.comments import Comment
from PIL import Image, ImageDraw, ImageFont, PngImagePlugin

FONT = Path(fontpkg_be_vietnam_pro.__file__).parent / "files/BeVietnamPro-Regular.ttf"
"""A typeface with every Vietnamese letter."""


def saved(document: Any) -> bytes:
    """The bytes of what has a ``save``."""
    into = io.BytesIO()
    document.save(into)
    return into.getvalue()


def picture(text: str, size: tuple[int, int] = (1400, 500)) -> Image.Image:
    """Words drawn in black on white, as on a sharp scan."""
    image = Image.new("RGB", size, "white")
    font = ImageFont.truetype(str(FONT), 40)
    ImageDraw.Draw(image).multiline_text((50, 50), text, font=font, fill="black", spacing=20)
    return image


def as_png(image: Image.Image, **words: str) -> bytes:
    """A PNG; ``words`` become its text chunks."""
    info = PngImagePlugin.PngInfo()
    for name, value in words.items():
        info.add_itxt(name, value)
    into = io.BytesIO()
    image.save(into, "PNG", pnginfo=info)
    return into.getvalue()


def as_jpeg(image: Image.Image, *, artist: str = "", place: tuple[float, ...] = ()) -> bytes:
    """A JPEG as a phone makes it: ``place`` is degrees, minutes and seconds north, then east."""
    exif = Image.Exif()
    if artist:
        exif[0x9C9D] = artist.encode("utf-16-le")  # XPAuthor
    if place:
        gps = exif.get_ifd(0x8825)
        gps[1], gps[2], gps[3], gps[4] = "N", place[:3], "E", place[3:]
    into = io.BytesIO()
    image.save(into, "JPEG", exif=exif, quality=92)
    return into.getvalue()


def as_scan(*pages: Image.Image, **about: str) -> bytes:
    """A PDF of pictures, as scanners make it; ``about`` are its properties."""
    into = io.BytesIO()
    pages[0].save(into, "PDF", save_all=True, append_images=pages[1:], resolution=150, **about)
    return into.getvalue()


def word(*paragraphs: str) -> Any:
    """A Word document."""
    document = docx.Document()
    for text in paragraphs:
        document.add_paragraph(text)
    return document


def add_deleted(paragraph: Any, text: str, author: str) -> None:
    """Words that a tracked change took out, and the file still holds."""
    paragraph._p.append(  # python-docx has no tracked changes
        parse_xml(
            f'<w:del {nsdecls("w")} w:id="1" w:author="{author}" w:date="2026-01-01T00:00:00Z">'
            f'<w:r><w:delText xml:space="preserve">{text}</w:delText></w:r></w:del>'
        )
    )


def add_inserted(paragraph: Any, text: str, author: str) -> None:
    """Words that a tracked change put in."""
    paragraph._p.append(
        parse_xml(
            f'<w:ins {nsdecls("w")} w:id="2" w:author="{author}" w:date="2026-01-01T00:00:00Z">'
            f'<w:r><w:t xml:space="preserve">{text}</w:t></w:r></w:ins>'
        )
    )


def add_text_box(paragraph: Any, text: str) -> None:
    """A text box, stored twice as Word does it."""
    office = "http://schemas.microsoft.com/office"
    box = f"<w:txbxContent><w:p><w:r><w:t>{text}</w:t></w:r></w:p></w:txbxContent>"
    paragraph._p.append(
        parse_xml(
            f'<w:r {nsdecls("w")} xmlns:mc="{office}/markup-compatibility/2006" '
            f'xmlns:wps="{office}/word/2010/wordprocessingShape" xmlns:v="urn:vml">'
            '<mc:AlternateContent><mc:Choice Requires="wps">'
            f"<w:drawing><wps:wsp><wps:txbx>{box}</wps:txbx></wps:wsp></w:drawing></mc:Choice>"
            f"<mc:Fallback><w:pict><v:textbox>{box}</v:textbox></w:pict></mc:Fallback>"
            "</mc:AlternateContent></w:r>"
        )
    )


def workbook() -> Any:
    """A workbook with something in each place that nobody sees."""
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "Danh sách"
    for row in (["Họ tên", "Số CCCD"], ["Lô Thị Thử Một", 40295083617], ["Lô Thị Thử Hai", 5]):
        sheet.append(row)
    sheet["B2"].number_format = "000000000000"
    sheet.row_dimensions[3].hidden = True
    sheet["A1"].comment = Comment("xem lại hàng ba", "Vi Văn Nhận Xét")
    sheet["D1"] = "cột giấu"
    sheet.column_dimensions["D"].hidden = True
    hidden = book.create_sheet("Phụ lục")
    hidden.sheet_state = "veryHidden"
    hidden["A1"] = "trang giấu"
    hidden["B1"] = '="công thức " & A1'
    book.defined_names["vung_rieng"] = openpyxl.workbook.defined_name.DefinedName(
        "vung_rieng", attr_text='"tên vùng"'
    )
    book.properties.creator = "Hà Thị Chủ Sổ"
    return book


def changed(package: bytes, **files: bytes | None) -> bytes:
    """An archive with files replaced, added, or (None) left out; ``__`` stands for ``/``."""
    into = io.BytesIO()
    new = {name.replace("__", "/"): data for name, data in files.items()}
    with zipfile.ZipFile(io.BytesIO(package)) as old, zipfile.ZipFile(into, "w", 8) as out:
        for name in old.namelist():
            if name not in new:
                out.writestr(name, old.read(name))
        for name, data in new.items():
            if data is not None:
                out.writestr(name, data)
    return into.getvalue()


def broken_zips(name: str, content: bytes) -> dict[str, bytes]:
    """Zip files of one entry, each broken so that ``zipfile`` raises another error."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr(name, content)
    whole = made.getvalue()
    stream = 30 + len(name)  # behind the local header
    entry, end = whole.index(b"PK\x01\x02"), whole.index(b"PK\x05\x06")

    def changed(at: int, new: bytes, data: bytes = whole) -> bytes:
        return data[:at] + new + data[at + len(new) :]

    unnamed = changed(entry + 46, struct.pack("<HH", 0xCAFE, len(name) - 4))

    return {
        "offset before the file": changed(end + 16, struct.pack("<L", entry + 1000)),
        "directory before the file": changed(end + 12, struct.pack("<L", end + 1000)),
        "empty name": changed(entry + 28, struct.pack("<HH", 0, len(name)), unnamed),
        "no stream": changed(stream, b"\xff" * 8),
        "unknown version": changed(entry + 6, struct.pack("<H", 99)),
        "unknown compression": changed(entry + 10, struct.pack("<H", 77)),
        "with a password": changed(entry + 8, struct.pack("<H", 1)),
    }
