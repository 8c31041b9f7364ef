"""From Arrow's values to those of a record: text, numbers, lists and objects, as JSON has them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True, slots=True)
class NoValue:
    """Stands for a value that a record cannot hold."""

    why: str


BYTES = NoValue("bytes that are no text (UTF-8)")


def values_of(column: "pa.Array") -> list[object]:
    """The values of one column, a row each; None where there is none, and a `NoValue` where it cannot be read.

    Date-times become ISO 8601, with `+00:00` where the column has a zone and without one where it has none; decimals become
    whole numbers or text; what is no text of bytes is a `NoValue`.
    """
    column = _in_microseconds(column)
    try:
        raw = column.to_pylist()
    except (ValueError, OverflowError):
        raw = [_one(column, row) for row in range(len(column))]
    return [_plain(value) for value in raw]


def depth(kind: "pa.DataType") -> int:
    """How many levels a type has; 1 for a plain one."""
    deepest, levels = 0, [(kind, 1)]
    while levels:
        one, level = levels.pop()
        deepest = max(deepest, level)
        levels += [(one.field(number).type, level + 1) for number in range(one.num_fields)]
    return deepest


def _in_microseconds(column: "pa.Array") -> "pa.Array":
    """Date-times in the unit and the zone that Python's have; what does not fit into them stays."""
    import pyarrow

    if not pyarrow.types.is_timestamp(column.type):
        return column
    try:
        return column.cast(pyarrow.timestamp("us", "UTC" if column.type.tz else None), safe=False)
    except pyarrow.ArrowException:
        return column


def _one(column: "pa.Array", row: int) -> object:
    try:
        return column[row].as_py()
    except UnicodeDecodeError:
        return BYTES
    except (ValueError, OverflowError) as error:
        return NoValue(str(error)[:200])


def _plain(value: object) -> object:
    """The value as JSON has it; lists and objects with one within that has none are a `NoValue`."""
    if value is None or isinstance(value, (str, bool, int, float, NoValue)):
        return value
    if isinstance(value, bytes):
        try:
            return value.decode("utf-8")
        except UnicodeDecodeError:
            return BYTES
    if isinstance(value, Mapping):
        return _whole({str(key): _plain(item) for key, item in value.items()})
    if isinstance(value, (list, tuple)):
        items = [_plain(item) for item in value]
        return next((item for item in items if isinstance(item, NoValue)), items)
    if isinstance(value, (datetime, date, time)):
        return value.isoformat()
    if isinstance(value, Decimal):
        return int(value) if value.is_finite() and value == value.to_integral_value() else str(value)
    if isinstance(value, timedelta):
        return value.total_seconds()
    return NoValue(f"a {type(value).__name__}, which is neither text, number, date, list nor object")


def _whole(record: dict[str, object]) -> object:
    return next((item for item in record.values() if isinstance(item, NoValue)), record)
