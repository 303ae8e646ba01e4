"""Pure rules: facts in, a sentence out. They do not ask AWS."""
