"""The files of a workspace: their schemas, frozen values of what they say, words and layout."""
