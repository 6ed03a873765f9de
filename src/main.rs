//! The composition root: parses the arguments, builds, hands over. Nothing else.

fn main() {}
