"""The stages in the order of the flow: match, score, select, then assemble over the whole."""
