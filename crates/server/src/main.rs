//! `quanyu`: the program that runs a district.
fn main() {}
