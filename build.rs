//! Rebuilds when a migration is added: the embedded list is read by a macro that cargo cannot see into.

fn main() {
    println!("cargo:rerun-if-changed=migrations");
}
