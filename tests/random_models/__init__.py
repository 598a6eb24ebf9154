"""Random workspaces with data, valid by construction, for the engine and the reference to agree on."""
