"""The language's registries and its pure parts: types, operators, trait kinds, functions, formulas, time."""
