"""What may stand in a file where something else was: one value a line."""

from __future__ import annotations

YAML_VALUES = (
    *r"""
null
~
""
NaN
.nan
.inf
-.inf
1e999
-1
0
9999999999999999999999999999999999999999
0x10
1_000
0.1e-400
true
no
2026-02-30
2026-01-01
2026-01-01T25:00:00Z
0001-01-01
9999-12-31
12:30:45
[]
{}
[[]]
{a: 1, a: 2}
&a [*a]
*nobody
&x 1
!!python/object:os.system ls
!!binary aGk=
!!set {a, b}
'it''s'
"\u0000"
"\ud800"
"\x1b[31m"
ﬁ
İ
ß
𝔘
é
../../notes.yaml
..
../..
/dev/null
data
data/*.csv
data/**/*
${HOME}
${NOPE}/x
http://127.0.0.1:9/x.csv
orders
customers
spend
big
size
rest
12 months
-5 days
999999999 years
1e9 days
150%
-1%
{trait: spend}
{segment: big}
{all: []}
{not: {not: {any: [{trait: spend, at_least: 1}]}}}
[a, [b], {c: d}]
yes: no
? x
- -
%YAML 9.9
@at
`tick`
spend / 0
1 if
2 ** 3
spend + spend_
string
decimal
list
datetime
Mars/Olympus
UTC
xx
de
""".strip().split("\n"),
    "[" * 300 + "]" * 300,
    "{a: " * 300 + "1" + "}" * 300,
    "|\n  text",
    ">-\n text",
    "\u202eabc",
    "a" * 5000,
    "(" * 400,
    "-" * 400 + "1",
    "not " * 300 + "true",
)

JSON_VALUES = (
    *r"""
null
true
false
0
-1
1.5
1e999
-1e400
NaN
Infinity
999999999999999999999999999999
""
" "
[]
{}
[[]]
[null]
{"a": 1}
{"": {}}
"\u0000"
"\ud800"
"\u001b[31m"
"<script>"
"{{ i.size }}"
"{{i.nobody}}"
"{{"
"f1"
"2026-02-30"
"../x"
"/nowhere"
"out"
"observed"
""".strip().split("\n"),
    "9" * 5000,
    '"' + "a" * 5000 + '"',
    "[" * 3000 + "]" * 3000,
    '"\u202eabc"',
)

TEMPLATE_PIECES = (
    *r"""
{{ 1 / 0 }}
{{ brief.nobody }}
{{ nobody }}
{{ i }}
{{ o }}
{{ brief.summary | percent }}
{{ None | date }}
{{ 'x' | money }}
{{ i.size | index_bar }}
{% include 'brief.md.j2' %}
{% extends 'brief.md.j2' %}
{% include 'channels/sms.md.j2' %}
{% include '../segmentry.yaml' %}
{% include 'nowhere' %}
{% block head %}
{% for x in 5 %}{% endfor %}
{% for x in range(999999999) %}{% endfor %}
{{ brief.__class__.__mro__ }}
{{ '%d' % 'x' }}
{{ [][0] }}
{{ {}['a'] }}
{{ brief['a']['b'] }}
{{ brief() }}
{{ lipsum(1, 2, 3, 4, 5) }}
{{ cycler() }}
{% macro a() %}{{ a() }}{% endmacro %}{{ a() }}
{{ '\ud800' }}
{% set brief = 1 %}
{{ 'a' | nothing }}
{{ 1 is nothing }}
{{ [1, 'a'] | sort }}
{{ 'a' | int / 0 }}
{% raw %}
{{ namespace(a=1).b }}
{{ 3 | batch(0) | list }}
{{ (1, 2) | sum('a') }}
{{ dict(a=1) | dictsort(by='x') }}
{{
{{ 'a'.format('{0.__class__}') }}
{{ '{0.a}'.format(1) }}
{{ 9999999999999999999 | number(999) }}
{{ 1e999 | number }}
{{ 1e999 | days }}
{{ 'nan' | percent }}
{{ '2026-02-30' | date }}
{{ apart[99].label }}
{{ variant.sms.body }}
""".strip().split("\n"),
    "{{ " + "(" * 300 + "1" + ")" * 300 + " }}",
    "\x1b[31m",
)
