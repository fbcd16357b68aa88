"""What Word and Excel files share: properties, links, and a sweep of all that nothing else read.

Office formats have more places for words than any list of them: charts, diagrams, mail merge, data
sources, old versions of shapes. So every XML file of the archive that no reader understood is
swept: each of its texts, and the attributes that hold words of people, become parts too.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby

from lxml import etree

from lab.attach.packages import Package, local
from lab.attach.parts import Kind, Part, Unit

_BLOCKS = frozenset({"p", "si", "is", "comment", "text", "threadedComment"})
_WORDS = frozenset(
    {
        "author", "lastAuthor", "userName", "displayName", "descr", "title", "tooltip", "alt",
        "connection", "connectionString", "command", "query", "sourceFile", "refersTo", "initials",
    }
)  # fmt: skip
"""Attributes that hold words of people, wherever they stand."""
_VALUES = {"docVar", "connectString", "query", "dataSource", "sheetName", "definedName"}
"""Elements whose attribute ``val`` is such words."""
_PROPERTIES = ("docProps/core.xml", "docProps/app.xml", "docProps/custom.xml")
_LAYOUT = "{urn:schemas-microsoft-com:office:excel}"
"""Where comments stand on a sheet: numbers for the program."""
_PLAIN = frozenset(
    {
        "TotalTime", "Pages", "Words", "Characters", "Lines", "Paragraphs", "DocSecurity",
        "ScaleCrop", "LinksUpToDate", "CharactersWithSpaces", "SharedDoc", "HyperlinksChanged",
        "AppVersion", "Application", "HiddenSlides", "revision", "created", "modified", "i4",
    }
)  # fmt: skip
"""Properties that say nothing of anybody."""
_LABELS = {
    "creator": "Tác giả",
    "lastModifiedBy": "Người sửa cuối",
    "Company": "Cơ quan",
    "Manager": "Người quản lý",
    "title": "Tiêu đề",
    "subject": "Chủ đề",
    "keywords": "Từ khóa",
    "description": "Mô tả",
    "category": "Loại",
}
"""How the policy and people read the name of a property."""
PROPERTY_FILES = frozenset(_PROPERTIES)


def properties(package: Package) -> Iterator[Part]:
    """The properties of the file that hold words: author, office, title, those made by people."""
    lines: list[str] = []
    for name in _PROPERTIES:
        if name not in package.names:
            continue
        for element in package.tree(name).iter():
            kind, value = local(element), (element.text or "").strip()
            if not value or kind in _PLAIN:
                continue
            above = element.getparent()
            own = above.get("name") if above is not None and local(above) == "property" else None
            lines.append(f"{own or _LABELS.get(kind, kind)}: {value}")
    if lines:
        yield Part(Kind.PROPERTY, "\n".join(lines))


def links(package: Package) -> Iterator[Part]:
    """Where the file leads: addresses of pages and mail, paths of templates and data."""
    found: list[str] = []
    for name in package.names:
        if name.endswith(".rels"):
            leads = [each for each in package.tree(name) if each.get("TargetMode") == "External"]
            found += [each.get("Target", "") for each in leads]
    if found:
        yield Part(Kind.LINK, "\n".join(dict.fromkeys(found)))


def swept(package: Package, read: Iterable[str]) -> Iterator[Part]:
    """The texts of every XML file that is not among ``read``, and words in attributes of all."""
    known = set(read) | PROPERTY_FILES
    attributes: list[str] = []
    for name, root in package.trees():
        if name.endswith(".rels") or name == "[Content_Types].xml":
            continue
        attributes += _attributes(root)
        if name in known:
            continue
        lines = _texts(root)
        if lines:
            kind = Kind.COMMENT if "omment" in name else Kind.REST
            boxes = "/drawings/" in name and not name.endswith(".vml")
            yield Part(Kind.TEXTBOX if boxes else kind, "\n".join(lines))
    unique = [each for each in dict.fromkeys(attributes) if each.strip()]
    if unique:
        yield Part(Kind.REST, "\n".join(unique))


def _texts(root: etree._Element) -> list[str]:
    """The texts of a tree, those of one paragraph on one line."""
    holders = [
        each
        for each in root.iter()
        if local(each) and (each.text or "").strip() and not str(each.tag).startswith(_LAYOUT)
    ]
    rows = groupby(holders, key=_block)
    return ["".join(each.text or "" for each in group).strip() for _, group in rows]


def _block(element: etree._Element) -> etree._Element:
    return next((each for each in element.iterancestors() if local(each) in _BLOCKS), element)


def _attributes(root: etree._Element) -> Iterator[str]:
    for element in root.iter():
        if not element.attrib:
            continue
        kind = local(element)
        for name, value in element.attrib.items():
            bare = str(name).rpartition("}")[2]
            if bare in _WORDS or (bare in {"val", "v"} and kind in _VALUES | {"s"}):
                yield str(value)


def inner_texts(package: Package, number: int) -> Iterator[Part]:
    """Everything in an office file that stands inside another one."""
    read = (*properties(package), *links(package), *swept(package, ()))
    found = [part.text for part in read]
    if found:
        yield Part(Kind.REST, "\n".join(found), Unit.NUMBER, number)
