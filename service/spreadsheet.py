"""What a spreadsheet would take for a formula in a table that is opened in one: it gets an apostrophe in front."""

FORMULA_STARTS = "=+-@\t\r\n＝＋－＠"
"""With these a cell begins that is taken for a formula; in full width too, which some spreadsheets read as the plain sign."""


def guarded(text: str) -> str:
    """The text as it may stand in a cell."""
    return f"'{text}" if text.startswith(tuple(FORMULA_STARTS)) else text
