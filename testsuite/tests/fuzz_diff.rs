//! Half a minute of random modules against wasmi, and of damaged images. `cargo xtask fuzz` goes on for longer, and
//! from other seeds.

use std::time::Duration;

#[test]
fn random_modules_do_what_they_do_in_wasmi() {
    assert!(testsuite::fuzz::run(0, Some(Duration::from_secs(30))));
}
