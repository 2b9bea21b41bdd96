//! Has the bundle embedded anew when a page changed.

fn main() {
    // A folder that is not there yet counts as changed on every build; the check is cheap.
    println!("cargo:rerun-if-changed=../../web/dist");
}
