"""Colours by name: RFC 7986 section 5.9 allows only the names of CSS3."""

from __future__ import annotations

from functools import cache

# Those of the 147 that a quilt could come near.
_NAMES = {
    "black": 0x000000,
    "darkslategray": 0x2F4F4F,
    "dimgray": 0x696969,
    "midnightblue": 0x191970,
    "darkslateblue": 0x483D8B,
    "steelblue": 0x4682B4,
    "royalblue": 0x4169E1,
    "cornflowerblue": 0x6495ED,
    "lightsteelblue": 0xB0C4DE,
    "powderblue": 0xB0E0E6,
    "cadetblue": 0x5F9EA0,
    "darkseagreen": 0x8FBC8F,
    "teal": 0x008080,
    "darkgreen": 0x006400,
    "darkolivegreen": 0x556B2F,
    "seagreen": 0x2E8B57,
    "olivedrab": 0x6B8E23,
    "yellowgreen": 0x9ACD32,
    "beige": 0xF5F5DC,
    "wheat": 0xF5DEB3,
    "antiquewhite": 0xFAEBD7,
    "tan": 0xD2B48C,
    "khaki": 0xF0E68C,
    "gold": 0xFFD700,
    "orange": 0xFFA500,
    "goldenrod": 0xDAA520,
    "sandybrown": 0xF4A460,
    "peru": 0xCD853F,
    "coral": 0xFF7F50,
    "tomato": 0xFF6347,
    "firebrick": 0xB22222,
    "brown": 0xA52A2A,
    "sienna": 0xA0522D,
    "saddlebrown": 0x8B4513,
    "maroon": 0x800000,
    "indianred": 0xCD5C5C,
    "rosybrown": 0xBC8F8F,
    "palevioletred": 0xDB7093,
    "plum": 0xDDA0DD,
    "thistle": 0xD8BFD8,
    "purple": 0x800080,
    "indigo": 0x4B0082,
    "lavender": 0xE6E6FA,
    "gainsboro": 0xDCDCDC,
    "white": 0xFFFFFF,
}


@cache
def colour_name(colour: str) -> str:
    """The CSS3 name that comes nearest to a colour "#RRGGBB"."""
    wanted = int(colour.removeprefix("#"), 16)
    return min(_NAMES, key=lambda name: _distance(_NAMES[name], wanted))


def _distance(one: int, other: int) -> int:
    return sum((((one >> shift) & 0xFF) - ((other >> shift) & 0xFF)) ** 2 for shift in (16, 8, 0))
