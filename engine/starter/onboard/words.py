"""What headings say: their words, and what those stand for in the exports of shops."""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from typing import Final


def vocabulary(text: str) -> frozenset[str]:
    """Words as a set."""
    return frozenset(text.split())


def ranked(text: str) -> tuple[str, ...]:
    """Words in their order."""
    return tuple(text.split())


CUSTOMER: Final = vocabulary(
    "customer customers client clients user users member members household subscriber subscribers contact "
    "contacts person people account buyer profile profiles kunde kunden kundin cliente shopper guest visitor "
    "donor klant membre abonne leid"
)
ORDER: Final = vocabulary(
    "order orders invoice transaction transactions basket receipt bestellung bestell bestellungen auftrag "
    "auftrags auftraege rechnung rechnungs commande commandes facture pedido purchase sale sales checkout "
    "ticket bon beleg charge charges payment payments"
)
PRODUCT: Final = vocabulary("product products sku article artikel item stock variant asin upc produit")
IDENTITY: Final = vocabulary(
    "id ids no nr num number code key sku uuid guid ref reference nummer numero upc ean gtin asin handle "
    "barcode zip plz postcode postal last4 token fingerprint hash euid leid"
)
_ENTITIES: Final = CUSTOMER | ORDER | PRODUCT | vocabulary("store campaign coupon session event shop")
TIME: Final = vocabulary(
    "date dates time datetime timestamp ts at on when created created_at datum zeit zeitpunkt uhrzeit day "
    "jour fecha heure since bought ordered purchased sold placed happened signup joined registered last "
    "first changed active updated"
)
MONEY: Final = vocabulary(
    "amount total subtotal price revenue value spend spent sales cost costs fee fees tax taxes discount "
    "discounts disc refund refunded refunds paid charge gross net betrag summe preis umsatz montant prix "
    "rabatt erstattung ltv balance income tip tips shipping versand steuer gift collected tender ca "
    "importe precio"
)
COUNT: Final = vocabulary(
    "count orders quantity qty number num items item units pieces menge anzahl stueck stuck quantite "
    "clicks opens visits views sessions times rows rating kids size age days weeks months years year "
    "month week hour rank score"
)
QUANTITY: Final = vocabulary("quantity qty menge anzahl stueck quantite units pieces")
PRICE: Final = vocabulary("price preis prix unit_price einzelpreis stueckpreis precio")
DISCOUNT: Final = vocabulary("discount discounts disc rabatt remise coupon nachlass")
REFUND: Final = vocabulary("refund refunded refunds return returned returns erstattung retoure")
STATUS: Final = vocabulary("status state stand zustand financial statut estado")
LABELS: Final = STATUS | vocabulary(
    "category kategorie categorie department type kind country land pays language channel kanal source plan "
    "tier class brand device platform event metric method reason topic way sector size level stage lifecycle "
    "marital ownership comp income currency warengruppe region province market segment rating carrier "
    "delivery shipping payment coupon campaign subscription frequency product variant color colour"
)
"""What the heading of a column of labels says, so that they are no people."""
CATEGORY: Final = (
    "category",
    "kategorie",
    "categorie",
    "department",
    "segment",
    "type",
    "warengruppe",
    "brand",
)
CONSENT: Final = vocabulary(
    "consent consents subscribed newsletter optin opt accepts optedout unsubscribed einwilligung marketing "
    "hasoptedoutofemail werbung abonnement donotcall"
)
TEST_ACCOUNT: Final = vocabulary("test is_test internal testkunde")
CANCELLED: Final = vocabulary(
    "cancelled canceled refunded returned void voided failed storniert retoure abgebrochen declined "
    "expired annule rembourse pending_refund fully_refunded"
)
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


@cache
def words(heading: str) -> tuple[str, ...]:
    """The words of a heading, small and without accents: `CustomerID` is customer and id."""
    text = _CAMEL.sub(" ", _without_accents(heading))
    found = re.findall(r"[a-z]+|\d+", text.lower())
    return tuple(part for word in found for part in _parts(word))


def _without_accents(text: str) -> str:
    spelled = text.replace("ß", "ss").replace("ä", "ae").replace("ö", "oe").replace("ü", "ue")
    spelled = spelled.replace("Ä", "Ae").replace("Ö", "Oe").replace("Ü", "Ue")
    return "".join(mark for mark in unicodedata.normalize("NFKD", spelled) if not unicodedata.combining(mark))


def _parts(word: str) -> tuple[str, ...]:
    """A word that is joined of a thing and its number: kundennummer, orderid."""
    for end in ("nummer", "number", "date", "datum", "id", "nr", "no", "code"):
        start = word.removesuffix(end)
        if start != word and start in _ENTITIES:
            return (start, end)
    return (word,)


def has(heading: str, *vocabularies: frozenset[str]) -> bool:
    """Whether any word of a heading is in any of these."""
    found = set(words(heading))
    return any(found & vocabulary for vocabulary in vocabularies)


def is_identity(heading: str) -> bool:
    """Whether a heading names what tells things apart, though it may be written in digits."""
    found = words(heading)
    if not found:
        return False
    return found[-1] in IDENTITY or (found[-1].isdigit() and len(found) > 1 and found[-2] in IDENTITY)


def snake(heading: str) -> str:
    """A heading as a name of ours: small letters, digits and underscores, a letter first."""
    text = _CAMEL.sub(" ", _without_accents(heading))
    name = "_".join(re.findall(r"[a-z0-9]+", text.lower()))
    return f"c_{name}" if name[:1].isdigit() else name or "column"


def kebab(name: str) -> str:
    """A name as an id of segments."""
    return name.replace("_", "-")
