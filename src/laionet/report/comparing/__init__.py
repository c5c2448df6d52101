"""The parts of a comparison's page: each turns its part of the document into words, tables and figures."""
