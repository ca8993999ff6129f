"""One file for each output format: a `Result` goes in, text comes out."""
