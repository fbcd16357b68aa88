"""The course as data: ``exercises/`` read into exercises, or problems with file and line."""

from lab.course.base import PARTS, Text
from lab.course.cross import Pointer, nearest, problem
from lab.course.exercise import Box, Exercise, Material, ModelAnswer, Tried
from lab.course.forms import Form
from lab.course.load import Course
from lab.course.shapes import Fact, Lexicon, PlantedValue
from lab.course.widgets import Widget

__all__ = [
    "PARTS",
    "Box",
    "Course",
    "Exercise",
    "Fact",
    "Form",
    "Lexicon",
    "Material",
    "ModelAnswer",
    "PlantedValue",
    "Pointer",
    "Text",
    "Tried",
    "Widget",
    "nearest",
    "problem",
]
