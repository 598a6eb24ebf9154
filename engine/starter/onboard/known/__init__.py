"""The exports that are known by their headings: an entry each."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from segmentry.engine.starter.onboard.known import contacts, shops
from segmentry.engine.starter.onboard.known.entry import KnownExport

KNOWN: Final[tuple[KnownExport, ...]] = (
    shops.SHOPIFY_ORDERS,
    shops.SHOPIFY_CUSTOMERS,
    shops.WOOCOMMERCE,
    shops.MAGENTO,
    shops.STRIPE,
    shops.SQUARE,
    contacts.KLAVIYO_PROFILES,
    contacts.KLAVIYO_EVENTS,
    contacts.HUBSPOT,
    contacts.MAILCHIMP,
    contacts.SALESFORCE,
    contacts.GA4,
    shops.AMAZON,
)
"""In the order of the documentation."""


def known_by(headings: Collection[str]) -> KnownExport | None:
    """The export with the most of these headings; None where none has its signs among them."""
    best = max(KNOWN, key=lambda entry: entry.matches(headings))
    return best if best.matches(headings) else None
