"""Exports of mail tools, customer files and web analytics."""

from __future__ import annotations

from typing import Final

from segmentry.engine.starter.onboard.known.entry import KnownExport

KLAVIYO_PROFILES: Final = KnownExport(
    id="klaviyo-profiles",
    title="Klaviyo profiles",
    grain="customers",
    headings=(
        "Email",
        "Klaviyo ID",
        "First Name",
        "Last Name",
        "Organization",
        "Title",
        "Phone Number",
        "Address",
        "City",
        "State / Region",
        "Country",
        "Zip Code",
        "Source",
        "Email Marketing Consent",
        "SMS Marketing Consent",
        "Date Added",
        "First Active",
        "Last Active",
        "Profile Created On",
    ),
    signs=("Email", "Klaviyo ID"),
    made="Make a segment of everybody you want, then Manage segment, Export to CSV, all properties.",
    adds="`Email Marketing Consent` is consent only where it says SUBSCRIBED; NEVER_SUBSCRIBED is no.",
    pages=(
        (
            "https://help.klaviyo.com/hc/en-us/articles/360053679071-Profiles-and-properties-glossary",
            "what the properties of a profile mean",
        ),
    ),
    unconfirmed="The headings are those of public examples, and the words of consent those of Klaviyo's "
    "interface; no page lists the columns of the file.",
    roles={"Email": "key", "Profile Created On": "since"},
    truths={
        "Email Marketing Consent": (("SUBSCRIBED",), ("UNSUBSCRIBED", "NEVER_SUBSCRIBED")),
        "SMS Marketing Consent": (("SUBSCRIBED",), ("UNSUBSCRIBED", "NEVER_SUBSCRIBED")),
    },
)

KLAVIYO_EVENTS: Final = KnownExport(
    id="klaviyo-events",
    title="Klaviyo events",
    grain="events",
    headings=(
        "Event ID",
        "Metric",
        "Metric ID",
        "Profile ID",
        "Email",
        "Datetime",
        "Timestamp",
        "Value",
        "Campaign Name",
        "Flow ID",
        "Message ID",
    ),
    signs=("Metric", "Email"),
    made="Analytics, Metrics, the metric, Activity feed, Export; or through the API with a row an event.",
    adds="An event belongs to the profile with its e-mail address.",
    pages=(),
    unconfirmed="No page and no public example lists these columns: they are named after the fields of "
    "the API, and a file may have others.",
    roles={"Email": "customer", "Datetime": "time"},
)

HUBSPOT: Final = KnownExport(
    id="hubspot-contacts",
    title="HubSpot contacts",
    grain="customers",
    headings=(
        "Record ID",
        "First Name",
        "Last Name",
        "Email",
        "Phone Number",
        "Contact owner",
        "Lifecycle Stage",
        "Lead Status",
        "Create Date",
        "Last Activity Date",
        "Original Source",
        "Country/Region",
        "City",
        "Associated Company",
        "Job Title",
        "Company Name",
        "Marketing contact status",
        "Unsubscribed from all email",
    ),
    signs=("Record ID", "First Name", "Last Name", "Email"),
    made="CRM, Contacts, the view of all contacts, Export, all properties, CSV.",
    adds="`Unsubscribed from all email` says the opposite of consent, and its absence is no consent either.",
    pages=(
        (
            "https://knowledge.hubspot.com/articles/kcs_article/contacts/how-do-i-import-contacts",
            "that contacts are told apart by their e-mail address, and the stages of the lifecycle",
        ),
    ),
    unconfirmed="The list of headings is that of public examples; which are there depends on the view.",
    roles={"Record ID": "key", "Create Date": "since"},
    inverted=("Unsubscribed from all email",),
)

MAILCHIMP: Final = KnownExport(
    id="mailchimp-audience",
    title="Mailchimp audience",
    grain="customers",
    headings=(
        "Email Address",
        "First Name",
        "Last Name",
        "Address",
        "Phone Number",
        "Birthday",
        "MEMBER_RATING",
        "OPTIN_TIME",
        "OPTIN_IP",
        "CONFIRM_TIME",
        "CONFIRM_IP",
        "LATITUDE",
        "LONGITUDE",
        "GMTOFF",
        "DSTOFF",
        "TIMEZONE",
        "CC",
        "REGION",
        "LAST_CHANGED",
        "LEID",
        "EUID",
        "NOTES",
        "TAGS",
    ),
    signs=("Email Address", "MEMBER_RATING"),
    made="Audience, All contacts, Export audience. The archive holds a file each for subscribed, "
    "unsubscribed, cleaned and non-subscribed contacts: begin with the subscribed one.",
    adds="Whoever stands in the subscribed file may be mailed; the file itself is the consent, no column is.",
    pages=(
        (
            "http://ginkgo.st/~ca/roadmap/mailchimp-and-civicrm-overview/notes-on-mailchimp-data-exports",
            "the files of an export and what they mean",
        ),
        ("https://github.com/buren/honey_format", "a header of the export, in spec/honey_format_spec.rb"),
    ),
    roles={"Email Address": "key", "OPTIN_TIME": "since"},
)

SALESFORCE: Final = KnownExport(
    id="salesforce-contacts",
    title="Salesforce contacts",
    grain="customers",
    headings=(
        "Id",
        "AccountId",
        "LastName",
        "FirstName",
        "Salutation",
        "Name",
        "MailingStreet",
        "MailingCity",
        "MailingState",
        "MailingPostalCode",
        "MailingCountry",
        "Phone",
        "MobilePhone",
        "Email",
        "Title",
        "Department",
        "LeadSource",
        "Birthdate",
        "HasOptedOutOfEmail",
        "DoNotCall",
        "CreatedDate",
        "LastActivityDate",
    ),
    signs=("Id", "LastName", "FirstName"),
    made="Setup, Data Export, object Contact; or with Data Loader.",
    adds="`HasOptedOutOfEmail` and `DoNotCall` say the opposite of consent.",
    pages=(
        (
            (
                "https://developer.salesforce.com/docs/atlas.en-us.248.0.object_reference.meta/object_reference/"
                "sforce_api_objects_contact.htm"
            ),
            "all fields of the object and what they mean",
        ),
    ),
    roles={"Id": "key", "CreatedDate": "since"},
    inverted=("HasOptedOutOfEmail", "DoNotCall"),
)

GA4: Final = KnownExport(
    id="ga4-events",
    title="Google Analytics 4 events from BigQuery",
    grain="events",
    headings=(
        "event_date",
        "event_timestamp",
        "event_name",
        "event_params",
        "event_value_in_usd",
        "user_id",
        "user_pseudo_id",
        "user_first_touch_timestamp",
        "device",
        "geo",
        "traffic_source",
        "platform",
        "ecommerce",
        "items",
    ),
    signs=("event_date", "event_name", "user_pseudo_id"),
    made="In BigQuery: export the tables events_YYYYMMDD as Parquet, or a query of the columns you want "
    "as CSV.",
    adds="A browser (`user_pseudo_id`) is the customer unless `user_id` is filled. Times are "
    "microseconds, which no format reads: the day, `event_date`, is the time of an event.",
    pages=(("https://support.google.com/firebase/answer/7029846", "all columns of the export"),),
    roles={"user_pseudo_id": "customer", "event_date": "time"},
)
