"""What evaluations leave for later ones: columns by the fingerprint of their definition, never by a name.

`fingerprints` says what a definition of a plan is made of, `identity` what data it rests on, `groups` how
columns lie in files, `columns` puts them together. An engine asks through `backends.protocol.Kept`.
"""
