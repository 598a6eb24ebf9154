"""What the data and the segments speak of. Imports nothing heavy, so that no contender pays for it."""

from __future__ import annotations

from datetime import date

KEY = "customer_id"
MONEY = ("spend_12m", "spend_previous_12m", "spend_total", "largest_order")
AS_OF = date(2026, 11, 1)
COUNTRIES = ("AT", "BE", "CH", "CZ", "DE", "DK", "ES", "FR", "GB", "IT", "NL", "PL")
CATEGORIES = (
    *(
        "accessories",
        "bags",
        "books",
        "boots",
        "camping",
        "climbing",
        "cycling",
        "fitness",
        "fishing",
        "food",
    ),
    *("jackets", "kids", "knives", "lamps", "running", "shirts", "ski", "tents", "trousers", "watches"),
)
CHANNELS = ("app", "phone", "store", "web")
DEVICES = ("desktop", "mobile", "tablet")
STATUSES = ("cancelled", "paid", "refunded")
KINDS = ("cart", "checkout", "email_click", "email_open", "search", "view")
