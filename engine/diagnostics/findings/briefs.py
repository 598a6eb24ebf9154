"""Findings about briefs (`brief`, `brief --check`), some of them also about the words of rules and brand."""

from __future__ import annotations

from typing import Final

from segmentry.engine.diagnostics.findings.entry import Finding
from segmentry.engine.diagnostics.model import Severity


def _brief(
    code: str, title: str, what: str, why: str, bad: str, good: str, severity: Severity = "error"
) -> Finding:
    return Finding(code, severity, "briefs", title, what, why, bad, good)


_SMS = "variants:\n  - sms: {{body: {0}}}\n"

BRIEFS: Final = (
    _brief(
        "brief-schema",
        "The brief is not in its form",
        (
            "The brief's JSON lacks a part, has one too many or one of another kind, a text is longer than "
            "its place, or there is no such language or day as it names."
        ),
        (
            "Templates and other tools rely on the form; `segmentry schema brief` prints it. A brief that "
            "can't be read is left out of the index."
        ),
        "label: Value-driven customers who wait for the right moment to buy\n",
        "label: Value-driven\n",
    ),
    _brief(
        "unknown-fact",
        "No such fact",
        "A text or an evidence list names a fact that is not measured, or no longer.",
        "What rests on it rests on nothing, and nothing can be shown in its place.",
        "summary: They spend {{i.averge_order}} an order.\n",
        "summary: They spend {{i.average_order}} an order.\n",
    ),
    _brief(
        "wrong-pool",
        "An insight where customers read it, or an offer as evidence",
        "A message to customers names a figure about them, or a statement cites an offer as its evidence.",
        "What is measured of people is internal: nobody wants to read how much people like them spend.",
        _SMS.format("'You spend {{i.average_order}} an order.'"),
        _SMS.format("'{{o.brand.name}}: code {{o.autumn_10.code}}'"),
    ),
    _brief(
        "literal-number",
        "A figure that is no fact",
        "A text holds a figure, or a word that claims one (half, twice), which no fact of the brief shows.",
        "Nobody can say where it comes from, and it stays when the data change.",
        "summary: Half of them wait for a sale.\n",
        "summary: '{{i.discount_share}} of their orders carry a discount.'\n",
    ),
    _brief(
        "no-evidence",
        "Observed, but by whom?",
        "A statement calls itself observed and names no fact.",
        "Readers take what is observed as measured. What is only supposed has to say so.",
        "traits:\n  - {text: They wait for sales, basis: observed, evidence: []}\n",
        "traits:\n  - {text: They wait for sales, basis: hypothesis, evidence: []}\n",
    ),
    _brief(
        "banned-word",
        "A word that we never say",
        (
            "A brief, a segment's `positioning` or `brand.yaml` itself holds a word from `never_say` in "
            "`brand.yaml`. In rules it is a warning, in a brief an error."
        ),
        "The positioning ends up in copy: the brand would say what it said it never would.",
        "positioning:\n  promise: Cheap gear that lasts\n",
        "positioning:\n  promise: Gear at a fair price that lasts\n",
    ),
    _brief(
        "unproved-claim",
        "A claim without its proof",
        (
            "Copy says best, guaranteed, cheapest or the like, or a claim that `brand.yaml` lists without a "
            "proof. In rules it is a warning, in a brief an error."
        ),
        "A claim that can't be proved is unfair competition in most countries, and nobody believes it.",
        "claims:\n  - {text: tested by mountain guides}\n",
        "claims:\n  - {text: tested by mountain guides, proof: Field test each spring; reports online}\n",
    ),
    _brief(
        "urgency",
        "Hurry without an end date",
        "A message hurries people (last chance, only today) and names no last day of an offer.",
        "Made-up urgency misleads; in the EU it is an unfair practice.",
        _SMS.format("Hurry, last chance!"),
        _SMS.format("'{{o.autumn_10.text}} until {{o.autumn_10.ends}}'"),
    ),
    _brief(
        "protected-attribute",
        "Who people are, not what they do",
        (
            "A text speaks of age, sex, ethnicity, religion, health or family, and no fact of the brief is "
            "about it."
        ),
        "It is a guess about people, mostly wrong for many of them, and it may discriminate.",
        "summary: Young mothers who like to plan.\n",
        "summary: Customers who order ahead and seldom send anything back.\n",
    ),
    _brief(
        "link-or-markup",
        "A link or markup in a text",
        "A text of the brief holds an address or markup.",
        "Links are set where the message is sent, with their tracking; markup would be shown as it is.",
        _SMS.format("'Order now: www.example.com'"),
        _SMS.format("'Order again in two taps in the app'"),
    ),
    _brief(
        "personal-data",
        "Data of a person",
        "A text of the brief holds an e-mail address, a phone number, an IBAN or a card number.",
        "Briefs are committed and passed on: nothing about one person may stand in them.",
        "summary: Ask jo@example.org what she thinks.\n",
        "summary: Ask three of them what they think.\n",
    ),
    _brief(
        "sms-length",
        "An SMS of several messages",
        "With brand and required line the SMS takes more than one message, or a character makes it do so.",
        (
            "Each part is billed as a message. One character outside the GSM alphabet (a typographic "
            "quotation mark is enough) brings the room down from 160 characters to 70."
        ),
        _SMS.format("'Alpine: your “autumn” is here, with 10% off the whole range. Reply STOP to opt out.'"),
        _SMS.format("'Alpine: your autumn is here, with 10% off the whole range. Reply STOP to opt out.'"),
    ),
    _brief(
        "search-ad-limits",
        "The search ad is refused",
        "A headline or description is too long, or there are too few or too many; wide characters count two.",
        "The platform refuses the ad.",
        "search_ad:\n  headlines: [Mountain boots that you can have resoled]\n",
        "search_ad:\n  headlines: [Boots you can have resoled]\n",
    ),
    _brief(
        "social-ad-limits",
        "The social ad is cut",
        "Its text is longer than 125 characters, or its headline than 27.",
        "What comes after is hidden, often the point of it.",
        "social_ad: {headline: Waterproof jackets for every weather}\n",
        "social_ad: {headline: Jackets for every weather}\n",
    ),
    _brief(
        "push-length",
        "The push message is cut",
        (
            "Title and text are longer than the iOS lock screen shows (an error), or the text's first words "
            "don't make sense within Android's one line (a warning)."
        ),
        "Most people read nothing but the lock screen.",
        "push: {body: Because we know that good gear takes its time we looked for what you really need}\n",
        "push: {body: Your size is back. Pick it up tomorrow.}\n",
    ),
    _brief(
        "subject-length",
        "Phones cut the subject",
        "The subject of an e-mail is longer than 50 characters.",
        "On phones the rest is not seen.",
        "email: {subject: Everything that you need for the first week in the mountains}\n",
        "email: {subject: Ready for the first week in the mountains}\n",
        severity="warning",
    ),
    _brief(
        "same-variants",
        "Two variants that say the same",
        "Two variants share nearly all their words.",
        "A test of one against the other would teach nothing.",
        "variants:\n  - sms: {body: Free delivery this week}\n  - sms: {body: This week free delivery}\n",
        "variants:\n  - sms: {body: Free delivery this week}\n  - sms: {body: Order again in two taps}\n",
    ),
    _brief(
        "required-line",
        "A line is missing that has to be there",
        "A message lacks the line that `required_lines` in `brand.yaml` demands of its channel, or an SMS "
        "does not say whom it is from.",
        "Most of these lines are the law: how to opt out, who is speaking.",
        _SMS.format("'Alpine: two taps and it is yours.'"),
        _SMS.format("'Alpine: two taps and it is yours. Reply STOP to opt out.'"),
    ),
    _brief(
        "stale",
        "The figures have moved",
        "A figure that the brief cites differs from today's by more than a tenth.",
        "What was true of these customers when the brief was written may no longer be.",
        "# today the average order is 84.20\nsummary: They spend 61 an order.\n",
        "# written again with today's figures\nsummary: They spend 84.20 an order.\n",
    ),
    _brief(
        "offer-ended",
        "The offer is over",
        (
            "A brief names an offer whose last day has passed; or a segment's `positioning` does, which is a "
            "warning: its brief then goes without."
        ),
        "Customers would be promised what they can't have.",
        "# it ended on 2026-11-15\npositioning: {offer: autumn-10}\n",
        "positioning: {offer: winter-10}\n",
    ),
    _brief(
        "brief-missing",
        "There is no brief",
        "`brief --check` names a segment that has no brief in the folder.",
        "Nobody can check, or send, what is not there.",
        "# the folder briefs/ holds no lapsed.json\nsegment: lapsed\n",
        "# after `segmentry brief lapsed` it does\nsegment: lapsed\nlabel: Lapsed\n",
    ),
    _brief(
        "template",
        "A template can't be filled",
        "A template in `templates/` can't be read, uses a name that there is not, or takes too much.",
        "An empty place in a brief would go unnoticed, so nothing is written.",
        "# in templates/brief.md.j2\nspend: '{{ i.averge_order }}'\n",
        "# in templates/brief.md.j2\nspend: '{{ i.average_order }}'\n",
    ),
    _brief(
        "model-fallback",
        "The template wrote this brief",
        "The language model's brief could not be had, or did not pass the checks after two repairs.",
        "The brief is complete, but it is not the one that was asked for.",
        "provenance: {generator: template, attempts: 3}\n",
        "provenance: {generator: llm, attempts: 1}\n",
    ),
)
