"""The boxes of a page as HTML, the same that the script makes in a browser."""

from collections.abc import Mapping
from typing import Any

from jinja2 import Environment, PackageLoader

from service.headings import RIGHT_TO_LEFT, section_name
from service.widget.dates import written_date

TEMPLATES = Environment(loader=PackageLoader("service.widget", "templates"), autoescape=True)


def render_boxes(page_record: Mapping[str, Any], css: bool, base: str) -> str:
    """One `<section>` for each slot of a page's answer (`answers.page_record`) that has items; nothing where none has.

    With `css`, a link to the stylesheet of the service at `base` (without a slash at its end) stands before them. An item
    is left out that has no words to show, or no http or https address: a title that leads nowhere is of no use to a reader.
    Those after it say in `value` at which position of the list they stand, so that a click is reported for the right one.
    """
    article, ui = page_record["article"], page_record["ui"]
    boxes = [_box(slot, content, ui) for slot, content in page_record["slots"].items()]
    rendered = TEMPLATES.get_template("boxes.html").render(
        article=article["id"],
        boxes=[box for box in boxes if box["items"]],
        ui=ui,
        direction="rtl" if ui in RIGHT_TO_LEFT else "ltr",
        written_in=lang if (lang := article["lang"]) and lang.split("-")[0] != ui else None,
        css=css,
        base=base,
    )
    return rendered.strip()


def _box(slot: str, content: Mapping[str, Any], ui: str) -> dict[str, Any]:
    items: list[dict[str, Any]] = []
    for position, item in enumerate(content["items"], 1):
        shown = _shown(item, ui)
        if shown["title"] and shown["url"]:
            items.append({**shown, "value": position if position > len(items) + 1 else None})
    return {"slot": slot, "list_id": content["list_id"], "heading": content["heading"], "items": items}


def _shown(item: Mapping[str, Any], ui: str) -> dict[str, Any]:
    section, published = item["section"], item["published_at"]
    return {
        "id": item["id"],
        "url": _web_address(item["url"]),
        "title": item["title"] or item["summary"],
        "image_url": _web_address(item["image_url"]),
        "section": section_name(section) if section else None,
        "published_at": published,
        "date": written_date(published, ui) if published else None,
    }


def _web_address(address: str | None) -> str | None:
    """The address where it may stand in a link, which `javascript:` and `data:` may not."""
    return address if address and address.lower().startswith(("http://", "https://")) else None
