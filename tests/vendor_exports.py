"""Exports in the dress of each vendor, made up with a seed, and what a person would say of each."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

FIRST = ("Anna", "Ben", "Clara", "David", "Emma", "Felix", "Greta", "Hugo", "Ines", "Jonas", "Karin", "Lukas")
LAST = (
    "Ammann",
    "Brandt",
    "Conrad",
    "Dreyer",
    "Egger",
    "Fischer",
    "Graf",
    "Huber",
    "Iten",
    "Jensen",
    "Kramer",
)
STREETS = ("Lindenweg", "Hauptstrasse", "Mill Lane", "Rue Haute", "Bergstrasse")
CITIES = ("Bern", "Graz", "Köln", "Leeds", "Lyon")
PLACES = (("Germany", "DE"), ("Austria", "AT"), ("Switzerland", "CH"))
ARTICLES = (
    ("Tea pot", "kitchen", "19.90"),
    ("Mug", "kitchen", "7.50"),
    ("Blanket", "home", "49.00"),
    ("Lamp", "home", "89.95"),
    ("Soap", "bath", "4.20"),
    ("Towel", "bath", "14.00"),
)
END = date(2026, 10, 31)
Row = dict[str, Any]


@dataclass(frozen=True)
class Expected:
    """What a person would say: the customers (or from which source they are derived), times, joins, money."""

    key: str
    derived: str | None = None
    times: dict[str, str] = field(default_factory=dict[str, str])
    customers: dict[str, str] = field(default_factory=dict[str, str])
    grain: str | None = None
    """The column that rows of one order share."""
    amount: str | None = None
    currency: str | None = None
    personal: frozenset[str] = frozenset()
    """Headings, as table.column."""
    consents: frozenset[str] = frozenset()
    edits: int = 0
    """Lines that a person has to change."""


@dataclass(frozen=True)
class Person:
    """Somebody who buys."""

    number: int
    first: str
    last: str
    place: tuple[str, str]
    city: str
    street: str
    joined: date
    consent: bool

    @property
    def name(self) -> str:
        return f"{self.first} {self.last}"

    @property
    def mail(self) -> str:
        return f"{self.first}.{self.last}{self.number}@mail.example".lower()

    @property
    def phone(self) -> str:
        return f"+49 151 {10000000 + self.number * 7919}"

    @property
    def zip(self) -> str:
        return f"0{1000 + self.number}"


@dataclass(frozen=True)
class Order:
    """One order with its lines: article, pieces."""

    number: int
    person: Person
    at: datetime
    lines: tuple[tuple[tuple[str, str, str], int], ...]
    paid: bool
    discount: int

    @property
    def cents(self) -> int:
        return sum(round(float(article[2]) * 100) * pieces for article, pieces in self.lines)

    @property
    def total(self) -> str:
        return f"{(self.cents - self.discount) / 100:.2f}"


def people(random: Random, count: int = 140) -> list[Person]:
    """Customers, each with a name, an address and a day on which they came."""
    return [
        Person(
            number,
            random.choice(FIRST),
            random.choice(LAST),
            random.choice(PLACES),
            random.choice(CITIES),
            f"{random.choice(STREETS)} {random.randint(1, 90)}",
            END - timedelta(random.randint(200, 900)),
            random.random() < 0.6,
        )
        for number in range(1, count + 1)
    ]


def orders(random: Random, buyers: list[Person]) -> list[Order]:
    """Orders of a few years, by time; some are refunded."""
    found: list[tuple[datetime, Person]] = []
    for person in buyers:
        day, leaves = person.joined, END - timedelta(random.choice((0, 0, 0, 120, 400)))
        while day <= leaves:
            hour = timedelta(
                hours=random.randint(7, 21), minutes=random.randint(0, 59), seconds=random.randint(0, 59)
            )
            found.append((datetime(day.year, day.month, day.day, tzinfo=UTC) + hour, person))
            day += timedelta(random.randint(15, 150))
    found.sort(key=lambda item: (item[0], item[1].number))
    made: list[Order] = []
    for number, (at, person) in enumerate(found, start=1001):
        lines = tuple((random.choice(ARTICLES), random.randint(1, 3)) for _ in range(random.randint(1, 4)))
        discount = random.choice((0, 0, 0, 250))
        made.append(Order(number, person, at, lines, random.random() > 0.06, discount))
    return made


def write(
    path: Path, rows: list[Row], *, separator: str = ",", title: str = "", encoding: str = "utf-8"
) -> None:
    """Rows as CSV."""
    with path.open("w", encoding=encoding, newline="") as stream:
        if title:
            stream.write(title + "\n")
        table = csv.DictWriter(stream, list(rows[0]), delimiter=separator)
        table.writeheader()
        table.writerows(rows)


def shopify_orders(folder: Path, random: Random) -> Expected:
    rows: list[Row] = []
    for order in orders(random, people(random)):
        for place, (article, pieces) in enumerate(order.lines):
            head = place == 0
            stamp = order.at.strftime("%Y-%m-%d %H:%M:%S +0000")
            rows.append(
                {
                    "Name": f"#{order.number}",
                    "Email": order.person.mail,
                    "Financial Status": ("paid" if order.paid else "refunded") if head else "",
                    "Paid at": stamp if head else "",
                    "Fulfillment Status": "fulfilled" if head else "",
                    "Accepts Marketing": ("yes" if order.person.consent else "no") if head else "",
                    "Currency": "EUR" if head else "",
                    "Subtotal": order.total if head else "",
                    "Shipping": "0.00" if head else "",
                    "Taxes": "1.90" if head else "",
                    "Total": order.total if head else "",
                    "Discount Code": "",
                    "Discount Amount": f"{order.discount / 100:.2f}" if head else "",
                    "Created at": stamp,
                    "Lineitem quantity": pieces,
                    "Lineitem name": article[0],
                    "Lineitem price": article[2],
                    "Lineitem sku": article[0].upper()[:4],
                    "Billing Name": order.person.name if head else "",
                    "Billing Street": order.person.street if head else "",
                    "Billing City": order.person.city if head else "",
                    "Billing Zip": f"'{order.person.zip}" if head else "",
                    "Billing Country": order.person.place[1] if head else "",
                    "Billing Phone": order.person.phone if head else "",
                    "Notes": "",
                    "Vendor": "Own",
                    "Id": 5_000_000_000_000 + order.number if head else "",
                    "Source": "web" if head else "",
                }
            )
    write(folder / "orders_export_1.csv", rows)
    return Expected(
        "email",
        derived="orders_export",
        times={"orders_export": "created_at"},
        customers={"orders_export": "email"},
        grain="name",
        amount="total",
        currency="EUR",
        personal=frozenset(
            {"email", "billing_name", "billing_street", "billing_city", "billing_zip", "billing_phone"}
        ),
    )


def shopify_both(folder: Path, random: Random) -> Expected:
    everybody = people(random)
    state = random.getstate()
    rows = [
        {
            "Customer ID": f"'{7_000_000 + p.number}",
            "First Name": p.first,
            "Last Name": p.last,
            "Email": p.mail,
            "Accepts Email Marketing": "yes" if p.consent else "no",
            "Default Address Company": "",
            "Default Address Address1": p.street,
            "Default Address City": p.city,
            "Default Address Country Code": p.place[1],
            "Default Address Zip": f"'{p.zip}",
            "Phone": p.phone,
            "Accepts SMS Marketing": "no" if p.number % 3 else "yes",
            "Total Spent": f"{p.number}.50",
            "Total Orders": p.number % 7,
            "Note": "",
            "Tax Exempt": "no",
            "Tags": "vip, local" if p.number % 9 == 0 else "",
        }
        for p in everybody
    ]
    write(folder / "customers_export.csv", rows)
    random.setstate(state)
    sold = [
        {
            "Name": f"#{o.number}",
            "Email": o.person.mail,
            "Financial Status": "paid",
            "Currency": "EUR",
            "Total": o.total,
            "Created at": o.at.strftime("%Y-%m-%d %H:%M:%S +0000"),
            "Lineitem quantity": pieces,
            "Lineitem name": article[0],
            "Lineitem price": article[2],
        }
        for o in orders(random, everybody)
        for article, pieces in o.lines
    ]
    write(folder / "orders_export.csv", sold)
    return Expected(
        "email",
        times={"orders_export": "created_at"},
        customers={"orders_export": "email"},
        grain="name",
        amount="total",
        currency="EUR",
        personal=frozenset(
            {
                "email",
                "first_name",
                "last_name",
                "phone",
                "default_address_address1",
                "default_address_city",
                "default_address_zip",
            }
        ),
        consents=frozenset({"accepts_email_marketing", "accepts_sms_marketing"}),
    )


def woocommerce(folder: Path, random: Random) -> Expected:
    rows = [
        {
            "order_id": o.number,
            "order_number": o.number,
            "order_date": o.at.strftime("%m/%d/%Y %H:%M:%S"),
            "status": "completed" if o.paid else "refunded",
            "order_total": o.total,
            "order_currency": "EUR",
            "discount_total": f"{o.discount / 100:.2f}",
            "payment_method": random.choice(("stripe", "cod")),
            "customer_id": o.person.number,
            "billing_first_name": o.person.first,
            "billing_last_name": o.person.last,
            "billing_email": o.person.mail,
            "billing_phone": o.person.phone,
            "billing_city": o.person.city,
            "billing_postcode": o.person.zip,
            "billing_country": o.person.place[1],
            "customer_ip_address": f"10.0.{o.number % 250}.{o.person.number % 250}",
        }
        for o in orders(random, people(random))
    ]
    write(folder / "woo-orders.csv", rows)
    return Expected(
        "billing_email",
        derived="woo_orders",
        times={"woo_orders": "order_date"},
        amount="order_total",
        currency="EUR",
        customers={"woo_orders": "billing_email"},
        personal=frozenset(
            {
                "billing_first_name",
                "billing_last_name",
                "billing_email",
                "billing_phone",
                "billing_city",
                "billing_postcode",
                "customer_ip_address",
            }
        ),
    )


def magento(folder: Path, random: Random) -> Expected:
    rows = [
        {
            "ID": f"{o.number:09}",
            "Purchase Point": "Main Website",
            "Purchase Date": o.at.strftime("%b %d, %Y %I:%M:%S %p"),
            "Bill-to Name": o.person.name,
            "Ship-to Name": o.person.name,
            "Grand Total (Base)": o.total,
            "Grand Total (Purchased)": o.total,
            "Status": "complete" if o.paid else "canceled",
            "Billing Address": f"{o.person.street} {o.person.city}",
            "Customer Email": o.person.mail,
            "Customer Group": "General",
            "Subtotal": o.total,
            "Shipping and Handling": "4.90",
            "Customer Name": o.person.name,
            "Payment Method": "paypal",
            "Total Refunded": "",
        }
        for o in orders(random, people(random))
    ]
    write(folder / "export.csv", rows)
    return Expected(
        "customer_email",
        derived="export",
        times={"export": "purchase_date"},
        customers={"export": "customer_email"},
        amount="grand_total_base",
        personal=frozenset(
            {"bill_to_name", "ship_to_name", "billing_address", "customer_email", "customer_name"}
        ),
    )


def stripe(folder: Path, random: Random) -> Expected:
    rows = [
        {
            "id": f"ch_{o.number}Xy",
            "Description": "Charge",
            "Created (UTC)": o.at.strftime("%Y-%m-%d %H:%M:%S"),
            "Amount": o.total,
            "Amount Refunded": "0.00",
            "Currency": "eur",
            "Fee": "0.59",
            "Mode": "Live",
            "Status": "Paid" if o.paid else "Failed",
            "Customer ID": f"cus_{o.person.number:06}",
            "Customer Email": o.person.mail,
            "Captured": "true",
            "Card ID": f"card_{o.number}",
            "Card Last4": f"{1000 + o.number % 9000}",
            "Card Brand": random.choice(("Visa", "MasterCard")),
        }
        for o in orders(random, people(random))
    ]
    write(folder / "unified_payments.csv", rows)
    return Expected(
        "customer_id",
        derived="unified_payments",
        times={"unified_payments": "created_utc"},
        amount="amount",
        customers={"unified_payments": "customer_id"},
        currency="EUR",
        personal=frozenset({"customer_email", "card_last4"}),
    )


def square(folder: Path, random: Random) -> Expected:
    rows = [
        {
            "Date": o.at.strftime("%Y-%m-%d"),
            "Time": o.at.strftime("%H:%M:%S"),
            "Time Zone": "Eastern Time (US & Canada)",
            "Gross Sales": f"${o.cents / 100:,.2f}",
            "Discounts": f"-${o.discount / 100:.2f}" if o.discount else "$0.00",
            "Net Sales": f"${float(o.total):,.2f}",
            "Tax": "$0.00",
            "Tip": "$0.00",
            "Total Collected": f"${float(o.total):,.2f}",
            "Fees": "-$0.33",
            "Transaction ID": f"T{o.number}Qz",
            "Payment ID": f"P{o.number}Qz",
            "Staff Name": random.choice(("Mai Tran", "Linh Pham")),
            "Event Type": "Payment",
            "Location": "Main",
            "Customer ID": f"SQ{o.person.number:05}" if o.number % 3 else "",
            "Customer Name": o.person.name if o.number % 3 else "",
        }
        for o in orders(random, people(random))
    ]
    write(folder / "transactions-2026.csv", rows)
    return Expected(
        "customer_id",
        derived="transactions",
        times={"transactions": "date"},
        amount="net_sales",
        currency="USD",
        customers={"transactions": "customer_id"},
        personal=frozenset({"staff_name", "customer_name"}),
    )


def klaviyo(folder: Path, random: Random) -> Expected:
    everybody = people(random)
    words = ("SUBSCRIBED", "UNSUBSCRIBED", "NEVER_SUBSCRIBED")
    rows = [
        {
            "Email": p.mail,
            "Klaviyo ID": f"01H{p.number:06}",
            "First Name": p.first,
            "Last Name": p.last,
            "Phone Number": p.phone,
            "City": p.city,
            "Country": p.place[0],
            "Zip Code": p.zip,
            "Email Marketing Consent": words[0] if p.consent else words[1 + p.number % 2],
            "Date Added": p.joined.isoformat(),
            "Profile Created On": f"{p.joined.isoformat()} 08:15:00",
        }
        for p in everybody
    ]
    write(folder / "profiles.csv", rows)
    events = [
        {
            "Event ID": f"ev{o.number}",
            "Metric": random.choice(("Opened Email", "Clicked Email", "Active on Site")),
            "Email": o.person.mail,
            "Datetime": o.at.strftime("%Y-%m-%d %H:%M:%S+00:00"),
            "Campaign Name": f"Campaign {o.number % 9}",
        }
        for o in orders(random, everybody)
    ]
    write(folder / "events.csv", events)
    return Expected(
        "email",
        times={"events": "datetime"},
        customers={"events": "email"},
        personal=frozenset({"email", "first_name", "last_name", "phone_number", "city", "zip_code"}),
        consents=frozenset({"email_marketing_consent"}),
    )


def hubspot(folder: Path, random: Random) -> Expected:
    rows = [
        {
            "Record ID": 101 + p.number,
            "First Name": p.first,
            "Last Name": p.last,
            "Email": p.mail,
            "Phone Number": p.phone,
            "Contact owner": random.choice(("Ida Moreau", "Tom Berg")),
            "Lifecycle Stage": random.choice(("Lead", "Customer", "Subscriber")),
            "Lead Status": "NEW",
            "Create Date": f"{p.joined.isoformat()} 09:14",
            "Country/Region": p.place[0],
            "City": p.city,
            "Unsubscribed from all email": "" if p.consent else "true",
        }
        for p in people(random)
    ]
    write(folder / "hubspot-crm-exports-all-contacts.csv", rows)
    return Expected(
        "record_id",
        personal=frozenset({"first_name", "last_name", "email", "phone_number", "contact_owner", "city"}),
        consents=frozenset({"unsubscribed_from_all_email"}),
    )


def mailchimp(folder: Path, random: Random) -> Expected:
    rows = [
        {
            "Email Address": p.mail,
            "First Name": p.first,
            "Last Name": p.last,
            "Address": f"{p.street} {p.city}",
            "Phone Number": p.phone,
            "MEMBER_RATING": 1 + p.number % 5,
            "OPTIN_TIME": f"{p.joined.isoformat()} 10:30:00",
            "OPTIN_IP": f"192.0.2.{p.number % 250}",
            "LATITUDE": f"{47 + p.number / 300:.4f}",
            "LONGITUDE": f"{8 + p.number / 300:.4f}",
            "CC": p.place[1].lower(),
            "LAST_CHANGED": "2026-10-30 11:00:00",
            "LEID": 900 + p.number,
            "EUID": f"e{p.number:08x}",
            "NOTES": "",
            "TAGS": '"VIP","Blog"' if p.number % 4 == 0 else "",
        }
        for p in people(random)
    ]
    write(folder / "subscribed_members_export.csv", rows)
    return Expected(
        "email_address",
        personal=frozenset(
            {
                "email_address",
                "first_name",
                "last_name",
                "address",
                "phone_number",
                "optin_ip",
                "latitude",
                "longitude",
            }
        ),
    )


def salesforce(folder: Path, random: Random) -> Expected:
    rows = [
        {
            "Id": f"0035g00000{p.number:05}AAA",
            "AccountId": f"0015g00000{p.number % 30:05}AAA",
            "LastName": p.last,
            "FirstName": p.first,
            "Salutation": random.choice(("Mr.", "Ms.")),
            "MailingStreet": p.street,
            "MailingCity": p.city,
            "MailingPostalCode": p.zip,
            "MailingCountry": p.place[0],
            "Phone": p.phone,
            "Email": p.mail,
            "LeadSource": random.choice(("Web", "Fair")),
            "Birthdate": f"19{50 + p.number % 45}-03-12",
            "HasOptedOutOfEmail": "false" if p.consent else "true",
            "DoNotCall": "false",
            "CreatedDate": f"{p.joined.isoformat()}T09:14:00.000Z",
        }
        for p in people(random)
    ]
    write(folder / "Contact.csv", rows)
    return Expected(
        "id",
        personal=frozenset(
            {
                "last_name",
                "first_name",
                "salutation",
                "mailing_street",
                "mailing_city",
                "mailing_postal_code",
                "phone",
                "email",
                "birthdate",
            }
        ),
        consents=frozenset({"has_opted_out_of_email", "do_not_call"}),
    )


def ga4(folder: Path, random: Random) -> Expected:
    rows = [
        {
            "event_date": o.at.strftime("%Y%m%d"),
            "event_timestamp": int(o.at.timestamp() * 1_000_000),
            "event_name": random.choice(("page_view", "add_to_cart", "purchase")),
            "user_id": "",
            "user_pseudo_id": f"{10_000 + o.person.number}.{o.person.number}",
            "event_value_in_usd": "",
            "platform": "WEB",
            "device_category": random.choice(("mobile", "desktop")),
        }
        for o in orders(random, people(random))
    ]
    write(folder / "events_2026.csv", rows)
    return Expected(
        "user_pseudo_id",
        derived="events",
        times={"events": "event_date"},
        customers={"events": "user_pseudo_id"},
        personal=frozenset({"user_pseudo_id"}),
    )


def amazon(folder: Path, random: Random) -> Expected:
    rows = [
        {
            "amazon-order-id": f"306-{o.number:07}-0000001",
            "purchase-date": o.at.strftime("%Y-%m-%dT%H:%M:%S+00:00"),
            "last-updated-date": o.at.strftime("%Y-%m-%dT%H:%M:%S+00:00"),
            "order-status": "Shipped" if o.paid else "Cancelled",
            "sales-channel": "Amazon.de",
            "product-name": article[0],
            "sku": article[0].upper()[:4],
            "asin": f"B0{article[0].upper()[:4]:X<8}",
            "quantity": pieces,
            "currency": "EUR",
            "item-price": f"{float(article[2]) * pieces:.2f}",
            "item-tax": "0.00",
            "ship-city": o.person.city,
            "ship-postal-code": o.person.zip,
            "ship-country": o.person.place[1],
            "buyer-email": f"m{o.person.number:05}@marketplace.example",
        }
        for o in orders(random, people(random))
        for article, pieces in o.lines
    ]
    write(folder / "all-orders.tsv", rows, separator="\t")
    return Expected(
        "buyer_email",
        derived="all_orders",
        times={"all_orders": "purchase_date"},
        customers={"all_orders": "buyer_email"},
        grain="amazon_order_id",
        amount="item_price",
        currency="EUR",
        personal=frozenset({"ship_city", "ship_postal_code", "buyer_email"}),
    )


# --- no vendor's dress ----------------------------------------------------------------------------


def german(folder: Path, random: Random) -> Expected:
    everybody = people(random)
    rows = [
        {
            "Kundennummer": f"K{p.number:05}",
            "Vorname": p.first,
            "Nachname": p.last,
            "E-Mail": p.mail,
            "Telefon": p.phone,
            "Straße": p.street,
            "PLZ": p.zip,
            "Ort": p.city,
            "Land": p.place[1],
            "Newsletter": "ja" if p.consent else "nein",
            "Geburtsdatum": f"{1 + p.number % 28:02}.03.19{50 + p.number % 45}",
        }
        for p in everybody
    ]
    write(folder / "kunden.csv", rows, separator=";", encoding="cp1252")
    sold = [
        {
            "Bestellnummer": o.number,
            "Kundennummer": f"K{o.person.number:05}",
            "Bestelldatum": o.at.strftime("%d.%m.%Y %H:%M"),
            "Betrag (EUR)": f"{float(o.total):,.2f}".translate(str.maketrans(",.", ".,")),
            "Status": "bezahlt" if o.paid else "storniert",
        }
        for o in orders(random, everybody)
    ]
    write(folder / "bestellungen.csv", sold, separator=";", title="Bestellungen Stand 31.10.2026")
    return Expected(
        "kundennummer",
        times={"bestellungen": "bestelldatum"},
        customers={"bestellungen": "kundennummer"},
        amount="betrag_eur",
        currency="EUR",
        personal=frozenset(
            {"vorname", "nachname", "e_mail", "telefon", "strasse", "plz", "ort", "geburtsdatum"}
        ),
        consents=frozenset({"newsletter"}),
    )


def plain_tables(folder: Path, random: Random) -> Expected:
    everybody = people(random)
    write(
        folder / "customers.csv",
        [
            {
                "customer_id": f"C{p.number:05}",
                "name": p.name,
                "email": p.mail,
                "country": p.place[1],
                "joined_on": p.joined.isoformat(),
            }
            for p in everybody
        ],
    )
    sold = orders(random, everybody)
    write(
        folder / "orders.csv",
        [
            {
                "order_id": o.number,
                "customer_id": f"C{o.person.number:05}",
                "ordered_at": o.at.strftime("%Y-%m-%dT%H:%M:%S"),
                "amount": o.total,
                "discount": f"{o.discount / 100:.2f}",
                "status": "paid" if o.paid else "cancelled",
            }
            for o in sold
        ],
    )
    write(
        folder / "order_lines.csv",
        [
            {
                "order_id": o.number,
                "customer_id": f"C{o.person.number:05}",
                "ordered_at": o.at.strftime("%Y-%m-%dT%H:%M:%S"),
                "sku": a[0].upper()[:4],
                "quantity": n,
                "unit_price": a[2],
            }
            for o in sold
            for a, n in o.lines
        ],
    )
    write(
        folder / "products.csv", [{"sku": a[0].upper()[:4], "name": a[0], "category": a[1]} for a in ARTICLES]
    )
    return Expected(
        "customer_id",
        times={"orders": "ordered_at", "order_lines": "ordered_at"},
        customers={"orders": "customer_id", "order_lines": "customer_id"},
        amount="amount",
        personal=frozenset({"name", "email"}),
    )


def ndjson_events(folder: Path, random: Random) -> Expected:
    everybody = people(random)
    with (folder / "events.ndjson").open("w", encoding="utf-8") as stream:
        for o in orders(random, everybody):
            row = {
                "user_id": f"u{o.person.number}",
                "happened_at": o.at.isoformat(),
                "event": random.choice(("view", "buy")),
                "value": o.cents / 100,
            }
            stream.write(json.dumps(row) + "\n")
    write(
        folder / "users.csv",
        [
            {"user_id": f"u{p.number}", "full_name": p.name, "plan": random.choice(("free", "pro"))}
            for p in everybody
        ],
    )
    return Expected(
        "user_id",
        times={"events": "happened_at"},
        customers={"events": "user_id"},
        amount="value",
        personal=frozenset({"full_name"}),
    )


Maker = Callable[[Path, Random], Expected]
MAKERS: dict[str, Maker] = {
    "stripe-charges": stripe,
    "hubspot-contacts": hubspot,
    "mailchimp-audience": mailchimp,
    "klaviyo": klaviyo,
    "salesforce-contacts": salesforce,
    "ga4-events": ga4,
    "amazon-orders": amazon,
    "plain-tables": plain_tables,
    "ndjson": ndjson_events,
    "shopify-orders": shopify_orders,
    "shopify": shopify_both,
    "woocommerce": woocommerce,
    "magento": magento,
    "square": square,
    "german": german,
}
"""All makers, by name."""
