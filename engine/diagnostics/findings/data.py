"""Findings that need data: ``check --data``."""

from __future__ import annotations

from typing import Final

from segmentry.engine.diagnostics.findings.entry import Finding

DATA: Final = (
    Finding(
        code="empty-segment",
        severity="warning",
        family="data",
        title="Nobody is in the segment",
        what="In the data at hand no customer belongs to the segment, though its condition could be met.",
        why=(
            "A campaign for it reaches nobody. Often a unit is wrong (50 for 50%), or a value is spelt "
            "differently in the data."
        ),
        bad=("# a share lies between 0 and 1\nwhen: {trait: discount_share, at_least: 50}\n"),
        good="when: {trait: discount_share, at_least: 0.5}\n",
    ),
    Finding(
        code="nearly-everyone",
        severity="warning",
        family="data",
        title="Nearly everybody is in the segment",
        what="More than 95% of the customers belong to the segment.",
        why="It hardly tells people apart; mostly a threshold is too low.",
        bad=("# nearly all customers have an order\nwhen: {trait: orders_12m, at_least: 1}\n"),
        good="when: {trait: orders_12m, at_least: 4}\n",
    ),
    Finding(
        code="inert-leaf",
        severity="info",
        family="data",
        title="A part that changes nothing in this data",
        what=(
            "In the data at hand every customer would be in or out all the same without this part of the "
            "condition."
        ),
        why="Either it guards against a case that does not occur, or it does not say what it was meant to.",
        bad=(
            "# all customers in the data are from DE, AT or CH\n"
            "when:\n"
            "  all:\n"
            "    - {trait: orders_12m, at_least: 4}\n"
            "    - {trait: country, in: [DE, AT, CH]}\n"
        ),
        good="when: {trait: orders_12m, at_least: 4}\n",
    ),
    Finding(
        code="budget",
        severity="error",
        family="data",
        title="The segment's size is out of bounds",
        what="The size or share of the segment lies outside what its `expected:` allows.",
        why="Either customers have changed or the rule has: somebody should look before the messages go out.",
        bad=(
            "# 62% of the customers are in it\n"
            "- id: value-driven\n"
            "  expected: {share: {at_least: 0.05, at_most: 0.4}}\n"
            "  when: {trait: discount_share, more_than: 0}\n"
        ),
        good=(
            "- id: value-driven\n"
            "  expected: {share: {at_least: 0.05, at_most: 0.4}}\n"
            "  when: {trait: discount_share, at_least: 0.5}\n"
        ),
    ),
    Finding(
        code="mostly-missing",
        severity="warning",
        family="data",
        title="Hardly anybody has the value",
        what="A trait that the rule reads is missing for most customers in the data.",
        why=(
            "The rule decides by a value that it mostly does not have. A column may be mapped wrongly, or "
            "a feed is late."
        ),
        bad=("# only one customer in ten has answered the survey\nwhen: {trait: nps_score, at_least: 9}\n"),
        good=(
            "when:\n  any:\n    - {trait: nps_score, at_least: 9}\n    - {trait: orders_12m, at_least: 6}\n"
        ),
    ),
    Finding(
        code="rows-left-out",
        severity="warning",
        family="data",
        title="Rows that take no part",
        what=(
            "Rows of a table have no customer, a customer that is not among the customers, or no time. It is "
            "a note from one row in a thousand on, a warning from one in a hundred, an error where no row is "
            "left."
        ),
        why=(
            "What these rows say is in no trait. Often a key is written in another way than in the table of "
            "customers: with capitals, with spaces, without its zeros in front."
        ),
        bad=(
            "# a quarter of the lines has no customer\n"
            "lines: {path: lines.csv, customer: customer_id, time: sold_at}\n"
        ),
        good=(
            "# sales over the counter have none: that share is expected\n"
            "lines:\n"
            "  path: lines.csv\n"
            "  customer: customer_id\n"
            "  time: sold_at\n"
            "  expected: {no_customer: {share: {at_most: 0.3}}}\n"
        ),
    ),
    Finding(
        code="joins-nobody",
        severity="info",
        family="data",
        title="A value that too many records have",
        what=(
            "A value of a column that joins records of people is in more of them than its `at_most` says. "
            "It joins none of them."
        ),
        why=(
            "An address like info@ or the telephone of a front desk says nothing about who somebody is. "
            "Joined by it, hundreds of people would be one; left out, a family of five may be five people."
        ),
        bad=(
            "# five records have the telephone number of one office\n"
            "identity:\n"
            "  customers: [crm, shop]\n"
            "  join_on:\n"
            "    - {key: phone, clean: [phone], at_most: 4}\n"
        ),
        good=(
            "identity:\n"
            "  customers: [crm, shop]\n"
            "  join_on:\n"
            "    - {key: phone, clean: [phone], at_most: 4, ignore: ['+43 1 5550100']}\n"
        ),
    ),
    Finding(
        code="kept-apart",
        severity="warning",
        family="data",
        title="Records that were joined, and are two people",
        what=(
            "Records that the keys of `join_on` join have two different values in a column that is `apart`. "
            "Their weakest key is left out among them, and the next one where that is not enough."
        ),
        why=(
            "Two customer numbers are two people, whatever address they share. What was left out there may "
            "join others wrongly, where no such number tells."
        ),
        bad=(
            "# two customers of the shop gave the same telephone number\n"
            "identity:\n"
            "  customers: [crm, shop]\n"
            "  join_on: [{key: email}, {key: phone}]\n"
            "  apart: [customer_id]\n"
        ),
        good=(
            "# a number that several records have joins nobody\n"
            "identity:\n"
            "  customers: [crm, shop]\n"
            "  join_on: [{key: email}, {key: phone, at_most: 2}]\n"
            "  apart: [customer_id]\n"
        ),
    ),
    Finding(
        code="lookup-finds-nothing",
        severity="warning",
        family="data",
        title="A lookup that finds little or nothing",
        what=(
            "Most rows that look in another table find no row there. It is an error where none finds one, "
            "and a note where at least half do."
        ),
        why=(
            "The columns that the lookup brings are missing then. A list of people not to be written to, "
            "in capitals where the customers are not, would stop nobody."
        ),
        bad=(
            "# blocked.csv holds User0@Shop.example, customers.csv user0@shop.example\n"
            "customers:\n"
            "  path: customers.csv\n"
            "  key: id\n"
            "  lookup: [{from: blocked, on: email, columns: [reason]}]\n"
        ),
        good=(
            "# with blocked.csv written like customers.csv\n"
            "customers:\n"
            "  path: customers.csv\n"
            "  key: id\n"
            "  lookup: [{from: blocked, on: email, columns: [reason]}]\n"
        ),
    ),
    Finding(
        code="values-left-out",
        severity="warning",
        family="data",
        title="Values that are not taken as they stand",
        what=(
            "Values can't be read as their type, or are not among the `values` of the column, and the column "
            "says that this is no error."
        ),
        why="Mostly they count as missing. A few are a slip, many are another format than was thought of.",
        bad="birthday: {type: date, on_bad_value: null} # the file holds 31.01.1990\n",
        good="birthday: {type: date} # with 1990-01-31 in the file\n",
    ),
    Finding(
        code="rounded-money",
        severity="warning",
        family="data",
        title="Values are rounded to the places of their decimal",
        what=(
            "Values have more places than the `scale` of their column and are rounded half to even. Above "
            "one row in a thousand that is an error, unless the column says `on_more_places: round`."
        ),
        why="Sums of rounded values differ from those of the shop's books.",
        bad="unit_price: {type: decimal, scale: 2, on_more_places: round} # some cost 0.125\n",
        good="unit_price: {type: decimal, scale: 3}\n",
    ),
    Finding(
        code="empty-column",
        severity="warning",
        family="data",
        title="A column without a value",
        what="A column that the rules read has no value in any row.",
        why="An export may have lost it. Every trait that is made of it is missing.",
        bad="phone: {type: string} # empty in each row\n",
        good="phone: {type: string, from: mobile_phone}\n",
    ),
    Finding(
        code="unlikely-date",
        severity="warning",
        family="data",
        title="Rows of a day that can hardly be",
        what="The time of rows lies before 1990, or over a year after the as-of day.",
        why=(
            "Systems write 1900-01-01 or 9999-12-31 for a day that is not known. Such a row counts as very "
            "old, or as not there yet."
        ),
        bad="orders: {path: orders.csv, customer: customer_id, time: ordered_at} # one is of 1900-01-01\n",
        good=(
            "orders:\n"
            "  path: orders.csv\n"
            "  customer: customer_id\n"
            "  time: ordered_at\n"
            "  where: {column: ordered_at, at_least: 1990-01-01}\n"
        ),
    ),
    Finding(
        code="lost-zeros",
        severity="warning",
        family="data",
        title="Keys that have lost their zeros",
        what=(
            "All keys of the customers that begin with 0 have the same number of digits, others have fewer."
        ),
        why=(
            "Excel takes 00123 for a number and saves 123. The rows of that customer are then nobody's, or "
            "one customer has become two."
        ),
        bad="# customers.csv has 00122, 123 and 00124\ncustomers: {path: customers.csv, key: customer_no}\n",
        good="# it has 00122, 00123 and 00124\ncustomers: {path: customers.csv, key: customer_no}\n",
    ),
    Finding(
        code="smaller-source",
        severity="warning",
        family="data",
        title="A source has become much smaller",
        what="The source has less than half of the rows that the last run into the output folder read.",
        why="A truncated export looks like customers who have gone: they would be written to as lapsed.",
        bad="orders: {path: orders.csv, customer: customer_id, time: ordered_at} # the disk was full\n",
        good=(
            "# what is too small is an error, before anything is written\n"
            "orders:\n"
            "  path: orders.csv\n"
            "  customer: customer_id\n"
            "  time: ordered_at\n"
            "  expected: {rows: {at_least: 10000}}\n"
        ),
    ),
    Finding(
        code="older-source",
        severity="warning",
        family="data",
        title="A source is older than it was",
        what=(
            "The newest row of the source is older than it was in the last run into the output folder, "
            "though the as-of date is not."
        ),
        why="An old export has come in the place of a newer one: what customers did since is not seen.",
        bad="orders: {path: orders.csv, customer: customer_id, time: ordered_at} # of last month again\n",
        good=(
            "# what is too old is an error, before anything is written\n"
            "orders:\n"
            "  path: orders.csv\n"
            "  customer: customer_id\n"
            "  time: ordered_at\n"
            "  expected: {max_age: 2 days}\n"
        ),
    ),
    Finding(
        code="top-count",
        severity="info",
        family="data",
        title="A few of thousands, or a share of them?",
        what=(
            "`top` or `bottom` has a number up to 50 without a percent sign, and a thousand customers or "
            "more are ranked. Within each value of a trait (`per:`) nothing is said."
        ),
        why="`top: 10` takes ten customers, `top: 10%` a tenth of them: a campaign would miss nearly all.",
        bad="when: {trait: spend_12m, top: 10}\n",
        good="when: {trait: spend_12m, top: 10%}\n",
    ),
    Finding(
        code="skewed-bucket",
        severity="warning",
        family="data",
        title="One value fills more than one bucket",
        what=(
            "In a trait by buckets more customers share a value than one bucket holds, and the trait does "
            "not say which score equal values get."
        ),
        why=(
            "Equal values share the highest of their places. Where most customers ordered once, those with "
            "one order score 4 of 5: the least there is counts as frequent."
        ),
        bad=(
            "# 8 of 10 customers ordered once\n- id: frequency_score\n  bucket: {of: orders_12m, into: 5}\n"
        ),
        good="- id: frequency_score\n  bucket: {of: orders_12m, into: 5, ties: lowest}\n",
    ),
)
