"""What stands above a box, in the language of the page."""

from collections.abc import Mapping
from types import MappingProxyType

from recommender.policy import Slot

ENGLISH = "en"

_WORDS: Mapping[str, tuple[str, str, str]] = MappingProxyType(
    {
        "ar": ("اقرأ أيضًا", "المزيد من {}", "خلفية الموضوع"),
        "bg": ("Прочетете още", "Още от {}", "Предистория"),
        "ca": ("Llegiu també", "Més a {}", "Rerefons"),
        "cs": ("Čtěte také", "Více z rubriky {}", "Souvislosti"),
        "da": ("Læs også", "Mere fra {}", "Baggrund"),
        "de": ("Lesen Sie auch", "Mehr aus {}", "Hintergrund"),
        "el": ("Διαβάστε επίσης", "Περισσότερα: {}", "Το ιστορικό"),
        "en": ("Also read", "More in {}", "Background"),
        "es": ("Lea también", "Más en {}", "Antecedentes"),
        "et": ("Loe ka", "Veel rubriigist {}", "Taust"),
        "eu": ("Irakurri ere", "Gehiago: {}", "Aurrekariak"),
        "fa": ("همچنین بخوانید", "بیشتر از {}", "پیشینه"),
        "fi": ("Lue myös", "Lisää aiheesta {}", "Tausta"),
        "fr": ("À lire aussi", "Plus d’articles : {}", "Contexte"),
        "he": ("קראו גם", "עוד מתוך {}", "רקע"),
        "hr": ("Pročitajte i", "Više iz rubrike {}", "Pozadina"),
        "hu": ("Olvassa el ezt is", "Továbbiak: {}", "Háttér"),
        "id": ("Baca juga", "Lainnya di {}", "Latar belakang"),
        "it": ("Leggi anche", "Altro in {}", "Sullo sfondo"),
        "ja": ("あわせて読みたい", "{}の記事一覧", "これまでの経緯"),
        "ko": ("함께 읽기", "{} 기사 더 보기", "배경"),
        "lt": ("Skaitykite taip pat", "Daugiau: {}", "Kontekstas"),
        "lv": ("Lasiet arī", "Vairāk: {}", "Konteksts"),
        "nb": ("Les også", "Mer fra {}", "Bakgrunn"),
        "nl": ("Lees ook", "Meer in {}", "Achtergrond"),
        "pl": ("Czytaj też", "Więcej: {}", "Tło"),
        "pt": ("Leia também", "Mais em {}", "Contexto"),
        "ro": ("Citește și", "Mai multe din {}", "Context"),
        "ru": ("Читайте также", "Ещё в рубрике «{}»", "Предыстория"),
        "sk": ("Čítajte tiež", "Viac z rubriky {}", "Súvislosti"),
        "sl": ("Preberite tudi", "Več iz rubrike {}", "Ozadje"),
        "sv": ("Läs också", "Mer från {}", "Bakgrund"),
        "tr": ("Bunları da okuyun", "Daha fazlası: {}", "Arka plan"),
        "uk": ("Читайте також", "Більше в рубриці «{}»", "Передісторія"),
        "zh": ("延伸阅读", "更多{}", "背景"),
    }
)

_SAME = MappingProxyType({"no": "nb", "nn": "nb", "iw": "he"})

RIGHT_TO_LEFT = frozenset({"ar", "fa", "he", "ur", "ps", "sd", "ug", "yi", "ckb", "dv"})
"""Languages that are written from right to left."""


def language_of(*tags: str | None) -> str:
    """The first of these language tags that there are headings in, as its primary subtag; English where none is."""
    for tag in filter(None, tags):
        primary = tag.lower().split("-")[0]
        primary = _SAME.get(primary, primary)
        if primary in _WORDS:
            return primary
    return ENGLISH


def heading(slot: Slot, section: str | None, language: str) -> str:
    """The heading of a slot for an article of that section, in a language that `language_of` gave."""
    also_read, more, background = _WORDS[language]
    if slot == "also-read":
        return also_read
    if slot == "background":
        return background
    return more.format(section_name(section)) if section else also_read


def section_name(path: str) -> str:
    """How the top level of a section's path is shown: `local-news/north` as "Local news"."""
    name = path.split("/")[0].replace("-", " ").replace("_", " ").strip() or path
    return name[:1].upper() + name[1:]
