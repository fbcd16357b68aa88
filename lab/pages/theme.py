"""How the pages look: the typeface, our own files under ``/static``, Gradio's theme."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import Any

STATIC = Path(__file__).parent / "static"
FONT_WEIGHTS = {400: "Regular", 500: "Medium", 600: "SemiBold", 700: "Bold"}
FONT_RANGES = (
    (0x20, 0x7E),  # Latin, digits, signs
    (0xA0, 0x17F),  # Latin-1, Latin Extended-A: Đ đ Ă ă Ĩ ĩ Ũ ũ
    (0x1A0, 0x1B0),  # Ơ ơ Ư ư
    (0x300, 0x309),  # combining accents, as some keyboards write them
    (0x323, 0x323),
    (0x1EA0, 0x1EF9),  # Vietnamese letters with accents
    (0x2010, 0x2026),  # dashes, quotation marks, bullet, ellipsis
    (0x20AB, 0x20AB),  # đồng
    (0x2190, 0x2193),  # arrows
    (0x2212, 0x2212),
)


def font_name(weight: int) -> str:
    """File name of one weight of the typeface."""
    return f"be-vietnam-pro-{weight}.woff2"


def build_fonts(cache_dir: Path) -> Path:
    """Subset Be Vietnam Pro to the letters used here, as woff2. Does nothing where it is done.

    Raises:
        OSError: the folder cannot be written, or the typeface is not installed.
    """
    folder = cache_dir / "fonts"
    folder.mkdir(parents=True, exist_ok=True)
    missing = [weight for weight in FONT_WEIGHTS if not (folder / font_name(weight)).exists()]
    if missing:
        carrier = find_spec("fontpkg_be_vietnam_pro")
        if carrier is None or carrier.origin is None:
            raise FileNotFoundError("fontpkg-be-vietnam-pro")
        source = Path(carrier.origin).parent
        for weight in missing:
            file = source / "files" / f"BeVietnamPro-{FONT_WEIGHTS[weight]}.ttf"
            _subset(file, folder / font_name(weight))
        (folder / "OFL.txt").write_bytes((source / "LICENSE").read_bytes())
    return folder


def _subset(source: Path, target: Path) -> None:
    from fontTools import subset  # noqa: PLC0415 - only needed once, at set-up

    options = subset.Options()
    options.flavor = "woff2"
    options.layout_features = ["kern", "mark", "mkmk", "ccmp", "locl", "tnum", "lnum"]
    font = subset.load_font(str(source), options)
    letters = subset.Subsetter(options)
    letters.populate(unicodes=[code for low, high in FONT_RANGES for code in range(low, high + 1)])
    letters.subset(font)
    part = target.with_suffix(".part")
    subset.save_font(font, str(part), options)
    part.replace(target)


SIZES = {
    "xxs": "0.75rem",
    "xs": "0.8125rem",
    "sm": "0.875rem",
    "md": "1rem",
    "lg": "1.0625rem",
    "xl": "1.25rem",
    "xxl": "1.5rem",
}
LOOK = {
    "body_background_fill": "var(--paper)",
    "body_text_color": "var(--ink)",
    "body_text_color_subdued": "var(--soft)",
    "body_text_size": "1rem",
    "background_fill_primary": "var(--card)",
    "background_fill_secondary": "var(--paper)",
    "border_color_primary": "var(--line)",
    "border_color_accent": "var(--accent)",
    "color_accent": "var(--accent)",
    "color_accent_soft": "var(--accent-soft)",
    "link_text_color": "var(--accent)",
    "link_text_color_hover": "var(--accent-deep)",
    "link_text_color_active": "var(--accent-deep)",
    "link_text_color_visited": "var(--accent)",
    "block_background_fill": "transparent",
    "block_border_width": "0",
    "block_border_color": "var(--line)",
    "block_padding": "0",
    "block_radius": "8px",
    "block_shadow": "none",
    "block_label_background_fill": "transparent",
    "block_label_text_color": "var(--ink)",
    "block_label_border_width": "0",
    "block_title_text_color": "var(--ink)",
    "block_title_text_size": "0.9375rem",
    "block_title_text_weight": "600",
    "block_title_background_fill": "transparent",
    "block_title_padding": "0",
    "block_info_text_color": "var(--soft)",
    "panel_background_fill": "transparent",
    "panel_border_width": "0",
    "layout_gap": "24px",
    "form_gap_width": "16px",
    "accordion_text_color": "var(--ink)",
    "table_text_color": "var(--ink)",
    "table_border_color": "var(--line)",
    "table_even_background_fill": "transparent",
    "table_odd_background_fill": "transparent",
    "code_background_fill": "var(--accent-soft)",
    "input_background_fill": "var(--card)",
    "input_background_fill_focus": "var(--card)",
    "input_border_color": "var(--edge)",
    "input_border_color_focus": "var(--accent)",
    "input_border_width": "1px",
    "input_padding": "10px 12px",
    "input_radius": "8px",
    "input_shadow": "none",
    "input_shadow_focus": "0 0 0 3px var(--ring)",
    "input_text_size": "1rem",
    "input_placeholder_color": "var(--soft)",
    "checkbox_background_color": "var(--card)",
    "checkbox_background_color_selected": "var(--accent)",
    "checkbox_border_color": "var(--edge)",
    "checkbox_border_color_selected": "var(--accent)",
    "checkbox_label_background_fill": "transparent",
    "checkbox_label_background_fill_hover": "var(--accent-soft)",
    "checkbox_label_background_fill_selected": "var(--accent-soft)",
    "checkbox_label_border_width": "0",
    "checkbox_label_text_color": "var(--ink)",
    "checkbox_label_text_color_selected": "var(--ink)",
    "checkbox_label_text_size": "0.9375rem",
    "checkbox_label_shadow": "none",
    "loader_color": "var(--accent)",
    "button_primary_background_fill": "var(--accent)",
    "button_primary_background_fill_hover": "var(--accent-deep)",
    "button_primary_border_color": "var(--accent)",
    "button_primary_text_color": "var(--on-accent)",
    "button_primary_text_color_hover": "var(--on-accent)",
    "button_primary_shadow": "none",
    "button_primary_shadow_hover": "none",
    "button_secondary_background_fill": "var(--card)",
    "button_secondary_background_fill_hover": "var(--accent-soft)",
    "button_secondary_border_color": "var(--edge)",
    "button_secondary_text_color": "var(--ink)",
    "button_secondary_shadow": "none",
    "button_secondary_shadow_hover": "none",
    "button_border_width": "1px",
    "button_large_radius": "8px",
    "button_large_text_size": "1rem",
    "button_large_text_weight": "600",
    "shadow_drop": "none",
    "shadow_drop_lg": "none",
    "shadow_inset": "none",
}
"""Gradio's variables in terms of ours (``static/base.css``), which know light and dark."""


def gradio_theme() -> Any:
    """Gradio's base theme, every colour and size of it ours. Imports Gradio."""
    from gradio import themes  # noqa: PLC0415 - seconds to import
    from gradio.themes.utils.sizes import Size  # noqa: PLC0415

    theme = themes.Base(
        font=["Be Vietnam Pro", "system-ui", "sans-serif"],
        font_mono=["ui-monospace", "Consolas", "monospace"],
        text_size=Size(name="lab", **SIZES),
        spacing_size=themes.sizes.spacing_md,
        radius_size=themes.sizes.radius_md,
    )
    for name, value in LOOK.items():
        setattr(theme, name, value)
        if hasattr(theme, f"{name}_dark"):
            setattr(theme, f"{name}_dark", value)
    return theme
