"""From documents to the model: the files' data become frozen values that know their places."""
