"""The parts of the mini-web's server: what each link answers, and the files it answers with."""
