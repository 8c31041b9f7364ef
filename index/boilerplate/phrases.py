"""Words by which a site speaks of itself and not of the news, in the languages of many newspapers.

They decide nothing alone: a line that has one of them needs less evidence to be learnt as furniture, and lines that
differ from page to page (credits, dates, lists of links) are told by them from an article's own tables and lists.
"""

import re

_SITE = """
newsletter subscribe sign\\s?up sign\\s?in log\\s?in unsubscribe
follow\\s(?:us|me|her|him|them) like\\sus join\\sus connect\\swith contact\\sus about\\sus find\\sus support\\sus
become\\sa\\s(?:member|supporter) share\\s(?:this|on) tweet retweet
e-?mail\\sthis print\\sthis copy\\slink bookmark inbox privacy\\spolicy
terms\\s(?:of|and)\\s(?:use|service|conditions) cookies copyright ©️? all\\srights\\sreserved advertisement
this\\sadvert read\\smore read\\snext see\\smore more\\sfrom more\\sin more\\son more\\sstories see\\salso also\\sread
read\\salso you\\smay\\salso\\slike you\\smight\\salso most\\sread most\\spopular popular\\snow
top\\sstories editors?['’]?s?\\spicks? don['’]t\\smiss skip\\sto back\\sto\\stop jump\\sto
originally\\s(?:published|appeared|posted) first\\sappeared\\son the\\spost appeared\\sfirst comment\\spolicy
leave\\sa\\scomment join\\sthe\\sconversation have\\syour\\ssay listen\\sto\\sthis download\\s(?:our|the)\\sapp our\\sapp
app\\sstore google\\splay breaking\\snews\\salerts? got\\sa\\s(?:story|tip|news) send\\s(?:us|your)
letters\\sto\\sthe\\seditor
published\\sby part\\sof\\sthe\\s\\w+\\s(?:group|network) views?\\sexpressed opinions\\s(?:expressed|are)
min(?:ute)?s?\\sread reading\\stime click\\shere tap\\shere independent\\sjournalism local\\sjournalism
(?:story|article)\\scontinues continue\\sreading scroll\\s(?:down|for)
get\\s(?:the|our)\\s\\w+\\s(?:delivered|straight|in\\syour)
abonnieren abonnement jetzt\\sabonnieren anmelden registrieren teilen folgen\\ssie mehr\\szum\\sthema mehr\\saus
lesen\\ssie\\sauch
auch\\sinteressant anzeige werbung impressum datenschutz alle\\srechte\\svorbehalten startseite kommentare kommentieren
zur\\sstartseite weiterlesen drucken merken lesezeit meistgelesen
abonnez-vous inscrivez-vous s['’]abonner se\\sconnecter partager suivez-nous lire\\saussi lire\\s[àe]galement
[àa]\\slire sur\\sle\\sm[êe]me\\ssujet
publicit[ée] mentions\\sl[ée]gales tous\\sdroits\\sr[ée]serv[ée]s commentaires temps\\sde\\slecture les\\splus\\slus
infolettre
suscr[íi]b[ea]te suscripci[óo]n inicia\\ssesi[óo]n compartir s[íi]guenos lee\\stambi[ée]n m[áa]s\\sinformaci[óo]n
te\\spuede\\sinteresar publicidad
todos\\slos\\sderechos aviso\\slegal comentarios bolet[íi]n lo\\sm[áa]s\\sle[íi]do
abbonati iscriviti condividi seguici leggi\\sanche pubblicit[àa] tutti\\si\\sdiritti commenti
abonneer meld\\sje\\saan deel\\s(?:dit|op) volg\\sons lees\\sook advertentie alle\\srechten\\svoorbehouden nieuwsbrief
assine inscreva-se compartilhe siga-nos leia\\s(?:tamb[ée]m|mais) publicidade todos\\sos\\sdireitos
prenumerera dela\\sp[åa] l[äa]s\\socks[åa] l[äa]s\\smer annons nyhetsbrev abonner del\\sp[åa] les\\sogs[åa] annonse
newsletters datenschutzerkl[äa]rung nutzungsbedingungen
"""

_SHORT = """
share subscription subscriptions register related recommended popular comments donate facebook twitter whatsapp
instagram linkedin pinterest reddit telegram mastodon bluesky tiktok youtube flipboard advertising sponsored advert
latest\\snews trending rss subscribed subscriber subscribers cookie disclaimer
"""

