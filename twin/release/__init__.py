"""Other releases in the twin: their functions, templates and reporters, in processes of their own."""
