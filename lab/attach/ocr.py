"""Letters in pictures: opened by Pillow, read by the system's Tesseract over its standard streams.

Tesseract never sees the file itself, only pixels that were decoded here, and it writes nothing: in
this process no file can grow (``confine.py``).
"""

from __future__ import annotations

import io
import subprocess
import warnings
from collections.abc import Iterator
from typing import Any

from PIL import ExifTags, Image, ImageOps

from lab.attach.limits import LANGUAGE, Limits
from lab.attach.parts import Kind, Part
from lab.attach.refused import RefusedFile, broken_unless_told
from lab.attach.sniff import picture_format

_SMALL = 1_000
"""Pictures narrower than this are read at twice their size: letters of a screen are small."""
_LEAST = 40
"""A picture with a side of fewer pixels holds no words."""
_MAKER_NOTE = 0x927C
_LABELS = {"Artist": "Tác giả", "XPAuthor": "Tác giả", "ImageDescription": "Mô tả"}
_BARE = frozenset(
    {"dpi", "gamma", "jfif", "jfif_version", "jfif_unit", "jfif_density", "exif", "icc_profile"}
)


class Letters:
    """Reads letters with one installation of Tesseract, or says that there is none."""

    def __init__(self, program: str | None, limits: Limits) -> None:
        self._program = program
        self._limits = limits
        self._left = limits.scans
        self.unread = 0
        """Pictures that were not read, since there were too many, or there is no Tesseract."""

    def inside(self, data: bytes) -> str:
        """The letters of a picture inside a file; empty where it is not read, which is counted."""
        try:
            picture = open_picture(data, self._limits)
        except RefusedFile as refused:
            if refused.code == "pixels":
                raise
            self.unread += 1
            return ""
        if min(picture.size) < _LEAST:
            return ""
        return self.of(picture)

    def of(self, picture: Image.Image) -> str:
        """The letters of an opened picture; empty where too many were read before."""
        if self._program is None or self._left <= 0:
            self.unread += 1
            return ""
        self._left -= 1
        with broken_unless_told():
            flat = _flat(picture, self._limits.ocr_pixels)
            into = io.BytesIO()
            flat.save(into, "PPM")
        command = [self._program, "stdin", "stdout", "-l", LANGUAGE, "--psm", "3", "--dpi", "200"]
        done = subprocess.run(  # noqa: S603 - a fixed command; only pixels come from the file
            command,
            input=into.getvalue(),
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={"OMP_THREAD_LIMIT": "1"},
            check=False,
        )
        if done.returncode:
            raise RefusedFile("ocr_failed")
        return done.stdout.decode("utf-8", "replace").strip()


def open_picture(data: bytes, limits: Limits) -> Image.Image:
    """A picture, its size known and bearable before a pixel is decoded. Raises ``RefusedFile``."""
    form = picture_format(data)
    if form is None:
        raise RefusedFile("broken")
    Image.MAX_IMAGE_PIXELS = None  # our own limit is checked below, before anything is decoded
    with broken_unless_told(), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        picture = Image.open(io.BytesIO(data), formats=[form])
    if picture.width * picture.height > limits.pixels:
        raise RefusedFile("pixels")
    return picture


def about_picture(picture: Image.Image) -> Iterator[Part]:
    """What a picture says of itself: place, time and device, and words of the one who edited it."""
    lines: list[str] = []
    with broken_unless_told():
        exif = picture.getexif()
        for block in (exif, exif.get_ifd(ExifTags.IFD.Exif)):
            for tag, value in block.items():
                if isinstance(value, (str, bytes)) and tag != _MAKER_NOTE:
                    label = str(ExifTags.TAGS.get(tag, tag))
                    words = _words(value, wide=label.startswith("XP"))
                    lines.append(f"{_LABELS.get(label, label)}: {words}")
        place = _place(exif.get_ifd(ExifTags.IFD.GPSInfo))
        for key, value in picture.info.items():
            if isinstance(value, (str, bytes)) and key not in _BARE:
                lines.append(f"{key}: {_words(value)}")
    if place:
        lines.append(place)
    lines = [line for line in lines if not line.endswith(": ")]
    if lines:
        yield Part(Kind.PROPERTY, "\n".join(lines))


def _words(value: str | bytes, *, wide: bool = False) -> str:
    """The words of a tag. Windows writes its own tags (``XP...``) in UTF-16."""
    if isinstance(value, bytes):
        if wide:
            return value.decode("utf-16-le", "replace").strip("\0 ")
        for mark, name in ((b"ASCII\0\0\0", "ascii"), (b"UNICODE\0", "utf-16-le")):
            if value.startswith(mark):
                return value[len(mark) :].decode(name, "replace").strip("\0 ")
        value = value.decode("utf-8", "replace")
    return value.replace("\0", " ").strip()


def _place(gps: dict[int, Any]) -> str:
    """Where a photograph was taken, in degrees; empty where it does not say."""
    tags = ExifTags.GPS
    try:
        degrees = [
            sum(float(part) / 60**n for n, part in enumerate(gps[tag]))
            * (-1 if gps.get(side) in {"S", "W"} else 1)
            for tag, side in (
                (tags.GPSLatitude, tags.GPSLatitudeRef),
                (tags.GPSLongitude, tags.GPSLongitudeRef),
            )
        ]
    except (KeyError, TypeError, ValueError, ZeroDivisionError):
        return "GPS" if gps else ""
    return "Tọa độ GPS: " + ", ".join(f"{each:.6f}" for each in degrees)


def _flat(picture: Image.Image, most: int) -> Image.Image:
    """Upright, grey, on white, and of a size at which letters are read well."""
    picture.draft("L", (int(most**0.5) * 2, int(most**0.5) * 2))
    flat = ImageOps.exif_transpose(picture)
    if flat.mode in {"RGBA", "LA", "PA"} or "transparency" in flat.info:
        clear = flat.convert("RGBA")
        flat = Image.new("RGBA", clear.size, "white")
        flat.alpha_composite(clear)
    flat = flat.convert("L")
    size = flat.width * flat.height
    scale = (most / size) ** 0.5 if size > most else 2.0 if flat.width < _SMALL else 1.0
    if scale != 1.0:
        wide, high = max(int(flat.width * scale), 1), max(int(flat.height * scale), 1)
        flat = flat.resize((wide, high), Image.Resampling.LANCZOS)
    return flat
