"""One file for each verb: what is asked comes in, one `Result` goes out."""