_CREDIT = """
photo photos photograph photographs photography picture pictures pic pics image images illustration illustrations
graphic graphics
credit credits video screenshot courtesy getty shutterstock istock unsplash alamy reuters afp ap epa dpa
foto fotos bild bilder quelle grafik symbolbild fotograf photographie crédit crédits fotografía imagen imágenes crédito
créditos
immagine fotografia beeld fotografie imagem
"""

_BYLINE = "by von par por di da door af av words\\sby written\\sby reporting\\sby text text:"

_DATED = """
published updated posted last\\supdated last\\smodified modified first\\spublished created uploaded date
ver[öo]ffentlicht aktualisiert stand erstellt publi[ée] mis\\s[àa]\\sjour publicado actualizado pubblicato aggiornato
gepubliceerd
bijgewerkt publicado atualizado publicerad uppdaterad publisert oppdatert
ago min mins minute minutes read reads views view comments comment shares share likes page issue vol volume no\\.? edition
kommentare commentaires comentarios lesezeit minuten
"""

_RELATED = """
related more\\sin more\\son more\\sfrom more\\sstories more\\sabout read\\smore read\\snext read\\salso also\\sread see\\salso
you\\smay\\salso you\\smight\\salso recommended most\\sread most\\spopular popular trending top\\sstories latest
elsewhere up\\snext
further\\sreading editors?['’]?s?\\spicks? don['’]t\\smiss more\\scoverage other\\sstories today['’]s\\stop
in\\sother\\snews keep\\sreading
mehr\\szum\\sthema mehr\\saus lesen\\ssie auch\\sinteressant meistgelesen weitere\\s(?:artikel|themen|nachrichten)
passend\\sdazu
lire\\saussi lire\\s[ée]galement [àa]\\slire sur\\sle\\sm[êe]me\\ssujet les\\splus\\slus articles\\sli[ée]s
lee\\stambi[ée]n te\\spuede\\sinteresar m[áa]s\\snoticias lo\\sm[áa]s\\sle[íi]do noticias\\srelacionadas relacionad\\w+
leggi\\sanche potrebbe\\sinteressarti lees\\sook meer\\snieuws leia\\stamb[ée]m mais\\slidas l[äa]s\\socks[åa]
les\\sogs[åa] mest\\sl[äae]st
"""

MONTHS = (
    r"jan(?:uary|uar|vier|eiro)?|feb(?:ruary|ruar|rero|rer)?|f[ée]vrier|fevereiro|mar(?:ch|s|zo|[çc]o)?|m[äa]rz|apr(?:il|ile)?|avril|abril"
    r"|may|mai|mayo|maio|maggio|june?|juni|juin|junio|junho|giugno|july?|juli|juillet|julio|julho|luglio|aug(?:ust)?|ao[ûu]t|agosto"
    r"|sept?(?:ember|embre|iembre)?|setembro|settembre|o[ck]t(?:ober|obre|ubre|obre)?|outubro|ottobre|nov(?:ember|embre|iembre|embro)?"
    r"|de[cz](?:ember|embro)?|d[ée]cembre|diciembre|dicembre"
    r"|mon(?:day)?|tue(?:s|sday)?|wed(?:nesday)?|thu(?:rs?|rsday)?|fri(?:day)?|sat(?:urday)?|sun(?:day)?"
    r"|montag|dienstag|mittwoch|donnerstag|freitag|samstag|sonntag|lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche"
    r"|lunes|martes|mi[ée]rcoles|jueves|viernes|s[áa]bado|domingo"
)
"""Months and days of the week as they stand beside a number in a date."""


def _any(phrases: str) -> str:
    """One pattern for all, the longest first, as whole words."""
    each = sorted(set(phrases.split()), key=len, reverse=True)
    return "(?<![^\\W_])(?:" + "|".join(each) + ")(?![^\\W_])"


SITE = re.compile(_any(_SITE))
"""What a site says of itself, in a line in lower case."""

SITE_WORD = re.compile(_any(_SHORT))
"""Words that tell in a short line that it is no news, and in a sentence nothing."""

CREDIT_WORDS = frozenset(_CREDIT.split())
CREDIT = re.compile(_any(_CREDIT))
"""Whose picture it is."""

DATED = re.compile(_any(_DATED))
"""What numbers on a page count that are no news: dates of publication, minutes to read, comments."""

RELATED = re.compile(_any(_RELATED))
"""What stands over a list of other articles, or before the title of one."""

BYLINE = re.compile(rf"(?:{'|'.join(_BYLINE.split())})\s")
"""How a line begins that names who wrote the article."""
